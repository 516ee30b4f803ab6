"""Each status by each way: what is decided and told of it, by which way it is known, and which demand accepts that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

import mappings
from connectors.credential import badges, soap_authority
from connectors.port import Certificate
from connectors.simulators.authority import event, to_json, to_xml
from connectors.simulators.badge_issuer import BadgeIssuer, serving, written
from connectors.simulators.hosted_badges import HostedBadges
from connectors.simulators.soap.authority import SoapAuthority
from connectors.simulators.soap.service import serving as serving_soap
from hub.assembly import Assembly
from hub.intake.facts import Origin
from hub.rules.files.reading import read_position
from hub.views.permission import Named
from hub.views.person import PersonView
from hub.views.reasons import hold_word
from hub.views.text import tell
from hub.wording import provenance_word, scope_word
from schemas.credential import KnownBy, Status
from schemas.decision import RegisterEntry
from schemas.people import Assignment, OtherIdentifier, Person
from schemas.position import Provenance
from schemas.transmission import Transmission
from tests.conftest import HandClock
from tests.connectors.credential import test_badges, test_badges_of_2_0
from tests.connectors.credential.test_soap_authority import asking
from tests.connectors.soap.peers import certificate, key, pem, signer
from tests.hub.decision.test_law import NOW, ZONE, know, opened, send, t, targets
from tests.hub.intake.test_acts import basis
from tests.hub.intake.test_inquiries import DOCUMENT
from tests.hub.partners.test_told_back import _xml
from tests.site import POSITION

POST = read_position(POSITION.format(groups='"room"'), "post.toml")
LICENCE = "https://issuer.example/achievements/licence"
SINCE, SOON, END = t("2026-01-20T00:00"), NOW + timedelta(minutes=30), t("2028-01-01T00:00")
ALL: tuple[Status, ...] = get_args(Status)
DECIDED: Mapping[Status, tuple[str, str]] = {
    # what the door shall be, and why it is closed
    "active": ("present", ""),
    "suspended": ("absent", "credential_suspended"),
    "revoked": ("absent", "credential_revoked"),
    "expired": ("absent", "credential_expired"),
    "lapsed": ("absent", "credential_lapsed"),
    "superseded": ("present", ""),  # with no other number it is kept for a day, and somebody hears
    "unknown": ("present", ""),  # nobody loses anything by what nobody knows, and nobody gains
}


@dataclass
class World:
    """A hub with a post that needs one licence, and everybody who speaks of licences."""

    parts: Assembly
    clock: HandClock
    folder: Path
    issuer: BadgeIssuer
    hosted: HostedBadges
    soap: SoapAuthority
    soap_url: str
    cursors: dict[str, Any] = field(default_factory=dict)

    def keep(self, sent: Transmission, document: mappings.MappingDocument, origin: Origin) -> None:
        """What came, as its document reads it, becomes the hub's."""
        ready = self.parts.preparer.prepare(sent, document.read(sent), origin, document)
        assert not ready.faults, ready.faults
        self.parts.writer.call(lambda tx: self.parts.keeper.keep([ready], tx))
        self.parts.keeper.committed(ready)

    def poll(self, name: str, source: Any, document: mappings.MappingDocument, known_by: KnownBy) -> None:
        """A round of a source that is asked."""
        pages, self.cursors[name] = test_badges.rounds(source, self.cursors.get(name), self.clock.now())
        for sent in (each for page in pages for each in page.transmissions):
            self.keep(sent, document, Origin(name, "authority", "each", known_by=known_by))

    def door_if(self, least: Provenance, way: str) -> str:
        """What the door of who holds it shall be where the post demands so much, as a question that changes nothing."""
        post = POST.model_copy(update={"least_provenance": least})
        know(self.parts, post)
        try:
            view = self.parts.why.person_at(number(way, "active"), self.clock.now())
        finally:
            know(self.parts, POST)
        assert view is not None
        return "present" if view.positions[0].standing.scope == "full" else "absent"

    def door(self, way: str, status: str) -> str:
        """What the door of somebody shall be."""
        return targets(self.parts, number(way, status))["room"]


