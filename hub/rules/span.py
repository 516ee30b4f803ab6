"""Stretches of time, half-open, and what they come to together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.rules.timeline import BEGINNING, END, Timeline


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """``[start, end)``."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies within."""
        return self.start <= instant < self.end

    @property
    def seconds(self) -> int:
        """Whole seconds from start to end."""
        return int((self.end - self.start).total_seconds())


ALWAYS = Span(BEGINNING, END)

Spans = tuple[Span, ...]
"""Stretches that do not touch, the earliest first."""


def united(spans: Iterable[Span]) -> Spans:
    """The time that lies in any of the spans; spans that touch become one."""
    found: list[Span] = []
    for each in sorted(spans):
        if found and each.start <= found[-1].end:
            if each.end > found[-1].end:
                found[-1] = Span(found[-1].start, each.end)
        elif each.start < each.end:
            found.append(each)
    return tuple(found)


def shared(one: Iterable[Span], other: Iterable[Span]) -> Spans:
    """The time that lies in both."""
    others = tuple(other)
    found = tuple(
        Span(start, end) for a in one for b in others if (start := max(a.start, b.start)) < (end := min(a.end, b.end))
    )
    return united(found) if len(found) > 1 else found


def without(spans: Iterable[Span], gone: Iterable[Span]) -> Spans:
    """The time of the first that lies in none of the second."""
    left = united(spans)
    for cut in united(gone):
        kept: list[Span] = []
        for each in left:
            kept += [Span(each.start, min(each.end, cut.start)), Span(max(each.start, cut.end), each.end)]
        left = tuple(each for each in kept if each.start < each.end)
    return left


def seconds(spans: Iterable[Span]) -> int:
    """The length of all of them, in whole seconds."""
    return sum(each.seconds for each in spans)


def inside(spans: Iterable[Span]) -> Timeline[bool]:
    """True within the spans."""
    return Timeline(False, [step for each in united(spans) for step in ((each.start, True), (each.end, False))])


def while_true(timeline: Timeline[bool]) -> Spans:
    """The stretches in which a timeline is true."""
    steps = list(timeline)
    ends = [start for start, _value in steps[1:]] + [END]
    return tuple(Span(start, end) for (start, value), end in zip(steps, ends, strict=True) if value and start < end)
