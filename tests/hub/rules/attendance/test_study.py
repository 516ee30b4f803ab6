"""What study of an online course counts: the worked examples 73 to 79, 81, 142 and 143 of the rules."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from hub.rules.attendance.statements import Statement, StudySettings
from hub.rules.attendance.study import units_of
from hub.rules.unit import Unit

ZONE = ZoneInfo("Asia/Shanghai")


def at(clock: str, day: int = 6) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 5, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def points(*clocks: str, day: int = 6) -> list[Statement]:
    return [Statement(at(each, day), "point") for each in clocks]


def every(minutes: int, start: str, end: str, day: int = 6) -> list[Statement]:
    first, last = at(start, day), at(end, day)
    count = int((last - first) / timedelta(minutes=minutes))
    return [Statement(first + n * timedelta(minutes=minutes), "point") for n in range(count + 1)]


def completed(clock: str, day: int = 6) -> list[Statement]:
    return [Statement(at(clock, day), "completed")]


def units(said: list[Statement], nominal: int = 60, **settings: object) -> tuple[Unit, ...]:
    return units_of("course", said, StudySettings(nominal * 60, **settings), ZONE)  # type: ignore[arg-type]


def minutes(found: tuple[Unit, ...]) -> list[float]:
    return [each.credited / 60 for each in found]


def test_a_silence_is_not_study():  # 73
    [day] = units(points("10:00", "10:08", "10:19", "10:25"))
    assert day.credited == 14 * 60
    assert [(each.reason, each.seconds) for each in day.deducted] == [("idle", 11 * 60)]


def test_study_over_midnight_counts_on_both_days():  # 74
    found = units([*every(8, "23:36", "23:52"), *every(8, "00:00", "00:24", day=7)])
    assert minutes(found) == [24, 24]
    assert [each.required / 60 for each in found] == [60, 0]


def test_q5_a_break_leaves_the_day_incomplete_until_clean_study_clears_it():  # 75
    said = [*every(5, "09:50", "10:20"), *every(4, "10:58", "11:26"), *completed("11:30")]
    [day] = units(said, nominal=45)
    assert (day.status, day.completion) == ("incomplete", "none")
    assert [(each.starts_at, each.ends_at) for each in day.deducted if each.reason == "long_break"] == [
        (at("10:20"), at("10:58"))
    ]
    _first, second = units([*said, *every(5, "10:00", "10:45", day=7)], nominal=45)
    assert (second.completion, second.completed_at) == ("counted", at("10:45", 7))


def test_a_course_that_ends_on_its_first_day_without_a_break_is_met_there():
    [day] = units([*every(5, "10:00", "10:50"), *completed("10:50")])
    assert (day.status, day.completion, day.completed_at) == ("complete", "counted", at("10:50"))


@pytest.mark.parametrize(("minute", "completion", "status"), [(20, "open", "unknown"), (23, "counted", "complete")])
def test_a_completion_needs_half_of_the_length_behind_it(minute, completion, status):  # 77
    [day] = units([*every(1, "10:00", f"10:{minute}"), *completed(f"10:{minute}")], nominal=45)
    assert (day.completion, day.status) == (completion, status)


def test_a_bare_word_completes_where_the_platform_reports_no_time():
    [day] = units(completed("10:00"), needs_time=False)
    assert (day.completion, day.credited, day.required) == ("counted", 0, 3600)


def test_silence_in_an_open_tab_is_none():  # 78
    said = [Statement(at("09:00"), "opened"), *every(5, "09:05", "09:20"), Statement(at("17:00"), "closed")]
    assert minutes(units(said)) == [20]
    bare = [Statement(at("09:00"), "opened"), Statement(at("17:00"), "closed")]
    assert minutes(units(bare, reports_activity=False)) == [60]
    assert minutes(units(bare)) == [0]


def test_a_wrong_answer_takes_the_time_since_the_last_proof():  # 79
    said = [*every(5, "10:00", "10:40"), Statement(at("10:10"), "proved"), Statement(at("10:30"), "failed")]
    [day] = units(said, popups=True)
    assert day.credited == 20 * 60
    assert [(each.reason, each.seconds) for each in day.deducted] == [("challenge_failed", 20 * 60)]
    [never] = units(every(5, "10:00", "10:40"), popups=True)
    assert (never.credited, never.open) == (0, 40 * 60)


@pytest.mark.parametrize(
    ("later", "taken"),
    [
        ([("10:20", "asked"), ("10:21", "proved")], 0),
        ([("10:20", "asked"), ("10:20", "proved")], 0),
        ([("10:20", "asked"), ("10:30", "asked"), ("10:31", "proved")], 20),
        ([("10:20", "asked"), ("10:30", "closed"), ("10:30", "opened")], 20),
        ([("10:20", "asked"), ("10:30", "closed"), ("10:30", "proved"), ("10:30", "opened")], 0),
        ([("10:20", "asked")], 30),
    ],
    ids=["answered", "at once", "asked again", "closed", "answered as it closed", "the player ran on"],
)
def test_a_question_without_an_answer_takes_the_time_since_the_last_proof(later, taken):
    said = [*every(5, "10:00", "10:40"), Statement(at("10:10"), "proved")]
    [day] = units([*said, *(Statement(at(clock), meaning) for clock, meaning in later)], popups=True)
    assert (day.credited / 60, day.open) == (40 - taken, 0)


def test_a_camera_takes_what_it_did_not_see_and_doubts_a_stranger():
    said = every(5, "10:00", "10:40")
    [none] = units([*said, Statement(at("10:10"), "no_face", until=at("10:15"))])
    [other] = units([*said, Statement(at("10:10"), "not_self", until=at("10:15"))])
    assert (none.credited / 60, none.open) == (35, 0)
    assert (other.credited / 60, other.open / 60) == (35, 5)


def test_a_film_counts_what_played():
    said = [Statement(at("10:00"), "played", media=0), Statement(at("10:30"), "paused", media=1200)]
    assert minutes(units(said)) == [20]
    faster = [Statement(at("10:00"), "played", media=0), Statement(at("10:10"), "paused", media=1200)]
    assert minutes(units(faster)) == [10]


def test_a_new_pass_begins_long_after_completion_and_a_look_back_does_not():  # 142
    march = [*every(5, "10:00", "11:00", day=1), *completed("11:00", day=1)]
    again = [*every(5, "10:00", "11:00", day=20), *completed("11:00", day=20)]
    assert len({each.study for each in units([*march, *again])}) == 2
    assert len(units([*march, *points("10:00", "10:05", day=20)])) == 1


def test_what_is_completed_was_not_missed():  # 143
    [day] = units([*every(4, "10:00", "10:48"), *completed("10:48")])
    assert (day.credited / 60, day.required / 60) == (48, 48)


def test_an_uncompleted_takes_a_completion_back_unless_both_are_of_one_second():
    said = [*every(5, "10:00", "10:50"), *completed("10:50")]
    back = Statement(at("10:50"), "uncompleted")
    assert units([*said, back])[0].completion == "counted"
    assert units([*said, Statement(at("10:55"), "uncompleted")])[0].completion == "none"


def test_order_and_repetition_change_nothing():
    said = [*points("10:00", "10:08", "10:15"), *completed("10:15")]
    assert len({units([*each, *each[:2]]) for each in permutations(said)}) == 1


def test_a_pass_never_credits_more_than_its_length():
    assert sum(minutes(units([*every(5, "09:00", "10:00"), *every(5, "09:00", "10:00", day=7)]))) == 60
