"""An authority that seals to the hub: by a key that the hub publishes, through the front, to a fact."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.algorithms import public_pem
from connectors.simulators.authority import event, load_key, to_json, to_xml
from connectors.simulators.sealing import MEDIA, sealed
from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.front.request import Asgi
from tests.hub.front.test_parse_once import ask
from tests.journeys.commands import licet, told
from tests.site import Site, build, order

AUDIENCE, SOURCE, KID = "hub-prod", "urn:authority:demo-ca", "demo-ca-1"


class Hub(NamedTuple):
    site: Site
    parts: Assembly
    app: Asgi

    def push(self, to: dict[str, Any], sequence: int, audience: str = AUDIENCE) -> int:
        now = datetime.now(UTC)
        said = {**order(0, "active", sequence), "hubaud": AUDIENCE, "effective_at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        body = to_json(event(SOURCE, said, id=uuid4().hex, time=said["effective_at"]))
        key = load_key(self.site.home / "keys" / "demo" / "authority.pem")
        text = sealed(body, key, KID, to, audience=audience, at=now)
        return ask(self.app, "/in/authority", text, {"content-type": MEDIA, "host": self.site.url.partition("//")[2]})

    def published(self) -> list[dict[str, Any]]:
        found = json.loads(licet(self.site, "keys", "jwks").stdout)["keys"]
        return [each for each in found if each["use"] == "enc"]


@pytest.fixture
def profile() -> str:
    return "sealed"


@pytest.fixture
def hub(tmp_path, profile) -> Iterator[Hub]:
    site = build(tmp_path / "hub")
    settings = (site.home / "licet.toml").read_text("utf-8")
    source = 'source = "urn:authority:demo-ca"'
    assert settings.count(source) == 1
    more = f'{source}\nprofile = "{profile}"\naudience = "{AUDIENCE}"'
    (site.home / "licet.toml").write_text(settings.replace(source, more), "utf-8")
    with Assembly(read_folder(site.home), deciding=True) as parts:
        _ = parts.writer
        yield Hub(site, parts, parts.front(lambda: site.url, dict, list))


def test_q20_what_is_sealed_to_a_published_key_becomes_a_fact_and_its_entry_says_by_which_key(hub):
    told(hub.site, "keys", "new", "--by", "wang")
    [to] = hub.published()
    assert hub.push(to, 1) == 202
    [entry] = hub.site.entries("received")
    assert entry["auth"] == {"method": "sealed", "key_id": KID, "result": "verified"}
    assert hub.push(to, 2, audience="hub-test") == 401
    assert hub.site.entries("refused")[-1]["code"] == "envelope.refused"
    assert hub.site.entries("refused")[-1]["auth"] == {"method": "sealed", "result": "rejected"}
    assert hub.site.balanced()


def test_while_a_key_changes_both_open_and_a_revoked_one_opens_nothing(hub):
    told(hub.site, "keys", "new", "--algorithm", "ecdh-p256", "--by", "wang")
    [old] = hub.published()
    told(hub.site, "keys", "rotate", old["kid"], "--by", "wang")
    new = next(each for each in hub.published() if each["kid"] != old["kid"])
    assert [hub.push(each, n) for n, each in enumerate((old, new), start=1)] == [202, 202]
    told(hub.site, "keys", "revoke", old["kid"], "--reason", "lost", "--by", "wang")
    hub.parts.key_book.invalidate()
    assert (hub.push(old, 3), hub.push(new, 4)) == (401, 202)
    assert hub.site.entries("refused")[-1]["code"] == "sig.key-state"


class TestXml:
    """The same in XML, by keys that XML is protected with."""

    @pytest.fixture
    def profile(self) -> str:
        pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
        return "xml"

    def test_xml_that_is_sealed_to_a_published_key_becomes_a_fact_and_its_replay_none(self, hub, tmp_path):
        from connectors.simulators.sealing_xml import encrypted, signed

        told(hub.site, "keys", "new", "--algorithm", "rsa-oaep", "--by", "wang")
        [to] = hub.published()
        key = ec.generate_private_key(ec.SECP256R1())
        (tmp_path / "ca.pub.pem").write_bytes(public_pem(key.public_key()))
        entered = ("--of", "authority", "--kid", "ca-xml", "--algorithm", "es256", "--by", "wang")
        told(hub.site, "keys", "enter", str(tmp_path / "ca.pub.pem"), *entered)
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = {**order(0, "active", 1), "hubaud": AUDIENCE, "effective_at": now}
        body = to_xml(event(SOURCE, said, id=uuid4().hex, time=now))
        text = encrypted(signed(body, key, "ca-xml", datetime.now(UTC)), to)
        headers = {"content-type": "application/xml", "host": hub.site.url.partition("//")[2]}
        assert ask(hub.app, "/in/authority", text, headers) == 202
        assert ask(hub.app, "/in/authority", text, headers) == 200
        [entry] = hub.site.entries("received")
        assert entry["auth"] == {"method": "xml", "key_id": "ca-xml", "result": "verified"}
        assert ask(hub.app, "/in/authority", text.replace(b"aes256-gcm", b"aes128-gcm"), headers) == 401
        assert hub.site.entries("refused")[-1]["code"] == "envelope.refused"
        old = encrypted(signed(body, key, "ca-xml", datetime.now(UTC) - timedelta(hours=1)), to)
        assert ask(hub.app, "/in/authority", old, headers) == 401
        assert hub.site.entries("refused")[-1]["code"] == "sig.stale"
        assert hub.site.balanced()
