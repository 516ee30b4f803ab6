"""How a session stands over time: the worked examples 63, 64, 67, 68, 70 to 72, 83, 120, 128, 146 of the rules."""

from dataclasses import replace

import pytest

from hub.rules.attendance.decided import Decision
from hub.rules.attendance.room import Frame
from hub.rules.attendance.session import Deferral, RoomSettings, Sitting, unit_of
from hub.rules.attendance.sightings import presence
from hub.rules.unit import Unit
from tests.hub.rules.attendance.test_room import S, at, seen, session, span, window


def sitting(text: str = "", frame: Frame = S, complete: str | None = "18:00", **more: object) -> Sitting:
    found = presence(seen(text), window(frame)) if text else presence([], window(frame))
    until = None if complete is None else at(complete)
    return Sitting("s", "safety", frame, found, complete_until=until, **more)  # type: ignore[arg-type]


def asked(found: Sitting, clock: str) -> Unit:
    return unit_of(found, RoomSettings(), now=at(clock))


def figures(unit: Unit) -> tuple[str, float, float, float]:
    return unit.status, unit.credited / 60, unit.required / 60, unit.open / 60


ROWS = [
    (48, "complete at the end", sitting("13:56 in, 17:02 out"), "17:00", ("complete", 180, 180, 0)),
    (48, "not before", sitting("13:56 in, 17:02 out"), "16:59", ("pending", 180, 180, 0)),
    (54, "incomplete once settled", sitting("08:20 in, 15:45 out", session("08:30-16:30", breaks=(span("12:00-13:00"),))), "17:16", ("incomplete", 375, 420, 0)),
    (63, "no sign-out", sitting("13:55 in"), "22:00", ("unknown", 0, 180, 180)),
    (68, "wrong room", sitting(elsewhere=True), "17:46", ("unknown", 0, 180, 180)),
    (71, "silent terminal", sitting(complete="13:00"), "17:46", ("unknown", 0, 180, 180)),
    (71, "back, history answered", sitting(complete="19:00"), "19:00", ("absent", 0, 180, 0)),
    (72, "settling", sitting(), "17:20", ("pending", 0, 180, 180)),
    (72, "settled", sitting(), "17:45", ("absent", 0, 180, 0)),
    (83, "half a day", sitting("15:28 in, 17:00 out", session("14:00-17:00", leaves=(span("14:00-15:30"),))), "17:00", ("complete", 92, 90, 0)),
    (146, "retired terminal", sitting(complete=None, retired=True), "18:00", ("excused", 0, 0, 0)),
]  # fmt: skip


# ruff: noqa: E501 - a row of the table is a line
@pytest.mark.parametrize(("number", "rule", "found", "clock", "wanted"), ROWS)
def test_a_session_stands(number, rule, found, clock, wanted):
    assert figures(asked(found, clock)) == wanted


def test_an_assumed_sign_out_settles_who_lacks_one():  # example 64
    mended = replace(sitting("13:55 in"), decisions=(Decision("sign_out_assumed", ref="decision-1"),))
    assert figures(asked(mended, "17:46")) == ("complete", 180, 180, 0)
    assert asked(mended, "17:46").refs[-1] == "decision-1"


def test_what_a_person_decides_settles_it():  # examples 67, 128
    open_ = sitting("13:55 in")
    for decision, wanted in (
        (Decision("credited"), ("complete", 180, 180, 0)),
        (Decision("rejected"), ("incomplete", 0, 180, 0)),
        (Decision("partly", at("14:00"), at("16:00")), ("incomplete", 120, 180, 0)),
        (Decision("excused"), ("excused", 0, 0, 0)),
    ):
        assert figures(asked(replace(open_, decisions=(decision,)), "17:46")) == wanted, decision
    short = sitting("14:11 in, 17:00 out")
    objected = replace(short, decisions=(Decision("partly", at("14:00"), at("14:11")),))
    assert figures(asked(objected, "17:46")) == ("complete", 180, 180, 0)


def test_when_somebody_decides_that_time_does_not_count_it_is_known_since_when_it_was_overdue():
    open_ = sitting("13:55 in")
    assert (asked(open_, "17:46").open_since, asked(open_, "17:46").ruled_at) == (at("17:45"), None)
    for decision in (
        Decision("rejected", at=at("20:00")),
        Decision("partly", at("14:00"), at("16:00"), at=at("20:00")),
    ):
        ruled = asked(replace(open_, decisions=(decision,)), "21:00")
        assert (ruled.open, ruled.open_since, ruled.ruled_at) == (0, at("17:45"), at("20:00"))
    credited = asked(replace(open_, decisions=(Decision("credited", at=at("20:00")),)), "21:00")
    assert (credited.open_since, credited.ruled_at) == (None, None)


def test_an_absence_is_not_a_fact_while_a_deferral_is_asked_for():
    missed = sitting()
    wanted = {"asked": ("unknown", 180), "approved": ("excused", 0), "refused": ("absent", 0), "expired": ("absent", 0)}
    for state, found in wanted.items():
        unit = asked(replace(missed, deferral=Deferral(state, at("23:00"))), "18:00")  # type: ignore[arg-type]
        assert (unit.status, unit.open / 60) == found
        assert (unit.deferred_until == at("23:00")) is (state == "approved")


def test_a_missing_sign_out_is_the_reason_also_where_the_terminal_is_behind():
    assert asked(sitting("13:55 in", complete="15:00"), "17:46").reasons == ("no_sign_out", "source_behind")


def test_ageing_counts_from_the_end_of_settling():  # example 120
    unit = asked(sitting(complete="13:00"), "20:00")
    assert (unit.open_since, unit.next_at) == (at("17:45"), None)
    assert asked(sitting(), "16:00").next_at == at("17:00")
    assert asked(sitting(), "17:00").next_at == at("17:45")


def test_each_minute_is_credited_or_has_its_reason():
    unit = asked(sitting("14:20 in, 15:00 out, 15:30 in, 16:30 out"), "17:46")
    assert [(each.reason, each.seconds / 60) for each in unit.deducted] == [
        ("late", 20),
        ("mid_leave", 30),
        ("early_leave", 30),
    ]
    assert sum(each.seconds for each in unit.deducted) + unit.credited == unit.required
