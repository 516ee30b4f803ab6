"""Follows the sets of keys that peers publish: what is new is believed, what is gone no more, each with its entry.

A set that cannot be had, or is none, leaves the keys of before. A name stands for one key for ever, and what an
operator said of a key holds whatever its owner publishes.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from connectors.key_set import PublishedKey
from hub.keys.book import KeyBook
from hub.keys.listing import Coordinates, KeyList, coordinates
from hub.store.commit import Tx
from hub.store.tables import keys as sql
from hub.store.tables.keys import KeyRow
from hub.store.writer import Writer
from schemas.errors import LicetError

PUBLISHED = "jwks"
_CHANGED, _REVOKED = "keys.changed", "keys.revoked"

log = logging.getLogger(__name__)


class KeyFetching:
    """Fetches the set of each instance that has one. An alarm is raised when a fetch fails otherwise than before."""

    def __init__(
        self, sources: Mapping[str, Callable[[], Sequence[PublishedKey]]], keys: KeyList, book: KeyBook, writer: Writer
    ) -> None:
        self._sources = sources
        self._keys = keys
        self._book = book
        self._writer = writer
        self._failed: dict[str, str] = {}

    def turn(self) -> None:
        """Fetch each set once."""
        for owner, fetch in self._sources.items():
            code = self._follow(owner, fetch)
            if code and code != self._failed.get(owner):
                self._alarm(owner, code)
            self._failed[owner] = code

    def _alarm(self, owner: str, code: str) -> None:
        self._writer.call(lambda tx: tx.log("alarm", connector=owner, code=code))

    def _follow(self, owner: str, fetch: Callable[[], Sequence[PublishedKey]]) -> str:
        """Take over what an owner publishes; the code of what is wrong with it, empty where nothing is."""
        try:
            published = fetch()
        except LicetError as error:
            log.warning("%s: the keys of before hold: %s", owner, error.message)
            return error.code
        found = _compared(owner, published, self._keys.of(owner), self._keys.revoked())
        if found.changes:
            found = self._writer.call(lambda tx: self._keep(owner, published, tx))
            self._book.invalidate()
        return found.code

    def _keep(self, owner: str, published: Sequence[PublishedKey], tx: Tx) -> "_Compared":
        """Keep what has changed, by the keys as they stand now: somebody may have revoked one meanwhile."""
        session = tx.session
        found = _compared(owner, published, self._keys.within(owner, session), self._keys.revoked_within(session))
        for row, outcome in found.changes:
            if outcome == "added":
                kept = row._replace(added_at=row.added_at or tx.now_us, active_at=row.active_at or tx.now_us)
            else:
                kept = row._replace(gone_at=tx.now_us)
            session.run(sql.set_key, kept._asdict())
            tx.log("keyring", connector=owner, kid=row.kid, outcome=outcome)
        return found


class _Compared(NamedTuple):
    """How a set differs from the keys that are known: the code of what is wrong with it, and each change with its
    outcome."""

    code: str
    changes: Sequence[tuple[KeyRow, str]] = ()


def _compared(
    owner: str, published: Sequence[PublishedKey], rows: Sequence[KeyRow], revoked: Collection[Coordinates]
) -> _Compared:
    """A set beside the keys of its owner; nothing of it is taken where a name stands for another key than before.

    A key that was revoked is not believed under another name either; the rest of its set is followed.
    """
    known = {row.kid: row for row in rows}
    if any(each.kid in known and _of(each) != coordinates(known[each.kid].public) for each in published):
        return _Compared(_CHANGED)
    new = [each for each in published if each.kid not in known]
    fresh = [
        KeyRow(owner, each.kid, each.algorithm, each.public, PUBLISHED, 0) for each in new if _of(each) not in revoked
    ]
    named = {each.kid for each in published}
    ours = [row for row in rows if row.origin == PUBLISHED]
    back = [row._replace(gone_at=None) for row in ours if row.kid in named and row.gone_at is not None]
    gone = [row for row in ours if row.kid not in named and row.gone_at is None]
    changes = [*((row, "added") for row in (*fresh, *back)), *((row, "retired") for row in gone)]
    return _Compared(_REVOKED if len(fresh) < len(new) else "", changes)


def _of(published: PublishedKey) -> Coordinates:
    return coordinates(published.public)
