"""What HR says of a person is a fact like any other: it counts, it can be said again, and it names who said it."""

from datetime import timedelta

import orjson
import pytest

from hub.evidence.facts import BY_HAND
from hub.intake.basis import Basis, Weight
from hub.intake.corrections import Correction
from hub.store.tables import connectors, log
from schemas.attendance import Punch
from schemas.decision import UnitDecision
from schemas.errors import ConfigError
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, balanced, opened, plan, punches, roster, send, t

BASIS = Basis("the list of the trainer shows it", b"scan of the list", ["wang"])
TWO = Basis("the list of the trainer shows it", b"scan of the list", ["wang", "li"])
HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as made:
        for number in ("E1", "E2"):
            send(made, roster(number), clock)
        yield made


def units(parts, number):
    """The units of a person by id: status, credited and required minutes."""
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        dossier = parts.evidence.dossier(person, session, now=parts.clock.now())
    return {each.id: (each.status, each.credited // 60, each.required // 60) for each in dossier.units}


def entered(parts, kind):
    with parts.database.reading() as session:
        found = [orjson.loads(row.body) for row in session.all(log.entries_after, {"seq": 0, "limit": 10_000})]
    return [each for each in found if each["kind"] == kind]


def credit(parts, number="E1", hours=3.0, at="2026-01-20T17:00", basis=BASIS, required=0.0):
    time = timedelta(hours=hours)
    return parts.corrections.credit(
        number, "dc-safety", time, timedelta(hours=required), t(at), basis, parts.clock.now()
    )


def test_nobody_decides_alone_about_somebody_who_reports_to_them(parts, clock):
    for number, more in (("E1", {"manager": "E2"}), ("E2", {"mail": "li.si@example.cn"})):
        known = roster(number)[1][0].model_copy(update={"as_of": t("2026-01-03T00:00"), **more})
        send(parts, ("roster", [known]), clock)
    for name in ("E2", "ｅ２", "li.si"):
        with pytest.raises(ConfigError, match="reports to who decides"):
            credit(parts, basis=Basis("why", b"x", [name]))
    credit(parts, basis=Basis("why", b"x", ["E2", "wang"]))
    credit(parts, number="E2", basis=Basis("why", b"x", ["wang"]))


def test_credited_hours_count_and_the_same_again_replaces_them(parts, clock):
    credit(parts, hours=3)
    unit = "credit/dc-safety@20260120T090000Z@2026-01-20T09:00:00+00:00"
    assert units(parts, "E1") == {unit: ("complete", 180, 0)}
    clock.advance(HOUR)
    credit(parts, hours=3)
    assert units(parts, "E1") == {unit: ("complete", 180, 0)}
    clock.advance(HOUR)
    credit(parts, hours=2, required=2)
    assert units(parts, "E1") == {unit: ("complete", 120, 120)}
    assert balanced(parts)


def test_who_is_excused_is_required_nothing_more_and_keeps_what_was_attended(parts, clock):
    send(parts, plan("E1"), clock)
    for each in punches("E1", "08:55", "10:00"):
        send(parts, each, clock)
    assert units(parts, "E1")["S1"] == ("unknown", 60, 180)
    parts.corrections.excuse("E1", "S1", BASIS, clock.now())
    assert units(parts, "E1")["S1"] == ("excused", 60, 60)


def test_hr_takes_a_person_out_of_a_session_and_puts_one_in_whatever_the_plan_says_again(parts, clock):
    send(parts, plan("E1"), clock)
    parts.corrections.withdraw("E1", "S1", TWO, clock.now())
    parts.corrections.enrol("E2", "S1", BASIS, clock.now())
    assert "S1" not in units(parts, "E1") and "S1" in units(parts, "E2")
    clock.advance(HOUR)
    send(parts, plan("E1", as_of="2026-02-02T09:30"), clock)
    assert "S1" not in units(parts, "E1"), "the plan says every day what it said before"
    clock.advance(HOUR)
    parts.corrections.enrol("E1", "S1", BASIS, clock.now())
    assert "S1" in units(parts, "E1")
    assert not entered(parts, "alarm")


def test_a_deferral_that_is_asked_makes_the_unit_unknown(parts, clock):
    clock.at = t("2026-01-09T23:59")  # a Friday, the third working day after the session
    send(parts, plan("E1"), clock)
    parts.corrections.defer("E1", "S1", t("2026-03-01T00:00"), BASIS, clock.now())
    assert units(parts, "E1")["S1"] == ("unknown", 0, 180)


def test_whom_it_concerns_is_looked_at_in_the_same_commit(parts, clock):
    send(parts, plan("E1"), clock)
    before = len(entered(parts, "decided")) + len(entered(parts, "reviewed"))
    parts.corrections.excuse("E1", "S1", BASIS, clock.now())
    assert len(entered(parts, "decided")) + len(entered(parts, "reviewed")) > before


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda parts: credit(parts, basis=Basis(" ", b"x", ["wang"])), "--reason"),
        (lambda parts: credit(parts, basis=Basis("why", b"", ["wang"])), "--evidence"),
        (lambda parts: credit(parts, basis=Basis("why", b"x", [" "])), "--by"),
        (lambda parts: credit(parts, hours=4.1), "two different people"),
        (lambda parts: credit(parts, hours=4.1, basis=Basis("why", b"x", ["wang", "Ｗang "])), "two different people"),
        (lambda parts: credit(parts, at="2026-01-01T00:00"), "31 days"),
        (lambda parts: credit(parts, at="2026-02-02T10:00"), "lies ahead"),
        (lambda parts: credit(parts, basis=Basis("why", b"x", ["li", "e1"])), "themselves"),
        (lambda parts: credit(parts, basis=Basis("why", b"x", ["张三"])), "themselves"),
        (lambda parts: credit(parts, number="E11"), "did you mean 'E1'"),
        (lambda parts: credit(parts, hours=-1), "expected time"),
        (
            lambda parts: parts.corrections.credit(
                "E1", "dc-saftey", HOUR, HOUR, t("2026-01-20T17:00"), BASIS, parts.clock.now()
            ),
            "did you mean 'dc-safety'",
        ),
        (lambda parts: parts.corrections.excuse("E1", "S11", BASIS, parts.clock.now()), "did you mean 'S1'"),
        (lambda parts: parts.corrections.withdraw("E1", "S1", BASIS, parts.clock.now()), "the session is over"),
        (
            lambda parts: parts.corrections.defer("E1", "S1", t("2026-01-30T00:00"), BASIS, parts.clock.now()),
            "an instant after the session",
        ),
        (
            lambda parts: parts.corrections.defer("E1", "S1", t("2026-03-01T00:00"), BASIS, t("2026-01-10T00:00")),
            "ask_within",
        ),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_lacks_something_is_refused_and_leaves_nothing(parts, clock, act, said):
    send(parts, plan("E2"), clock)
    before = units(parts, "E1"), len(entered(parts, "corrected"))
    with pytest.raises(ConfigError, match=said):
        act(parts)
    assert (units(parts, "E1"), len(entered(parts, "corrected"))) == before


def test_the_entry_names_who_did_it_by_token_and_keeps_reason_and_document_sealed(parts):
    credit(parts, basis=TWO)
    (entry,) = entered(parts, "corrected")
    text = orjson.dumps(entry).decode()
    assert not any(each in text for each in ("wang", "E1", "trainer", "dc-safety"))
    assert len(entry["actor"]) == 2 and entry["verdict"] == "credited"
    assert entry["person"] == parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        assert parts.enclosures.content(entry["id"], "reason", session) == BASIS.reason.encode()
        commit = entry["document"]["commit"]
        assert parts.enclosures.proves(entry["id"], "document", BASIS.document, commit, session)
        assert not parts.enclosures.proves(entry["id"], "document", b"another", commit, session)
        (row,) = [each for each in session.all(connectors.connectors, {}) if each.connector == BY_HAND]
    assert (row.received, row.applied) == (1, 1)


def both_at_once(clock, parts):
    """Two sessions of one room at one time, and a person who is enrolled in both and seen there."""
    day = "2026-01-06"
    for name in ("S1", "S2"):
        session = Session(
            subject=name,
            course="dc-safety",
            devices=("A",),
            starts_at=t(f"{day}T09:00"),
            ends_at=t(f"{day}T12:00"),
            as_of=t("2026-01-01T00:00"),
        )
        enrolment = Enrolment(subject="E1", session=name, as_of=t("2026-01-01T00:00"))
        send(parts, ("roster", [session, enrolment]), clock)
    for each in punches("E1", "08:55", "12:01"):
        send(parts, each, clock)


def test_of_two_sessions_at_once_what_is_credited_to_one_is_not_credited_to_the_other(parts, clock):
    both_at_once(clock, parts)
    assert {credited for _status, credited, _required in units(parts, "E1").values()} == {0}
    said = UnitDecision(subject="E1", id="case", of="S1", unit="S1", verdict="credited", as_of=clock.now())

    parts.corrections.keep(Correction("credited", [("E1", said)], Weight(3 * HOUR)), BASIS, clock.now())
    found = units(parts, "E1")
    assert found["S1"][1] == 180 and found["S2"][1] == 0


def test_a_punch_of_the_person_beside_a_correction_still_counts(parts, clock):
    credit(parts)
    send(parts, plan("E1"), clock)
    for day in ("08:55", "12:01"):
        punch = Punch(subject="terminals-E1", device="A", occurred_at=t(f"2026-01-06T{day}"), occurred_local=day)
        send(parts, ("terminals", [punch]), clock)
    assert units(parts, "E1")["S1"] == ("complete", 180, 180)
