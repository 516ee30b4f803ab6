"""Requirements made of others: all of them, or one of several ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce

from hub.rules.demands.clause import STATES, Clause, Judged, best, worst
from hub.rules.timeline import Timeline, each_with
from hub.rules.values import Period, State, Verdict

_MET: Timeline[State] = Timeline("met")
_NOT_MET: Timeline[State] = Timeline("not_met")


class AllOver:
    """All of some requirements over one period."""

    def __init__(self, name: str, parts: Sequence[Judged]) -> None:
        self._name = name
        self.parts = parts

    @cached_property
    def states(self) -> Timeline[State]:
        """Met while all are; unknown while none is unmet for certain."""
        return reduce(lambda one, other: each_with(worst, one, other), (each.states for each in self.parts), _MET)

    def looks(self, instant: datetime) -> Iterator[datetime]:
        """When each part changes next by itself: what is lacking is said part by part."""
        for each in self.parts:
            yield from _looks(each, instant)

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant, with those of its parts."""
        parts = tuple(each.verdict(instant) for each in self.parts)
        state = self.states.at(instant)
        shown = next((each for each in parts if each.state != "met"), None)
        return Verdict(
            self._name,
            state,
            self.states.since(instant) if state == "met" else None,
            shown.figures if shown else (),
            shown.reason if shown else "",
            parts=parts,
            refs=tuple(ref for each in parts for ref in each.refs),
        )


class AnyOver:
    """One of several ways over one period."""

    def __init__(self, name: str, ways: Sequence[AllOver]) -> None:
        self._name = name
        self.ways = ways

    @cached_property
    def states(self) -> Timeline[State]:
        """Met while a way is; unknown while no way is met and one is unknown."""
        return reduce(lambda one, other: each_with(best, one, other), (each.states for each in self.ways), _NOT_MET)

    def looks(self, instant: datetime) -> Iterator[datetime]:
        """When a part of a way changes next by itself."""
        for way in self.ways:
            yield from way.looks(instant)

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant: that of the way that is met the longest, or nearest to it."""
        ways = [way.verdict(instant) for way in self.ways]
        state = self.states.at(instant)
        shown = min(ways, key=_distance)
        return Verdict(
            self._name,
            state,
            self.states.since(instant) if state == "met" else None,
            shown.figures,
            "" if state == "met" else shown.reason,
            parts=shown.parts,
            refs=shown.refs,
        )


def _looks(part: Judged, instant: datetime) -> Iterator[datetime]:
    if isinstance(part, AllOver | AnyOver):
        yield from part.looks(instant)
    elif (at := part.states.next_after(instant)) is not None:
        yield at


def _distance(way: Verdict) -> tuple[int, int, float]:
    lacking = sum(part.state != "met" for part in way.parts)
    return -STATES.index(way.state), lacking, way.since.timestamp() if way.since is not None else 0.0


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of some requirements."""

    name: str
    parts: Sequence[Clause]

    def over(self, period: Period) -> AllOver:
        """The requirement over one period."""
        return AllOver(self.name, [each.over(period) for each in self.parts])


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several ways."""

    name: str
    ways: Sequence[AllOf]

    def over(self, period: Period) -> AnyOver:
        """The requirement over one period."""
        return AnyOver(self.name, [each.over(period) for each in self.ways])
