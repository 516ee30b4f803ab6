"""An authority revokes: whichever way the hub hears of it, the door is closed, and seen closed, over real sockets."""

import base64
import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Signer

from connectors.simulators.badge_issuer import BadgeIssuer, serving, written
from connectors.simulators.hosted_badges import HostedBadges
from connectors.simulators.soap.authority import SoapAuthority
from connectors.simulators.soap.service import serving as serving_soap
from tests.connectors.credential import test_badges, test_badges_of_2_0
from tests.connectors.credential.test_soap_authority import asking
from tests.connectors.soap.peers import certificate, key, pem, signer
from tests.contract.scim_server import ScimServer, running
from tests.hub.intake.test_inquiries import DOCUMENT
from tests.site import Site, build, order, until

LICENCE = "https://issuer.example/achievements/licence"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or").decode()
QUALS = """
[connectors.quals]
adapter = "generic/webhook"
mappings = { read = "credential/qualification_system" }
profile = "webhook"
secret = "file:keys/quals.secret"
identifiers = "roster"
media = ["application/json"]
form = "json"
zone = "Asia/Shanghai"
id_header = "webhook-id"
"""
WAYS = ("push", "status list", "open badge", "soap", "push in xml", "qualification system", "looked up by hand")
"""By which the licence of the person of this number is known, and withdrawn."""


@dataclass
class World:
    """A hub whose door is open to one person by each way."""

    site: Site
    scim: ScimServer
    users: list[str]
    issuer: BadgeIssuer
    hosted: HostedBadges
    soap: SoapAuthority

    def revoke(self, way: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            "push": lambda: self.push(0, "revoked", 2),
            "status list": lambda: self.issuer.set_bits["revocation"].add(7),
            "open badge": lambda: self.hosted.revoked.update({"/assertions/2": 410}),
            "soap": lambda: self.soap.stands("L-3", state="注销", since=written(datetime.now(UTC))),
            "push in xml": lambda: self.push(4, "revoked", 2, **{"as": "xml"}),
            "qualification system": lambda: self.qualified("revoked"),
            "looked up by hand": lambda: self.entered("revoked"),
        }
        acts[way]()

    def qualified(self, status: str) -> None:
        """The employer's own system says how the certificate stands, signed by Standard Webhooks."""
        now = datetime.now(UTC)
        told = {"name": "licence", "number": "Q-5", "status": status, "approvedAt": written(now)}
        told |= {"validFrom": "2024-01-01", "validTo": "2099-12-31"}
        body = json.dumps({"eventId": status, "sentAt": written(now), "employeeNo": "E5", "credential": told})
        fields = {
            "content-type": "application/json",
            "webhook-id": status,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        fields["webhook-signature"] = Signer(SECRET).sign(status, now, body)
        request = urllib.request.Request(f"{self.site.url}/in/quals", body.encode(), fields)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200

    def entered(self, status: str) -> None:
        """A person looked it up, and enters it with what was shown."""
        evidence = self.site.home / "evidence.txt"
        evidence.write_text(f"it stands as {status}")
        about = ("E6", "licence", "A-6", "--status", status, "--from", "2024-01-01", "--until", "2099-01-01")
        why = ("--reason", "looked up", "--evidence", str(evidence), "--by", "wang")
        done = self.site.command("credential", "enter", *about, *why, "--lang", "en")
        assert done.returncode == 0, done

    def push(self, n: int, status: str, sequence: int, **more: Any) -> None:
        said, now = order(n, status, sequence, **more), datetime.now(UTC)
        taken = self.site.authority().push(said, now=now, id=f"{n}-{sequence}")
        assert taken[0] == 202, taken

    def closed(self, n: int) -> list[dict[str, Any]]:
        """The entries by which a person's door was seen closed."""
        person = self.person(n)
        found = self.site.entries("confirmed")
        return [each for each in found if (each["person"], each["observed"]) == (person, "absent")]

    def person(self, n: int) -> str:
        with self.site.parts() as parts:
            return str(parts.directory.person_by_number(f"E{n}"))


def table(name: str, adapter: str, settings: dict[str, Any], *more: str) -> str:
    """One connector as licet.toml has it."""
    lines = [f"{name} = {toml(value)}" for name, value in settings.items()]
    head = [f"[connectors.{name}]", f'adapter = "{adapter}"', 'every = "1 seconds"', 'identifiers = "authority"']
    return "\n".join(["", *head, *more, *lines, ""])


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(each)} = {toml(inner)}" for each, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    with heard_by_every_way(tmp_path_factory.mktemp("ways") / "hub") as made:
        yield made


