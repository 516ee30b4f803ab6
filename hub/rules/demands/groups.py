"""Hours of which some must, or may, be of one category; surplus of the period before may count again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.demands.hours import Hours, HoursOver, tenths_down, tenths_up
from hub.rules.demands.sums import Sums
from hub.rules.span import Span
from hub.rules.timeline import Timeline
from hub.rules.values import Period, State, Verdict
from schemas.position import Group


@dataclass(frozen=True, slots=True)
class GroupedHours:
    """An hours requirement with groups, judged over any period. ``by_category`` are the units of each category."""

    hours: Hours
    by_category: dict[str, Sums]
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """The requirement's name."""
        return self.hours.name

    def over(self, period: Period, frame: Span | None = None) -> "GroupedOver":
        """The requirement over one period."""
        return GroupedOver(self, self.hours.over(period, frame))


class GroupedOver:
    """Hours by category over one period."""

    def __init__(self, grouped: GroupedHours, over: HoursOver) -> None:
        self._grouped = grouped
        self._over = over
        self._rule = over.hours.rule

    @cached_property
    def states(self) -> Timeline[State]:
        """The state at every instant at which a unit was over."""
        return Timeline(self._state(self._over.period.start), ((at, self._state(at)) for at in self._over.instants()))

    def verdict(self, instant: datetime) -> Verdict:
        """The verdict at an instant: the sum with what each category may give, and each that must."""
        found = self._over.verdict(instant)
        state, of = self._state(instant), self._rule.class_minutes * 60
        done = self._done(instant, best=False)
        figures = [("hours", f"{tenths_down(done, of)}/{tenths_up(self._over.demanded.seconds, of)}")]
        for group in self._musts:
            mine = tenths_down(self._of(group.category, instant, best=False), of)
            figures.append((group.category, f"{mine}/{tenths_up(self._seconds(group.at_least), of)}"))
        since = self.states.since(instant) if state == "met" else None
        reason = "" if state == "met" else "evidence_unknown" if state == "unknown" else "hours_short"
        missing = max(self._over.demanded.seconds - done, 0)
        return Verdict(
            found.requirement, state, since, tuple(figures), reason, missing, period=found.period, units=found.units
        )

    @property
    def _musts(self) -> Sequence[Group]:
        return [group for group in self._rule.groups if group.at_least is not None]

    def _state(self, instant: datetime) -> State:
        if self._enough(instant, best=False):
            return "met"
        return "unknown" if self._enough(instant, best=True) else "not_met"

    def _enough(self, instant: datetime, *, best: bool) -> bool:
        if self._over.demanded.rate_short(self._over.tally(instant)):
            return False
        musts = all(self._of(each.category, instant, best=best) >= self._seconds(each.at_least) for each in self._musts)
        return musts and self._done(instant, best=best) >= self._over.demanded.seconds

    def _done(self, instant: datetime, *, best: bool) -> int:
        """All hours, less what a category has beyond the most it may give."""
        tally = self._over.tally(instant)
        done = tally.credited + (tally.open if best else 0) + self._rolled_over
        for group in self._rule.groups:
            if group.at_most is not None:
                done -= max(self._of(group.category, instant, best=best) - self._seconds(group.at_most), 0)
        return done

    def _of(self, category: str, instant: datetime, *, best: bool) -> int:
        sums = self._grouped.by_category.get(category)
        tally = sums.tally(self._over.period, instant) if sums is not None else None
        mine = 0 if tally is None else tally.credited + (tally.open if best else 0)
        rollover = self._rule.rollover
        return mine + (self._rolled_over if rollover is not None and rollover.category == category else 0)

    @cached_property
    def _rolled_over(self) -> int:
        """Surplus of the last months of the period before, up to a most."""
        rule, period = self._rule.rollover, self._over.period
        sums = self._grouped.by_category.get(rule.category) if rule is not None else None
        if rule is None or sums is None:
            return 0
        before = Period(period.start - (period.end - period.start), period.start, period.start)
        last = Period(add(period.start, rule.window, self._grouped.zone, -1), period.start, period.start)
        own = next((group.at_least for group in self._rule.groups if group.category == rule.category), None)
        surplus = sums.tally(before, period.start).credited - self._seconds(own or self._rule.at_least_hours)
        return max(min(surplus, sums.tally(last, period.start).credited, self._seconds(rule.max)), 0)

    def _seconds(self, hours: Decimal | None) -> int:
        return ceil((hours or 0) * self._rule.class_minutes * 60)
