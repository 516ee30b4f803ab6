"""The calendar goes on by the clock that only grows while the machine's leaps."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.guarded_clock import AWAY, STEP, GuardedClock, ShiftedClock
from tests.conftest import HandClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
YEAR = timedelta(days=400)
MINUTES = timedelta(minutes=10)


@pytest.fixture
def machine() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def guarded(machine) -> GuardedClock:
    return GuardedClock(machine, machine.monotonic)


def test_it_follows_a_machine_that_is_set_by_little(machine, guarded):
    machine.advance(MINUTES)
    machine.at += STEP
    assert guarded.now() == machine.at and not guarded.state.held


@pytest.mark.parametrize("leap", [YEAR, -YEAR, STEP + timedelta(seconds=1)], ids=str)
def test_a_leap_moves_no_date_and_time_goes_on_meanwhile(machine, guarded, leap):
    machine.at += leap
    assert guarded.now() == NOON
    machine.advance(MINUTES)
    assert guarded.now() == NOON + MINUTES
    assert guarded.state[:3] == (True, leap, 1)
    machine.at -= leap
    assert guarded.now() == NOON + MINUTES and guarded.state[:3] == (False, timedelta(0), 1)


def test_a_machine_that_was_asleep_has_not_leapt(machine, guarded):
    machine.advance(YEAR)
    assert guarded.now() == machine.at and not guarded.state.held


def test_one_that_runs_too_fast_is_found_like_one_that_leaps(machine, guarded):
    for _ in range(100):
        machine.advance(timedelta(seconds=30))
        machine.at += timedelta(seconds=1)
        guarded.now()
    assert guarded.state.held


def test_who_believes_it_moves_the_calendar_and_hears_by_how_much(machine, guarded):
    machine.at += YEAR
    assert guarded.believe() == YEAR
    assert guarded.now() == machine.at and not guarded.state.held
    machine.at -= YEAR
    assert guarded.now() == NOON + YEAR and guarded.state.held, "back is a leap too"
    assert guarded.believe() == -YEAR


@pytest.mark.parametrize(
    ("away", "held_before", "believed"),
    [
        (timedelta(0), False, True),
        (AWAY, False, True),
        (AWAY + timedelta(seconds=1), False, False),
        (YEAR, False, False),
        (-STEP - timedelta(seconds=1), False, False),
        (timedelta(days=2), True, False),
        (timedelta(seconds=5), True, True),
    ],
    ids=str,
)
def test_a_process_that_begins_goes_on_after_what_is_on_record(machine, guarded, away, held_before, believed):
    last = machine.at - away
    guarded.begin_after(last, held=held_before)
    assert guarded.now() == (machine.at if believed else last)
    machine.advance(MINUTES)
    assert guarded.now() == (machine.at if believed else last + MINUTES)


def test_a_command_beside_it_goes_by_its_calendar(machine, guarded):
    machine.at += YEAR
    assert ShiftedClock(machine, guarded.state.ahead).now() == guarded.now()
