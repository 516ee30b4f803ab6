"""What exclusive requirements need of the units: it is taken first, in the order of time, and counts nowhere else."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.demands.hours import Hours
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.lives import PostLives
from hub.rules.unit import Unit
from hub.rules.values import Period
from schemas.position import HoursRequirement


def taken(lives: PostLives) -> frozenset[str]:
    """The units that the exclusive requirements of a post take, over every period in which they are judged."""
    found: set[str] = set()
    for name, rule in lives.position.requirement.items():
        if isinstance(rule, HoursRequirement) and rule.exclusive:
            clause = lives.clauses.clause(name)
            if isinstance(clause, Hours):
                for period in _periods(lives, name):
                    found |= {unit.id for unit in _needed(clause, period)}
    return frozenset(found)


def exclusive_in(rulebook: Rulebook, post: str, now: datetime) -> bool:
    """Whether a post has an exclusive requirement."""
    return any(getattr(rule, "exclusive", False) for rule in rulebook.current(post, now).requirement.values())


def _periods(lives: PostLives, name: str) -> Iterator[Period]:
    for credential in lives.position.credential:
        yield from lives.life(credential).periods_of(name)


def _needed(clause: Hours, period: Period) -> Iterator[Unit]:
    """The first units of a period, until what is demanded is reached."""
    over = clause.over(period)
    left = over.demanded.seconds
    for unit in over.units():
        if left <= 0:
            return
        left -= unit.credited
        yield unit
