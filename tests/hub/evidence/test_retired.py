"""A terminal out of service: nobody waits for what it had not delivered, and one case names whom it concerns."""

from datetime import timedelta

import pytest

from connectors.port import PeerState
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.cases.test_cases import DAY, TWO, a_class, decide, seen, standing_of, the_case
from tests.hub.decision.test_law import NOW, opened, send, t

NOON, EVENING = t(f"{DAY}T12:00"), t(f"{DAY}T22:00")


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        yield parts


def heard(parts, device, until):
    """A terminal was heard, and is complete until an instant."""
    state = PeerState(last_contact_at=parts.clock.now(), complete_until=until)
    parts.writer.call(lambda tx: parts.peers.store("terminals", device, state, tx))


def decided(parts, device, status):
    parts.clock.advance(timedelta(minutes=1))
    parts.device_service.decide(device, status, "wang", parts.clock.now())


def states(parts, *numbers):
    return [standing_of(parts, each)["S1"] for each in numbers]


def test_146_what_a_dead_terminal_did_not_record_is_required_of_nobody(hub, clock):
    a_class(hub, clock, ["E1", "E2"])
    heard(hub, "A", NOON)
    assert states(hub, "E1", "E2") == [("unknown", 0, 180, 180)] * 2
    decided(hub, "A", "retired")
    assert states(hub, "E1", "E2") == [("excused", 0, 0, 0)] * 2
    case = the_case(hub, "not_recorded")
    assert (case.concerned, dict(case.place)) == (2, {"device": "A"})
    assert [each.matter for each in hub.cases.all()] == ["not_recorded"]


def test_what_was_proven_counts_and_what_hr_finds_out_too(hub, clock):
    a_class(hub, clock, ["E1", "E2"])
    seen(hub, clock, "E1", "in 13:55", "out 15:30")
    heard(hub, "A", NOON)
    decided(hub, "A", "retired")
    assert states(hub, "E1", "E2") == [("excused", 90, 90, 0), ("excused", 0, 0, 0)]
    decide(hub, the_case(hub, "not_recorded"), "credited", TWO)
    assert states(hub, "E1", "E2") == [("complete", 180, 180, 0)] * 2
    assert hub.cases.all() == []


def test_one_that_had_delivered_all_is_as_complete_as_it_was(hub, clock):
    a_class(hub, clock, ["E1"])
    heard(hub, "A", EVENING)
    decided(hub, "A", "retired")
    assert states(hub, "E1") == [("absent", 0, 180, 0)]


def test_beside_one_that_works_it_is_waited_for_no_more(hub, clock):
    a_class(hub, clock, ["E1"], device="A")
    heard(hub, "A", NOON)
    decided(hub, "A", "retired")
    clock.advance(timedelta(days=1))
    day = "2026-02-04"
    said = _class_of(day, ("A", "B"))
    _plan(hub, clock, said)
    heard(hub, "B", t(f"{day}T16:00"))
    assert standing_of(hub, "E1")["S2"][0] == "pending"
    clock.advance(t(f"{day}T20:00") - clock.now())
    assert standing_of(hub, "E1")["S2"] == ("unknown", 0, 180, 180), "the other one has not told all yet"
    heard(hub, "B", t(f"{day}T19:00"))
    assert standing_of(hub, "E1")["S2"] == ("absent", 0, 180, 0)


def test_a_plan_that_names_a_retired_terminal_alone_leaves_it_open(hub, clock):
    a_class(hub, clock, ["E1"], device="A")
    heard(hub, "A", NOON)
    decided(hub, "A", "retired")
    day = "2026-02-04"
    _plan(hub, clock, _class_of(day, ("A",)))
    clock.advance(t(f"{day}T20:00") - clock.now())
    assert standing_of(hub, "E1")["S2"] == ("unknown", 0, 180, 180)


def test_one_that_is_in_service_again_is_waited_for_again(hub, clock):
    a_class(hub, clock, ["E1"])
    heard(hub, "A", NOON)
    decided(hub, "A", "retired")
    decided(hub, "A", "approved")
    assert states(hub, "E1") == [("unknown", 0, 180, 180)]
    assert the_case(hub, "not_recorded").state == "closed"


def test_why_at_an_instant_before_knows_nothing_of_it(hub, clock):
    a_class(hub, clock, ["E1"])
    heard(hub, "A", NOON)
    before = clock.now()
    decided(hub, "A", "retired")
    person = hub.directory.person_by_number("E1")
    with hub.database.reading() as session:
        [unit] = hub.evidence.dossier(person, session, now=before, known_by=before).units
    assert unit.status == "unknown"


def _class_of(day, devices):
    return Session(
        subject="S2",
        course="dc-safety",
        devices=devices,
        starts_at=t(f"{day}T14:00"),
        ends_at=t(f"{day}T17:00"),
        as_of=t("2026-02-03T00:00"),
    )


def _plan(parts, clock, said):
    clock.advance(max(t("2026-02-03T09:00") - clock.now(), timedelta(0)))
    send(parts, ("roster", [said, Enrolment(subject="E1", session="S2", as_of=said.as_of)]), clock)
