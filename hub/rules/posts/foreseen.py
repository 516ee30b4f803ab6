"""What a person will lose by what is known now, unless something happens: when, why, and what would prevent it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.posts.differing import scope_of
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, standings
from hub.rules.values import Hold, Verdict
from schemas.position import AllOfRequirement, CredentialRequirement, HoursRequirement, Position, Rung, Use

_UNWARNED: Mapping[str, datetime] = {}
"""The hub's own warnings of these ends are still to come: nobody is taken to miss them."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A scope that falls at an instant ahead. ``holds`` say why, each with its cure; ``lacking``: what must be learned.

    ``lacking`` gives, for each requirement of class hours that is short by then, its courses and the missing seconds.
    """

    position: str
    at: datetime
    before: str
    after: str
    holds: tuple[Hold, ...]
    lacking: tuple[tuple[str, tuple[str, ...], int], ...] = ()


def foreseen(dossier: Dossier, rulebook: Rulebook, *, now: datetime, until: datetime) -> list[Foreseen]:
    """Every fall of a scope after now and up to an instant, the earliest first, if nothing more becomes known.

    The end of a credential is one too where the scope has fallen already by then: who prevents the first meets it.
    """
    known = replace(dossier, facts=[fact for fact in dossier.facts if fact.known_at <= now])
    found: list[Foreseen] = []
    for standing in standings(known, rulebook, now=until, enforced=_UNWARNED):
        falls = list(_falls(standing, now, until))
        position = rulebook.current(standing.position, until)
        held = scope_of(standing).at(now)
        later = _ends(standing, position, held, now, {at for at, _before, _after in falls})
        found += [_told(known, rulebook, standing.position, *fall) for fall in falls]
        found += [_told(known, rulebook, standing.position, *end) for end in later]
    return sorted(found, key=lambda each: (each.at, each.position))


def _told(
    known: Dossier, rulebook: Rulebook, post: str, at: datetime, before: str, after: str, ended: str = ""
) -> Foreseen:
    """A fall with its causes as they are then; of an end that another one hides, that one alone."""
    then = standings(known, rulebook, now=at, enforced=_UNWARNED)
    judged = next(each for each in then if each.position == post)
    holds = tuple(hold for hold in judged.holds if rank(after) < rank(hold.below) <= rank(before))
    holds = tuple(hold for hold in holds if hold.cause == ended) or holds
    lacking = tuple(_lacking(judged, rulebook.current(post, at), {hold.cause for hold in holds}))
    return Foreseen(post, at, before, after, holds or judged.holds, lacking)


def _ends(
    standing: Standing, position: Position, held: str, now: datetime, known: Collection[datetime]
) -> Iterator[tuple[datetime, str, str, str]]:
    """The ends of credentials that the scope of now rests on, other than those at which it falls."""
    for event in standing.events:
        if event.kind in ("lapsed", "expired") and event.at > now and event.at not in known:
            without = [
                rung.scope
                for rung in position.ladder
                if event.subject not in _names(position, rung) and _upto(rung, held)
            ]
            after = without[-1] if without else "none"
            if rank(after) < rank(held):
                yield event.at, held, after, event.subject


def _upto(rung: Rung, scope: str) -> bool:
    return rank(rung.scope) <= rank(scope)


def _names(position: Position, rung: Rung) -> set[str]:
    """What a rung needs, and what that is made of; not what one of several ways would need."""
    found: set[str] = set()
    asked = [each.needs if isinstance(each, Use) else each for each in rung.needs]
    while asked:
        name = asked.pop()
        rule = position.requirement.get(name)
        found.add(rule.credential if isinstance(rule, CredentialRequirement) else name)
        asked += rule.of if isinstance(rule, AllOfRequirement) else ()
    return found


def _falls(standing: Standing, now: datetime, until: datetime) -> Iterator[tuple[datetime, str, str]]:
    """The steps after now, up to an instant, at which the scope falls, with the scope before and after."""
    before = "none"
    for at, scope in scope_of(standing):
        if now < at <= until and rank(scope) < rank(before):
            yield at, before, scope
        before = scope


def _lacking(
    standing: Standing, position: Position, causes: Collection[str]
) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """The class hours that are short, each requirement once, with the courses in which they can be earned."""
    seen: set[str] = set()
    for verdict in _verdicts(standing, causes):
        rule = position.requirement.get(verdict.requirement)
        if isinstance(rule, HoursRequirement) and verdict.missing and verdict.requirement not in seen:
            seen.add(verdict.requirement)
            yield verdict.requirement, rule.courses, verdict.missing


def _verdicts(standing: Standing, causes: Collection[str]) -> Iterator[Verdict]:
    yield from (each for each in standing.verdicts if each.requirement in causes)
    for credential in standing.credentials:
        if credential.credential in causes:
            yield from credential.parts