def number(way: str, status: str) -> str:
    """The employee of whom this status is told by this way."""
    return f"E.{way}.{status}"


# --- the ways ------------------------------------------------------------------------------------------------


def pushed(world: World, said: Mapping[Status, Status], form: str) -> None:
    """An authority pushes, as CloudEvents in JSON or XML."""
    now, document = world.clock.now(), mappings.load("credential/authority_push")
    for of, word in said.items():
        order = {"status": word, "number": f"L-{form}-{of}", "holder": f"authority-{number(form, of)}"}
        order |= {"credential": "licence", "sequence": int(now.timestamp()), "effective_at": written(now)}
        made = event("urn:ca", {**order, "valid_from": "2026-01-20"}, id=f"{form}-{of}-{now}", time=written(now))
        body, context = (to_json if form == "json" else to_xml)(made), {"zone": "Asia/Shanghai"}
        sent = Transmission("authority", now, "", body, id=made["id"], form=form, context=context)
        world.keep(sent, document, Origin("authority", "authority", "all", known_by="push"))


def partner(world: World, said: Mapping[Status, Status], form: str = "json") -> None:
    """The employer's own qualification system tells."""
    now, document = world.clock.now(), mappings.load("credential/qualification_system")
    for of, word in said.items():
        told = {"name": "licence", "number": f"Q-{of}", "status": PARTNERS[word], "approvedAt": written(now)}
        content = {"eventId": f"{of}-{now}", "sentAt": written(now), "employeeNo": number("partner", of)}
        content |= {"credential": {**told, "validFrom": "2026-01-20", "validTo": "2027-12-31"}}
        body = json.dumps(content) if form == "json" else _xml("Qualification", content)
        sent = Transmission("quals", now, "", body.encode(), form=form, context={"zone": "Asia/Shanghai"})
        world.keep(sent, document, Origin("quals", "roster", "each", known_by="push"))


def soap(world: World, said: Mapping[Status, Status]) -> None:
    """An authority is asked over SOAP."""
    now = world.clock.now()
    for of, word in said.items():
        world.soap.stands(f"S-{of}", state=STATES[word], since=written(now), validTo="2027-12-31")
    known = [Certificate(f"authority-{number('soap', of)}", "licence", f"S-{of}") for of in said]
    trusted = world.folder / "authority.pem"
    trusted.write_bytes(pem(certificate(key())))
    settings = asking(world.soap_url, answer_certificates=str(trusted))
    source = soap_authority.SPEC.build("soap", soap_authority.Settings.model_validate(settings))
    document = mappings.load(DOCUMENT.relative_to(DOCUMENT.parents[1]).with_suffix("").as_posix(), DOCUMENT.parents[1])
    try:
        page = source.inquire({}, known, now)
        while True:
            for sent in page.transmissions:
                world.keep(sent, document, Origin("soap", "authority", "each", known_by="query"))
            if page.again_in is None:
                break
            page = source.inquire(page.cursor, known, now)
    finally:
        source.close()


def status_list(world: World, said: Mapping[Status, Status]) -> None:
    """Credentials that an issuer signed lie in a folder; its status lists say how they stand."""
    folder, now = world.folder / "signed", world.clock.now()
    folder.mkdir(exist_ok=True)
    for place, (of, word) in enumerate(said.items()):
        ends = SOON if of == "expired" else END
        holder = f"authority-{number('list', of)}"
        badge = world.issuer.badge(holder, LICENCE, SINCE, places=place, validUntil=written(ends))
        (folder / f"{of}.jwt").write_text(world.issuer.sign({**badge, "id": f"urn:uuid:{of}"}))
        for purpose, status in (("revocation", "revoked"), ("suspension", "suspended")):
            (set.add if word == status else set.discard)(world.issuer.set_bits[purpose], place)
    world.issuer.wrong = ""
    looked_at(world, folder, now)
    if "unknown" in said.values():
        world.issuer.wrong = "500"
        world.clock.advance(timedelta(minutes=10))
        looked_at(world, folder, world.clock.now())


