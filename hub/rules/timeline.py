"""A value over time: it holds from each step to the next, and the first step is at the beginning of time."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Generic, TypeVar

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
"""An instant that never comes: the end of what is open."""

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Timeline(Generic[T]):
    """A step function of time. Of several values given for one instant the last one holds."""

    __slots__ = ("_starts", "_values")

    def __init__(self, first: T, steps: Iterable[tuple[datetime, T]] = ()) -> None:
        self._starts: list[datetime] = [BEGINNING]
        self._values: list[T] = [first]
        for start, value in sorted(steps, key=itemgetter(0)):
            self._step(start, value)

    def _step(self, start: datetime, value: T) -> None:
        if start <= self._starts[-1]:
            self._starts.pop()
            self._values.pop()
            start = start if self._starts else BEGINNING
        if not self._values or self._values[-1] != value:
            self._starts.append(start)
            self._values.append(value)

    def at(self, instant: datetime) -> T:
        """The value that holds at an instant."""
        return self._values[bisect_right(self._starts, instant) - 1]

    def since(self, instant: datetime) -> datetime:
        """The step from which on the value of an instant has held without a change."""
        return self._starts[bisect_right(self._starts, instant) - 1]

    def next_after(self, instant: datetime) -> datetime | None:
        """The first step later than an instant; none if nothing changes any more."""
        place = bisect_right(self._starts, instant)
        return self._starts[place] if place < len(self._starts) else None

    def __iter__(self) -> Iterator[tuple[datetime, T]]:
        return zip(self._starts, self._values, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self._starts))

    def __repr__(self) -> str:
        return f"Timeline({', '.join(f'{start:%Y-%m-%dT%H:%M:%S} {value}' for start, value in self)})"


def each_with(combine: Callable[[T, U], V], one: Timeline[T], other: Timeline[U]) -> Timeline[V]:
    """What two timelines come to together, at every instant."""
    steps = sorted({*(start for start, _value in one), *(start for start, _value in other)})
    values = [(start, combine(one.at(start), other.at(start))) for start in steps]
    return Timeline(values[0][1], values[1:])


def all_of(timelines: Iterable[Timeline[bool]]) -> Timeline[bool]:
    """True while all are."""
    together: Timeline[bool] = Timeline(True)
    for each in timelines:
        together = each_with(_both, together, each)
    return together


def any_of(timelines: Iterable[Timeline[bool]]) -> Timeline[bool]:
    """True while at least one is."""
    together: Timeline[bool] = Timeline(False)
    for each in timelines:
        together = each_with(_either, together, each)
    return together


def where(test: Callable[[T], bool], timeline: Timeline[T]) -> Timeline[bool]:
    """True while the value passes a test."""
    values = [(start, test(value)) for start, value in timeline]
    return Timeline(values[0][1], values[1:])


def _both(one: bool, other: bool) -> bool:
    return one and other


def _either(one: bool, other: bool) -> bool:
    return one or other
