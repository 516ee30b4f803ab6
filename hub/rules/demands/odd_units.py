"""How units change sums over time that do not simply count when they were over: open, deferred, made up."""

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hub.rules.demands.passes import is_day_of
from hub.rules.demands.settling import Settling, Stage, stages
from hub.rules.demands.tally import NOTHING, Tally, minus, plus
from hub.rules.demands.unit_columns import UnitColumns
from hub.rules.timeline import BEGINNING
from hub.rules.unit import Unit
from hub.rules.values import Period


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the sums that takes effect at ``at``, in the period that holds ``home``.

    It counts only in periods that are due at ``ends_from`` or later and start at ``starts_from`` or later.
    """

    home: datetime
    at: datetime
    change: Tally
    ends_from: datetime = BEGINNING
    starts_from: datetime = BEGINNING

    @property
    def is_bound(self) -> bool:
        """Whether it counts in some periods only."""
        return self.ends_from != BEGINNING or self.starts_from != BEGINNING

    def counts_in(self, period: Period) -> bool:
        """Whether it counts in a period."""
        return period.holds(self.home) and self.ends_from <= period.due and self.starts_from <= period.start


class Marked(NamedTuple):
    """The units that may change sums otherwise than by what they are when they are over.

    ``missed`` are odd only where what makes up for them counts too; some may be so of themselves as well.
    """

    of_themselves: Sequence[Unit] = ()
    missed: Sequence[Unit] = ()

    @property
    def units(self) -> Sequence[Unit]:
        """Both, each once."""
        seen = {unit.id for unit in self.of_themselves}
        return [*self.of_themselves, *(unit for unit in self.missed if unit.id not in seen)]


def marked(listed: UnitColumns, now: datetime) -> Marked:
    """The units that may be odd. What is merely open, and does not age, is not: its sums tell so."""
    ahead = bisect_right(listed.over, now)
    found = [
        unit
        for unit in listed.units[:ahead]
        if (unit.open and unit.open_since) or unit.makes_up or unit.deferred_until or unit.ruled_at
    ]
    found += listed.units[ahead:]
    missed = {unit.makes_up for unit in found if unit.makes_up}
    return Marked(found, [unit for unit in listed.units if unit.id in missed] if missed else ())


def is_apart(unit: Unit, now: datetime) -> bool:
    """Whether a unit does not count when it was over, but by steps of its own."""
    return bool(unit.makes_up) or unit.deferred_until is not None or unit.over_at > now


class OddOnes:
    """The odd ones among marked units: ``apart`` are those that do not count when they were over, but by steps.

    What is open counts when it was over, and takes a step once it has aged.
    """

    def __init__(self, units: Sequence[Unit], settling: Settling, now: datetime) -> None:
        self._settling = settling
        self._now = now
        self._chains = _chains(units)
        self._made: dict[str, list[Unit]] = {}
        for unit in units:
            for missed in self._chains.get(unit.id, ()) if unit.over_at <= now else ():
                self._made.setdefault(missed.id, []).append(unit)
        made_up = {each.id for chain in self._chains.values() for each in chain}
        self.apart = [unit for unit in units if unit.id in made_up or is_apart(unit, now)]
        gone = {unit.id for unit in self.apart}
        self._open = [unit for unit in units if (unit.open or unit.ruled_at) and unit.id not in gone]

    def steps(self, passes: Container[str]) -> list[Step]:
        """The steps they take, by home and instant. What is not over yet counts in no sum.

        ``passes`` are the courses of which the best pass counts: of its days nothing but what is open takes steps.
        """
        found = [step for unit in self.apart if unit.over_at <= self._now for step in self._steps(unit)]
        for unit in self._open:
            found += self._hidden(unit) if is_day_of(unit, passes) else self._aged(unit)
        return sorted(found, key=_place)

    def _steps(self, unit: Unit) -> Iterable[Step]:
        """What a unit that counts by steps comes to.

        A make-up counts as a class of its own only if the periods of what it makes up for are over without it.
        """
        starts_from = BEGINNING
        for missed in self._chains.get(unit.id, ()):
            if missed.deferred_until is not None and unit.over_at <= missed.deferred_until:
                return ()
            starts_from = max(starts_from, missed.over_at)
        return self._worth(unit).steps(starts_from)

    def _aged(self, unit: Unit) -> Iterable[Step]:
        """How a unit that counted as it is when it was over changes afterwards."""
        missing, hidden = unit.required - unit.counted, unit.open
        for stage in self._stages(unit):
            if stage.missing != missing or stage.open != hidden:
                change = Tally(required=stage.missing - missing, open=stage.open - hidden)
                yield Step(unit.over_at, stage.at, change)
                missing, hidden = stage.missing, stage.open

    def _hidden(self, unit: Unit) -> Iterable[Step]:
        """The open time of a day of a pass, which ages like any other; what is required of it the passes tell."""
        hidden = unit.open
        for stage in self._stages(unit):
            if stage.open != hidden:
                yield Step(unit.over_at, stage.at, Tally(open=stage.open - hidden))
                hidden = stage.open

    def _worth(self, unit: Unit) -> "_Worth":
        made = sorted(self._made.get(unit.id, ()), key=lambda each: (each.over_at, each.id))
        return _Worth(unit, self._stages(unit), [(each, self._stages(each)) for each in made])

    def _stages(self, unit: Unit) -> Sequence[Stage]:
        return stages(unit, self._settling)


@dataclass(frozen=True, slots=True)
class _Worth:
    """What a unit comes to over time, with what makes up for it: of all the best counts, once, in its own period.

    Without a deferral what makes up for it does so until the period's end, with one until the new due. Before that
    nothing more is required; missed then, it is absent again.
    """

    unit: Unit
    stages: Sequence[Stage]
    made: Sequence[tuple[Unit, Sequence[Stage]]]

    def steps(self, starts_from: datetime = BEGINNING) -> Iterator[Step]:
        """The changes of what it comes to; each of what makes up for it adds its own, from its own due on."""
        instants = self._instants()
        before = [NOTHING] * len(instants)
        for many in range(len(self.made) + 1):
            values = [self._at(instant, self.made[:many]) for instant in instants]
            was = NOTHING
            for instant, value, other in zip(instants, values, before, strict=True):
                more = minus(value, other)
                if more != was:
                    yield Step(self.unit.over_at, instant, minus(more, was), self._ends_from(many), starts_from)
                was = more
            before = values

    def _instants(self) -> Sequence[datetime]:
        deferred = [self.unit.deferred_until] if self.unit.deferred_until else []
        made = (stage.at for _unit, stages in self.made for stage in stages)
        return sorted({max(at, self.unit.over_at) for at in (*deferred, *made, *(each.at for each in self.stages))})

    def _ends_from(self, many: int) -> datetime:
        if not many:
            return BEGINNING
        last = self.made[many - 1][0].over_at
        return BEGINNING if last <= (self.unit.deferred_until or self.unit.over_at) else last

    def _at(self, instant: datetime, made: Sequence[tuple[Unit, Sequence[Stage]]]) -> Tally:
        unit, stage = self.unit, _stage_at(self.stages, instant)
        known = [(each.credited, _stage_at(stages, instant).open) for each, stages in made if each.over_at <= instant]
        credited = max((each for each, _open in known), default=0)
        credited = max(credited, unit.credited)
        at_best = max((each + hidden for each, hidden in known), default=0)
        at_best = max(at_best, unit.credited + stage.open, credited)
        counted = min(credited, unit.required)
        missing = 0 if unit.deferred_until is not None and instant < unit.deferred_until else stage.missing
        required = max(counted, unit.counted + missing)
        return Tally(credited, counted, required, at_best - credited)


def _stage_at(stages: Sequence[Stage], instant: datetime) -> Stage:
    return [stages[0], *(each for each in stages if each.at <= instant)][-1]


def _chains(units: Sequence[Unit]) -> dict[str, Sequence[Unit]]:
    """What each make-up makes up for: a class that was missed, and what that one was to make up for in turn."""
    asking = [unit for unit in units if unit.makes_up]
    known = {unit.id: unit for unit in units} if asking else {}
    return {unit.id: _chain(unit, known) for unit in asking}


def _chain(unit: Unit, known: Mapping[str, Unit]) -> Sequence[Unit]:
    found: list[Unit] = []
    missed = known.get(unit.makes_up)
    while missed is not None and missed is not unit and missed not in found:
        found.append(missed)
        missed = known.get(missed.makes_up)
    return found


class Running(NamedTuple):
    """What steps have come to so far, until when the latest of them waits, how many count in some periods only."""

    sum: Tally
    at: datetime
    bound: int


def running(steps: Sequence[Step]) -> list[Running]:
    """What steps come to, before the first and after each."""
    found = [Running(NOTHING, BEGINNING, 0)]
    for step in steps:
        so_far = found[-1]
        bound = so_far.bound + step.is_bound
        found.append(Running(plus(so_far.sum, step.change), max(so_far.at, step.at), bound))
    return found


def _place(step: Step) -> tuple[datetime, datetime]:
    return step.home, step.at


def _all_of(unit: Unit) -> Tally:
    return Tally(unit.credited, unit.counted, unit.required, unit.open)