@contextmanager
def heard_by_every_way(home: Path) -> Iterator[World]:
    """A hub that hears by each way of a person who stands the post, with everybody who tells it."""
    soap = SoapAuthority()
    with ExitStack() as stack:
        scim = stack.enter_context(running())
        issuer, hosted = stack.enter_context(serving(BadgeIssuer())), stack.enter_context(serving(HostedBadges()))
        service = stack.enter_context(serving_soap(soap.service(signer=signer(), now=lambda: datetime.now(UTC))))
        site = build(home, scim_url=f"http://127.0.0.1:{scim.port}", people=len(WAYS))
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(len(WAYS))]
        scim.add_group("room")
        soap.stands("L-3", since="2026-01-20T00:00:00+08:00", validTo="2099-12-31", serial=5)
        made = World(site, scim, users, issuer, hosted, soap)
        settle(made, service.url)
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == len(WAYS), "the roster is in")
        site.enforce()
        for n in (0, 3, 4):
            made.push(n, "active", 1)
        made.qualified("approved")
        made.entered("active")
        until(lambda: set(scim.members_of("room")) == set(users), "the door is open to all of them")
        yield made
        site.end()


def settle(world: World, soap_url: str) -> None:
    """Hand in the badges, and say where each issuer is asked."""
    home, since = world.site.home, datetime.now(UTC) - timedelta(days=3)
    ends = datetime.now(UTC) + timedelta(days=200)
    signed, plain = home / "signed", home / "hosted"
    signed.mkdir()
    plain.mkdir()
    badge = world.issuer.badge("r1", LICENCE, since, places=7, validUntil=written(ends))
    (signed / "1.jwt").write_text(world.issuer.sign(badge))
    copy = world.hosted.assertion("2", "r2", world.hosted.badge_class("licence"), since, expires=written(ends))
    (plain / "2.json").write_text(json.dumps(copy))
    trusted = home / "authority.pem"
    trusted.write_bytes(pem(certificate(key())))
    (home / "mappings" / "credential").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DOCUMENT, home / "mappings" / "credential" / DOCUMENT.name)
    asked = asking(soap_url, answer_certificates=str(trusted))
    lists = test_badges.registered(world.issuer, signed, credentials={"licence": LICENCE})
    badges = test_badges_of_2_0.registered(world.hosted, plain, keys=[])
    (home / "keys" / "quals.secret").write_text(SECRET)
    (home / "keys" / "quals.secret").chmod(0o600)
    tables = [
        QUALS,
        table("lists", "credential/badges", lists),
        table("badges", "credential/badges", badges),
        table("soap", "credential/soap_authority", asked, 'mappings = { read = "credential/soap_authority" }'),
    ]
    with (home / "licet.toml").open("a", encoding="utf-8") as file:
        file.write("".join(tables))


@pytest.mark.parametrize("way", WAYS)
def test_q13_what_its_issuer_revokes_is_closed_and_seen_closed(world, way):
    n = WAYS.index(way)
    before = len(world.closed(n))  # who was known by the roster alone was shut out at first
    assert world.users[n] in world.scim.members_of("room")
    world.revoke(way)
    until(lambda: world.users[n] not in world.scim.members_of("room"), f"the door is closed: {way}")
    until(lambda: len(world.closed(n)) > before, "it was seen closed")
    others = set(world.users[n + 1 :])
    assert others <= set(world.scim.members_of("room")), "nobody else's door was closed"
