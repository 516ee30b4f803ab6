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
    given = tuple(spans)
    if len(given) == 1 and given[0].start < given[0].end:
        return given
    found: list[Span] = []
    for each in sorted(given):
        if found and each.start <= found[-1].end:
            if each.end > found[-1].end:
                found[-1] = Span(found[-1].start, each.end)
        elif each.start < each.end:
            found.append(each)
    return tuple(found)


def shared(one: Iterable[Span], other: Iterable[Span]) -> Spans:
    """The time that lies in both."""
    ones, others = tuple(one), tuple(other)
    if len(ones) == 1 == len(others):
        return _common(ones, others)
    found = tuple(
        Span(start, end) for a in ones for b in others if (start := max(a.start, b.start)) < (end := min(a.end, b.end))
    )
    return united(found) if len(found) > 1 else found


def _common(ones: Spans, others: Spans) -> Spans:
    """What two single spans share; one of them, where it lies in the other."""
    (a,), (b,) = ones, others
    start, end = max(a.start, b.start), min(a.end, b.end)
    if start >= end:
        return ()
    if start == a.start and end == a.end:
        return ones
    return others if start == b.start and end == b.end else (Span(start, end),)


def without(spans: Iterable[Span], gone: Iterable[Span]) -> Spans:
    """The time of the first that lies in none of the second."""
    left, gone = united(spans), tuple(gone)
    if len(left) == 1 == len(gone):
        return tuple(_cut(left[0], gone[0]))
    for cut in gone:
        left = tuple(kept for each in left for kept in _cut(each, cut))
    return left


def _cut(span: Span, cut: Span) -> list[Span]:
    """What is left of one span where another one is taken away."""
    if span.end <= cut.start or cut.end <= span.start:
        return [span]
    left = [Span(span.start, cut.start)] if span.start < cut.start else []
    if cut.end < span.end:
        left.append(Span(cut.end, span.end))
    return left


def seconds(spans: Iterable[Span]) -> int:
    """The length of all of them, in whole seconds."""
    return sum([each.seconds for each in spans])


def inside(spans: Iterable[Span]) -> Timeline[bool]:
    """True within the spans."""
    return Timeline(False, [step for each in united(spans) for step in ((each.start, True), (each.end, False))])


def while_true(timeline: Timeline[bool]) -> Spans:
    """The stretches in which a timeline is true."""
    steps = list(timeline)
    ends = [start for start, _value in steps[1:]] + [END]
    return tuple(Span(start, end) for (start, value), end in zip(steps, ends, strict=True) if value and start < end)
