"""Class hours and rate of attendance over a period: at least so many, at least such a share. At least is ``>=``."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import ceil

from hub.rules.demands.presence import Presence
from hub.rules.demands.sums import Change, Sums
from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.span import Span
from hub.rules.timeline import Timeline
from hub.rules.unit import Unit
from hub.rules.values import Figures, Period, State, Verdict
from schemas.position import HoursRequirement

_HOUR_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Demanded:
    """Seconds and rate as whole numbers, so that no comparison rounds."""

    seconds: int
    rate: tuple[int, int] | None
    nothing_required: State
    """What a rate is judged by when nothing was required: a grant is not met, a renewal is."""

    def short(self, tally: Tally) -> str:
        """Which of both is not met; empty for none."""
        if tally.credited < self.seconds:
            return "hours_short"
        return "rate_short" if self.rate_short(tally) else ""

    def rate_short(self, tally: Tally) -> bool:
        """Whether the rate is too low."""
        if self.rate is None:
            return False
        if not tally.required:
            return self.nothing_required != "met"
        share, whole = self.rate
        return tally.counted * whole < share * tally.required

    def state(self, tally: Tally) -> State:
        """Met for certain, not met even if all open time counted, or unknown."""
        if not self.short(tally):
            return "met"
        return "unknown" if tally.open and not self.short(at_best(tally)) else "not_met"


def at_best(tally: Tally) -> Tally:
    """The sums if all open time were credited."""
    counted = min(tally.counted + tally.open, max(tally.required, tally.counted))
    return Tally(tally.credited + tally.open, counted, tally.required)


@dataclass(frozen=True, slots=True)
class Hours:
    """An hours requirement, judged over any period. ``renews``: nothing required is then nobody's fault."""

    name: str
    rule: HoursRequirement
    sums: Sums
    presence: Presence
    renews: bool = False

    def capped(self, period: Period, latest: datetime) -> "Hours":
        """The requirement where nothing of a period is put off beyond an instant."""
        sums = self.sums.capped(period, latest)
        return self if sums is self.sums else replace(self, sums=sums)

    def debt(self, owed: int) -> Figures:
        """Hours that are owed, as a figure; none where nothing is."""
        return (("debt", tenths_up(owed, self.rule.class_minutes * 60)),) if owed else ()

    def over(self, period: Period, frame: Span | None = None) -> "HoursOver":
        """The requirement over one period; ``frame`` is what the figure is meant for, where it is longer."""
        return HoursOver(self, period, frame or Span(period.start, period.end))


