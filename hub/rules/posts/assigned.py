"""Courses that somebody has to take for a post: what it still asks of a person who never had what it gives."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.rules.life import CredentialState
from hub.rules.posts.scope import Scopes
from hub.rules.values import Verdict, period
from schemas.position import CourseRequirement, HoursRequirement, Position


@dataclass(frozen=True, slots=True, order=True)
class Assigned:
    """One course, by which requirement of the post, and from when the person holds the post or holds it again."""

    course: str
    requirement: str
    needed_at: datetime


def assigned(scopes: Scopes, states: Mapping[str, CredentialState]) -> tuple[Assigned, ...]:
    """The courses of a post that is held, or will be: those of each requirement that is not met yet.

    What a later cycle of a credential asks is not among them: its checks tell of that.
    """
    position = scopes.version.position
    needed_at = _needed_at(scopes)
    if needed_at is None:
        return ()
    lacking = [*_of_grants(position, states), *_of_ladder(position, scopes), *_of_return(scopes)]
    return tuple(
        sorted(
            {
                Assigned(course, each.requirement, needed_at)
                for each in _leaves(lacking, position)
                for course in _courses(position, each.requirement)
            }
        )
    )


def _needed_at(scopes: Scopes) -> datetime | None:
    """From when the person holds the post, now or next; none where nobody said that they will."""
    return next((span.start for span in scopes.access if scopes.now < span.end), None)


def _of_grants(position: Position, states: Mapping[str, CredentialState]) -> Iterator[Verdict]:
    """What the grants ask of who never had the credential, or the formal one that it only stands in for."""
    for name, rule in position.credential.items():
        formal = states.get(rule.provisional_for or "")
        if rule.own and _never_had(states[name]) and (formal is None or _never_had(formal)):
            yield from states[name].parts


def _never_had(credential: CredentialState) -> bool:
    return credential.reason == "credential_missing"


def _of_ladder(position: Position, scopes: Scopes) -> Iterator[Verdict]:
    """What rungs ask by themselves, over no window that begins anew."""
    plain = {need for rung in position.ladder for need in rung.needs if isinstance(need, str)}
    asked = plain & position.requirement.keys()
    yield from (need.verdict(scopes.now) for need in scopes.needs() if need.name in asked)


def return_parts(scopes: Scopes, back: datetime) -> Sequence[Verdict]:
    """What somebody must do who came back after a long absence, as it stands now."""
    rule = scopes.version.position.return_
    clauses = (scopes.version.clauses.clause(name) for name in (rule.needs if rule else ()))
    return [clause.over(period(back)).verdict(scopes.now) for clause in clauses]


def _of_return(scopes: Scopes) -> Iterator[Verdict]:
    for limit in scopes.limits:
        if limit.reason == "return_needs" and limit.span.holds(scopes.now):
            yield from return_parts(scopes, limit.span.start)


def _leaves(verdicts: Iterable[Verdict], position: Position) -> Iterator[Verdict]:
    """What is not met of requirements, down to those that are not made of others; a credential speaks for itself."""
    for each in verdicts:
        if each.state == "not_met" and each.requirement in position.requirement:
            yield from _leaves(each.parts, position) if each.parts else (each,)


def _courses(position: Position, requirement: str) -> tuple[str, ...]:
    rule = position.requirement.get(requirement)
    if isinstance(rule, HoursRequirement):
        return rule.courses
    return (rule.course,) if isinstance(rule, CourseRequirement) else ()
