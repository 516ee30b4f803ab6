"""Across units: one second of a person credits one unit.

Only stretches that overlap are resolved, never the whole life. Two sessions are open in both; a session counts before
an online course, whose overlap is disputed, or not counted where it is short; of two online courses the one that began
earlier counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, compress, count, islice
from operator import gt, lt

from hub.rules.span import Spans, seconds, shared, without
from hub.rules.unit import Noted, Unit, in_order

_FINAL = ("credited", "rejected")
_RANKS = {"credited": 1, "partly": 1, "excused": -1, "rejected": -1}
"""What somebody decided of a session beside one at the same time: it keeps what they share, or gives it up."""
SHORT = 300
"""So many seconds of an online course beside a session are merely not counted."""


def each_second_once(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same units in the order in which they were over, with the time they share credited once."""
    found = list(units)
    for cluster in _clusters(found):
        _resolve(found, cluster)
    return tuple(in_order(found))


def _clusters(units: Sequence[Unit]) -> Iterator[list[int]]:
    """Places of units whose credited time may overlap, by their extents."""
    spans = [unit.intervals for unit in units]
    timed = [n for n, each in enumerate(spans) if each]
    starts = [each[0].start for each in spans if each]
    if any(map(gt, starts, islice(starts, 1, None))):
        timed.sort(key=lambda n: spans[n][0].start)
        starts.sort()
    ends = [spans[n][-1].end for n in timed]
    if any(map(gt, ends, islice(ends, 1, None))):
        ends = list(accumulate(ends, max))
    cluster: list[int] = []
    last = 0
    for place in compress(count(1), map(lt, islice(starts, 1, None), ends)):  # it begins before all others have ended
        if place != last + 1 or not cluster:
            if cluster:
                yield cluster
            cluster = [timed[place - 1]]
        cluster.append(timed[place])
        last = place
    if cluster:
        yield cluster


def _resolve(found: list[Unit], cluster: Sequence[int]) -> None:
    order = sorted(cluster, key=lambda n: (found[n].kind != "session", found[n].starts_at, found[n].id))
    spans = [found[n].intervals for n in order]
    for place in range(1, len(order)):
        for before in range(place):
            both = shared(spans[before], spans[place])
            if both:
                _part(found, order[before], order[place], both)


def _part(found: list[Unit], first: int, second: int, both: Spans) -> None:
    """Take a shared time from the later one, and from both where both are sessions and nobody decided which."""
    session = found[first].kind == "session"  # sessions come first
    if found[second].kind == "session":
        mine, theirs = _losers(found[first].decided, found[second].decided)
        for place, loses in ((first, mine), (second, theirs)):
            if loses:
                undecided = mine and theirs and _RANKS.get(found[place].decided, 0) == 0
                other = second if place == first else first
                found[place] = _without(found[place], found[other], both, "two_sessions", disputed=undecided)
    else:
        open_ = session and seconds(both) > SHORT and found[second].decided not in _FINAL
        found[second] = _without(found[second], found[first], both, "overlap", disputed=open_)


def _losers(first: str, second: str) -> tuple[bool, bool]:
    """Which of two sessions loses the time they share: the one that a person decided for less, else both."""
    mine, theirs = _RANKS.get(first, 0), _RANKS.get(second, 0)
    if mine == theirs:
        return mine <= 0, True
    return mine < theirs, theirs < mine


def _without(unit: Unit, other: Unit, both: Spans, reason: str, *, disputed: bool) -> Unit:
    gone = shared(unit.intervals, both)
    lost = min(seconds(gone), unit.credited)
    noted = tuple([Noted(reason, each.start, each.end) for each in gone])
    return unit.credited_less(
        lost,
        open_=lost if disputed else 0,
        intervals=without(unit.intervals, gone),
        noted=noted,
        reason=reason if disputed else "",
        known_at=max(unit.known_at, other.known_at),
    )
