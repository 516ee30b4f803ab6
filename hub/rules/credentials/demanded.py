"""The demands of one cycle of a credential: how each stands at any instant, and what it comes to when it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.credentials.cycle_periods import CALENDAR, Cycle, CyclePeriods, Judged, cycle_periods, next_from
from hub.rules.credentials.ledger import Amounts, Entry, Ledger, amounts
from hub.rules.demands.clause import Clause, worst
from hub.rules.demands.clause import Judged as JudgedOver
from hub.rules.demands.clauses import Clauses
from hub.rules.demands.hours import Hours, HoursOver
from hub.rules.demands.proofs import Exam
from hub.rules.life import ExamSeat
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING
from hub.rules.values import Period, State, Verdict
from hub.rules.workdays import Workdays
from schemas.position import Credential, Demand


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar by which periods go: a zone, and the days on which people work."""

    zone: ZoneInfo
    workdays: Workdays

    def after(self, instant: datetime, length: str) -> datetime:
        """The end of a length from an instant, in hours, days or working days."""
        if "working day" in length:
            return self.workdays.deadline(instant, int(length.split(" ", maxsplit=1)[0]), self.zone)
        return add(instant, length, self.zone)


class DemandOver:
    """One demand in one cycle, worked out where it is asked for."""

    def __init__(
        self, demand: Demand, clause: Clause, cycle: Cycle, days: Days, *, at_most: str = "30 days", used: int = 0
    ) -> None:
        self.demand = demand
        self.name = demand.needs
        self.clause = clause
        self._days = days
        self._cycle = cycle
        self._used = used
        self._at_most = at_most

    @cached_property
    def periods(self) -> CyclePeriods:
        """The periods that the cycle judges."""
        return cycle_periods(self.demand.over, self._cycle, self._days.zone, self._days.workdays)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The demand over each of these periods."""
        entries = self._entries(self._used)
        due = self._due(entries, self._cycle.end, self._at_most)
        return (*entries[:-1], entries[-1]._replace(due=due)) if due > self._cycle.end else entries

    @cached_property
    def ledger(self) -> Ledger:
        """What is owed of them."""
        return Ledger(self.entries, self._whole, debts_first=self.demand.on_shortfall == "checkpoint")

    @property
    def due(self) -> datetime:
        """When the last of them is judged: the end of the cycle, or later by an approved deferral."""
        return max(self._cycle.end, self.entries[-1].due or self._cycle.end) if self.entries else self._cycle.end

    def state(self, instant: datetime) -> State:
        """The state that decides when it is due: everything judged by then is met or paid."""
        return self.ledger.state(instant)

    def progress(self, instant: datetime) -> State:
        """The state by now: closed periods met or paid, the one that runs as far as it has come."""
        running = self.running(instant)
        state = self.state(instant)
        return state if running is None else worst(state, running.over.states.at(instant))

    def running(self, instant: datetime) -> Entry | None:
        """The period judged in this cycle that an instant lies in."""
        judged = (entry for entry in self.entries if entry.judges)
        return next((entry for entry in judged if entry.period.start <= instant < entry.period.end), None)

    def verdict(self, instant: datetime) -> Verdict:
        """How it stands at an instant, with the figures of what is lacking first."""
        debts = self.ledger.debts(instant)
        running = self.running(instant)
        if debts.owed or debts.rates:
            entry = debts.owed[0][0] if debts.owed else debts.rates[0]
            found = entry.over.verdict(max(instant, entry.period.end))
            if len(self.entries) == 1:
                return _as(found, self.state(instant))
            return _owing(found, self.state(instant), debts.outstanding, self.clause)
        shown = running or next((entry for entry in reversed(self.entries) if entry.judges), None)
        if shown is None:
            return Verdict(self.name, "met", self._cycle.start, reason="")
        return shown.over.verdict(instant)

    def met_by_late_word(self) -> bool:
        """Whether what was learnt after its due made up what was short then."""
        entry = next((entry for entry in reversed(self.entries) if entry.judges), None)
        if entry is None or not isinstance(entry.over, HoursOver):
            return False
        late = [unit for unit in entry.over.units() if unit.known_at > entry.judged_at]
        done = entry.amounts.done(entry.judged_at, best=False)
        return bool(late) and done - sum(unit.credited for unit in late) < entry.amounts.wanted()

    def used(self) -> int:
        """What debts have taken of the period that runs on into the next cycle."""
        return self.ledger.debts(self._cycle.end).used if self.periods.running else 0

    def _entries(self, used: int) -> tuple[Entry, ...]:
        judged = [self._entry(each, True, used if n == 0 else 0) for n, each in enumerate(self.periods.judged)]
        if self.periods.running is not None:
            judged.append(self._entry(self.periods.running, False, 0))
        return tuple(judged)

    def _entry(self, judged: Judged, judges: bool, used: int) -> Entry:
        over = self._over(judged.period, judged.frame)
        return Entry(judged.period, over, amounts(over), judges, used)

    def _over(self, period: Period, frame: Span) -> JudgedOver:
        clause = self._capped(period)
        return clause.over(period, frame) if isinstance(clause, Hours) else clause.over(period)

    def _capped(self, judged: Period) -> Clause:
        """The clause where nothing of a period, or of the time before it, is put off for longer than may be."""
        if not isinstance(self.clause, Hours) or not self.clause.sums.defers:
            return self.clause
        before = Period(BEGINNING, judged.start, judged.start)
        ended = (add(each.end, self._at_most, self._days.zone) for each in (before, judged))
        return self.clause.capped(before, next(ended)).capped(judged, next(ended))

    def _whole(self, instant: datetime) -> Amounts:
        end = min(max(instant, self._cycle.start), self._cycle.end)  # what is over later belongs to the next one
        judged = Period(self._cycle.start, self._cycle.end, self._cycle.end)
        return amounts(self._capped(judged).over(Period(self._cycle.start, end, end)))

    def _due(self, entries: Sequence[Entry], end: datetime, at_most: str) -> datetime:
        last = entries[-1] if entries else None
        if last is None or not last.judges or not isinstance(self.clause, Hours) or not self.clause.sums.defers:
            return end
        until = self.clause.sums.deferred_until(last.period)
        return end if until is None else max(end, min(until, add(end, at_most, self._days.zone)))


def _as(found: Verdict, state: State) -> Verdict:
    return found if found.state == state else _with_state(found, state)


def _with_state(found: Verdict, state: State) -> Verdict:
    return Verdict(
        found.requirement,
        state,
        None,
        found.figures,
        found.reason or "hours_short",
        found.missing,
        found.parts,
        found.refs,
        found.period,
        found.units,
    )


def _owing(found: Verdict, state: State, outstanding: int, clause: Clause) -> Verdict:
    figures = (*found.figures, *(clause.debt(outstanding) if isinstance(clause, Hours) else ()))
    reason = "evidence_unknown" if state == "unknown" else found.reason or "hours_short"
    return Verdict(
        found.requirement, state, None, figures, reason, outstanding, (), found.refs, found.period, found.units
    )


class CycleDemands:
    """All demands of one cycle. An exam among them may be sat once all others are met by progress."""

    def __init__(self, rule: Credential, clauses: Clauses, cycle: Cycle, days: Days, used: dict[str, int]) -> None:
        self.cycle = cycle
        self._zone = days.zone
        self._verdicts: dict[datetime, tuple[Verdict, ...]] = {}
        self._exams = {demand.needs for demand in rule.demands if clauses.is_exam(demand.needs)}

        def made(demand: Demand) -> DemandOver:
            eligible = self.eligible if demand.needs in self._exams else None
            clause = clauses.clause(demand.needs, renews=True, eligible=eligible, eligibility=rule.eligibility)
            taken = used.get(f"{demand.needs}/{demand.over}", 0)
            return DemandOver(demand, clause, cycle, days, at_most=rule.deferral.at_most, used=taken)

        self.demands: Sequence[DemandOver] = [made(demand) for demand in rule.demands]

    @property
    def binding(self) -> Sequence[DemandOver]:
        """Those that change something when they are not met."""
        return [each for each in self.demands if each.demand.on_shortfall != "note"]

    def eligible(self, instant: datetime) -> bool:
        """Whether all but the exams is met by progress at an instant of the cycle."""
        if not self.cycle.start <= instant <= self.cycle.end:
            return False
        return all(each.progress(instant) == "met" for each in self.binding if each.name not in self._exams)

    def seats(self, credential: str, instant: datetime) -> tuple[ExamSeat, ...]:
        """Its exams, and whether the person may sit them."""
        exams = ((each.clause, each.entries[-1].period) for each in self.demands if each.entries)
        return tuple(exam.seat(credential, over, instant) for exam, over in exams if isinstance(exam, Exam))

    def verdicts(self, instant: datetime) -> tuple[Verdict, ...]:
        """How each stands."""
        if instant not in self._verdicts:
            self._verdicts[instant] = tuple(each.verdict(instant) for each in self.demands)
        return self._verdicts[instant]

    def progress(self, instant: datetime) -> State:
        """How all that bind stand by now."""
        state: State = "met"
        for each in self.binding:
            state = worst(state, each.progress(instant))
        return state

    def met_by_late_word(self) -> bool:
        """Whether a demand was met at its due by evidence that was learnt later: the end was told otherwise then."""
        return any(each.met_by_late_word() for each in self.binding)

    def periods_of(self, requirement: str) -> list[Entry]:
        """The periods over which a requirement is judged here."""
        return [entry for each in self.demands if each.name == requirement for entry in each.entries if entry.judges]

    def next_cycle(self) -> tuple[dict[str, datetime], dict[str, int]]:
        """From where the next cycle judges calendar periods, and what debts have taken of the running one."""
        calendars = {each.demand.over for each in self.demands if each.demand.over in CALENDAR}
        judged_from = {over: next_from(over, self.cycle, self._zone) for over in calendars}
        used = {f"{each.name}/{each.demand.over}": taken for each in self.binding if (taken := each.used())}
        return judged_from, used
