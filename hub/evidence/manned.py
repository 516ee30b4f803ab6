"""Whether enough people stand in full scope of a post: qualified, and not on leave."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from hub.clock import to_us
from hub.evidence.away import is_away
from hub.store.statement import Connection
from hub.store.tables import manned, review


class Fallen(NamedTuple):
    """Somebody whom the rules took a scope from, and when. Of several the first in this order goes first."""

    at: datetime
    person: str


class Left(NamedTuple):
    """How many of a post are left for certain when one goes, and how many may be, whose date came a moment ago."""

    certain: int
    perhaps: int


def is_manned(post: str, at_least: int, store: Connection, now: datetime) -> bool:
    """Whether so many stand in full scope of a post and are not on leave."""
    left = at_least
    for row in store.all(review.scopes_in, {"position": post}) if left > 0 else ():
        if row.scope == "full" and not is_away(row.person, store, now):
            left -= 1
        if left <= 0:
            break
    return left <= 0


def left_without(gone: Fallen, post: str, doors: Collection[tuple[str, str]], store: Connection, now: datetime) -> Left:
    """How many are left in full scope of a post, and not on leave, once somebody goes who fell from it.

    Who fell after that one, or at the same instant and comes later by id, is still there while one of the ``doors``,
    which full scope alone opens, is open to them. Whom nobody has looked at since their date came is no certainty.
    """
    certain = perhaps = 0
    for row in store.all(manned.scopes_and_looks, {"position": post}):
        if row.scope == "full" and row.person != gone.person and not is_away(row.person, store, now):
            overdue = row.at is not None and row.at <= to_us(now) and not row.tries
            certain, perhaps = certain + (not overdue), perhaps + overdue
    waiting = {each.person for each in _waiting(post, doors, store) if each > gone}
    return Left(certain + sum(not is_away(person, store, now) for person in waiting), perhaps)


def _waiting(post: str, doors: Collection[tuple[str, str]], store: Connection) -> Iterator[Fallen]:
    for row in store.all(manned.fallen_in, {"position": post}):
        at = orjson.loads(row.body).get("lapsed_at")
        if at is not None and (row.sink, row.target) in doors and post in row.positions.split(","):
            yield Fallen(datetime.fromisoformat(at), row.person)
