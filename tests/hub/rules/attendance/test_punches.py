"""Which punches count by the gate of their arrival: example 38, and of 35 and 139 what precedes a stated offset."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.rules.attendance.punches import sighting_of
from hub.rules.attendance.sightings import presence
from hub.rules.fact import Fact, Rank
from schemas.attendance import Punch
from tests.hub.rules.attendance.test_room import S, at, window
from tests.hub.rules.attendance.test_session import asked, figures, sitting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def punched(clock, direction, arrived):
    local = at(clock).isoformat()
    record = Punch(subject="p", device="T0", occurred_at=at(clock), occurred_local=local, direction=direction)
    return Fact(clock, "gate", Rank.ISSUER, arrived, arrived, record)


def attended(arrived):
    facts = [punched("13:55", "in", arrived), punched("17:01", "out", arrived)]
    seen = [sighting_of(each, each.record) for each in facts]
    return asked(replace(sitting(), presence=presence(seen, window(S))), "17:46")


def test_what_is_dated_days_ahead_of_its_arrival_proves_nothing():
    unit = attended(at("13:55") - 4 * DAY)
    assert figures(unit) == ("unknown", 0, 180, 180)
    assert unit.reasons == ("clock_skew",)


def test_what_was_dated_ahead_is_so_whatever_comes_later_of_the_same_bytes():
    """A repeat keeps the first arrival, so it is the same fact: the gate asks for no other instant."""
    first = at("13:55") - 4 * DAY
    again = replace(punched("13:55", "in", first), known_at=at("13:55") + DAY)
    assert sighting_of(again, again.record).doubt == "clock_skew"
    assert figures(attended(first)) == ("unknown", 0, 180, 180)


def test_38_what_arrives_late_counts_and_is_listed():
    unit = attended(at("13:55") + 12 * DAY)
    assert figures(unit) == ("complete", 180, 180, 0)
    assert unit.reasons == ("backdated",)


@pytest.mark.parametrize(("late", "reasons"), [(4 * HOUR, ()), (7 * DAY, ()), (8 * DAY, ("backdated",))])
def test_a_week_late_is_nothing_to_look_at(late, reasons):
    assert attended(at("13:55") + late).reasons == reasons
