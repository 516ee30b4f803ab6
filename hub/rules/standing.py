"""From a dossier to a standing: scope on the ladder, the holds that keep it lower, what to tell, when to look again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hub.rules import clauses
from hub.rules.cures import cure
from hub.rules.dossier import Dossier, Finding, Held, Hold, Standing
from hub.rules.windows import END, Span, add, window
from schemas.credential import CredentialStatus
from schemas.errors import ConfigError
from schemas.notice import Notice
from schemas.people import Assignment
from schemas.position import (
    AnyOfRequirement,
    CourseRequirement,
    CredentialRequirement,
    ExamRequirement,
    HoursRequirement,
    OwnCredential,
    Position,
    Requirement,
)

_LOOK_AGAIN = timedelta(minutes=15)
"""How soon an ``unknown`` is looked at again: a silent source gives no other sign."""
_MAX_CYCLES = 200
_ENDED = frozenset({"credential_expired", "credential_lapsed", "credential_suspended", "credential_revoked"})


def standings(
    dossier: Dossier, positions: Mapping[str, Position], *, now: datetime, zone: ZoneInfo
) -> tuple[Standing, ...]:
    """One standing per position that the person holds, held or will hold, by position."""
    return tuple(
        _assigned(dossier, positions[each.position], each, now, zone)
        for each in sorted(dossier.assignments, key=lambda a: a.position)
        if each.position in positions
    )


def standing(dossier: Dossier, position: Position, *, now: datetime, zone: ZoneInfo) -> Standing:
    """The standing in one position; the person must be assigned to it."""
    each = next(a for a in dossier.assignments if a.position == position.id)
    return _assigned(dossier, position, each, now, zone)


def parse_position(data: Mapping[str, Any], where: str) -> Position:
    """A position from its TOML values.

    Raises:
        ConfigError: Names the file, the key, what was found and what is expected.
    """
    try:
        position = Position.model_validate(data)
    except ValidationError as error:
        found = "; ".join(f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(found) from error
    known = set(position.requirement) | set(position.credential)
    for place, names in _references(position):
        for name in names:
            if name not in known:
                raise ConfigError(
                    f"{where}: {place}: {name!r} is no requirement or credential here; known: {sorted(known)}"
                )
    scopes = [rung.scope for rung in position.ladder]
    if sorted(scopes, key=rank) != scopes or len(set(scopes)) != len(scopes) or "none" in scopes:
        raise ConfigError(f"{where}: ladder: found {scopes}, expected scopes that rise, each once, without none")
    for sink, by_scope in position.targets.items():
        for scope in by_scope:
            if scope not in scopes:
                raise ConfigError(f"{where}: targets.{sink}: scope {scope!r} is no rung of the ladder {scopes}")
    return position


def rank(scope: str) -> int:
    """The place of a scope on the ladder."""
    fixed = {"none": 0, "supervised": 1, "full": 100}
    return fixed[scope] if scope in fixed else 10 + int(scope.removeprefix("partial(").removesuffix(")"))


def _references(position: Position) -> Iterable[tuple[str, Iterable[str]]]:
    for rung in position.ladder:
        yield f"ladder {rung.scope} needs", rung.needs
    for name, credential in position.credential.items():
        yield f"credential.{name}", (*credential.granted_by, *credential.renewed_by)
    for name, requirement in position.requirement.items():
        if isinstance(requirement, AnyOfRequirement):
            yield f"requirement.{name} of", [each for way in requirement.of for each in way]


def _assigned(dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo) -> Standing:
    end = assignment.ends_at or END
    if not assignment.starts_at <= now < end:
        zh, en = cure("not_assigned", (), zone)
        hold = Hold("assignment", position.ladder[0].scope, "not_assigned", (), zh, en)
        look = assignment.starts_at if now < assignment.starts_at else None
        return Standing(position.id, "none", holds=(hold,), next_look=look)
    found = _Judged(dossier, position, assignment, now, zone).standing()
    if assignment.ends_at is None:
        return found
    looks = [look for look in (found.next_look, assignment.ends_at) if look is not None]
    return replace(found, next_look=min(looks, default=None))


@dataclass(frozen=True, slots=True)
class _Life:
    """A credential as it stands: how it is held, since when without interruption, and how its renewal stands."""

    held: Held
    finding: Finding
    renewal: tuple[Finding, ...] = ()
    looks: tuple[datetime, ...] = ()


class _Judged:
    """One person in one position at one instant. Every clause is judged, also those that change nothing."""

    def __init__(
        self, dossier: Dossier, position: Position, assignment: Assignment, now: datetime, zone: ZoneInfo
    ) -> None:
        self._dossier = dossier
        self._position = position
        self._assignment = assignment
        self._now = now
        self._zone = zone
        self._lives: dict[str, _Life] = {}
        self._findings: dict[str, Finding] = {}

    def standing(self) -> Standing:
        """Scope, holds, findings, notices, next look."""
        named = [*self._position.requirement, *self._position.credential]
        findings = [self._of(name) for name in named]
        scope, since, holds = self._ladder()
        notices = (*self._granted(scope, since), *self._warnings(scope), *self._restrictions(scope, holds))
        return Standing(
            position=self._position.id,
            scope=scope,
            holds=tuple(holds),
            findings=tuple(findings),
            credentials=tuple(self._lives[name].held for name in sorted(self._lives)),
            notices=notices,
            next_look=self._next_look(findings),
        )

    # --- requirements ----------------------------------------------------------------------------------------

    def _of(self, name: str) -> Finding:
        found = self._findings.get(name)
        if found is None:
            rule = self._position.requirement.get(name)
            found = self._life(name).finding if rule is None else self._judge(name, rule, self._now, None)
            self._findings[name] = found
        return found

    def _judge(self, name: str, rule: Requirement, at: datetime, cycle: Span | None) -> Finding:
        if isinstance(rule, CredentialRequirement):
            return replace(self._life(rule.credential).finding, requirement=name)
        if isinstance(rule, AnyOfRequirement):
            return self._any_of(name, rule)
        span = window(rule.window, at, self._zone, assigned=self._assignment.starts_at, cycle=cycle)
        judged: Finding
        if isinstance(rule, HoursRequirement):
            judged = clauses.hours(name, rule, self._dossier.attended, self._dossier.leaves, span, at)
        elif isinstance(rule, CourseRequirement):
            judged = clauses.course(name, rule, self._dossier.attended, span, at)
        else:
            assert isinstance(rule, ExamRequirement)
            judged = clauses.exam(name, rule, self._dossier.results, span, at)
        return self._edged(judged, rule.window, span)

    def _edged(self, finding: Finding, kind: str, span: Span) -> Finding:
        """A calendar window changes by itself at its end; a rolling one any day."""
        if kind in ("month", "quarter", "year"):
            edge: datetime | None = span.end
        else:
            edge = self._now + timedelta(days=1) if kind == "rolling_year" else None
        if edge is None:
            return finding
        looks = [look for look in (finding.next_look, edge) if look is not None]
        return replace(finding, next_look=min(looks))

    def _any_of(self, name: str, rule: AnyOfRequirement) -> Finding:
        ways = [[self._of(each) for each in way] for way in rule.of]
        met = [way for way in ways if all(each.state == "met" for each in way)]
        if met:
            since = min(_latest(way) for way in met)
            return Finding(name, "met", since, ())
        unmet = next(each for each in ways[0] if each.state != "met")
        unknown = any(all(each.state != "not_met" for each in way) for way in ways)
        return replace(unmet, requirement=name, state="unknown" if unknown else "not_met", since=None)

    # --- credentials -----------------------------------------------------------------------------------------

    def _life(self, name: str) -> _Life:
        found = self._lives.get(name)
        if found is None:
            own = self._position.credential.get(name)
            said = [s for s in self._dossier.credentials if s.credential == name and s.status != "unknown"]
            found = self._issued(name, said) if own is None else self._own(name, own, said)
            self._lives[name] = found
        return found

    def _issued(self, name: str, said: Sequence[CredentialStatus]) -> _Life:
        """A credential by an authority's word: any of its numbers that holds is enough."""
        last = _last_words(said)
        good = [s for s in last if s.status == "active" and _within(s, self._now)]
        if good:
            best = max(good, key=lambda s: (s.valid_until or END, s.number))
            return self._holding(name, best.valid_from or best.changed_at, best.valid_from, best.valid_until, own=False)
        if not last:
            return self._missing(name, "credential_missing", None, own=False)
        return self._ended(name, max(last, key=lambda s: (s.changed_at, s.sequence, s.number)), own=False)

    def _ended(self, name: str, said: CredentialStatus, *, own: bool) -> _Life:
        if said.status in ("suspended", "revoked"):
            reason = f"credential_{said.status}"
            return self._missing(name, reason, said.changed_at, own=own, until=said.valid_until, explicit=True)
        if said.status == "active" and said.valid_from is not None and self._now < said.valid_from:
            return self._missing(name, "credential_missing", None, own=own, looks=(said.valid_from,))
        ended = said.valid_until if said.status == "active" else said.changed_at
        return self._missing(name, "credential_expired", ended, own=own, until=said.valid_until)

    def _own(self, name: str, rule: OwnCredential, said: Sequence[CredentialStatus]) -> _Life:
        """A credential that we give: granted by requirements (or opened with dates), renewed cycle by cycle."""
        last = _last_words(said)
        withdrawn = [s for s in last if s.status in ("suspended", "revoked")]
        if withdrawn:
            return self._ended(name, max(withdrawn, key=lambda s: (s.changed_at, s.sequence)), own=True)
        opened = [s for s in last if s.status == "active"]
        if opened:
            first = max(opened, key=lambda s: (s.valid_until or END, s.changed_at))
            start = first.valid_from or first.changed_at
            if self._now < start:
                return self._missing(name, "credential_missing", None, own=True, looks=(start,))
            return self._cycles(name, rule, start, first.valid_until or add(start, rule.valid_for, self._zone))
        granted = [self._of(each) for each in rule.granted_by]
        if any(each.state != "met" for each in granted):
            unmet = next(each for each in granted if each.state != "met")
            return self._missing(name, "credential_missing", None, own=True, state=unmet.state, figures=unmet.figures)
        start = _latest(granted)
        return self._cycles(name, rule, start, add(start, rule.valid_for, self._zone))

    def _cycles(self, name: str, rule: OwnCredential, start: datetime, end: datetime) -> _Life:
        since = start
        for _ in range(_MAX_CYCLES):
            renewal = self._renewal(rule, Span(start, end), min(self._now, end))
            if self._now < end:
                return self._holding(name, since, start, end, own=True, renewal=renewal)
            if all(each.state == "met" for each in renewal):
                start, end = end, add(end, rule.valid_for, self._zone)
                continue
            grace = add(end, self._position.unknown_grace, self._zone)
            if all(each.state != "not_met" for each in renewal) and self._now < grace:
                return self._holding(name, since, start, end, own=True, renewal=renewal, looks=(grace,))
            again = self._renewal(rule, Span(start, END), self._now)
            if any(each.state != "met" for each in again):
                figures = next(each for each in again if each.state != "met").figures
                return self._missing(
                    name, "credential_lapsed", end, own=True, until=end, figures=figures, renewal=again
                )
            start = since = max(_latest(again), end)
            end = add(start, rule.valid_for, self._zone)
        raise ValueError(f"credential {name}: more than {_MAX_CYCLES} cycles")

    def _renewal(self, rule: OwnCredential, cycle: Span, at: datetime) -> tuple[Finding, ...]:
        names = rule.renewed_by or rule.granted_by
        requirement = self._position.requirement
        return tuple(self._judge(name, requirement[name], at, cycle) for name in names if name in requirement)

    def _holding(
        self,
        name: str,
        since: datetime,
        start: datetime | None,
        end: datetime | None,
        *,
        own: bool,
        renewal: tuple[Finding, ...] = (),
        looks: tuple[datetime, ...] = (),
    ) -> _Life:
        ahead = [end] if end is not None and end > self._now else []
        if end is not None:
            warn = add(end, self._position.warning.before, self._zone, -1)
            ahead += [warn] if warn > self._now else []
        figures = () if end is None else (("valid_until", end.isoformat()),)
        running = [f.next_look for f in renewal if f.next_look is not None]
        return _Life(
            held=Held(name, "active", start, end, own),
            finding=Finding(name, "met", since, figures),
            renewal=renewal,
            looks=(*ahead, *looks, *running),
        )

    def _missing(
        self,
        name: str,
        reason: str,
        ended: datetime | None,
        *,
        own: bool,
        until: datetime | None = None,
        explicit: bool = False,
        state: str = "not_met",
        figures: tuple[tuple[str, str], ...] = (),
        renewal: tuple[Finding, ...] = (),
        looks: tuple[datetime, ...] = (),
    ) -> _Life:
        status = {"credential_missing": "unknown"}.get(reason, reason.removeprefix("credential_"))
        dated = () if ended is None else (("ended", ended.isoformat()),)
        running = [f.next_look for f in renewal if f.next_look is not None]
        return _Life(
            held=Held(name, status, None, until, own, explicit),  # type: ignore[arg-type]
            finding=Finding(name, state, None, (*dated, *figures), reason),  # type: ignore[arg-type]
            renewal=renewal,
            looks=(*looks, *running),
        )

    # --- the ladder ------------------------------------------------------------------------------------------

    def _ladder(self) -> tuple[str, datetime | None, list[Hold]]:
        scope: str = "none"
        since: datetime | None = None
        holds: list[Hold] = []
        open_so_far = True
        for rung in self._position.ladder:
            needs = [self._of(name) for name in rung.needs]
            unmet = [each for each in needs if each.state != "met"]
            holds += [
                self._hold(each, rung.scope) for each in unmet if each.requirement not in {h.cause for h in holds}
            ]
            open_so_far = open_so_far and not unmet
            if open_so_far:
                scope, since = rung.scope, max(_latest(needs), self._assignment.starts_at)
        return scope, since, holds

    def _hold(self, finding: Finding, below: str) -> Hold:
        reason = "evidence_unknown" if finding.state == "unknown" else finding.reason
        zh, en = cure(reason, self._shown(finding), self._zone)
        explicit = reason in ("credential_suspended", "credential_revoked")
        return Hold(finding.requirement, below, reason, finding.figures, zh, en, explicit)

    def _shown(self, finding: Finding) -> tuple[tuple[str, str], ...]:
        """The figures of a hold, with the names that people know."""
        rule = self._position.requirement.get(finding.requirement) or self._position.credential.get(finding.requirement)
        named = () if rule is None else (("name_zh", rule.name.zh), ("name_en", rule.name.en))
        return (*named, *finding.figures)

    # --- notices ---------------------------------------------------------------------------------------------

    def _granted(self, scope: str, since: datetime | None) -> Iterable[Notice]:
        if scope != "none" and since is not None:
            yield self._notice("granted", scope, since.isoformat(), since, (("scope", scope),))

    def _warnings(self, scope: str) -> Iterable[Notice]:
        for name in self._credentials_of(scope):
            life = self._life(name)
            end = life.held.valid_until
            if life.held.status != "active" or end is None:
                continue
            warn = add(end, self._position.warning.before, self._zone, -1)
            if not warn <= self._now < end:
                continue
            yield self._warning(name, life, end, warn)

    def _warning(self, name: str, life: _Life, end: datetime, warn: datetime) -> Notice:
        unmet = [each for each in life.renewal if each.state != "met"]
        figures: list[tuple[str, str]] = [("credential", self._title(name)), ("valid_until", end.isoformat())]
        for each in life.renewal:
            figures += each.figures
        if life.held.own and not unmet:
            at = max(warn, _latest(life.renewal))
            return self._notice("renewal_due", name, end.isoformat(), at, tuple(figures), audience="hr")
        figures += [("missing", self._title(each.requirement)) for each in unmet]
        return self._notice("expiry_warning", name, end.isoformat(), warn, tuple(figures))

    def _restrictions(self, scope: str, holds: Iterable[Hold]) -> Iterable[Notice]:
        for hold in holds:
            if hold.reason not in _ENDED:
                continue
            ended = dict(hold.figures).get("ended")
            if ended is not None:
                figures = (("credential", self._title(hold.cause)), ("scope", scope), ("cure", hold.cure_zh))
                yield self._notice("restricted", hold.cause, ended, datetime.fromisoformat(ended), figures)

    def _notice(
        self,
        kind: str,
        cause: str,
        stage: str,
        at: datetime,
        figures: tuple[tuple[str, str], ...],
        audience: str = "person",
    ) -> Notice:
        return Notice(
            kind=kind,  # type: ignore[arg-type]
            audience=audience,  # type: ignore[arg-type]
            position=self._position.id,
            cause=cause,
            stage=stage,
            at=at,
            figures=figures,
        )

    def _title(self, name: str) -> str:
        rule = self._position.credential.get(name) or self._position.requirement.get(name)
        return name if rule is None else f"{rule.name.zh} {rule.name.en}"

    def _credentials_of(self, scope: str) -> list[str]:
        """Credentials on which a scope depends."""
        names: list[str] = []
        for rung in self._position.ladder:
            if rank(rung.scope) <= rank(scope):
                names += [name for each in rung.needs for name in self._credentials_in(each)]
        return sorted(set(names))

    def _credentials_in(self, name: str) -> list[str]:
        rule = self._position.requirement.get(name)
        if isinstance(rule, CredentialRequirement):
            return [rule.credential]
        if isinstance(rule, AnyOfRequirement):
            return [found for way in rule.of for each in way for found in self._credentials_in(each)]
        return [name] if name in self._position.credential else []

    # --- looking again ---------------------------------------------------------------------------------------

    def _next_look(self, findings: Iterable[Finding]) -> datetime | None:
        looks = [each.next_look for each in findings if each.next_look is not None]
        looks += [look for life in self._lives.values() for look in life.looks]
        renewals = (each for life in self._lives.values() for each in life.renewal)
        if any(each.state == "unknown" for each in (*findings, *renewals)):
            looks.append(self._now + _LOOK_AGAIN)
        return min((look for look in looks if look > self._now), default=None)


def _last_words(said: Iterable[CredentialStatus]) -> list[CredentialStatus]:
    """Per number the statement that holds; a revoked number stays revoked."""
    last: dict[str, CredentialStatus] = {}
    for each in sorted(said, key=_order):
        before = last.get(each.number)
        if before is None or before.status != "revoked":
            last[each.number] = each
    revoked = {each.number: each for each in said if each.status == "revoked"}
    return [revoked.get(number, each) for number, each in sorted(last.items())]


def _order(said: CredentialStatus) -> tuple[int, datetime, str]:
    ends = said.valid_until or END
    return said.sequence, said.changed_at, f"{said.status} {ends.isoformat()}"


def _within(said: CredentialStatus, now: datetime) -> bool:
    return (said.valid_from is None or said.valid_from <= now) and (said.valid_until is None or now < said.valid_until)


def _latest(findings: Sequence[Finding]) -> datetime:
    return max(each.since for each in findings if each.since is not None)
