"""Whom a change of rules would close at once, where that is more than the guard lets pass: the wave that would wait."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from hub.decision.waves import TARGETS
from hub.rules.closing.guard import guard_limit
from hub.store.statement import Connection
from hub.store.tables import review
from hub.views.what_if import Effects


class Crowd(NamedTuple):
    """So many of those who stand in a post, whom one cause would close at one instant."""

    position: str
    at: datetime
    cause: str
    people: int
    holders: int
    limit: int


def crowds(effects: Effects, holders: Mapping[str, set[str]]) -> Iterator[Crowd]:
    """Every wave that a change of rules would make, the earliest first. ``holders``: who stands in each post by now."""
    found: dict[tuple[datetime, str, str], set[str]] = defaultdict(set)
    for each in effects.all:
        if each.difference.loses:
            causes = {hold.cause for hold in each.difference.holds} or {TARGETS}
            for cause in causes:
                found[each.difference.span.start, each.difference.position, cause].add(each.token)
    for (at, position, cause), people in sorted(found.items()):
        standing = len(holders.get(position, set()) | people)
        limit = guard_limit(effects.people, standing)
        if len(people) > limit:
            yield Crowd(position, at, cause, len(people), standing, limit)


def holders_of(effects: Effects, session: Connection) -> dict[str, set[str]]:
    """Who stands in each post of which a change of rules takes something."""
    posts = {each.difference.position for each in effects.all if each.difference.loses}
    rows = {post: session.all(review.scopes_in, {"position": post}) for post in posts}
    return {post: {row.person for row in of if row.scope != "none"} for post, of in rows.items()}
