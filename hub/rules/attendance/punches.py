"""Punches as sightings, by the gate of their arrival: a clock that runs ahead proves nothing."""

from datetime import datetime

from hub.rules.attendance.sightings import CLOCK_SKEW, Sighting, Way
from hub.rules.fact import AHEAD, BACKDATED, Fact
from schemas.attendance import Direction, Punch

_WAYS: dict[Direction, Way] = {
    "in": "in",
    "break_in": "in",
    "ot_in": "in",
    "out": "out",
    "break_out": "out",
    "ot_out": "out",
    "unknown": "",
}


def sighting_of(fact: Fact, punch: Punch) -> Sighting:
    """A punch as a sighting. One that is dated ahead of its first arrival is in doubt until its device is mended; so
    is one of a clock that was seen to be off, or of a time of which its device had said that all was there.

    One that arrived long after its instant counts, and is listed.
    """
    doubt = CLOCK_SKEW if is_ahead(punch.occurred_at, fact.arrived_at) else fact.doubt
    flag = "backdated" if fact.arrived_at - punch.occurred_at > BACKDATED else ""
    return Sighting(punch.occurred_at, _WAYS[punch.direction], punch.device, doubt, fact.id, flag)


def is_ahead(occurred_at: datetime, arrived_at: datetime) -> bool:
    """Whether a punch is dated further ahead of its arrival than a clock may be off."""
    return occurred_at - arrived_at > AHEAD
