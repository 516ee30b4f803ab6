"""What people keep up by hand is asked for once, until it is there: holidays of the next year, texts read again."""

from datetime import UTC, datetime, time, timedelta

import pytest

from hub.alarms.calendar import MISSING, PAST_REVIEW, KeptByHand
from hub.alarms.desk import open_alarms
from hub.config.renewals import shipped_renewals
from hub.rules.files.renewals import past_review
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
    watch = KeptByHand(
        {MISSING: lambda today: known.missing_year(today) is not None},
        database=parts.database,
        writer=parts.writer,
        clock=clock,
        zone=ZONE,
    )
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


def test_a_text_that_nobody_read_again_in_time_is_an_alarm_until_its_day_is_set_anew(parts, clock):
    rules = dict(shipped_renewals())
    position = parts.folder.positions["network-security"]

    def open_codes() -> list[str]:
        lacking = {PAST_REVIEW: lambda today: past_review([position], rules, today)}
        watch = KeptByHand(lacking, database=parts.database, writer=parts.writer, clock=clock, zone=ZONE)
        watch.turn()
        return [each.code for each in open_alarms(parts.database)]

    due = rules["cisp"].next_review_on
    clock.at = datetime.combine(due, time(), ZONE).astimezone(UTC)
    assert open_codes() == [], "the day itself is in time"
    clock.advance(timedelta(days=1))
    assert open_codes() == [PAST_REVIEW]
    for name in ("cissp", "cisp", "cn-mlps-assessor"):
        rules[name] = rules[name].model_copy(update={"next_review_on": due + timedelta(days=180)})
    assert open_codes() == []
    rules["cn-special-operation"] = rules["cn-special-operation"].model_copy(update={"next_review_on": due})
    assert open_codes() == [], "nobody here goes by that one"
