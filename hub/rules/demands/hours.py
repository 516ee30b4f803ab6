"""Class hours and rate of attendance over a period: at least so many, at least such a share. At least is ``>=``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import ceil

from hub.rules.demands.judging import Demanded, at_best, state_changes
from hub.rules.demands.presence import Presence
from hub.rules.demands.sums import Sums
from hub.rules.demands.tally import NOTHING, Tally
from hub.rules.span import Span
from hub.rules.timeline import Timeline
from hub.rules.unit import Unit
from hub.rules.values import Figures, Period, State, Verdict
from schemas.position import HoursRequirement

_HOUR_TENTHS = 10


@dataclass(frozen=True)
class Hours:
    """An hours requirement, judged over any period. ``renews``: nothing required is then nobody's fault."""

    name: str
    rule: HoursRequirement
    sums: Sums
    presence: Presence
    renews: bool = False

    @cached_property
    def figure(self) -> Demanded:
        """What the rule demands, before anything is taken off."""
        rule = self.rule
        seconds = ceil((rule.at_least_hours or 0) * rule.class_minutes * 60)
        rate = None if rule.at_least_rate is None else rule.at_least_rate.as_integer_ratio()
        return Demanded(seconds, rate, "met" if self.renews else "not_met")

    def demanded(self, period: Period, frame: Span) -> Demanded:
        """What is demanded of this person in a period."""
        rule, figure = self.rule, self.figure
        if not rule.pro_rata or not figure.seconds:
            return figure
        seconds = self.presence.demanded(figure.seconds, period, frame, rule.long_leave_days)
        return figure if seconds == figure.seconds else replace(figure, seconds=seconds)

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
        return self.hours.demanded(self.period, self._frame)

    def demanded_from(self, instant: datetime) -> Timeline[Demanded]:
        """What is demanded from an instant on: what is only announced takes nothing off before it begins."""
        hours, found = self.hours, []
        turns = sorted(turn for turn in hours.presence.turns if instant < turn < self._frame.end)
        if not turns or not hours.rule.pro_rata:
            return Timeline(self.demanded)
        for turn in (instant, *turns):
            begun = replace(hours, presence=hours.presence.begun(turn))
            found.append((turn, begun.demanded(self.period, self._frame)))
        return Timeline(found[0][1], found[1:])

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant, by what was over."""
        return Timeline(self.demanded.state(NOTHING), state_changes(self.hours.sums, self.period, self.demanded))

    def tally(self, instant: datetime) -> Tally:
        """The sums at an instant; debts ask for the same ones again and again."""
        if instant not in self._known:
            self._known[instant] = self.hours.sums.tally(self.period, instant)
        return self._known[instant]

    def done(self, instant: datetime, best: bool) -> int:
        """Seconds credited by an instant; ``best`` counts those that cannot be told."""
        tally = self.tally(instant)
        return tally.credited + tally.open if best else tally.credited

    def wanted(self) -> int:
        """Seconds demanded."""
        return self.demanded.seconds

    def rate_short(self, instant: datetime, best: bool, made_until: datetime | None = None) -> bool:
        """Whether the rate is too low at an instant, with what was made up until another one."""
        if self.demanded.rate is None:
            return False
        tally = self.tally(instant) if made_until is None else self._with_make_ups(made_until)
        return self.demanded.rate_short(at_best(tally) if best else tally)

    def reached(self, seconds: int) -> datetime | None:
        """The first instant at which so many seconds were credited in the period."""
        if seconds <= 0:
            return self.period.start
        sums = self.hours.sums
        if not sums.is_plain(self.period):
            return next((at for at in self.instants() if self.tally(at).credited >= seconds), None)
        place = sums.columns.reached(seconds, *sums.columns.bounds(self.period.start, self.period.end))
        return None if place is None else sums.columns.over[place - 1]

    def units(self) -> Sequence[Unit]:
        """The units of the period."""
        return self.hours.sums.slice(self.period, self.period.end).read()

    def instants(self) -> list[datetime]:
        """The instants at which something was over, or changes by itself."""
        return self.hours.sums.instants(self.period)

    def _with_make_ups(self, until: datetime) -> Tally:
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

    def figures(self, tally: Tally, demanded: Demanded | None = None) -> Figures:
        """Done and demanded: done rounds down to a tenth, demanded up. ``demanded``: where it is not the whole one."""
        seconds = (demanded or self.demanded).seconds
        rule, of = self.hours.rule, self.hours.rule.class_minutes * 60
        found = []
        if rule.at_least_hours is not None:
            found.append(("hours", f"{tenths_down(tally.credited, of)}/{tenths_up(seconds, of)}"))
        if rule.at_least_rate is not None:
            rate = f"{tenths_down(tally.counted * 100, tally.required)}%" if tally.required else "-"
            found.append(("rate", f"{rate}/{(rule.at_least_rate * 100).normalize():f}%"))
        if tally.open:
            found.append(("open", tenths_down(tally.open, of)))
        return tuple(found)


def tenths_down(done: int, of: int) -> str:
    """A quantity rounded down to a tenth."""
    whole, tenth = divmod(done * _HOUR_TENTHS // of, _HOUR_TENTHS)
    return f"{whole}.{tenth}"


def tenths_up(demanded: int, of: int) -> str:
    """A quantity rounded up to a tenth, a whole one without it."""
    whole, tenth = divmod(-(-demanded * _HOUR_TENTHS // of), _HOUR_TENTHS)
    return f"{whole}.{tenth}" if tenth else str(whole)