def looked_at(world: World, folder: Path, now: datetime) -> None:
    given = test_badges.registered(world.issuer, folder, credentials={"licence": LICENCE})
    source = badges.SPEC.build("lists", badges.Settings.model_validate(given))
    try:
        world.poll("lists", source, mappings.load("credential/badges"), "issuer_file")
    finally:
        source.close()


def hosted(world: World, said: Mapping[Status, Status]) -> None:
    """Open Badges 2.0: each is what its server says of it now."""
    folder, at = world.folder / "hosted", world.hosted
    folder.mkdir(exist_ok=True)
    at.statuses, at.gone, at.revoked = {}, set(), {}
    for of, word in said.items():
        path, ends = f"/assertions/{of}", SOON if of == "expired" else END
        holder = f"authority-{number('hosted', of)}"
        made = at.assertion(of, holder, at.badge_class("licence"), SINCE, expires=written(ends))
        (folder / f"{of}.json").write_text(json.dumps(made))
        at.statuses |= {path: 404} if word == "unknown" else {}
        at.gone |= {path} if word == "suspended" else set()
        at.revoked |= {path: 410} if word == "revoked" else {}
    given = test_badges_of_2_0.registered(at, folder, keys=[])
    source = badges.SPEC.build("badges", badges.Settings.model_validate(given))
    try:
        world.poll("badges", source, mappings.load("credential/badges"), "issuer_file")
    finally:
        source.close()


def assisted(world: World, said: Mapping[Status, Status], by: Sequence[str] = ("wang",)) -> None:
    """A person looks it up and enters it, or two do."""
    now, way = world.clock.now(), "person" if len(by) == 1 else "two"
    for of, word in said.items():
        dates = {"valid_from": SINCE, "valid_until": END}
        about = {"subject": number(way, of), "credential": "licence", "number": f"P-{way}-{of}", "status": word}
        entry = {
            **about,
            **dates,
            "changed_at": now,
            "as_of": now,
            "entered_by": "person" if len(by) == 1 else "two_persons",
        }
        world.parts.acts.enter(RegisterEntry.model_validate(entry), basis(*by), now)


STATES = {"active": "正常", "suspended": "暂停", "revoked": "注销"}
STATES |= {"expired": "过期", "superseded": "换证", "unknown": "待核实"}
PARTNERS = {each: each for each in ("suspended", "revoked", "expired", "lapsed")} | {"active": "approved"}


@dataclass(frozen=True)
class Way:
    """By which a status comes: how it is told, how it is then known, and the statuses that there are."""

    tell: Any
    known_by: Provenance
    statuses: tuple[Status, ...]


NO_LAPSE = tuple(each for each in ALL if each != "lapsed")
SIGNED: tuple[Status, ...] = ("active", "suspended", "revoked", "expired", "unknown")
KNOWN = tuple(each for each in ALL if each != "unknown")
WAYS = {
    "json": Way(lambda world, said: pushed(world, said, "json"), "push", ALL),
    "xml": Way(lambda world, said: pushed(world, said, "xml"), "push", ALL),
    "soap": Way(soap, "query", NO_LAPSE),
    "list": Way(status_list, "issuer_file", SIGNED),
    "hosted": Way(hosted, "query", SIGNED),
    "person": Way(assisted, "person", KNOWN),
    "two": Way(lambda world, said: assisted(world, said, ("wang", "li")), "two_persons", KNOWN),
    "partner": Way(partner, "push", ("active", "suspended", "revoked", "expired", "lapsed")),
}
TABLE = [(way, status) for way, each in WAYS.items() for status in each.statuses]


def hired() -> tuple[str, list[Any]]:
    """The roster: somebody for each line of the table."""
    people: list[Any] = []
    for way, status in TABLE:
        who = number(way, status)
        known = OtherIdentifier(source="authority", subject=f"authority-{who}")
        people.append(Person(subject=who, name="张三", identifiers=(known,), as_of=SINCE))
        people.append(Assignment(subject=who, position="post", starts_at=SINCE, as_of=SINCE))
    return "roster", people


