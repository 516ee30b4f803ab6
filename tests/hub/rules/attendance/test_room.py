"""What a session in a room credits: the worked examples 48 to 65, 82, 83, 141, 150 to 152 of the rules, row by row."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.rules.attendance.room import Frame, Tolerances, credit
from hub.rules.attendance.sightings import Sighting, in_one_place, presence, witnessed
from hub.rules.span import Span

ZONE = ZoneInfo("Asia/Shanghai")
HALF_HOUR = timedelta(minutes=30)


def at(clock: str) -> datetime:
    hour, minute, *second = map(int, clock.split(":"))
    return datetime(2026, 5, 6, hour, minute, *second, tzinfo=ZONE).astimezone(UTC)


def span(text: str) -> Span:
    start, end = text.split("-")
    return Span(at(start), at(end))


def session(text: str, **more: object) -> Frame:
    return Frame(span(text).start, span(text).end, **more)  # type: ignore[arg-type]


def window(frame: Frame) -> Span:
    return Span(frame.starts_at - HALF_HOUR, frame.ends_at + HALF_HOUR)


S = session("14:00-17:00")
D = session("08:30-16:30", breaks=(span("12:00-13:00"),))
E = session("08:30-16:30", break_seconds=3600)
USUAL, EXCESS = Tolerances(), Tolerances(leave_deduction="excess")


def seen(text: str) -> list[Sighting]:
    """``13:55 in, 17:02 out``; a sighting without a direction is a time alone."""
    found = []
    for n, each in enumerate(text.split(", ")):
        clock, _, way = each.partition(" ")
        found.append(Sighting(at(clock), way, f"T{n}"))  # type: ignore[arg-type]
    return found


def away(frame: Frame, *times: str) -> list[Sighting]:
    """Inside from before the start to after the end, but for these times."""
    clock = [f"{each.split('-')[0]} out, {each.split('-')[1]} in" for each in times]
    return seen(", ".join(["08:20 in" if frame is not S else "13:55 in", *clock, "17:10 out"]))


def minutes(frame: Frame, sightings: list[Sighting], tolerances: Tolerances = USUAL) -> tuple[float, float, float]:
    found = credit(frame, presence(sightings, window(frame)), tolerances)
    return found.credited / 60, found.required / 60, found.open / 60


# ruff: noqa: E501 - a row of the table is a line
ROWS = [
    (48, "plain", S, seen("13:56 in, 17:02 out"), USUAL, (180, 180, 0)),
    (49, "grace used twice", S, seen("14:05 in, 16:55 out"), USUAL, (180, 180, 0)),
    (50, "one minute late", S, seen("14:06 in, 17:00 out"), USUAL, (174, 180, 0)),
    (51, "short leave", S, away(S, "15:00-15:10"), USUAL, (180, 180, 0)),
    (52, "leave", S, away(S, "15:00-15:11"), USUAL, (169, 180, 0)),
    (52, "leave, excess alone", S, away(S, "15:00-15:11"), EXCESS, (179, 180, 0)),
    (53, "sum of tolerances", S, away(S, "14:20-14:28", "15:00-15:08", "15:30-15:38", "16:00-16:08"), USUAL, (168, 180, 0)),
    (54, "break pays no early leave", D, seen("08:20 in, 15:45 out"), USUAL, (375, 420, 0)),
    (55, "long lunch", D, away(D, "11:45-13:00"), USUAL, (405, 420, 0)),
    (56, "break without place, early", E, seen("08:20 in, 15:30 out"), USUAL, (360, 420, 0)),
    (57, "break without place, whole day", E, seen("08:20 in, 16:35 out"), USUAL, (420, 420, 0)),
    (59, "seen twice", S, seen("13:52:10, 13:52:40, 17:03"), USUAL, (180, 180, 0)),
    (60, "odd number", S, seen("13:50, 13:57, 17:01"), USUAL, (0, 180, 180)),
    (61, "in, in, out", S, seen("13:55 in, 15:10 in, 17:01 out"), USUAL, (110, 180, 70)),
    (62, "out much later", S, seen("13:55 in, 18:20 out"), USUAL, (180, 180, 0)),
    (63, "no sign-out", S, seen("13:55 in"), USUAL, (0, 180, 180)),
    (141, "seen twice, then out", S, seen("13:55:00 in, 13:55:30 out, 13:56:00 in, 17:01 out"), USUAL, (180, 180, 0)),
    (150, "break without place, half", E, [*away(E, "12:15-12:45")[:-1], *seen("15:30 out")], USUAL, (360, 420, 0)),
    (152, "break without place, left at noon", E, seen("08:20 in, 12:40 out"), USUAL, (240, 420, 0)),
    (82, "came though on leave", session("14:00-17:00", leaves=(span("00:00-23:59"),)), seen("14:45 in, 17:01 out"), USUAL, (135, 0, 0)),
    (151, "break without place, leave", session("08:30-16:30", break_seconds=3600, leaves=(span("08:00-10:00"),)), seen("09:58 in, 16:31 out"), USUAL, (332, 330, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "rule", "frame", "sightings", "tolerances", "wanted"), ROWS)
def test_a_session_credits(number, rule, frame, sightings, tolerances, wanted):
    assert minutes(frame, sightings, tolerances) == wanted


def test_half_a_day_of_leave_is_full_for_the_rate():  # example 83
    frame = session("14:00-17:00", leaves=(span("14:00-15:30"),))
    found = credit(frame, presence(seen("15:28 in, 17:00 out"), window(frame)), Tolerances())
    assert (min(found.credited, found.required) / 60, found.required / 60) == (90, 90)


def test_sessions_back_to_back_share_one_presence():  # example 58
    first, second = session("14:00-15:30"), session("15:30-17:00")
    found = presence(seen("13:55 in, 17:01 out"), span("13:30-17:30"))
    assert [credit(each, found, Tolerances()).credited / 60 for each in (first, second)] == [90, 90]


def test_time_in_two_rooms_at_once_is_open_in_both():  # example 65
    rooms = [("A", presence(seen("13:55 in, 17:01 out"), span("13:30-17:30"))),
             ("B", presence(seen("14:30 in, 15:00 out"), span("13:30-17:30")))]  # fmt: skip
    found = in_one_place(rooms, lambda _room: "site", timedelta(minutes=15))
    one = credit(S, found["A"], Tolerances())
    assert (one.credited / 60, one.open / 60) == (150, 30)
    assert found["B"].certain == ()


def test_two_sites_ask_for_the_time_between():
    rooms = [("A", presence(seen("13:55 in, 15:00 out"), span("13:30-17:30"))),
             ("B", presence(seen("15:10 in, 17:00 out"), span("13:30-17:30")))]  # fmt: skip
    same, apart = (in_one_place(rooms, site, timedelta(minutes=15)) for site in (lambda _: "x", lambda room: room))
    assert same["A"].doubts == ()
    assert apart["A"].doubts[0].starts_at == at("14:55")
    assert apart["B"].doubts[0].ends_at == at("15:15")


def test_a_card_needs_a_witness():  # example 69
    def weak(_each: Sighting) -> bool:
        return True

    card = seen("13:58 in, 17:01 out")
    assert minutes(S, witnessed(card, weak, [])) == (0, 180, 180)
    assert minutes(S, witnessed(card, weak, [at("14:06")])) == (180, 180, 0)
    assert minutes(S, witnessed(card, weak, [at("14:14")])) == (0, 180, 180)


def test_what_is_away_beyond_all_grace_is_named():
    found = credit(D, presence(away(D, "09:00-09:30"), window(D)), Tolerances())
    assert [(each.reason, each.seconds) for each in found.deducted] == [("mid_leave", 1800)]


def test_a_mixed_row_with_two_readings_is_open_from_first_to_last():
    assert minutes(S, seen("13:50 in, 14:30, 17:01 out")) == (0, 180, 180)
    assert minutes(S, seen("13:55, 15:00 out, 15:30, 17:01")) == (180 - 30, 180, 0)


def test_a_half_does_not_look_into_a_block_of_another_session():
    frame = session("09:00-10:00")
    sightings = seen("08:55 in, 11:20 in, 12:05 out")
    found = presence(sightings, window(frame), others=[span("10:45-12:30")])
    assert credit(frame, found, Tolerances()).open == 3600
