"""What restores a lapsed credential: the same demands, by what the person does from then on, or the best of both."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from math import ceil

from hub.rules.credentials.cycle_periods import CALENDAR
from hub.rules.credentials.demanded import CycleDemands, DemandOver
from hub.rules.demands.clause import Judged
from hub.rules.demands.combined import AllOver
from hub.rules.demands.hours import HoursOver
from hub.rules.demands.judging import NO_RATE, Demanded, reach, turns
from hub.rules.demands.proofs import Exam
from hub.rules.demands.tally import Tally, plus
from hub.rules.life import ExamSeat
from hub.rules.span import Span
from hub.rules.timeline import END, Timeline
from hub.rules.values import Period, State, Verdict

EXAM_AT_MOST = "12 months"
"""An exam passed since the start of the lapsed cycle cures it no longer than this."""


class Cure:
    """What a lapsed credential still needs, since its lapse: a timeline, and its parts as verdicts."""

    def __init__(self, demands: CycleDemands, lapsed_at: datetime) -> None:
        self._demands = demands
        self._lapsed_at = lapsed_at

    @cached_property
    def parts(self) -> AllOver:
        """All that is demanded, as it can be made good after the lapse."""
        return AllOver("cure", [self._part(each) for each in self._demands.binding])

    def restored_at(self, within: Iterable[Span]) -> datetime | None:
        """The first instant within some stretches at which all is made good."""
        for span in within:
            instant: datetime | None = max(span.start, self._lapsed_at)
            while instant is not None and instant < span.end:
                if self.parts.states.at(instant) == "met":
                    return instant
                instant = self.parts.states.next_after(instant)
        return None

    def seats(self, credential: str, instant: datetime) -> tuple[ExamSeat, ...]:
        """Its exams, and whether the person may sit them again: once all else is made good."""
        exams = [each.clause for each in self._demands.binding if isinstance(each.clause, Exam)]
        return tuple(self._exam(each).seat(credential, self._since, instant) for each in exams)

    def eligible(self, instant: datetime) -> bool:
        """Whether all but the exams was met when an exam was sat: in the lapsed cycle, or made good after it.

        After it begins with its end, also while it was held for a grace beyond that.
        """
        if instant >= self._lapsed_at:
            return self._others.states.at(instant) == "met"
        if instant <= self._demands.cycle.end:
            return self._demands.eligible(instant)
        return self._in_grace.states.at(instant) == "met"

    @cached_property
    def _in_grace(self) -> AllOver:
        return Cure(self._demands, self._demands.cycle.end)._others

    @cached_property
    def _others(self) -> AllOver:
        exams = (Exam,)
        return AllOver(
            "cure", [self._part(each) for each in self._demands.binding if not isinstance(each.clause, exams)]
        )

    @property
    def _since(self) -> Period:
        return Period(self._demands.cycle.start, END, END)

    def _exam(self, clause: Exam) -> Exam:
        return clause.within(EXAM_AT_MOST, self.eligible)

    def _part(self, each: DemandOver) -> Judged:
        clause, start = each.clause, self._demands.cycle.start
        entry = next((entry for entry in reversed(each.entries) if entry.judges), None)
        if isinstance(clause, Exam):
            return self._exam(clause).over(self._since)
        if entry is None or not isinstance(entry.over, HoursOver):
            return clause.over(Period(start, END, END))
        if each.demand.over in CALENDAR or each.demand.over == "credential_year":
            return DebtAfter(each, self._lapsed_at)
        return HoursAfter(entry.over, start, self._lapsed_at)


class HoursAfter:
    """Hours from the start of the lapsed cycle on; the rate of that whole stretch, or of the time since the lapse.

    The time since counts if it required at least what was short: of hours, or of the rate, the greater.
    """

    def __init__(self, over: HoursOver, start: datetime, lapsed_at: datetime) -> None:
        self._over = over
        self._lapsed_at = lapsed_at
        self._whole = over.hours.over(Period(start, END, END))
        self._since = over.hours.over(Period(lapsed_at, END, END))

    @cached_property
    def states(self) -> Timeline[State]:
        """Met once both are made good."""
        return Timeline("not_met", self._steps())

    @cached_property
    def demanded(self) -> Timeline[Demanded]:
        """What is demanded at each instant from the lapse on."""
        return self._over.demanded_from(self._lapsed_at)

    def state_at(self, instant: datetime) -> State:
        """The state by the sums of an instant."""
        return self._state(self.demanded.at(instant), self._whole.tally(instant), self._since.tally(instant))

    def _steps(self) -> Iterator[tuple[datetime, State]]:
        """The state at the lapse, and wherever it changes after it."""
        sums = self._over.hours.sums
        apart = {at for each in (self._whole, self._since) for at, *_change in sums.apart(each.period)}
        apart |= {at for at, _demanded in self.demanded}
        edges = [self._lapsed_at, *sorted(at for at in apart if at > self._lapsed_at), END]
        for at, following in pairwise(edges):
            whole, since = self._whole.tally(at), self._since.tally(at)
            yield at, self.state_at(at)
            yield from self._growing(at, following, whole, since)

    def _growing(self, at: datetime, until: datetime, whole: Tally, since: Tally) -> Iterator[tuple[datetime, State]]:
        """How it goes on from two sums as they grow along, until an instant."""
        columns, demanded = self._over.hours.sums.columns, self.demanded.at(at)
        place, stop = bisect_right(columns.over, at), bisect_left(columns.over, until)
        hidden = whole.open + columns.open[stop] - columns.open[place]
        share, of = rate = demanded.rate or NO_RATE
        credited, required, margin = columns.credited, columns.required, columns.margin(rate)
        enough = credited[place] + demanded.seconds - whole.credited
        fair = margin[place] - whole.counted * of + whole.required * share
        fair_since = margin[place] - since.counted * of + since.required * share
        due = required[place] + max(self._short, 1) - since.required
        first = bisect_left(credited, enough, place + 1, stop + 1)
        since_counts = bisect_left(required, due, first, stop + 1)
        met = reach(margin, fair, first, since_counts - 1) + reach(margin, min(fair, fair_since), since_counts, stop)
        if not hidden:
            yield from ((columns.over[first + n - 1], "met" if met[n] else "not_met") for n in turns(met))
            return
        best = columns.at_best
        at_best = bisect_left(best, best[place] + demanded.seconds - whole.credited - whole.open, place + 1, stop + 1)
        before: State | None = None
        for n in range(at_best, stop + 1):
            state: State = "met"
            if n < first or not met[n - first]:
                more = columns.tally(place, n)
                state = self._state(demanded, plus(whole, more), plus(since, more))
            if state != before:
                before = state
                yield columns.over[n - 1], state

    def verdict(self, instant: datetime) -> Verdict:
        """How far it is made good, by the stretch that is nearer to it."""
        state, demanded = self.states.at(instant), self.demanded.at(instant)
        found = self._whole.verdict(instant)
        figures = dict(self._over.figures(self._whole.tally(instant), demanded))
        since = self._since.tally(instant)
        if self._rate_since(since):
            figures = {**figures, **{name: value for name, value in self._over.figures(since) if name == "rate"}}
        return Verdict(
            found.requirement,
            state,
            self.states.since(instant) if state == "met" else None,
            tuple(figures.items()),
            "" if state == "met" else self._reason(instant),
            max(demanded.seconds - self._whole.tally(instant).credited, 0),
            period=found.period,
            units=found.units,
        )

    @cached_property
    def _short(self) -> int:
        """What was short at the lapse, in seconds."""
        lapsed_at = min(self._over.period.end, self._lapsed_at)
        lapsed, demanded = self._over.tally(lapsed_at), self.demanded.at(self._lapsed_at)
        share, whole = demanded.rate or (0, 1)
        by_rate = ceil(share * lapsed.required / whole) - lapsed.counted
        return max(demanded.seconds - lapsed.credited, by_rate, 0)

    def _state(self, demanded: Demanded, whole: Tally, since: Tally) -> State:
        if whole.credited >= demanded.seconds and (not demanded.rate_short(whole) or self._rate_since(since)):
            return "met"
        return "unknown" if self._at_best(demanded, whole, since) else "not_met"

    def _at_best(self, demanded: Demanded, whole: Tally, since: Tally) -> bool:
        if not whole.open:
            return False
        best = Tally(whole.credited + whole.open, whole.counted + whole.open, whole.required)
        later = Tally(since.credited + since.open, since.counted + since.open, since.required)
        return best.credited >= demanded.seconds and (not demanded.rate_short(best) or self._rate_since(later))

    def _rate_since(self, since: Tally) -> bool:
        demanded = self._over.demanded
        return since.required >= max(self._short, 1) and not demanded.rate_short(since)

    def _reason(self, instant: datetime) -> str:
        whole = self._whole.tally(instant)
        return "hours_short" if whole.credited < self.demanded.at(instant).seconds else "rate_short"


class DebtAfter:
    """What the periods of a lapsed cycle still owe, paid by all hours since the last of them closed."""

    def __init__(self, each: DemandOver, lapsed_at: datetime) -> None:
        self._each = each
        self._lapsed_at = lapsed_at
        closed = [entry.period.end for entry in each.entries if entry.judges and entry.period.end <= lapsed_at]
        self._from = max(closed, default=lapsed_at)

    @cached_property
    def states(self) -> Timeline[State]:
        """Met once nothing is owed."""
        over = self._each.clause.over(Period(self._from, END, END))
        assert isinstance(over, HoursOver)
        instants = (self._lapsed_at, *(at for at in over.instants() if at > self._lapsed_at))
        return Timeline("not_met", ((at, self._state(over.tally(at))) for at in instants))

    def verdict(self, instant: datetime) -> Verdict:
        """What is still owed."""
        found = self._each.verdict(self._lapsed_at)
        state = self.states.at(instant)
        since = self.states.since(instant) if state == "met" else None
        return Verdict(found.requirement, state, since, found.figures, found.reason if state != "met" else "")

    def _state(self, since: Tally) -> State:
        if self._owed(since, best=False) <= 0:
            return "met"
        return "unknown" if since.open and self._owed(since, best=True) <= 0 else "not_met"

    def _owed(self, since: Tally, *, best: bool) -> int:
        debts = self._each.ledger.debts(self._lapsed_at, best=best)
        paid = since.credited + (since.open if best else 0) - debts.used
        rates = sum(self._rate_owed(entry.over, since) for entry in debts.rates)
        return max(debts.outstanding - paid, 0) + rates

    def _rate_owed(self, entry: Judged, later: Tally) -> int:
        """A rate debt: paid by the rate since, over at least what was short."""
        assert isinstance(entry, HoursOver)
        short = entry.tally(entry.period.due)
        share, whole = entry.demanded.rate or (0, 1)
        needed = max(ceil(share * short.required / whole) - short.counted, 1)
        return int(later.required < needed or entry.demanded.rate_short(later))
