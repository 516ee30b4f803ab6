"""Whether enough people stand in full scope of a post: qualified, and not on leave."""

from datetime import datetime

from hub.evidence.away import is_away
from hub.store.statement import Connection
from hub.store.tables import review


def is_manned(post: str, at_least: int, store: Connection, now: datetime, without: str = "") -> bool:
    """Whether so many stand in full scope of a post and are not on leave, not counting one of them."""
    left = at_least
    for row in store.all(review.scopes_in, {"position": post}) if left > 0 else ():
        if row.person != without and row.scope == "full" and not is_away(row.person, store, now):
            left -= 1
        if left <= 0:
            break
    return left <= 0
