"""A link ends before its end: what happens at that very instant is of whoever has the identifier from then on."""

from datetime import timedelta

import pytest

from hub.rules.fact import of_kind
from schemas.attendance import Punch
from schemas.learning import Result
from schemas.people import OtherIdentifier, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, balanced, held, opened, plan, roster, send, t

TICK = timedelta(microseconds=1)
MOVED = t("2026-01-06T12:00")
"""When the account, or the badge, of E1 becomes that of E2."""


def person(number, source, name, since=None, until=None):
    """A person of the roster who has an identifier from one instant to another."""
    other = OtherIdentifier(source=source, subject=name, valid_from=since, valid_until=until)
    return "roster", [Person(subject=number, name=number, identifiers=(other,), as_of=t("2026-01-01T00:00"))]


def moved(parts, clock, source, name):
    for message in (roster("E1"), roster("E2")):
        send(parts, message, clock)
    send(parts, person("E1", source, name, until=MOVED), clock)
    send(parts, person("E2", source, name, since=MOVED), clock)


def passed(parts, clock, at):
    result = Result(subject="shared", exam="dc-ops-exam", passed=True, occurred_at=at, statement=at.isoformat())
    send(parts, ("lms", [result]), clock)


def dossier(parts, number):
    whom = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        return parts.evidence.dossier(whom, session, now=NOW)


def whose(parts):
    return [number for number in ("E1", "E2") if of_kind(dossier(parts, number).facts, Result)]


@pytest.mark.parametrize(("at", "owner"), [(MOVED - TICK, "E1"), (MOVED, "E2"), (MOVED + TICK, "E2")])
def test_a_result_at_the_end_of_a_link_is_of_who_has_the_account_from_then_on(at, owner, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        moved(parts, clock, "lms", "shared")
        passed(parts, clock, at)
        assert whose(parts) == [owner] and held(parts) == 0


@pytest.mark.parametrize(("at", "waits"), [(MOVED - TICK, 0), (MOVED, 1)])
def test_a_result_at_the_end_of_a_link_that_nobody_continues_waits_for_somebody(at, waits, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        send(parts, person("E1", "lms", "shared", until=MOVED), clock)
        passed(parts, clock, at)
        assert held(parts) == waits and balanced(parts)
        assert whose(parts) == ([] if waits else ["E1"])


@pytest.mark.parametrize(("at", "owner"), [(MOVED - TICK, "E1"), (MOVED, "E2")])
def test_a_punch_at_the_end_of_a_link_counts_for_who_has_the_badge_from_then_on(at, owner, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        moved(parts, clock, "terminals", "shared")
        for message in (plan("E1"), plan("E2")):
            send(parts, message, clock)
        punch = Punch(subject="shared", device="A", occurred_at=at, occurred_local="12:00", direction="out")
        send(parts, ("terminals", [punch]), clock)
        seen = {
            number: [ref for unit in dossier(parts, number).units for ref in unit.refs if "." in ref]
            for number in ("E1", "E2")
        }
        assert [number for number, punches in seen.items() if punches] == [owner]
