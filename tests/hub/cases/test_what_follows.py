"""What HR's word comes to in a standing, as the worked examples say, and what it must leave alone."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Literal

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.cases.desk import Ruling
from hub.intake.basis import Basis
from hub.rules.attendance.decided import Decision
from hub.rules.attendance.session import RoomSettings, Sitting, unit_of
from hub.rules.attendance.sightings import Sighting, presence
from hub.rules.cases.causes import of_units
from hub.store.tables import review
from schemas.credential import CredentialStatus
from schemas.learning import Enrolment, Session
from schemas.people import Assignment
from tests.conftest import HandClock
from tests.hub.cases.test_cases import a_class, punched, standing_of
from tests.hub.decision.test_law import NOW, ZONE, know, opened, roster, send, send_together, t
from tests.hub.rules.attendance.test_room import S
from tests.hub.rules.story import q_post

TWO = Basis("the list shows it", b"scan", ["wang", "li"])
TERMINALS_END = t("2027-12-31T00:00")


# --- a credential of our own, demanded 40 h and 90 % in each cycle ---------------------------------------------


def with_credential(parts, clock, start, end):
    """A person in a post that needs Q, with Q in the opening balance."""
    hours = {"kind": "hours", "at_least_hours": 40, "at_least_rate": 0.9, "courses": ["dc-safety"]}
    know(parts, q_post(requirement={"annual": hours}))
    send(parts, roster("E1"), clock)
    post = Assignment(subject="E1", position="post", starts_at=t("2022-01-05T00:00"), as_of=t("2022-01-01T00:00"))
    send(parts, ("roster", [post]), clock)
    held = CredentialStatus(
        subject="E1", credential="q", number="Q-1", status="active", changed_at=t(start), valid_from=t(start)
    ).model_copy(update={"valid_until": t(end)})
    send(parts, ("opening", [held]), clock)


def of_post(parts):
    """Scope, events of Q and its last day in the post."""
    parts.deadlines.work_off()
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        (row,) = [each for each in session.all(review.standings_of, {"person": person}) if each.position == "post"]
    body = orjson.loads(row.body)
    return row.scope, {each["kind"] for each in body["events"]}, [each["by"] for each in body["kept"]]


def credit(parts, hours, at):
    time = timedelta(hours=hours)
    parts.corrections.credit("E1", "dc-safety", time, time, t(at), TWO, parts.clock.now())


def test_a_lapse_is_corrected_by_a_class_that_hr_credits_afterwards(tmp_path):  # example 102
    clock = HandClock(t("2026-01-05T09:00"))
    with opened(tmp_path / "hub", clock) as parts:
        with_credential(parts, clock, "2025-07-01T00:00", "2026-07-01T00:00")
        clock.at = t("2026-06-10T09:00")
        credit(parts, 38, "2026-06-01T17:00")
        assert of_post(parts)[0] == "full"
        clock.at = t("2026-07-05T09:00")
        scope, events, _kept = of_post(parts)
        assert scope == "none" and "lapsed" in events
        clock.at = t("2026-07-06T09:00")
        credit(parts, 2, "2026-06-28T17:00")
        scope, events, _kept = of_post(parts)
        assert scope == "full" and "lapsed" not in events and events & {"corrected", "renewed"}


def test_q7_what_is_deferred_holds_the_credential_until_the_new_due(tmp_path):  # examples 89, 90
    clock = HandClock(t("2026-01-05T09:00"))
    with opened(tmp_path / "hub", clock) as parts:
        with_credential(parts, clock, "2026-01-01T00:00", "2027-01-01T00:00")
        day, said = "2026-12-20", t("2026-12-01T00:00")
        lesson = Session(
            subject="S",
            course="dc-safety",
            devices=("A",),
            starts_at=t(f"{day}T14:00"),
            ends_at=t(f"{day}T17:00"),
            as_of=said,
        )
        clock.at = t("2026-12-02T09:00")
        credit(parts, 37, "2026-11-20T17:00")
        send(parts, ("roster", [lesson, Enrolment(subject="E1", session="S", as_of=said)]), clock)
        parts.corrections.defer("E1", "S", t("2027-01-09T00:00"), TWO, clock.now())
        (case,) = [each for each in parts.cases.all() if each.matter == "deferral_asked"]
        clock.at = t("2026-12-03T09:00")
        parts.case_desk.decide(case.id, Ruling("approved"), TWO, clock.now())
        clock.at = t("2027-01-05T09:00")
        scope, _events, kept = of_post(parts)
        assert scope == "full" and "deferral" in kept
        clock.at = t("2027-01-14T09:00")
        assert of_post(parts)[0] == "none"


# --- laws ------------------------------------------------------------------------------------------------------

VERDICTS = st.sampled_from(["credited", "rejected", "excused"])
MINUTES = st.integers(min_value=-60, max_value=300)
WAYS = st.sampled_from(["in", "out", ""])


@st.composite
def sightings(draw) -> list[Sighting]:
    """Sightings of anybody around the session S."""
    at = [S.starts_at + timedelta(minutes=each) for each in draw(st.lists(MINUTES, max_size=6))]
    return [Sighting(each, draw(WAYS)) for each in at]


@given(
    said=sightings(), verdict=VERDICTS, elsewhere=st.booleans(), until=st.sampled_from([None, S.ends_at, TERMINALS_END])
)
def test_what_was_decided_asks_nobody_again_and_said_twice_is_said_once(said, verdict, elsewhere, until):
    window = S.span.__class__(S.starts_at - timedelta(minutes=30), S.ends_at + timedelta(minutes=30))
    found = presence(said, window)
    now = S.ends_at + timedelta(days=2)

    def unit(*decisions: Literal["credited", "rejected", "excused"]):
        made = tuple(Decision(each) for each in decisions)
        sitting = Sitting("S1", "c", S, found, elsewhere=elsewhere, complete_until=until, decisions=made)
        return unit_of(sitting, RoomSettings(), now=now)

    once = unit(verdict)
    assert once == unit(verdict, verdict)
    assert (
        list(of_units("p", [once], lambda _session: "A", lambda _reason, _session: True, ZONE)) == [] and once.open == 0
    )
    assert once.credited >= unit().credited


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 3), VERDICTS), min_size=1, max_size=4))
def test_deciding_about_one_changes_nothing_of_anybody_else(decisions):
    clock = HandClock(NOW)
    numbers = [f"E{n}" for n in range(4)]
    with tempfile.TemporaryDirectory() as place, opened(Path(place) / "hub", clock) as parts:
        a_class(parts, clock, numbers)
        send_together(parts, [punched(number, "in 13:55") for number in numbers], clock)
        (case,) = parts.cases.all()
        for n, verdict in decisions:
            before = {each: standing_of(parts, each) for each in numbers}
            clock.advance(timedelta(minutes=1))
            parts.case_desk.decide(case.id, Ruling(verdict, [numbers[n]]), TWO, clock.now())
            after = {each: standing_of(parts, each) for each in numbers}
            changed = {each for each in numbers if before[each] != after[each]}
            assert changed <= {numbers[n]}
