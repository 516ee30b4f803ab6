"""What becomes of an own credential in a cycle and at its end: it lapses early, is renewed, waits, or lapses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.credentials.demanded import CycleDemands, DemandOver
from hub.rules.credentials.ledger import Entry
from hub.rules.demands.hours import HoursOver
from hub.rules.values import Event, EventKind, Figures, Kept

HR_MAY_TAKE = "30 days"
"""How long a renewal that is met waits for HR's act, the credential still held."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle comes to: it is running, renewed, waiting (held until then), or lapsed at an instant."""

    kind: Literal["running", "renewed", "waiting", "lapsed"]
    at: datetime
    events: tuple[Event, ...] = ()
    kept: tuple[Kept, ...] = ()
    looks: tuple[datetime, ...] = ()


class Renewal:
    """Judges the demands of one cycle of a credential by now."""

    def __init__(self, credential: str, demands: CycleDemands, grace: str, zone: ZoneInfo, now: datetime) -> None:
        self._credential = credential
        self._demands = demands
        self._grace = grace
        self._zone = zone
        self._now = now

    def early(self) -> Outcome:
        """The first lapse within the cycle, by a checkpoint or a demand that lapses at once; else it is running."""
        found = [self._checked(each, entry) for each in self._closing() for entry in each.entries if entry.judges]
        events = tuple(event for each in found for event in each.events)
        kept = tuple(kept for each in found for kept in each.kept)
        looks = tuple(look for each in found for look in each.looks)
        lapsed = min((each.at for each in found if each.kind == "lapsed"), default=None)
        if lapsed is None:
            return Outcome("running", self._demands.cycle.end, events, kept, looks)
        return Outcome("lapsed", lapsed, tuple(event for event in events if event.at <= lapsed))

    def at_end(self) -> Outcome:
        """What the end comes to; every demand must be met or paid by its due."""
        end = self._demands.cycle.end
        found = [self._due(each) for each in self._demands.binding]
        lapsed = min((each.at for each in found if each.kind == "lapsed"), default=None)
        if lapsed is not None:
            return Outcome("lapsed", lapsed)
        waiting = [each for each in found if each.kind == "waiting"]
        if not waiting:
            return Outcome("renewed", end)
        kept = tuple(kept for each in waiting for kept in each.kept)
        events = tuple(event for each in waiting for event in each.events)
        return Outcome("waiting", min(each.at for each in waiting), events, kept, tuple(each.at for each in waiting))

    def noted(self) -> Iterator[Event]:
        """Shortfalls that close nothing by themselves: debts, and notes, each at its due."""
        for each in self._demands.demands:
            kind: EventKind = "note" if each.demand.on_shortfall == "note" else "debt"
            if each.demand.on_shortfall not in ("no_renewal", "note"):
                continue
            for entry in each.entries:
                closed = entry.judges and entry.period.end <= self._now
                at_the_end = kind == "debt" and entry.period.end == self._demands.cycle.end
                if closed and not at_the_end and self._short(entry):
                    yield Event(entry.period.due, kind, self._credential, None, _figures(each, entry))

    def _short(self, entry: Entry) -> bool:
        due, sums = entry.period.due, entry.amounts
        return sums.done(due, False) - entry.used < sums.wanted() or sums.rate_short(due, False)

    def _closing(self) -> Sequence[DemandOver]:
        return [each for each in self._demands.binding if each.demand.on_shortfall in ("checkpoint", "lapse_now")]

    def _checked(self, each: DemandOver, entry: Entry) -> Outcome:
        """One period of a demand that may close before the end."""
        due, end = entry.period.due, self._demands.cycle.end
        if due > self._now:
            return Outcome("running", due, looks=(due,))
        if due >= end and each.demand.on_shortfall == "lapse_now":
            return Outcome("running", due)  # the end itself judges it
        failed, kept = self._failed(each, due)
        if failed is None:
            return Outcome("running", due, (), kept, tuple(each.until for each in kept))
        if each.demand.cure is None:
            return Outcome("lapsed", failed, (self._event("checkpoint_failed", failed),))
        return self._cured(each, failed, add(failed, each.demand.cure, self._zone))

    def _failed(self, each: DemandOver, due: datetime) -> tuple[datetime | None, tuple[Kept, ...]]:
        """From when it is not met for certain, or what keeps it while it cannot be told."""
        state = each.state(due)
        if state == "met":
            return None, ()
        grace = add(due, self._grace, self._zone)
        later = each.state(min(self._now, grace)) if state == "unknown" else state
        if later == "met":
            return None, ()
        if later == "unknown" and self._now < grace:
            return None, (Kept("unknown_grace", self._credential, grace),)
        return (grace if later == "unknown" else due), ()

    def _cured(self, each: DemandOver, failed: datetime, until: datetime) -> Outcome:
        events = (self._event("checkpoint_failed", failed), self._event("cure_opened", failed, until))
        state = each.state(min(self._now, until))
        if state == "met":
            return Outcome("running", failed, (*events, self._event("cured", min(self._now, until))))
        if self._now < until:
            return Outcome("running", failed, events, looks=(until,))
        return Outcome("lapsed", until, (*events, self._event("cure_missed", until)))

    def _due(self, each: DemandOver) -> Outcome:
        """One demand at its due: the end, or later by a deferral or by the cure of a checkpoint.

        What is put off is required again at the due: only what suffices then, too, renews before it.
        """
        end, due = self._demands.cycle.end, self._last_due(each)
        put_off = each.due > end
        if not put_off and each.state(min(self._now, end)) == "met" and self._now >= end:
            return Outcome("renewed", end)
        if each.state(due if put_off else min(self._now, due)) == "met":
            return Outcome("renewed", end)
        if self._now < due:
            by = "deferral" if put_off else "cure"
            return Outcome("waiting", due, (self._event("deferred", end, due),), (Kept(by, each.name, due),), (due,))
        failed, kept = self._failed(each, due)
        if failed is not None:
            return Outcome("lapsed", failed)
        return Outcome("waiting", kept[0].until, (), kept, (kept[0].until,)) if kept else Outcome("renewed", end)

    def _last_due(self, each: DemandOver) -> datetime:
        end = self._demands.cycle.end
        judged = [entry for entry in each.entries if entry.judges]
        if each.demand.cure is not None and judged and judged[-1].period.end == end:
            return max(each.due, add(end, each.demand.cure, self._zone))
        return each.due

    def _event(self, kind: EventKind, at: datetime, until: datetime | None = None) -> Event:
        return Event(at, kind, self._credential, until)


def _figures(each: DemandOver, entry: Entry) -> Figures:
    over = entry.over
    figures = over.figures(over.tally(entry.period.due)) if isinstance(over, HoursOver) else ()
    return (("requirement", each.name), *figures)
