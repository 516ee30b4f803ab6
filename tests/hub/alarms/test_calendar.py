"""The next year's holidays are asked for in November, once, until they are there."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.alarms.calendar import MISSING, MissingCalendar
from hub.alarms.desk import open_alarms
from hub.rules.workdays import Workdays, workdays
from tests.conftest import HandClock
from tests.hub.decision.test_law import ZONE, opened

OCTOBER = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)
"""One minute before November, in Shanghai."""
KNOWN = workdays([(2026, [], [])])
BOTH = workdays([(2026, [], []), (2027, [], [])])


@pytest.fixture
def clock() -> HandClock:
    return HandClock(OCTOBER)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as made:
        yield made


def look(parts, clock, known: Workdays = KNOWN) -> list[int]:
    """Look twice; how often the alarm was raised, if it is open."""
    watch = MissingCalendar(parts.database, parts.writer, clock, known, ZONE)
    watch.turn()
    watch.turn()
    return [each.times for each in open_alarms(parts.database) if each.code == MISSING]


def test_it_is_raised_in_november_by_the_clock_of_the_site_and_once(parts, clock):
    assert look(parts, clock) == []
    clock.advance(timedelta(minutes=1))
    assert look(parts, clock) == [1]
    clock.advance(timedelta(days=20))
    assert look(parts, clock) == [1], "it stands there until somebody has looked"


def test_who_has_looked_and_mended_nothing_is_reminded_after_a_week(parts, clock):
    clock.advance(timedelta(days=1))
    look(parts, clock)
    [alarm] = open_alarms(parts.database)
    parts.alarm_desk.acknowledge(alarm.id, "ops")
    assert look(parts, clock) == []
    clock.advance(timedelta(days=7))
    assert look(parts, clock) == [2]


def test_it_is_over_once_the_file_is_there(parts, clock):
    clock.advance(timedelta(days=1))
    assert look(parts, clock) == [1]
    assert look(parts, clock, BOTH) == []


def test_a_year_that_has_begun_without_its_file_is_an_alarm_too(parts, clock):
    clock.at = datetime(2027, 3, 1, tzinfo=UTC)
    assert look(parts, clock) == [1]
