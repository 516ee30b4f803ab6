"""What time counts: in a room, online, and across both. Times of day are UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.course_fold import fold_course
from hub.rules.overlap import credited_once
from hub.rules.session_fold import fold_session
from schemas.attendance import Punch
from schemas.learning import Session, Study
from schemas.position import Course
from tests.hub.rules.known import known

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = {"zh": "课程", "en": "course"}
ROOM = Course(name=NAME, mode="room")
ONLINE = Course(name=NAME, mode="online", nominal_minutes=60)


def at(text, day=6):
    hour, minute = map(int, text.split(":"))
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


NIGHT = at("23:00")


def session(starts="09:00", ends="12:00", break_seconds=0):
    return Session(
        subject="S1",
        course="dc-safety",
        devices=("D1", "D2"),
        starts_at=at(starts),
        ends_at=at(ends),
        break_seconds=break_seconds,
        as_of=at("00:00"),
    )


def punch(text, direction="unknown", device="D1", seconds=0):
    moment = at(text) + timedelta(seconds=seconds)
    return Punch(subject="1001", device=device, occurred_at=moment, occurred_local=text, direction=direction)


def punches(*words):
    return [punch(text, direction) for text, direction in (word.split() for word in words)]


def fold(said, *, now=NIGHT, complete_until=NIGHT, **plan):
    return fold_session(
        known(session(**plan)), ROOM, [known(each) for each in said], now=now, complete_until=complete_until
    )


def spans(found):
    return [(s.reason, s.starts_at.strftime("%H:%M"), s.ends_at.strftime("%H:%M")) for s in found]


class TestARoom:
    def test_forty_minutes_away_in_the_middle_are_deducted_whole(self):
        found = fold(punches("08:55 in", "10:00 out", "10:40 in", "12:02 out"))
        assert (found.credited_seconds, found.required_seconds) == (140 * 60, 180 * 60)
        assert spans(found.deducted) == [("mid_leave", "10:00", "10:40")]
        assert found.status == "incomplete"

    def test_ten_minutes_away_are_not_deducted_eleven_are(self):
        stays = fold(punches("09:00 in", "10:00 out", "10:10 in", "12:00 out"))
        leaves = fold(punches("09:00 in", "10:00 out", "10:11 in", "12:00 out"))
        assert (stays.credited_seconds, leaves.credited_seconds) == (180 * 60, 169 * 60)

    def test_five_minutes_late_and_early_are_graced_six_are_not(self):
        assert fold(punches("09:05 in", "11:55 out")).credited_seconds == 180 * 60
        late = fold(punches("09:06 in", "11:54 out"))
        assert late.credited_seconds == 168 * 60
        assert spans(late.deducted) == [("late", "09:00", "09:06"), ("early_leave", "11:54", "12:00")]

    def test_a_terminal_without_directions_alternates_starting_with_in(self):
        found = fold([punch(t) for t in ("08:50", "10:00", "10:30", "12:00")])
        assert found.credited_seconds == 150 * 60

    def test_a_face_seen_twice_within_a_minute_is_one_punch(self):
        found = fold([punch("08:50"), punch("08:50", seconds=60), punch("12:00")])
        assert found.status == "complete"

    def test_in_and_out_within_a_minute_are_two_if_the_terminal_says_so(self):
        said = [punch("09:00", "in"), punch("09:00", "out", seconds=40)]
        assert fold(said).credited_seconds == 40

    def test_a_single_punch_never_credits_the_session(self):
        found = fold(punches("08:55 in"))
        assert (found.credited_seconds, found.status) == (0, "pending_review")

    def test_without_a_sign_out_nothing_counts_from_the_last_sign_in(self):
        found = fold(punches("09:00 in", "10:00 out", "10:30 in"))
        assert (found.credited_seconds, found.status) == (3600, "pending_review")
        assert spans(found.deducted) == [("missing_sign_out", "10:00", "12:00")]

    def test_who_signs_in_twice_went_out_unseen_in_between(self):
        found = fold(punches("09:00 in", "11:00 in", "12:00 out"))
        assert (found.credited_seconds, found.status) == (3600, "pending_review")
        assert spans(found.flags) == [("missing_sign_out", "09:00", "11:00")]

    def test_a_sign_out_without_a_sign_in_waits_for_a_person(self):
        found = fold(punches("11:58 out"))
        assert (found.credited_seconds, found.status) == (0, "pending_review")

    def test_signing_in_to_the_next_session_casts_no_doubt_on_this_one(self):
        found = fold(punches("09:00 in", "11:00 out", "12:20 in"))
        assert (found.credited_seconds, found.status, found.flags) == (7200, "incomplete", ())

    def test_the_scheduled_break_is_neither_required_nor_deducted(self):
        stayed = fold(punches("09:00 in", "12:00 out"), break_seconds=1200)
        went_out = fold(punches("09:00 in", "10:00 out", "10:20 in", "12:00 out"), break_seconds=1200)
        assert stayed.required_seconds == 160 * 60
        assert stayed.credited_seconds == went_out.credited_seconds == 160 * 60

    @pytest.mark.parametrize(
        ("complete_until", "status"), [(None, "unknown"), (at("11:59"), "unknown"), (at("12:00"), "absent")]
    )
    def test_silence_is_not_evidence(self, complete_until, status):
        assert fold([], complete_until=complete_until).status == status

    def test_evidence_counts_even_if_the_terminal_has_not_reported_in_full(self):
        found = fold(punches("09:00 in", "10:00 out"), complete_until=None)
        assert (found.credited_seconds, found.status) == (3600, "unknown")
        assert fold(punches("09:00 in", "12:00 out"), complete_until=None).status == "complete"

    def test_a_session_that_still_runs_credits_nothing_yet(self):
        found = fold(punches("09:00 in", "10:00 out"), now=at("11:00"))
        assert (found.credited_seconds, found.status, found.deducted) == (0, "running", ())

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["in", "out", "unknown"])), max_size=8), st.data())
    def test_order_and_repetition_change_nothing_and_no_minute_is_unaccounted_for(self, minutes, data):
        base = at("08:00")
        said = [
            Punch(subject="1", device="D1", occurred_at=base + timedelta(minutes=m), occurred_local="", direction=d)
            for m, d in minutes
        ]
        shuffled = data.draw(st.permutations(said)) + data.draw(st.lists(st.sampled_from(said or [punch("02:00")])))
        found = fold(said)
        assert fold(shuffled) == found
        if found.credited_seconds:
            assert found.credited_seconds + sum(s.seconds for s in found.deducted) == 180 * 60


def study(text, meaning="point", day=6):
    moment = at(text, day)
    return Study(subject="z", course="c", meaning=meaning, occurred_at=moment, statement=f"{meaning}{moment}")


def online(*words, day=6):
    return [study(text, meaning, day) for text, meaning in (word.split() for word in words)]


def course(said):
    return fold_course("c", ONLINE, [known(each) for each in said], zone=SHANGHAI)


BROKEN = online("01:00 opened", "01:08 point", "01:16 point", "02:06 point", "02:10 completed")
CLEAN = online("01:00 opened", "01:09 point", "01:18 point", "01:20 completed", day=7)


class TestAnOnlineCourse:
    def test_a_break_of_fifty_minutes_leaves_the_day_incomplete_and_says_from_when_to_when(self):
        [day] = course(BROKEN)
        assert (day.status, day.completed_at) == ("incomplete", None)
        assert spans(day.flags) == [("long_break", "01:16", "02:06")]
        assert day.credited_seconds == 20 * 60

    def test_a_later_day_that_runs_to_the_end_clears_it(self):
        first, second = course([*BROKEN, *CLEAN])
        assert (first.status, second.status) == ("incomplete", "complete")
        assert second.completed_at == at("01:20", 7)

    def test_what_was_opened_and_closed_was_measured_and_is_no_break(self):
        [day] = course(online("01:00 opened", "01:40 closed", "01:45 opened", "02:20 completed"))
        assert (day.credited_seconds, day.flags, day.status) == (75 * 60, (), "complete")
        assert spans(day.deducted) == [("idle", "01:40", "01:45")]

    def test_ten_minutes_of_silence_are_study_eleven_are_not(self):
        [day] = course(online("01:00 point", "01:10 point", "01:21 point"))
        assert day.credited_seconds == 600

    def test_days_are_those_of_the_site(self):
        units = [day.unit for day in course(online("15:59 point", "16:01 point"))]
        assert units == ["c@2026-01-06", "c@2026-01-07"]

    def test_its_length_is_required_once_however_many_days_it_takes(self):
        assert [d.required_seconds for d in course([*BROKEN, *CLEAN])] == [3600, 0]

    def test_studying_it_through_again_requires_it_again_a_look_does_not(self):
        again = online("01:00 opened", "01:30 completed", day=27)
        look = online("01:00 opened", "01:05 closed", day=27)
        assert [d.required_seconds for d in course([*CLEAN, *again])] == [3600, 3600]
        assert [d.required_seconds for d in course([*CLEAN, *look])] == [3600, 0]

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_order_and_repetition_change_nothing(self, data):
        said = [*BROKEN, *CLEAN]
        shuffled = data.draw(st.permutations(said)) + data.draw(st.lists(st.sampled_from(said)))
        assert course(shuffled) == course(said)


class TestAcrossRecords:
    def test_an_hour_in_the_room_and_online_at_once_is_one_hour(self):
        room = fold(punches("09:00 in", "12:00 out"))
        [day] = course(online("11:00 opened", "13:00 closed"))
        counted = {each.unit: each.credited_seconds for each in credited_once((day, room))}
        assert counted == {"S1": 3 * 3600, "c@2026-01-06": 3600}

    def test_who_had_left_the_room_may_study_meanwhile(self):
        room = fold(punches("09:00 in", "10:00 out"))
        [day] = course(online("10:30 opened", "11:30 closed"))
        assert [each.credited_seconds for each in credited_once((room, day))] == [3600, 3600]

    def test_a_unit_that_stands_twice_counts_once(self):
        room = fold(punches("09:00 in", "12:00 out"))
        assert credited_once((room, room)) == (room,)
