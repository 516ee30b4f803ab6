"""What one rung of the ladder needs of one person: whether each need stands at every instant, and what it rests on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.demands.clause import Judged
from hub.rules.demands.windows import turns
from hub.rules.span import Span, inside
from hub.rules.timeline import END, Timeline, any_of
from hub.rules.values import Alternatives, Kept, State, Verdict


@dataclass
class Need:
    """A requirement or credential that a rung needs, judged over its window.

    ``spared`` is a stretch in which it stands although it is not met: a lapse of which nobody was warned.
    """

    name: str
    judged: Judged
    grace: str
    zone: ZoneInfo
    rests_on: Callable[[datetime], Sequence[Alternatives]]
    spared: Sequence[Span] = field(default=())

    @cached_property
    def stands(self) -> Timeline[bool]:
        """True while it is met, and for the grace after it was met and cannot be told."""
        base = Timeline(False, self._steps())
        return any_of((base, inside(self.spared))) if self.spared else base

    def kept(self, instant: datetime) -> Kept | None:
        """What keeps it standing at an instant although it is not met for certain."""
        if self.judged.states.at(instant) == "met" or not self.stands.at(instant):
            return None
        spared = next((span for span in self.spared if span.holds(instant)), None)
        by = "unknown_grace" if spared is None else "not_warned"
        return Kept(by, self.name, self.stands.next_after(instant) or END)

    def verdict(self, instant: datetime) -> Verdict:
        """Its verdict at an instant."""
        return self.judged.verdict(instant)

    def looks(self, instant: datetime) -> Iterator[datetime]:
        """When it changes by itself after an instant."""
        changes = self.stands.next_after(instant), self.judged.states.next_after(instant)
        for following in (*changes, turns(self.judged, instant)):
            if following is not None:
                yield following

    def _steps(self) -> Iterator[tuple[datetime, bool]]:
        steps = [*self.judged.states, (END, "not_met")]
        before: State = "not_met"
        for (start, state), (end, _following) in pairwise(steps):
            graced = state == "unknown" and before == "met"
            yield start, state == "met" or graced
            until = add(start, self.grace, self.zone) if graced else END
            if until < end:
                yield until, False
            before = state


def standing_together(timelines: Iterable[Timeline[bool]]) -> Timeline[bool]:
    """True while all of some timelines are."""
    steps = list(timelines)
    edges = sorted({start for each in steps for start, _value in each})
    return Timeline(False, ((edge, all(each.at(edge) for each in steps)) for edge in edges))
