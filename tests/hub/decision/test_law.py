"""The law: the same accepted facts, the same rules and the same now give the same standing, however they came."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.port import Kept
from hub.assembly import Assembly
from hub.config.folder import HubFolder
from hub.config.instances import Instance
from hub.config.renewals import shipped_renewals
from hub.config.scaffold import mark_new
from hub.config.settings import Settings
from hub.evidence.provenance import provenance
from hub.intake.facts import Origin
from hub.intake.prepare import Prepared
from hub.rules.files.reading import read_courses, read_position
from hub.rules.posts.dossier import versions
from hub.rules.workdays import WEEKDAYS
from hub.store.statement import Connection
from hub.store.tables import access, connectors, log, review
from schemas.attendance import Punch
from schemas.credential import CredentialStatus, RenewalDemand
from schemas.learning import Enrolment, Result, Session, Study, Voided
from schemas.people import Assignment, OtherIdentifier, Person
from schemas.position import Position
from schemas.record import Record
from schemas.transmission import Item, Transmission
from tests.conftest import CountedIds, HandClock

LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)
EXAMPLE = Path("hub/examples/datacentre")
ZONE = ZoneInfo("Asia/Shanghai")
ORIGINS = {
    "roster": Origin("roster", "roster", "each"),
    "opening": Origin("opening", "roster", "each", opening=True),
    "terminals": Origin("terminals", "terminals", "each"),
    "lms": Origin("lms", "lms", "all"),
    "other": Origin("other", "other", "all"),  # a second platform
    "authority": Origin("authority", "authority", "all"),
}
NO_INSTANCES: Mapping[str, Instance] = {}
Message = tuple[str, Sequence[Record]]


def t(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(ZoneInfo("UTC"))


NOW = t("2026-02-02T09:00")


# --- what the outside systems say ----------------------------------------------------------------------------


def roster(number: str, as_of: str = "2026-01-01T00:00", ends: str | None = None) -> Message:
    """A person with all identifiers, and the post."""
    others = tuple(OtherIdentifier(source=s, subject=f"{s}-{number}") for s in ("terminals", "lms", "authority"))
    person = Person(subject=number, name="张三", identifiers=others, as_of=t(as_of))
    post = Assignment(
        subject=number,
        position="dc-operations",
        starts_at=t("2026-01-05T00:00"),
        ends_at=None if ends is None else t(ends),
        as_of=t(as_of),
    )
    return "roster", [person, post]


def plan(number: str, device: str = "A", as_of: str = "2026-01-01T00:00") -> Message:
    session = Session(
        subject="S1",
        course="dc-safety",
        devices=(device,),
        starts_at=t("2026-01-06T09:00"),
        ends_at=t("2026-01-06T12:00"),
        as_of=t(as_of),
    )
    return "roster", [session, Enrolment(subject=number, session="S1", as_of=t(as_of))]


def punches(number: str, *clocks: str) -> list[Message]:
    return [
        (
            "terminals",
            [Punch(subject=f"terminals-{number}", device="A", occurred_at=t(f"2026-01-06T{c}"), occurred_local=c)],
        )
        for c in clocks
    ]


def study(number: str, clock: str, meaning: str, day: str = "2026-01-08") -> Message:
    at = t(f"{day}T{clock}")
    name = f"{number}-{day}-{clock}-{meaning}"
    fact = Study(subject=f"lms-{number}", course="dc-ops-online", meaning=meaning, occurred_at=at, statement=name)  # type: ignore[arg-type]
    return "lms", [fact]


def exam(number: str, passed: bool, day: str) -> Message:
    at = t(f"{day}T15:00")
    name = f"{number}-exam-{day}"
    return "lms", [
        Result(subject=f"lms-{number}", exam="dc-ops-exam", passed=passed, score="80", occurred_at=at, statement=name)
    ]


def status(
    number: str, kind: str, said: str, sequence: int, day: str = "2026-01-20", until: str = "2028-01-01T00:00"
) -> Message:
    return "authority", [
        CredentialStatus(
            subject=f"authority-{number}",
            credential=f"{kind}-voltage-electrician",
            number=f"{kind}-{number}",
            status=said,  # type: ignore[arg-type]
            sequence=sequence,
            changed_at=t(f"{day}T00:00"),
            valid_until=t(until),
        )
    ]


def demand(number: str, kind: str, day: str, **says: str) -> Message:
    """What an issuer says that a renewal takes, from a day on."""
    credential, at = f"{kind}-voltage-electrician", t(f"{day}T00:00")
    return "authority", [
        RenewalDemand(subject=f"authority-{number}", credential=credential, effective_at=at, rule="review/3y", **says)
    ]


def voided(statement: str) -> Message:
    return "lms", [Voided(subject="lms-admin", statement=statement, occurred_at=t("2026-01-30T00:00"))]


def qualified(number: str) -> list[Message]:
    """All that opens the full scope to one person."""
    return [
        roster(number),
        plan(number),
        *punches(number, "08:55", "10:00", "10:05", "12:01"),
        study(number, "20:00", "opened"),
        study(number, "20:10", "point"),
        study(number, "20:20", "point"),
        study(number, "20:30", "completed"),
        exam(number, False, "2026-01-10"),
        exam(number, True, "2026-01-12"),
        status(number, "high", "active", 1),
        status(number, "low", "active", 1),
    ]


STORY: list[Message] = [
    *qualified("E1"),
    *qualified("E2"),
    status("E2", "high", "suspended", 2),
    status("E2", "high", "active", 3),
    status("E2", "low", "active", 4),
    status("E2", "low", "suspended", 5),
    roster("E3"),
    plan("E3"),
    *punches("E3", "09:00"),
    study("E3", "20:00", "opened"),
    study("E3", "20:45", "completed"),
    exam("E3", True, "2026-01-12"),
    voided("E3-exam-2026-01-12"),
    roster("E3", "2026-01-15T00:00", ends="2026-06-01T00:00"),
    plan("E1", device="A", as_of="2026-01-02T00:00"),
]


# --- a hub of their own --------------------------------------------------------------------------------------


@contextmanager
def opened(
    path: Path,
    clock: HandClock,
    url: str = "",
    instances: Mapping[str, Instance] = NO_INSTANCES,
    doubt: float = 0.25,
    courses: str = (EXAMPLE / "courses.toml").read_text("utf-8"),
    public_url: str = "",
) -> Iterator[Assembly]:
    """The parts of a hub with a store in an empty folder; only the writer runs."""
    (path / "keys").mkdir(parents=True)
    (path / "data").mkdir()
    mark_new(path / "data")
    (path / "keys" / "master.key").write_bytes(bytes(range(32)))
    (path / "keys" / "log.pem").write_bytes(LOG_KEY)
    files = sorted(Path("hub/positions").glob("*.toml"))
    settings = {
        "profile": "dev",
        "store": {"url": url} if url else {},
        "hub": {"doubt_seconds": doubt, "public_url": public_url},
    }
    folder = HubFolder(
        path,
        Settings.model_validate(settings),
        instances,
        {file.name: read_position(file.read_text("utf-8"), file.name) for file in files},
        read_courses(courses, "courses.toml"),
        WEEKDAYS,
        shipped_renewals(),
    )
    with Assembly(folder, clock, CountedIds(), deciding=True) as parts:
        yield parts


def know(parts: Assembly, position: Position) -> None:
    """Another post of which the hub has a file from now on."""
    known = parts.folder.rulebook.positions
    assert isinstance(known, dict)
    known[position.id] = versions([position], ZONE)


def forget(parts: Assembly, position: str) -> None:
    """A post whose file is gone."""
    known = parts.folder.rulebook.positions
    assert isinstance(known, dict)
    del known[position]


def send(parts: Assembly, message: Message, clock: HandClock) -> None:
    """One message in, as a connector hands it over, and durable."""
    send_together(parts, [message], clock)


def send_together(parts: Assembly, messages: Sequence[Message], clock: HandClock) -> list[Kept]:
    """Messages that meet in one commit."""
    prepared = [prepare(parts, each, clock) for each in messages]
    kept: list[Kept] = parts.writer.call(lambda tx: parts.keeper.keep(prepared, tx))
    for each in prepared:
        parts.keeper.committed(each)
    return kept


def prepare(parts: Assembly, message: Message, clock: HandClock) -> Prepared:
    """A message made ready for the store."""
    name, records = message
    body = repr(records).encode()
    wire = Transmission(connector=name, received_at=clock.now(), media_type="application/json", body=body)
    facts = "/".join(f"{each.KIND}:{each.topic}:{each.at.isoformat()}:{_said(each)}" for each in records)
    outcome = Item(records=tuple(records), key=getattr(records[0], "statement", "") or facts)
    return parts.preparer.prepare(wire, [outcome], ORIGINS[name])


def _said(record: Record) -> str:
    return f"{getattr(record, 'number', '')}:{getattr(record, 'sequence', '')}{getattr(record, 'says', '')}"


def standings(parts: Assembly, number: str) -> list[tuple[str, str, object]]:
    """Position, scope and holds; each hold with what its evidence says, as the ids of facts differ from hub to hub."""
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        rows = session.all(review.standings_of, {"person": person})
        return [
            (row.position, row.scope, [_told(person, hold, session) for hold in orjson.loads(row.body)["holds"]])
            for row in rows
        ]


def _told(person: str | None, hold: dict[str, Any], session: Connection) -> dict[str, Any]:
    assert person is not None
    found = provenance(person, hold["refs"], session)
    assert len(found) == len(hold["refs"]), "every fact leads to its transmission"
    return hold | {"refs": [(each.kind, each.topic, each.at) for each in found]}


def targets(parts: Assembly, number: str) -> dict[str, str]:
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        return {row[1]: row[2] for row in session.all(access.desired_of, {"person": person})}


def told(path: Path, messages: Sequence[Message], url: str = "") -> dict[str, object]:
    clock = HandClock(NOW)
    with opened(path, clock, url) as parts:
        for message in messages:
            send(parts, message, clock)
        return {number: (standings(parts, number), targets(parts, number)) for number in ("E1", "E2", "E3")}


@pytest.fixture(scope="module")
def in_order(tmp_path_factory) -> dict[str, object]:
    """What the story comes to when everything arrives as it happened."""
    return told(tmp_path_factory.mktemp("hub") / "first", STORY)


def test_the_story_in_its_own_order_comes_to_three_different_standings(in_order):
    scopes = {number: found[0][0][1] for number, found in in_order.items()}
    assert scopes == {"E1": "full", "E2": "supervised", "E3": "none"}
    assert in_order["E1"][1] == {"dc-assist": "present", "dc-ops": "present"}
    assert in_order["E2"][1] == {"dc-assist": "present", "dc-ops": "absent"}


def test_both_stores_come_to_the_same(in_order, tmp_path, database_url):
    assert told(tmp_path / "hub", STORY, database_url) == in_order


@pytest.mark.parametrize("seed", range(8))
def test_any_order_with_any_repetition_comes_to_the_same(seed, in_order, tmp_path):
    chance = Random(seed)
    messages = [*STORY, *chance.choices(STORY, k=12)]
    chance.shuffle(messages)
    assert told(tmp_path / "hub", messages) == in_order


@pytest.mark.parametrize("seed", range(8))
def test_however_messages_meet_in_commits_it_comes_to_the_same(seed, in_order, tmp_path):
    chance = Random(100 + seed)
    messages = [*STORY, *chance.choices(STORY, k=12)]
    chance.shuffle(messages)
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        while messages:
            size = chance.choice((1, 2, 5, 40))
            send_together(parts, messages[:size], clock)
            del messages[:size]
            assert balanced(parts)
        assert {number: (standings(parts, number), targets(parts, number)) for number in in_order} == in_order
        assert held(parts) == 0


def balanced(parts: Assembly) -> bool:
    """Whether every received item became something."""
    with parts.database.reading() as session:
        rows = [row._asdict() for row in session.all(connectors.connectors, {})]
    became = ("applied", "duplicate", "ignored", "held", "quarantined", "discarded")
    return bool(rows) and all(row["received"] == sum(row[word] for word in became) for row in rows)


def held(parts: Assembly) -> int:
    """How many items wait for a link, by the balance."""
    with parts.database.reading() as session:
        return sum(row.held for row in session.all(connectors.connectors, {}))


def test_who_becomes_known_in_the_commit_of_his_first_punch_has_it(tmp_path):
    clock = HandClock(NOW)
    for n, messages in enumerate((qualified("E1"), qualified("E1")[::-1])):
        with opened(tmp_path / f"hub-{n}", clock) as parts:
            send_together(parts, messages, clock)
            assert standings(parts, "E1") == [("dc-operations", "full", [])]
            assert held(parts) == 0 and balanced(parts)


def test_a_message_that_meets_its_own_repeat_in_one_commit_is_kept_once(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        (punch,) = punches("E1", "08:55")
        first, again, other = send_together(parts, [punch, punch, *punches("E1", "08:56")], clock)
        assert (first.repeat, again.repeat, other.repeat) == (False, True, False)
        assert again.counts == first.counts == {"held": 1}
        assert balanced(parts) and held(parts) == 2


def test_backwards_punches_before_the_plan_and_the_plan_before_the_person_come_to_the_same(in_order, tmp_path):
    assert told(tmp_path / "hub", STORY[::-1]) == in_order


def test_what_came_before_the_person_was_known_is_held_and_applies_by_itself(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        first, *rest = qualified("E1")
        for message in rest:
            send(parts, message, clock)
        assert parts.directory.person_by_number("E1") is None
        send(parts, first, clock)
        assert standings(parts, "E1") == [("dc-operations", "full", [])]


# --- a fault in one person's evidence ------------------------------------------------------------------------


def corrupt(path: Path, parts: Assembly, number: str) -> str:
    """Spoil the roster's word on one person's post in the store itself."""
    person = parts.directory.person_by_number(number)
    with closing(sqlite3.connect(path / "data" / "licet.db")) as store, store:
        changed = store.execute(
            "UPDATE facts SET body = '{' WHERE kind = 'assignment'"
            " AND subject IN (SELECT subject FROM links WHERE person = ?)",
            (person,),
        )
    store.close()
    assert changed.rowcount == 1 and person is not None
    return person


def alarms(parts: Assembly, person: str) -> list[dict[str, object]]:
    with parts.database.reading() as session:
        rows = session.all(log.entries_of_person, {"person": person, "limit": 50})
    entries = [orjson.loads(body) for _seq, body in rows]
    return [entry for entry in entries if entry["kind"] == "alarm"]


def test_a_review_that_fails_parks_that_person_loudly_and_nobody_else(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in [*qualified("E1"), *qualified("E2")]:
            send(parts, message, clock)
        person = corrupt(tmp_path / "hub", parts, "E1")
        send(parts, study("E1", "21:00", "point", "2026-01-20"), clock)
        (alarm,) = alarms(parts, person)
        assert (alarm["code"], alarm["attempt"]) == ("review.stuck", 1)
        assert "{" not in str(alarm["error"])
        with parts.database.reading() as session:
            due_at, _because, tries = session.one(review.due_of, {"person": person})
        assert (due_at, tries) == (int((NOW + timedelta(minutes=1)).timestamp() * 1_000_000), 1)
        send(parts, status("E2", "high", "suspended", 7), clock)
        assert standings(parts, "E2")[0][1] == "supervised"
        assert targets(parts, "E1") == {"dc-assist": "present", "dc-ops": "present"}


def test_who_was_stuck_for_weeks_is_still_looked_at_every_hour(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        person = corrupt(tmp_path / "hub", parts, "E1")
        for_weeks = {"person": person, "at": 0, "because": "x", "tries": 500}
        parts.writer.call(lambda tx: tx.session.run(review.set_due, for_weeks))
        send(parts, study("E1", "21:00", "point", "2026-01-20"), clock)
        with parts.database.reading() as session:
            due_at, _because, tries = session.one(review.due_of, {"person": person})
        assert (due_at, tries) == (int((NOW + timedelta(hours=1)).timestamp() * 1_000_000), 501)


@pytest.mark.parametrize("said", ["revoked", "suspended"])
def test_what_an_issuer_withdraws_closes_even_while_the_rules_fail(said, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        corrupt(tmp_path / "hub", parts, "E1")
        send(parts, status("E1", "high", said, 9), clock)
        assert targets(parts, "E1")["dc-ops"] == "absent"


def test_an_unknown_status_does_not_hide_the_issuer_s_last_word_while_the_rules_fail(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        corrupt(tmp_path / "hub", parts, "E1")
        send(parts, status("E1", "high", "unknown", 12), clock)
        assert targets(parts, "E1")["dc-ops"] == "present"
        send(parts, status("E1", "high", "suspended", 9), clock)
        assert targets(parts, "E1")["dc-ops"] == "absent"


def test_an_older_certificate_that_ran_out_does_not_hide_that_its_follower_was_revoked(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        older = CredentialStatus(
            subject="authority-E1",
            credential="high-voltage-electrician",
            number="high-E1-of-2019",
            status="active",
            changed_at=t("2019-01-01T00:00"),
            valid_until=t("2022-01-01T00:00"),
        )
        send(parts, ("authority", [older]), clock)
        corrupt(tmp_path / "hub", parts, "E1")
        send(parts, status("E1", "high", "revoked", 9), clock)
        assert targets(parts, "E1")["dc-ops"] == "absent"


def test_of_two_rows_of_one_roster_about_one_post_the_one_that_ends_first_holds(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        post = {"subject": "E1", "position": "dc-operations", "starts_at": t("2026-01-05T00:00")}
        as_of = t("2026-01-20T00:00")
        rows = [Assignment(**post, as_of=as_of), Assignment(**post, ends_at=t("2026-01-31T00:00"), as_of=as_of)]
        send(parts, ("roster", rows[:1]), clock)
        wire = Transmission(connector="roster", received_at=clock.now(), media_type="text/csv", body=b"second row")
        again = parts.preparer.prepare(wire, [Item(records=tuple(rows[1:]), key="another row")], ORIGINS["roster"])
        parts.writer.call(lambda tx: parts.keeper.keep((again,), tx))
        assert standings(parts, "E1")[0][1] == "none", "as the rules say of two of one instant"
