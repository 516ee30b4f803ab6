"""How much of a period a person was there to be asked: less is demanded for days out of the post and long leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """When a person held a post and was on leave, and when that post was less than full time, in percent of it."""

    zone: ZoneInfo
    posts: Spans
    leaves: Spans = ()
    part_times: Sequence[tuple[Span, int]] = ()

    @property
    def turns(self) -> set[datetime]:
        """When a post begins or ends, and when leave or part time begins."""
        begun = [*self.posts, *self.leaves, *(span for span, _share in self.part_times)]
        return {*(span.start for span in begun), *(post.end for post in self.posts)}

    def begun(self, instant: datetime) -> "Presence":
        """The same by what has begun at an instant: what is announced takes nothing off before."""
        posts = [post if post.end <= instant else Span(post.start, END) for post in self.posts if post.start <= instant]
        leaves = [leave for leave in self.leaves if leave.start <= instant]
        part_times = [(span, share) for span, share in self.part_times if span.start <= instant]
        return Presence(self.zone, tuple(posts), tuple(leaves), part_times)

    def demanded(self, seconds: int, period: Period, frame: Span, long_leave_days: int) -> int:
        """What is left to demand of so many seconds in a period, rounded up to a whole minute.

        ``frame`` is what the figure is meant for: the calendar year, where the period is the part of it that a
        credential lived. A period without an end demands the figure as it is.
        """
        if frame.end == END:
            return seconds
        if period.start <= frame.start and frame.end <= period.end and not self.part_times:
            for post in self.posts:
                if post.start <= frame.start and frame.end <= post.end and not self._on_leave(frame):
                    return seconds
        days = days_between(frame.start, frame.end, self.zone)
        out = united(self._out(period, frame, long_leave_days))
        there = max(days - sum(self._days(span) for span in shared([frame], out)), 0)
        asked = there * _WHOLE - self._spared(frame, out)
        return ceil(seconds * asked / (days * _WHOLE * _MINUTE)) * _MINUTE if days else seconds

    def _spared(self, frame: Span, out: Spans) -> int:
        """What is not asked for days of part time, in hundredths of a day."""
        spared = 0
        for span, share in self.part_times:
            there = without(shared([frame], [span]), out)
            spared += (_WHOLE - share) * sum(days_between(each.start, each.end, self.zone) for each in there)
        return spared

    def _on_leave(self, frame: Span) -> bool:
        return bool(self.leaves and shared([frame], self.leaves))

    def _out(self, period: Period, frame: Span, long_leave_days: int) -> Iterable[Span]:
        yield from without([frame], self.posts)
        yield from without([frame], [Span(period.start, period.end)])
        yield from self._long(long_leave_days)

    def _long(self, days: int) -> Iterable[Span]:
        return (leave for leave in self.leaves if self._days(leave) >= days)

    def _days(self, span: Span) -> int:
        """Whole local days within a span."""
        if span.end == END:
            return 0
        first = midnight_from(span.start, self.zone)
        bound = day_of(span.end, self.zone)
        return max((bound - day_of(first, self.zone)) // timedelta(days=1), 0)
