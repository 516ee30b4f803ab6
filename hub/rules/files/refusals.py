"""What a position file may not say: names that lead nowhere, windows that cannot be judged, empty grants."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.files.finding import Finding, Path, SourceText
from hub.rules.posts.rungs import rank
from schemas.faults import did_you_mean
from schemas.position import (
    AllOfRequirement,
    AnyOfRequirement,
    Course,
    Credential,
    CredentialRequirement,
    Demand,
    HoursRequirement,
    Position,
    Use,
)

PROTECTED = frozenset({"mail", "im", "lms", "exits"})
"""Targets, and sinks, that no position may open or close, whatever a folder says of others."""

_OPEN = ("stint", "ever")
_ORIGIN = datetime(2027, 1, 1, tzinfo=UTC)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class PositionFile:
    """A position with the file that states it."""

    file: str
    position: Position
    source: SourceText

    def refuse(self, path: Path, found: str, expected: str, hint: str = "") -> Finding:
        """A finding for which the file is not taken."""
        return Finding(self.file, self.source.line_of(path), path, found, expected, hint)

    def warn(self, path: Path, found: str, expected: str, hint: str = "") -> Finding:
        """A finding that somebody should look at."""
        return Finding(self.file, self.source.line_of(path), path, found, expected, hint, refused=False)


def refusals(
    file: PositionFile, courses: Mapping[str, Course] | None, protected: Collection[str] = PROTECTED
) -> Iterator[Finding]:
    """Everything for which one position file is not taken."""
    yield from _names(file, courses)
    yield from _circles(file)
    yield from _ladder(file)
    yield from _targets(file, protected)
    for name, rule in file.position.credential.items():
        yield from _credential(file, name, rule)
    yield from _exclusive(file)


def versions_refused(files: Sequence[PositionFile], activated_on: date | None = None) -> Iterator[Finding]:
    """What versions of one position may not be: two on one day, or one in force before it was activated.

    ``files`` are in the order of their days; the first one may lie back. ``activated_on``: the day of the last one.
    """
    seen: dict[date | None, str] = {}
    for n, each in enumerate(files):
        day = each.position.effective_from
        if n and day is None:
            yield each.refuse(("effective_from",), "nothing", "a day, from the second version on")
        elif day in seen:
            yield each.refuse(("effective_from",), f"{day}, the day of {seen[day]}", "a day of its own")
        seen[day] = each.file
    last = files[-1].position.effective_from if files else None
    if len(files) > 1 and last is not None and activated_on is not None and last < activated_on:
        yield files[-1].refuse(("effective_from",), str(last), f"{activated_on}, the day of its activation, or later")


# --- names ---------------------------------------------------------------------------------------------------


def _names(file: PositionFile, courses: Mapping[str, Course] | None) -> Iterator[Finding]:
    position = file.position
    for name in sorted(set(position.requirement) & set(position.credential)):
        yield file.refuse(("credential", name), f"{name!r}, a requirement too", "one name for one thing")
    known = {*position.requirement, *position.credential}
    for path, name in _references(position):
        if name not in known:
            yield file.refuse(path, repr(name), "a requirement or credential of this file", did_you_mean(name, known))
    for path, name in _course_names(position):
        if courses is not None and name not in courses:
            yield file.refuse(path, repr(name), "a course of courses.toml", did_you_mean(name, courses))


def _references(position: Position) -> Iterator[tuple[Path, str]]:
    for n, rung in enumerate(position.ladder):
        for each in rung.needs:
            yield ("ladder", str(n), "needs"), each.needs if isinstance(each, Use) else each
    for name, rule in position.credential.items():
        at = ("credential", name)
        yield from (((*at, "grant"), need) for need in (rule.grant.needs if rule.grant else ()))
        yield from (((*at, "demands"), demand.needs) for demand in rule.demands)
        if rule.provisional_for is not None:
            yield (*at, "provisional_for"), rule.provisional_for
    yield from _inner_references(position)


def _inner_references(position: Position) -> Iterator[tuple[Path, str]]:
    for name, rule in position.requirement.items():
        if isinstance(rule, AllOfRequirement):
            yield from ((("requirement", name, "of"), each) for each in rule.of)
        if isinstance(rule, AnyOfRequirement):
            yield from ((("requirement", name, "of"), each) for way in rule.of for each in way)
        if isinstance(rule, CredentialRequirement) and ":" not in rule.credential:
            yield ("requirement", name, "credential"), rule.credential
    if position.return_ is not None:
        yield from ((("return", "needs"), each) for each in position.return_.needs)


def _course_names(position: Position) -> Iterator[tuple[Path, str]]:
    for name, rule in position.requirement.items():
        for course in getattr(rule, "courses", ()):
            yield ("requirement", name, "courses"), course
        if (course := getattr(rule, "course", None)) is not None:
            yield ("requirement", name, "course"), course


def needs_of(position: Position, name: str) -> list[str]:
    """The names on which a requirement or credential rests at once."""
    own, rule = position.credential.get(name), position.requirement.get(name)
    if own is not None:
        grant = own.grant.needs if own.grant else ()
        return [*grant, *(demand.needs for demand in own.demands)]
    if isinstance(rule, CredentialRequirement):
        return [rule.credential]
    if isinstance(rule, AllOfRequirement):
        return list(rule.of)
    return [each for way in rule.of for each in way] if isinstance(rule, AnyOfRequirement) else []


def _circles(file: PositionFile) -> Iterator[Finding]:
    position = file.position
    for name in (*position.credential, *position.requirement):
        if name in rests_on(position, name, set()):
            table = "credential" if name in position.credential else "requirement"
            yield file.refuse((table, name), f"that {name!r} rests on itself", "other evidence")


def rests_on(position: Position, name: str, seen: set[str]) -> set[str]:
    """All names on which one rests, however far."""
    for each in needs_of(position, name):
        if each not in seen:
            seen.add(each)
            rests_on(position, each, seen)
    return seen


# --- ladder and targets --------------------------------------------------------------------------------------


def _ladder(file: PositionFile) -> Iterator[Finding]:
    scopes = [rung.scope for rung in file.position.ladder]
    if sorted(scopes, key=rank) != scopes or len(set(scopes)) != len(scopes) or "none" in scopes:
        yield file.refuse(("ladder",), ", ".join(scopes), "scopes that rise, each once, without none")
    for n, rung in enumerate(file.position.ladder):
        if rung.scope == "full" and rung.mentors:
            yield file.refuse(("ladder", str(n), "mentors"), "mentors on full", "none: mentors hold full themselves")
        for each in rung.needs:
            name, over = (each.needs, each.over) if isinstance(each, Use) else (each, "stint")
            rule = file.position.requirement.get(name)
            is_open = over in _OPEN or over.startswith("rolling ")
            rate = isinstance(rule, HoursRequirement) and rule.at_least_rate is not None
            if is_open and rate and not rung.accept_open:
                yield file.refuse(
                    ("ladder", str(n), "needs"),
                    f"{name!r}, a rate over {over}: one later missed class takes the scope away",
                    "a credential, or accept_open = true",
                )
            if over in ("cycle", "credential_year"):
                yield file.refuse(("ladder", str(n), "needs"), f"over = {over!r}", "a window that a ladder has")


def _targets(file: PositionFile, protected: Collection[str]) -> Iterator[Finding]:
    scopes = [rung.scope for rung in file.position.ladder]
    for sink, by_scope in file.position.targets.items():
        for scope in scopes:
            if scope not in by_scope:
                expected = "what it opens there, [] if nothing"
                yield file.refuse(("targets", sink), f"nothing of the rung {scope}", expected)
        for scope, targets in by_scope.items():
            if scope not in scopes:
                hint = did_you_mean(scope, scopes)
                yield file.refuse(("targets", sink, scope), scope, f"a rung of the ladder: {', '.join(scopes)}", hint)
            for target in targets:
                shown = f"{sink}/{target}"
                if any(fnmatchcase(name, each) for each in protected for name in (sink, target, shown)):
                    yield file.refuse(("targets", sink, scope), shown, "a target that a post may open and close")


# --- credentials ---------------------------------------------------------------------------------------------


def _credential(file: PositionFile, name: str, rule: Credential) -> Iterator[Finding]:
    at = ("credential", name)
    if rule.own and rule.grant is not None and not _shows_learning(file.position, rule.grant.needs):
        yield file.refuse((*at, "grant"), "no hours, course, exam or practical", "a need that shows learning")
    if rule.grant is not None and rule.grant.over in ("cycle", "credential_year"):
        yield file.refuse((*at, "grant"), f"over = {rule.grant.over!r}", "a window ahead of the credential: stint ...")
    if rule.extend is not None and rule.provisional_for is None:
        yield file.refuse((*at, "extend"), "extend", "provisional_for beside it")
    for check in rule.checks:
        if rule.valid_for is not None and _longer(check.before, rule.valid_for):
            yield file.refuse((*at, "checks"), check.before, f"less than it is valid for, {rule.valid_for}")
    for demand in rule.demands:
        yield from _demand(file, (*at, "demands"), rule, demand)


def _demand(file: PositionFile, at: Path, rule: Credential, demand: Demand) -> Iterator[Finding]:
    if not rule.own and demand.on_shortfall != "note":
        shown = f"{demand.needs!r} with on_shortfall = {demand.on_shortfall!r}"
        yield file.refuse(at, shown, "note: an authority's credential ends by its own word")
    if demand.over in _OPEN:
        yield file.refuse(at, f"{demand.needs!r} over {demand.over!r}", "a window that a renewal has: cycle, year ...")
    kind = getattr(file.position.requirement.get(demand.needs), "kind", "")
    if kind in ("course", "exam") and demand.over in ("week", "month", "quarter"):
        yield file.refuse(at, f"{demand.needs!r}, {kind} over {demand.over!r}", "cycle or credential_year")
    if demand.cure is not None and _longer(demand.cure, _length(demand.over, rule)):
        yield file.refuse(at, f"cure = {demand.cure!r}", f"less than the next period, {_length(demand.over, rule)}")
    if demand.on_shortfall == "lapse_now" and not _warned_before(rule, demand):
        yield file.refuse(at, "lapse_now without a check before its first due", "a check that warns of it")


def _shows_learning(position: Position, needs: Sequence[str]) -> bool:
    found = {*needs, *(each for name in needs for each in rests_on(position, name, set()))}
    kinds = {getattr(position.requirement.get(each), "kind", "") for each in found}
    return bool(kinds & {"hours", "course", "exam", "practical"})


def _warned_before(rule: Credential, demand: Demand) -> bool:
    """Whether a check comes before the first period is due: a year from the issue, or less."""
    length = rule.valid_for or "12 months"
    first = add(_ORIGIN, _length(demand.over, rule), _UTC)
    return any(add(add(_ORIGIN, length, _UTC), check.before, _UTC, -1) < first for check in rule.checks)


def _length(over: str, rule: Credential) -> str:
    if over == "cycle":
        return rule.valid_for or "12 months"
    if over.startswith("rolling "):
        return over.removeprefix("rolling ")
    return {"quarter": "3 months", "credential_year": "1 year"}.get(over, f"1 {over}")


def _longer(one: str, other: str) -> bool:
    return add(_ORIGIN, one, _UTC) > add(_ORIGIN, other, _UTC)


def _exclusive(file: PositionFile) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, rule in sorted(file.position.requirement.items()):
        if not isinstance(rule, HoursRequirement) or not rule.exclusive:
            continue
        for course in rule.courses:
            if course in taken:
                shown = f"{name!r} and {taken[course]!r} both exclusive on {course!r}"
                yield file.refuse(("requirement", name, "exclusive"), shown, "one of them")
            taken[course] = name
