"""Sightings of a person at the terminals of a room, paired into times inside, certain or open.

A repeat within a minute is one sighting; said directions hold; without any, an even number alternates; what has two
readings is open between the first and the last sighting, never guessed; a half looks for its other half up to four
hours beyond the window, and is open up to the next known edge without it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, product
from typing import Literal

from hub.rules.span import Span, Spans, shared, united, without
from hub.rules.unit import Noted

Way = Literal["in", "out", ""]

WITNESS = timedelta(minutes=15)
"""So far from the first sighting a witness's mark may lie."""
REPEAT = timedelta(seconds=60)
CLOCK_SKEW = "clock_skew"
"""The doubt about a sighting whose terminal's clock was off."""
BEYOND = timedelta(hours=4)
"""How far beyond the window the other half of a lone sighting is looked for."""
_MOST_READINGS = 4
"""So many sightings without a direction are tried both ways; more of them are ambiguous as they are."""
_WAYS: tuple[Way, Way] = ("in", "out")


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """A person was seen at a terminal. ``doubt`` names why it does not count for certain: its clock, its method.

    ``flag`` names what is listed about one that counts: it arrived long after its instant.
    """

    at: datetime
    way: Way = ""
    device: str = ""
    doubt: str = ""
    ref: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """When a person was in a room for certain, when perhaps and why, and the sightings this rests on."""

    certain: Spans = ()
    doubts: tuple[Noted, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def presence(seen: Sequence[Sighting], window: Span, *, others: Sequence[Span] = ()) -> Presence:
    """Times inside over a block of sessions with this punch window, from all sightings at the room's terminals.

    ``others`` are the windows of further blocks in which the person must be; a half never looks into these.
    """
    whole = _once(sorted(set(seen)))
    inside = _with_halves([each for each in whole if _in(each, window)], whole, window, others)
    if not inside:
        return Presence()
    directed = _directed(inside, window)
    if directed is None:
        reading = Presence((), (_noted("direction_unclear", _extent(inside, window)),))
    else:
        reading = _paired(directed, window)
    return replace(reading, sightings=tuple(inside))


def _in(seen: Sighting, window: Span) -> bool:
    return window.start <= seen.at <= window.end


def _noted(reason: str, span: Span) -> Noted:
    return Noted(reason, span.start, span.end)


def _once(seen: Sequence[Sighting]) -> list[Sighting]:
    """Without repeats: of two ins the first is kept, of two outs the last; without direction it takes the other's."""
    kept: list[Sighting] = []
    for each in seen:
        if not kept or each.at - kept[-1].at > REPEAT or {each.way, kept[-1].way} == {"in", "out"}:
            kept.append(each)
            continue
        before = kept[-1]
        way = before.way or each.way
        kept[-1] = replace(each if way == "out" else before, way=way, doubt=before.doubt and each.doubt)
    return kept


def _with_halves(
    inside: list[Sighting], whole: Sequence[Sighting], window: Span, others: Sequence[Span]
) -> list[Sighting]:
    """The sightings of the window, and beyond it the other half of a first or last one that stands alone."""
    if not inside:
        return inside
    free = [each for each in whole if not any(_in(each, other) for other in others)]
    odd = not any(each.way for each in inside) and len(inside) % 2 == 1
    if inside[-1].way == "in" or odd:
        after = [each for each in free if window.end < each.at <= window.end + BEYOND]
        if after and after[0].way != "in":
            return [*inside, after[0]]
    if inside[0].way == "out":
        before = [each for each in free if window.start - BEYOND <= each.at < window.start]
        if before and before[-1].way != "out":
            return [before[-1], *inside]
    return inside


def _directed(inside: Sequence[Sighting], window: Span) -> list[Sighting] | None:
    """The sightings with a direction each; nothing where two readings give different times."""
    if all(each.way for each in inside):
        return list(inside)
    alternating: list[Way] = ["in" if n % 2 == 0 else "out" for n in range(len(inside))]
    fits = all(each.way in ("", way) for each, way in zip(inside, alternating, strict=True))
    if len(inside) % 2 == 0 and fits:
        return [replace(each, way=way) for each, way in zip(inside, alternating, strict=True)]
    if not any(each.way for each in inside):
        return None
    return _only_reading(inside, window)


def _only_reading(inside: Sequence[Sighting], window: Span) -> list[Sighting] | None:
    unsaid = [n for n, each in enumerate(inside) if not each.way]
    if len(unsaid) > _MOST_READINGS:
        return None
    choices = product(_WAYS, repeat=len(unsaid))
    readings = [_read(inside, dict(zip(unsaid, ways, strict=True))) for ways in choices]
    outcomes = {_times(_paired(each, window)) for each in readings}
    return readings[0] if len(outcomes) == 1 else None


def _read(inside: Sequence[Sighting], ways: dict[int, Way]) -> list[Sighting]:
    return [replace(each, way=ways.get(n, each.way)) for n, each in enumerate(inside)]


def _times(found: Presence) -> tuple[Spans, Spans]:
    return found.certain, united(Span(each.starts_at, each.ends_at) for each in found.doubts)


def _extent(inside: Sequence[Sighting], window: Span) -> Span:
    """From the first to the last sighting; a lone one may have been either end of anything."""
    first, last = inside[0].at, inside[-1].at
    return window if first == last else Span(first, last)


def _paired(directed: Sequence[Sighting], window: Span) -> Presence:
    """Ins and outs as pairs; a half without its other one is open to the next known edge."""
    certain: list[Span] = []
    doubts: list[Noted] = []
    inside: Sighting | None = None
    edge = window.start
    for each in directed:
        if each.way == "in":
            if inside is not None:
                doubts.append(Noted("no_sign_out", inside.at, each.at))
            inside = each
        elif inside is None:
            doubts.append(Noted("no_sign_in", edge, each.at))
        else:
            _pair(inside, each, window, certain, doubts)
            inside = None
        edge = each.at
    if inside is not None:
        doubts.append(Noted("no_sign_out", inside.at, max(window.end, inside.at)))
    return Presence(united(certain), tuple(each for each in doubts if each.starts_at < each.ends_at))


def _pair(entered: Sighting, left: Sighting, window: Span, certain: list[Span], doubts: list[Noted]) -> None:
    """A pair; where a clock was off, nobody knows whether somebody came later or left earlier than it says."""
    doubt = entered.doubt or left.doubt
    if doubt:
        start = min(window.start, entered.at) if entered.doubt == CLOCK_SKEW else entered.at
        end = max(window.end, left.at) if left.doubt == CLOCK_SKEW else left.at
        doubts.append(Noted(doubt, start, end))
    else:
        certain.append(Span(entered.at, left.at))


def witnessed(seen: Sequence[Sighting], weak: Callable[[Sighting], bool], marks: Sequence[datetime]) -> list[Sighting]:
    """Sightings by card, password or code stand once another person's mark lies within 15 minutes of the first one."""
    first = min((each.at for each in seen), default=None)
    if first is None or any(abs(mark - first) <= WITNESS for mark in marks):
        return list(seen)
    return [replace(each, doubt=each.doubt or "unwitnessed") if weak(each) else each for each in seen]


def in_one_place(
    rooms: Sequence[tuple[str, Presence]], site_of: Callable[[str], str], min_travel: timedelta
) -> dict[str, Presence]:
    """Presences by room, with the time open in which a person would have been in two rooms, or gone between sites.

    Of a room whose site nobody named it is not known that it lies far away. Between sites a sighting without its other
    half says enough: there and then the person was.
    """
    found = dict(rooms)
    for (one, first), (other, second) in combinations(rooms, 2):
        sites = {site_of(one), site_of(other)}
        spread = min_travel if len(sites) == 2 and all(sites) else timedelta()
        found[one] = _contested(found[one], first, second, spread)
        found[other] = _contested(found[other], second, first, spread)
    return found


def _contested(found: Presence, mine: Presence, theirs: Presence, spread: timedelta) -> Presence:
    instants = [Span(each.at, each.at) for each in theirs.sightings if not each.doubt] if spread else []
    elsewhere = united(Span(each.start - spread, each.end + spread) for each in (*theirs.certain, *instants))
    both = shared(mine.certain, elsewhere)
    if not both:
        return found
    doubts = (*found.doubts, *(_noted("two_places", each) for each in both))
    return replace(found, certain=without(found.certain, both), doubts=doubts)