class HoursOver:
    """Hours and rate over one period."""

    def __init__(self, hours: Hours, period: Period, frame: Span) -> None:
        self.hours = hours
        self._frame = frame
        self.period = period
        self._known: dict[datetime, Tally] = {}

    @cached_property
    def demanded(self) -> Demanded:
        """What is demanded of this person in this period."""
        rule, hours = self.hours.rule, self.hours
        seconds = ceil((rule.at_least_hours or 0) * rule.class_minutes * 60)
        if rule.pro_rata and seconds:
            seconds = hours.presence.demanded(seconds, self.period, self._frame, rule.long_leave_days)
        rate = None if rule.at_least_rate is None else rule.at_least_rate.as_integer_ratio()
        return Demanded(seconds, rate, "met" if hours.renews else "not_met")

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant, by what was over."""
        return Timeline(self.demanded.state(NOTHING), self._changes())

    def tally(self, instant: datetime) -> Tally:
        """The sums at an instant; debts ask for the same ones again and again."""
        if instant not in self._known:
            self._known[instant] = self.hours.sums.tally(self.period, instant)
        return self._known[instant]

    def reached(self, seconds: int) -> datetime | None:
        """The first instant at which so many seconds were credited in the period."""
        if seconds <= 0:
            return self.period.start
        sums = self.hours.sums
        if not sums.is_plain(self.period):
            return self._reached(seconds)
        low, high = sums.bounds(self.period, self.period.end)
        place = bisect_left(sums.credited, sums.credited[low] + seconds, low, high + 1)
        return sums.over[place - 1] if low < place <= high else None

    def tallies(self) -> Iterator[tuple[datetime, Tally]]:
        """The sums at every instant at which they change, in the order of time."""
        changes = self.hours.sums.changes(self.period)
        credited = counted = required = open_ = 0
        last = len(changes) - 1
        for n, (at, more, of_rate, due, unknown) in enumerate(changes):
            credited += more
            counted += of_rate
            required += due
            open_ += unknown
            if n == last or changes[n + 1][0] != at:
                yield at, Tally(credited, counted, required, open_)

    def units(self) -> Sequence[Unit]:
        """The units of the period."""
        return self.hours.sums.slice(self.period, self.period.end).read()

    def instants(self) -> list[datetime]:
        """The instants at which something was over, or changes by itself."""
        return self.hours.sums.instants(self.period)

    def with_make_ups(self, until: datetime) -> Tally:
        """The sums, with all that was made up until an instant, be it after the period's end."""
        period = self.period
        return self.hours.sums.tally(Period(period.start, period.end, until), until)

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant, spelt out."""
        tally = self.tally(instant)
        state = self.demanded.state(tally)
        short = self.demanded.short(tally)
        return Verdict(
            self.hours.name,
            state,
            self.states.since(instant) if state == "met" else None,
            self.figures(tally),
            "evidence_unknown" if state == "unknown" else short,
            max(self.demanded.seconds - tally.credited, 0),
            period=self.period,
            units=self.hours.sums.slice(self.period, instant),
        )

    def figures(self, tally: Tally) -> Figures:
        """Done and demanded: done rounds down to a tenth, demanded up."""
        rule, of = self.hours.rule, self.hours.rule.class_minutes * 60
        found = []
        if rule.at_least_hours is not None:
            found.append(("hours", f"{tenths_down(tally.credited, of)}/{tenths_up(self.demanded.seconds, of)}"))
        if rule.at_least_rate is not None:
            rate = tenths_down(tally.counted * 100, tally.required) if tally.required else "-"
            found.append(("rate", f"{rate}%/{(rule.at_least_rate * 100).normalize():f}%"))
        if tally.open:
            found.append(("open", tenths_down(tally.open, of)))
        return tuple(found)

    def _reached(self, seconds: int) -> datetime | None:
        credited = 0
        for at, more, _counted, _required, _open in self.hours.sums.changes(self.period):
            credited += more
            if credited >= seconds:
                return at
        return None

    def _changes(self) -> Iterator[tuple[datetime, State]]:
        if not self.hours.sums.is_plain(self.period):
            yield from transitions(self.hours.sums.changes(self.period), self.demanded)
        elif self.demanded.rate is None:
            yield from self._when_enough()
        else:
            yield from self._each_unit(*self.demanded.rate)

    def _when_enough(self) -> Iterator[tuple[datetime, State]]:
        """Hours alone only grow: the instant at which they suffice is found without adding up again."""
        sums = self.hours.sums
        low, high = sums.bounds(self.period, self.period.end)
        place = bisect_left(sums.credited, sums.credited[low] + self.demanded.seconds, low, high + 1)
        if low < place <= high:
            yield sums.over[place - 1], "met"

    def _each_unit(self, share: int, whole: int) -> Iterator[tuple[datetime, State]]:
        sums = self.hours.sums
        low, high = sums.bounds(self.period, self.period.end)
        over, credited, counted, required = sums.over, sums.credited, sums.counted, sums.required
        enough = credited[low] + self.demanded.seconds
        counted_before, required_before = counted[low], required[low]
        was = self.demanded.state(NOTHING) == "met"
        for n in range(low + 1, high + 1):
            due = required[n] - required_before
            met = credited[n] >= enough and (
                (counted[n] - counted_before) * whole >= share * due if due else self.hours.renews
            )
            if met != was and (n == high or over[n] != over[n - 1]):
                was = met
                yield over[n - 1], "met" if met else "not_met"


def transitions(changes: Sequence[Change], demanded: Demanded) -> Iterator[tuple[datetime, State]]:
    """The changes of the state as the sums change, in the order of time; changes of one instant count together."""
    seconds, empty = demanded.seconds, demanded.nothing_required == "met" or demanded.rate is None
    share, whole = demanded.rate or (0, 1)
    credited = counted = required = open_ = 0
    was, last = demanded.state(NOTHING), len(changes) - 1
    for n, (at, more, of_rate, due, unknown) in enumerate(changes):
        credited += more
        counted += of_rate
        required += due
        open_ += unknown
        if n < last and changes[n + 1][0] == at:
            continue
        if credited >= seconds and (counted * whole >= share * required if required else empty):
            state: State = "met"
        else:
            state = demanded.state(Tally(credited, counted, required, open_)) if open_ else "not_met"
        if state != was:
            was = state
            yield at, state


def tenths_down(done: int, of: int) -> str:
    """A quantity rounded down to a tenth."""
    whole, tenth = divmod(done * _HOUR_TENTHS // of, _HOUR_TENTHS)
    return f"{whole}.{tenth}"


def tenths_up(demanded: int, of: int) -> str:
    """A quantity rounded up to a tenth, a whole one without it."""
    whole, tenth = divmod(-(-demanded * _HOUR_TENTHS // of), _HOUR_TENTHS)
    return f"{whole}.{tenth}" if tenth else str(whole)
