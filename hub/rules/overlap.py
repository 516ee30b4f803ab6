"""Sees to it that no second of a person's time credits two attended records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hub.rules.dossier import Attended, NotedSpan

Interval = tuple[datetime, datetime]


def credited_once(attended: Sequence[Attended]) -> tuple[Attended, ...]:
    """The same records, each unit once, so that no second of a person's time credits two of them.

    Where two overlap, the time spent in a room counts before an online course, then what began earlier; the
    other one keeps what lies outside. Hours without a time of day (opening balances) stay as they are.
    """
    units = {each.unit: each for each in attended}
    if len(units) < len(attended):
        units = {each.unit: each for each in sorted(attended, key=lambda e: (e.unit, e.inputs, e.credited_seconds))}
    timed = sorted([e for e in units.values() if e.credited_seconds and e.starts_at < e.ends_at], key=_begins)
    if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(timed)):
        units |= _apart(timed)
    return tuple(sorted(units.values(), key=lambda e: (e.ends_at, e.unit)))


def _begins(unit: Attended) -> tuple[datetime, str]:
    return unit.starts_at, unit.unit


def _apart(timed: Iterable[Attended]) -> dict[str, Attended]:
    taken: list[Interval] = []
    found: dict[str, Attended] = {}
    for each in sorted(timed, key=lambda e: (e.mode != "room", *_begins(e))):
        own = _without(_without([(each.starts_at, each.ends_at)], _pairs(each.deducted)), taken)
        seconds = int(sum((end - start for start, end in own), timedelta()).total_seconds())
        found[each.unit] = replace(each, credited_seconds=min(each.credited_seconds, seconds))
        taken += own
    return found


def _pairs(spans: Iterable[NotedSpan]) -> list[Interval]:
    return [(span.starts_at, span.ends_at) for span in spans]


def _without(intervals: list[Interval], taken: Iterable[Interval]) -> list[Interval]:
    for start, end in taken:
        pieces = [((a, min(b, start)), (max(a, end), b)) for a, b in intervals]
        intervals = [(a, b) for pair in pieces for a, b in pair if a < b]
    return intervals