@dataclass
class Found:
    """What became of it: doors while all hold the licence, as each least demand has them, and after each word."""

    first: Mapping[tuple[str, str], str]
    accepted: Mapping[tuple[str, str], str]
    doors: Mapping[tuple[str, str], str]
    later: Mapping[tuple[str, str], str]
    views: Mapping[tuple[str, str], PersonView]
    answers: Mapping[tuple[str, str], Mapping[str, Any]]
    """What whoever asks hears: whether they may stand the post."""


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Iterator[Found]:
    with ExitStack() as stack:
        world = begun(tmp_path_factory.mktemp("ways"), stack)
        for way in WAYS.values():
            way.tell(world, dict.fromkeys(way.statuses, "active"))
        first = {each: world.door(*each) for each in TABLE}
        accepted = {(least, way): world.door_if(least, way) for least in get_args(Provenance) for way in WAYS}
        world.clock.advance(timedelta(hours=1))
        for way in WAYS.values():
            way.tell(world, {each: each for each in way.statuses})
        world.parts.deadlines.work_off()
        views = {each: world.parts.why.person(number(*each)) for each in TABLE}
        answers = {each: asked(world, number(*each)) for each in TABLE}
        doors = {each: world.door(*each) for each in TABLE}
        world.clock.advance(timedelta(hours=25))
        world.parts.deadlines.work_off()
        yield Found(first, accepted, doors, {each: world.door(*each) for each in TABLE}, views, answers)


def asked(world: World, who: str) -> Mapping[str, Any]:
    return world.parts.permission.may(Named("person", who), "full", Named("position", "post")).json()


def begun(path: Path, stack: ExitStack) -> World:
    """A hub with its people, and the others at their sockets."""
    clock, authority = HandClock(NOW), SoapAuthority()
    issuer, at = stack.enter_context(serving(BadgeIssuer())), stack.enter_context(serving(HostedBadges()))
    issuer.now = clock.now
    service = stack.enter_context(serving_soap(authority.service(signer=signer(), now=clock.now)))
    parts = stack.enter_context(opened(path / "hub", clock))
    know(parts, POST)
    send(parts, hired(), clock)
    return World(parts, clock, path, issuer, at, authority, service.url)


@pytest.mark.parametrize(("way", "status"), TABLE)
def test_what_is_decided_and_told_of_a_status_is_the_same_by_whichever_way_it_came(found, way, status):
    assert found.first[way, status] == "present", "everybody held it"
    wanted, reason = DECIDED[status]
    assert found.doors[way, status] == wanted
    view = found.views[way, status]
    [position] = view.positions
    assert [hold.reason for hold in position.standing.holds] == ([reason] if reason else [])
    for language in ("zh", "en"):
        told = tell(view, language, ZONE)
        assert not reason or hold_word(reason, language) in told
        assert scope_word("full" if wanted == "present" else "none", language) in told
    assert [each.matter for each in view.cases] == (["superseded_alone"] if status == "superseded" else [])
    assert found.later[way, status] == ("absent" if status == "superseded" else wanted)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("least", get_args(Provenance))
def test_a_post_takes_a_status_that_is_known_as_well_as_it_demands(found, least, way):
    order = get_args(Provenance)
    enough = order.index(WAYS[way].known_by) >= order.index(least)
    assert found.accepted[least, way] == ("present" if enough else "absent")


@pytest.mark.parametrize(("way", "status"), TABLE)
def test_by_which_way_it_is_known_is_shown(found, way, status):
    view, known_by = found.views[way, status], WAYS[way].known_by
    [position] = view.positions
    assert {each.known_by for each in position.evidence if each.topic == "licence"} == {known_by}
    said = view.json()["positions"][0]
    assert known_by in {each["known_by"] for each in said["evidence"]}
    assert [each["known_by"] for each in said["credentials"]] == [known_by]
    [licence] = [each for each in position.standing.verdicts if each.requirement == "licence"]
    assert dict(licence.figures)["known_by"] == known_by
    assert found.answers[way, status]["context"]["known_by"] == {"licence": known_by}
    for language in ("zh", "en"):
        assert provenance_word(known_by, language) in tell(view, language, ZONE)
