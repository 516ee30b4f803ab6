"""How each credential of a position stands for one person: by an authority's words, or granted and renewed by us."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from hub.rules.dossier import Fact, Finding, Ids, RequirementState, ids
from hub.rules.lives import Life, holding, missing, resting_on
from hub.rules.statements import by_number, closing, dated, held_numbers, held_runs, lifted
from hub.rules.windows import END, Runs, Span, add
from schemas.credential import CredentialStatus
from schemas.position import OwnCredential, Position

Judge = Callable[[str, datetime, Span | None], Finding]
"""How a requirement stood at an instant; with a cycle, evidence counts over that and no longer."""

WhenAll = Callable[[Iterable[str], Span | None], Runs]
"""When all of some requirements were met at once."""

Grounds = Callable[[str, datetime, Span | None], Ids]
"""The facts by which a requirement was judged at an instant, over a cycle if there is one."""

_Basis = tuple[Callable[[], Ids], ...]
"""The facts that granted a credential and those of each renewal; spelt out only for what stands in the end."""


class CredentialLives:
    """Lives of the credentials that were asked for; each is told once. Requirements are judged by ``judge``."""

    def __init__(
        self,
        position: Position,
        statements: Sequence[Fact[CredentialStatus]],
        now: datetime,
        zone: ZoneInfo,
        *,
        judge: Judge,
        when_all: WhenAll,
        grounds: Grounds,
    ) -> None:
        self._position = position
        self._statements = statements
        self._now = now
        self._zone = zone
        self._judge = judge
        self._when_all = when_all
        self._grounds = grounds
        self.known: dict[str, Life] = {}
        """Those that were asked for, by name."""

    def life(self, name: str) -> Life:
        """How a credential stands now, one of the employer's own or an authority's."""
        found = self.known.get(name)
        if found is None:
            facts = [each for each in self._statements if each.record.credential == name]
            found = self.known[name] = resting_on(self._life(name, [each.record for each in facts]), facts)
        return found

    def warned_at(self, end: datetime) -> datetime:
        """From when the holder of a credential that ends then is warned."""
        return add(end, self._position.warning.before, self._zone, -1)

    def _life(self, name: str, statements: Sequence[CredentialStatus]) -> Life:
        own = self._position.credential.get(name)
        return self._issued(name, statements) if own is None else self._own(name, own, statements)

    def _issued(self, name: str, said: Sequence[CredentialStatus]) -> Life:
        """A credential by an authority's word: any of its numbers that holds is enough."""
        numbers = by_number(said)
        runs = held_runs(numbers.values(), self._now)
        # Every start and end that lies ahead; a number that takes over is known before its day.
        looks = tuple(at for run in runs for at in (run.start, run.end) if self._now < at < END)
        held = next((run for run in runs if run.holds(self._now)), None)
        if held is not None:
            looks, holds = (*looks, *self._ending(held)), held_numbers(numbers, self._now)
            return holding(name, held, held.start, own=False, runs=runs, looks=looks, numbers=holds)
        if not numbers:
            return missing(name, "credential_missing", None, own=False, state="unknown" if said else "not_met")
        return self._ended(name, [each[-1] for each in numbers.values()], runs, looks, own=False)

    def _ended(
        self, name: str, last: Sequence[CredentialStatus], runs: Runs, looks: tuple[datetime, ...], *, own: bool
    ) -> Life:
        begun = [s for s in last if s.status != "active" or s.valid_from is None or s.valid_from <= self._now]
        if not begun:
            return missing(name, "credential_missing", None, own=own, looks=looks)
        said = max(begun, key=lambda s: (s.changed_at, s.sequence, s.number))
        explicit = closing(said)
        reason = f"credential_{said.status}" if explicit else "credential_expired"
        ended = said.valid_until if said.status == "active" else said.changed_at
        return missing(name, reason, ended, own=own, until=said.valid_until, explicit=explicit, runs=runs, looks=looks)

    def _own(self, name: str, rule: OwnCredential, said: Sequence[CredentialStatus]) -> Life:
        """A credential that we give: granted by requirements (or opened with dates), renewed cycle by cycle."""
        numbers = by_number(said)
        closed = [each[-1] for each in numbers.values() if closing(each[-1])]
        until = max((s.changed_at for s in closed), default=None)
        active = [each for each in numbers.values() if each[-1].status == "active"]
        valid = [each for each in active if until is None or each[-1].changed_at > until]
        if closed and not valid:
            return self._ended(name, closed, (), (), own=True)
        begun = [span for each in valid if (span := self._opening(each, rule)) is not None]
        ahead = tuple(span.start for span in begun if span.start > self._now)
        opened = max((s for s in begun if s.start <= self._now), key=lambda s: (s.start, s.end), default=None)
        if opened is not None:
            life = self._cycles(name, rule, opened.start, opened.end, ())
        else:
            life = self._granted_life(name, rule)
        return replace(life, looks=(*life.looks, *ahead))

    def _opening(self, statements: Sequence[CredentialStatus], rule: OwnCredential) -> Span | None:
        """The period an active statement opens. One that only lifts a suspension opens none: no end date moves."""
        said = dated(statements) or (None if lifted(statements) else statements[-1])
        if said is None:
            return None
        start = said.valid_from or said.changed_at
        return Span(start, said.valid_until or add(start, rule.valid_for, self._zone))

    def _granted_life(self, name: str, rule: OwnCredential) -> Life:
        """Issued at the instant all that grants it was met for the first time; what comes later takes nothing back."""
        start = next((run.start for run in self._when_all(rule.granted_by, None) if run.start <= self._now), None)
        if start is not None:
            granted = partial(self._counted, rule.granted_by, start, None)
            return self._cycles(name, rule, start, add(start, rule.valid_for, self._zone), (granted,))
        parts = tuple(self._judge(each, self._now, None) for each in rule.granted_by)
        state: RequirementState = "not_met" if any(each.state == "not_met" for each in parts) else "unknown"
        evidence = self._counted(rule.granted_by, self._now, None)
        return missing(name, "credential_missing", None, own=True, state=state, parts=parts, evidence=evidence)

    def _counted(self, names: Iterable[str], at: datetime, cycle: Span | None) -> Ids:
        return ids(fact for each in names for fact in self._grounds(each, at, cycle))

    def _cycles(self, name: str, rule: OwnCredential, start: datetime, end: datetime, basis: _Basis) -> Life:
        names = rule.renewed_by or rule.granted_by
        since, runs = start, []
        while True:  # every turn ends later than the one before, as a length is never nothing
            cycle = Span(start, end)
            parts = tuple(self._judge(each, min(self._now, end), cycle) for each in names)
            if self._now < end:
                runs.append(Span(since, end))
                looks = self._ending(cycle)
                return holding(
                    name, cycle, since, own=True, parts=parts, looks=looks, runs=tuple(runs), basis=_spelt(basis)
                )
            if all(each.state == "met" for each in parts):
                basis = (*basis, partial(self._counted, names, end, cycle))
                start, end = end, add(end, rule.valid_for, self._zone)
                continue
            hidden = all(each.state != "not_met" for each in parts)
            grace = add(end, self._position.unknown_grace, self._zone)
            if hidden and self._now < grace:
                runs.append(Span(since, grace))
                looks = (*self._ending(cycle), grace)
                return holding(
                    name, cycle, since, own=True, parts=parts, looks=looks, runs=tuple(runs), basis=_spelt(basis)
                )
            lapsed = grace if hidden else end
            runs.append(Span(since, lapsed))
            again = self._reinstated(names, start, lapsed)
            if again is None:
                return self._lapsed(name, names, Span(start, END), lapsed, tuple(runs), basis)
            basis = (*basis, partial(self._counted, names, again, Span(start, END)))
            start = since = again
            end = add(start, rule.valid_for, self._zone)

    def _reinstated(self, names: Sequence[str], start: datetime, lapsed: datetime) -> datetime | None:
        """The first instant from the lapse on at which all that renews it was met, counted from the cycle's start."""
        runs = self._when_all(names, Span(start, END))
        again = next((max(run.start, lapsed) for run in runs if run.end > lapsed), None)
        return None if again is None or again > self._now else again

    def _lapsed(
        self, name: str, names: Sequence[str], cycle: Span, lapsed: datetime, runs: Runs, basis: _Basis
    ) -> Life:
        return missing(
            name,
            "credential_lapsed",
            lapsed,
            own=True,
            until=lapsed,
            parts=tuple(self._judge(each, self._now, cycle) for each in names),
            runs=runs,
            cycle=cycle,
            evidence=self._counted(names, self._now, cycle),
            basis=_spelt(basis),
        )

    def _ending(self, period: Span) -> tuple[datetime, ...]:
        """When the end of a period, and the warning of it, ask for a look."""
        return () if period.end == END else (period.end, self.warned_at(period.end))


def _spelt(basis: _Basis) -> Ids:
    return ids(fact for each in basis for fact in each())
