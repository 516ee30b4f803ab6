"""How much of a period a person was there to be asked: less is demanded for days out of the post and long leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of, days_between, midnight_from
from hub.rules.span import Span, Spans, shared, united, without
from hub.rules.timeline import END
from hub.rules.values import Period

_MINUTE = 60
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Presence:
    """When a person held a post and was on leave, and which part of full time that post is."""

    zone: ZoneInfo
    posts: Spans
    leaves: Spans = ()
    share_percent: int = _WHOLE

    def demanded(self, seconds: int, period: Period, frame: Span, long_leave_days: int) -> int:
        """What is left to demand of so many seconds in a period, rounded up to a whole minute.

        ``frame`` is what the figure is meant for: the calendar year, where the period is the part of it that a
        credential lived. A period without an end demands the figure as it is.
        """
        if frame.end == END:
            return seconds
        if period.start <= frame.start and frame.end <= period.end and self.share_percent == _WHOLE:
            for post in self.posts:
                if post.start <= frame.start and frame.end <= post.end and not self._on_leave(frame):
                    return seconds
        days = days_between(frame.start, frame.end, self.zone)
        there = max(days - self._days_out(period, frame, long_leave_days), 0)
        return ceil(seconds * there * self.share_percent / (days * _WHOLE * _MINUTE)) * _MINUTE if days else seconds

    def _on_leave(self, frame: Span) -> bool:
        return bool(self.leaves and shared([frame], self.leaves))

    def _days_out(self, period: Period, frame: Span, long_leave_days: int) -> int:
        out = [*without([frame], self.posts), *without([frame], [Span(period.start, period.end)])]
        out += self._long(long_leave_days)
        return sum(self._days(span) for span in shared([frame], united(out)))

    def _long(self, days: int) -> Iterable[Span]:
        return (leave for leave in self.leaves if self._days(leave) >= days)

    def _days(self, span: Span) -> int:
        """Whole local days within a span."""
        if span.end == END:
            return 0
        first = midnight_from(span.start, self.zone)
        bound = day_of(span.end, self.zone)
        return max((bound - day_of(first, self.zone)) // timedelta(days=1), 0)
