"""How units change sums over time that do not simply count when they were over: open, deferred, made up."""

from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.demands.passes import is_day_of
from hub.rules.demands.tally import NOTHING, Tally, plus
from hub.rules.demands.unit_columns import UnitColumns
from hub.rules.timeline import BEGINNING
from hub.rules.unit import Unit
from hub.rules.values import Period


@dataclass(frozen=True, slots=True)
class Settling:
    """What becomes of open time that nobody decides: after so long the rest is required of nobody, or absent."""

    after: str
    manner: Literal["excused", "absent"]
    zone: ZoneInfo


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

    ``missed`` are odd only where what makes up for them counts too.
    """

    of_themselves: Sequence[Unit] = ()
    missed: Sequence[Unit] = ()

    @property
    def units(self) -> Sequence[Unit]:
        """Both."""
        return [*self.of_themselves, *self.missed]


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
    if not missed:
        return Marked(found)
    seen = {unit.id for unit in found}
    return Marked(found, [unit for unit in listed.units if unit.id in missed and unit.id not in seen])


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
        self._made: dict[str, list[Unit]] = {}
        for unit in units:
            if unit.makes_up:
                self._made.setdefault(unit.makes_up, []).append(unit)
        self._missed = {unit.id: unit for unit in units if unit.id in self._made}
        self.apart = [unit for unit in units if self._is_apart(unit)]
        gone = {unit.id for unit in self.apart}
        self._open = [unit for unit in units if (unit.open or unit.ruled_at) and unit.id not in gone]

    def steps(self, passes: Container[str]) -> list[Step]:
        """The steps they take, by home and instant. What is not over yet counts in no sum.

        ``passes`` are the courses of which the best pass counts: of its days nothing but what is open takes steps.
        """
        found = [step for unit in self.apart if unit.over_at <= self._now for step in self._steps(unit)]
        for unit in self._open:
            found += self._hidden(unit) if is_day_of(unit, passes) else (*self._aged(unit), *self._ruled(unit))
        return sorted(found, key=_place)

    def _is_apart(self, unit: Unit) -> bool:
        return unit.id in self._missed or is_apart(unit, self._now)

    def _steps(self, unit: Unit) -> Iterable[Step]:
        made = [each for each in self._made.get(unit.id, ()) if each.over_at <= self._now]
        if unit.makes_up:
            return self._own(unit)
        if made:
            return _made_up(unit, max(made, key=_most))
        return _deferred(unit) if unit.deferred_until is not None else self._as_it_is(unit)

    def _as_it_is(self, unit: Unit) -> Iterable[Step]:
        """A unit that is missed, its make-up not over yet: it counts as it is."""
        yield Step(unit.over_at, unit.over_at, _all_of(unit))
        yield from self._aged(unit)

    def _aged(self, unit: Unit) -> Iterable[Step]:
        """Time that cannot be told is open until somebody decides, or until it has aged."""
        if unit.open and unit.open_since is not None:
            settled = self._settled_at(unit.open_since)
            missing = unit.required - unit.counted if self._settling.manner == "excused" else 0
            yield Step(unit.over_at, settled, Tally(0, 0, -missing, -unit.open))

    def _hidden(self, unit: Unit) -> Iterable[Step]:
        """The open time of a day of a pass, which ages like any other."""
        if unit.open and unit.open_since is not None:
            yield Step(unit.over_at, self._settled_at(unit.open_since), Tally(open=-unit.open))

    def _settled_at(self, open_since: datetime) -> datetime:
        return add(open_since, self._settling.after, self._settling.zone)

    def _ruled(self, unit: Unit) -> Iterable[Step]:
        """Time that had aged and of which somebody decides afterwards that it does not count: required from then on.

        Until then it stood as it was judged: open, then required of nobody.
        """
        if unit.ruled_at is None or unit.open_since is None or self._settling.manner == "absent":
            return
        settled = self._settled_at(unit.open_since)
        missing = unit.required - unit.counted
        if unit.ruled_at > settled and missing:
            yield Step(unit.over_at, unit.over_at, Tally(open=missing))
            yield Step(unit.over_at, settled, Tally(required=-missing, open=-missing))
            yield Step(unit.over_at, unit.ruled_at, Tally(required=missing))

    def _own(self, unit: Unit) -> Iterable[Step]:
        """A make-up counts as a class of its own only if the period of the missed one is over without it."""
        missed = self._missed.get(unit.makes_up)
        if missed is None:
            yield Step(unit.over_at, unit.over_at, _all_of(unit))
        elif missed.deferred_until is None or unit.over_at > missed.deferred_until:
            yield Step(unit.over_at, unit.over_at, _all_of(unit), starts_from=missed.over_at)


def _deferred(unit: Unit) -> Iterable[Step]:
    """Nothing more is required before the new due; missed then, it is absent again."""
    assert unit.deferred_until is not None
    yield Step(unit.over_at, unit.over_at, Tally(unit.credited, unit.counted, unit.counted))
    yield Step(unit.over_at, unit.deferred_until, Tally(required=unit.required - unit.counted))


def _made_up(unit: Unit, best: Unit) -> Iterable[Step]:
    """A unit that another one makes up for: the better one counts, once, in the period of the missed one.

    Without a deferral it does so until the period's end, with one until the new due.
    """
    until = unit.deferred_until
    in_time = until is not None and best.over_at <= until
    later = unit.required - unit.counted if until is not None else 0
    yield Step(unit.over_at, unit.over_at, Tally(unit.credited, unit.counted, unit.required - later, unit.open))
    better = Tally(
        max(best.credited - unit.credited, 0),
        max(min(best.credited, unit.required) - unit.counted, 0),
        later if in_time else 0,
        max(best.credited + best.open, unit.credited + unit.open) - max(best.credited, unit.credited) - unit.open,
    )
    ends_from = BEGINNING if in_time else best.over_at
    yield Step(unit.over_at, max(unit.over_at, best.over_at), better, ends_from=ends_from)
    if until is not None and not in_time:
        yield Step(unit.over_at, until, Tally(required=later))


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


def _most(unit: Unit) -> tuple[int, str]:
    return unit.credited, unit.id


def _all_of(unit: Unit) -> Tally:
    return Tally(unit.credited, unit.counted, unit.required, unit.open)
