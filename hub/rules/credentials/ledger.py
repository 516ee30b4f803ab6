"""Debts of one demand over the periods of a cycle: what fell short, and what has paid for it since.

An hour pays once. Hours beyond a later period's own demand pay the earliest debt; in the period that runs on into the
next cycle all hours do. Where debts come first (a checkpoint, a ladder), what is done since pays them before the
running period's own demand. A rate debt is paid by make-ups, or by the rate over the whole stretch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from hub.rules.demands.clause import Judged as JudgedOver
from hub.rules.demands.hours import HoursOver
from hub.rules.demands.proofs import ProvenOver
from hub.rules.values import Period, State


class Amounts(Protocol):
    """What was done of what is wanted in a period, as one whole number."""

    def done(self, instant: datetime, best: bool) -> int:
        """What was done by an instant; ``best`` counts what cannot be told."""

    def wanted(self) -> int:
        """What is demanded."""

    def rate_short(self, instant: datetime, best: bool, made_until: datetime | None = None) -> bool:
        """Whether its rate is too low."""


class Entry(NamedTuple):
    """One period of a ledger. ``judges`` is false for the running one, which demands nothing here."""

    period: Period
    over: JudgedOver
    amounts: Amounts
    judges: bool = True
    used: int = 0
    """What an earlier cycle's debts have taken of it."""
    due: datetime | None = None
    """When it is judged, if that is later than its end: an approved deferral."""

    @property
    def judged_at(self) -> datetime:
        """When it is judged."""
        return self.due or self.period.due


@dataclass(slots=True)
class Debts:
    """What is owed at an instant: amounts by entry, and the entries whose rate was too low."""

    owed: list[tuple[Entry, int]] = field(default_factory=list)
    rates: list[Entry] = field(default_factory=list)
    used: int = 0
    """What the running period has paid."""

    @property
    def outstanding(self) -> int:
        """All that is owed."""
        return sum(amount for _entry, amount in self.owed)

    @property
    def clear(self) -> bool:
        """Whether nothing is owed."""
        return not self.owed and not self.rates

    def pay(self, amount: int, *, closed: bool) -> int:
        """Pay the earliest debts; what was needed of the amount. One that is not closed is the running period."""
        left = amount
        while self.owed and left > 0:
            entry, owed = self.owed[0]
            paid = min(owed, left)
            left -= paid
            self.owed[0] = (entry, owed - paid)
            if owed == paid:
                self.owed.pop(0)
        self.used = 0 if closed else amount - left
        return amount - left


class Ledger:
    """The debts of one demand in one cycle, at any instant."""

    def __init__(self, entries: Sequence[Entry], whole: Callable[[datetime], Amounts], *, debts_first: bool) -> None:
        """``whole`` gives the stretch from the cycle's start to an instant, by whose rate a rate debt is paid."""
        self.entries = entries
        self._whole = whole
        self._first = debts_first
        self._known: dict[tuple[datetime, bool], Debts] = {}

    def debts(self, instant: datetime, *, best: bool = False) -> Debts:
        """What is owed at an instant, by what was over; ``best`` counts what cannot be told as done."""
        asked = instant, best
        if asked not in self._known:
            self._known[asked] = self._worked_out(instant, best)
        return self._known[asked]

    def _worked_out(self, instant: datetime, best: bool) -> Debts:
        found = Debts()
        for entry in self.entries:
            if entry.period.start >= instant:
                break
            self._enter(found, entry, instant, best)
        if found.rates:
            self._pay_rates(found, instant, best)
        return found

    def state(self, instant: datetime) -> State:
        """Whether all debts are paid, none even at best, or it cannot be told."""
        if self.debts(instant).clear:
            return "met"
        return "unknown" if self.debts(instant, best=True).clear else "not_met"

    def _enter(self, found: Debts, entry: Entry, instant: datetime, best: bool) -> None:
        by = min(instant, entry.judged_at)
        done = entry.amounts.done(by, best) - entry.used
        closed = entry.judges and entry.period.end <= instant
        wanted = entry.amounts.wanted() if entry.judges else 0
        paid = found.pay(max(done - (0 if self._first else wanted), 0), closed=closed)
        if closed and done - paid < wanted:
            found.owed.append((entry, wanted - (done - paid)))
        if closed and entry.amounts.rate_short(by, best):
            found.rates.append(entry)

    def _pay_rates(self, found: Debts, instant: datetime, best: bool) -> None:
        if not self._whole(instant).rate_short(instant, best):
            found.rates.clear()
        found.rates[:] = [each for each in found.rates if each.amounts.rate_short(instant, best, made_until=instant)]


@dataclass(frozen=True, slots=True)
class CountAmounts:
    """How many proofs of a requirement there are."""

    over: ProvenOver

    def done(self, instant: datetime, best: bool) -> int:
        """How many there are by an instant."""
        return self.over.done(instant, best)

    def wanted(self) -> int:
        """How many are demanded."""
        return self.over.enough

    def rate_short(self, instant: datetime, best: bool, made_until: datetime | None = None) -> bool:
        """A number has no rate."""
        del instant, best, made_until
        return False


@dataclass(frozen=True, slots=True)
class AllOrNothing:
    """A requirement without an amount: done or not."""

    over: JudgedOver

    def done(self, instant: datetime, best: bool) -> int:
        """One, if it is met."""
        state = self.over.states.at(instant)
        return int(state == "met" or (best and state == "unknown"))

    def wanted(self) -> int:
        """One."""
        return 1

    def rate_short(self, instant: datetime, best: bool, made_until: datetime | None = None) -> bool:
        """It has no rate."""
        del instant, best, made_until
        return False


def amounts(over: JudgedOver) -> Amounts:
    """What was done and is wanted, of whatever requirement."""
    if isinstance(over, HoursOver):
        return over
    return CountAmounts(over) if isinstance(over, ProvenOver) else AllOrNothing(over)
