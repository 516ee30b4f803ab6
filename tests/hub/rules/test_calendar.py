"""Ends, checks and working days as an HR officer counts them on a wall calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.calendar import (
    add,
    bound_of,
    day_of,
    days_between,
    dropped_at,
    end_after,
    fixed_end,
    last_valid_day,
    midnight_from,
    period_end,
    period_start,
    start_of,
)
from hub.rules.timeline import END
from hub.rules.workdays import WEEKDAYS, workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEIRUT = ZoneInfo("Asia/Beirut")
"""Its clocks jump from 00:00 to 01:00 in spring: that day has no midnight."""


def local(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(bound):
    return last_valid_day(bound, SHANGHAI).isoformat()


@pytest.mark.parametrize(
    ("issued", "length", "last_days"),
    [
        ("2026-03-10 15:20", "12 months", ["2027-03-10"]),
        ("2026-03-10 00:00", "12 months", ["2027-03-09"]),
        ("2026-01-31 10:00", "1 month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2028-02-29 10:00", "12 months", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ],
)
def test_a_credential_holds_to_the_end_of_the_day_a_length_later_and_never_drifts(issued, length, last_days):
    ends = [end_after(local(issued), length, SHANGHAI, n + 1) for n in range(len(last_days))]
    assert [told(end) for end in ends] == last_days


@pytest.mark.parametrize(
    ("over", "length", "drops"),
    [
        ("2026-01-28 17:00", "1 month", "2026-02-28 17:00"),
        ("2026-01-29 17:00", "1 month", "2026-03-01 00:00"),
        ("2026-01-31 17:00", "1 month", "2026-03-01 00:00"),
        ("2026-02-28 17:00", "1 month", "2026-03-28 17:00"),
        ("2028-02-29 17:00", "12 months", "2029-03-01 00:00"),
        ("2026-12-31 00:00", "2 months", "2027-03-01 00:00"),
        ("2026-10-31 17:00", "6 months", "2027-05-01 00:00"),
        ("2026-01-30 17:00", "30 days", "2026-03-01 17:00"),
    ],
)
def test_a_rolling_stretch_counts_back_from_its_end(over, length, drops):
    assert dropped_at(local(over), length, SHANGHAI) == local(drops)
    assert add(local(drops), length, SHANGHAI, -1) >= local(over)
    assert add(local(drops) - timedelta(microseconds=1), length, SHANGHAI, -1) < local(over)


@pytest.mark.parametrize(("issued", "last_day"), [("2026-03-15", "2026-06-30"), ("2026-04-20", "2027-06-30")])
def test_a_fixed_last_day_is_at_least_so_far_away(issued, last_day):
    assert told(fixed_end(local(f"{issued} 10:00"), "06-30", "3 months", SHANGHAI)) == last_day


def test_checks_count_back_from_the_bound():
    end = bound_of(date(2027, 3, 10), SHANGHAI)
    assert add(end, "3 months", SHANGHAI, -1) == local("2026-12-11 00:00")
    assert add(end, "1 month", SHANGHAI, -1) == local("2027-02-11 00:00")
    assert add(bound_of(date(2026, 5, 31), SHANGHAI), "3 months", SHANGHAI, -1) == local("2026-03-01 00:00")


def test_what_the_calendar_does_not_hold_is_its_end():
    assert add(local("2026-01-01 00:00"), "9999 years", SHANGHAI) == END


def test_a_day_without_midnight_begins_where_the_clock_jumps():
    begins = start_of(date(2026, 3, 29), BEIRUT)
    assert begins.astimezone(BEIRUT).isoformat() == "2026-03-29T01:00:00+03:00"
    assert begins - timedelta(seconds=1) == local("2026-03-28 23:59:59", BEIRUT)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from([SHANGHAI, BEIRUT]))  # noqa: DTZ001
def test_midnight_from_is_the_first_start_of_a_day(naive, zone):
    instant = naive.replace(tzinfo=UTC)
    found = midnight_from(instant, zone)
    assert instant <= found < instant + timedelta(hours=25) and start_of(day_of(found, zone), zone) == found


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("week", "2026-06-22", "2026-06-29"),
        ("month", "2026-06-01", "2026-07-01"),
        ("quarter", "2026-04-01", "2026-07-01"),
        ("year", "2026-01-01", "2027-01-01"),
    ],
)
def test_calendar_periods(kind, start, end):
    found = period_start(kind, local("2026-06-25 08:00"), SHANGHAI)
    assert (found, period_end(kind, found, SHANGHAI)) == (local(f"{start} 00:00"), local(f"{end} 00:00"))


def test_days_of_a_life_in_a_year():
    assert days_between(local("2026-03-01 00:00"), local("2027-01-01 00:00"), SHANGHAI) == 306
    assert days_between(local("2025-12-16 10:00"), local("2026-01-01 00:00"), SHANGHAI) == 15


CALENDAR = workdays([(2026, [date(2026, 10, n) for n in range(1, 8)], [date(2026, 10, 10)])])


@pytest.mark.parametrize(
    ("from_", "days", "bound"),
    [
        ("2026-07-02 09:00", 3, "2026-07-08 00:00"),  # Thursday: Friday, Monday, Tuesday
        ("2026-09-30 09:00", 3, "2026-10-11 00:00"),  # after the holiday: 8, 9 and the worked Saturday
    ],
)
def test_a_deadline_in_working_days_ends_with_the_last_of_them(from_, days, bound):
    assert CALENDAR.deadline(local(from_), days, SHANGHAI) == local(bound)


def test_next_years_calendar_is_missed_in_november():
    assert CALENDAR.missing_year(date(2026, 10, 31)) is None
    assert CALENDAR.missing_year(date(2026, 11, 1)) == 2027
    assert CALENDAR.missing_year(date(2027, 1, 2)) == 2027, "nobody mended it, and the year has begun"
    both = workdays([(2026, [], []), (2027, [], [])])
    assert both.missing_year(date(2026, 12, 31)) is None and both.missing_year(date(2027, 10, 31)) is None
    assert WEEKDAYS.missing_year(date(2027, 1, 2)) is None, "who states no year at all is asked for one in November"


def test_the_next_working_day_is_today_if_people_work():
    assert CALENDAR.next_working(local("2026-10-10 12:00"), SHANGHAI) == local("2026-10-10 12:00")
    assert CALENDAR.next_working(local("2026-10-02 12:00"), SHANGHAI) == local("2026-10-08 00:00")
