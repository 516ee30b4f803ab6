"""Across units: one second of a person credits one unit.

Only stretches that overlap are resolved, never the whole life. Two sessions are open in both; a session counts before
an online course, whose overlap is disputed, or not counted where it is short; of two online courses the one that began
earlier counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from hub.rules.span import Spans, seconds, shared, without
from hub.rules.timeline import BEGINNING
from hub.rules.unit import Noted, Unit

_FINAL = ("credited", "rejected")
_RANKS = {"credited": 1, "partly": 1, "excused": -1, "rejected": -1}
"""What somebody decided of a session beside one at the same time: it keeps what they share, or gives it up."""
SHORT = 300
"""So many seconds of an online course beside a session are merely not counted."""


def each_second_once(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same units in the order in which they were over, with the time they share credited once."""
    found = list(units)
    for cluster in _clusters(found):
        for place, unit in zip(cluster, _resolved([found[n] for n in cluster]), strict=True):
            found[place] = unit
    return tuple(sorted(found, key=attrgetter("over_at", "id")))


def _clusters(units: Sequence[Unit]) -> Iterable[list[int]]:
    """Places of units whose credited time may overlap, by their extents."""
    timed = sorted(
        (each.intervals[0].start, each.intervals[-1].end, n) for n, each in enumerate(units) if each.intervals
    )
    cluster: list[int] = []
    until = BEGINNING
    for start, end, n in timed:
        if start >= until:
            if len(cluster) > 1:
                yield cluster
            cluster = []
        cluster.append(n)
        until = max(until, end)
    if len(cluster) > 1:
        yield cluster


def _resolved(units: Sequence[Unit]) -> list[Unit]:
    found = list(units)
    order = sorted(range(len(units)), key=lambda n: (units[n].kind != "session", units[n].starts_at, units[n].id))
    for place, n in enumerate(order):
        for m in order[:place]:
            both = shared(units[n].intervals, units[m].intervals)
            if both:
                _part(found, m, n, both)
    return found


def _part(found: list[Unit], first: int, second: int, both: Spans) -> None:
    """Take a shared time from the later one, and from both where both are sessions and nobody decided which."""
    sessions = [each.kind == "session" for each in (found[first], found[second])]
    if all(sessions):
        losers = _losers(found[first].decided, found[second].decided)
        for place, loses in zip((first, second), losers, strict=True):
            if loses:
                undecided = all(losers) and _RANKS.get(found[place].decided, 0) == 0
                found[place] = _without(found[place], both, "two_sessions", disputed=undecided)
    else:
        open_ = any(sessions) and seconds(both) > SHORT and found[second].decided not in _FINAL
        found[second] = _without(found[second], both, "overlap", disputed=open_)


def _losers(first: str, second: str) -> tuple[bool, bool]:
    """Which of two sessions loses the time they share: the one that a person decided for less, else both."""
    mine, theirs = _RANKS.get(first, 0), _RANKS.get(second, 0)
    if mine == theirs:
        return mine <= 0, True
    return mine < theirs, theirs < mine


def _without(unit: Unit, both: Spans, reason: str, *, disputed: bool) -> Unit:
    gone = shared(unit.intervals, both)
    lost = min(seconds(gone), unit.credited)
    noted = tuple(Noted(reason, each.start, each.end) for each in gone)
    return replace(
        unit,
        credited=unit.credited - lost,
        open=unit.open + (lost if disputed else 0),
        intervals=without(unit.intervals, gone),
        deducted=(*unit.deducted, *noted),
        reasons=tuple(dict.fromkeys((*unit.reasons, reason))) if disputed else unit.reasons,
    )
