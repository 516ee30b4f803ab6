"""Follows the sets of keys that peers publish: what is new is believed, what is gone no more, each with its entry.

A set that cannot be had, or is none, leaves the keys of before. A name stands for one key for ever.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import orjson

from connectors.key_set import PublishedKey
from hub.keys.book import KeyBook
from hub.keys.listing import KeyList
from hub.store.commit import Tx
from hub.store.tables import keys as sql
from hub.store.tables.keys import KeyRow
from hub.store.writer import Writer
from schemas.errors import LicetError

PUBLISHED = "jwks"
_CHANGED = "keys.changed"

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
        known = {row.kid: row for row in self._keys.of(owner)}
        if any(each.kid in known and not _same(each, known[each.kid]) for each in published):
            return _CHANGED
        changes = [*self._added(owner, published, known), *self._ended(published, known.values())]
        if changes:
            self._writer.call(lambda tx: _keep(changes, tx))
            self._book.invalidate()
        return ""

    def _added(
        self, owner: str, published: Sequence[PublishedKey], known: Mapping[str, KeyRow]
    ) -> list[tuple[KeyRow, str]]:
        """Keys that are new, and those that were gone and are there again; what was revoked stays so."""
        fresh = [
            (KeyRow(owner, each.kid, each.algorithm, each.public, PUBLISHED, 0), "added")
            for each in published
            if each.kid not in known
        ]
        again = [known[each.kid] for each in published if each.kid in known]
        back = [
            row._replace(retired_at=None) for row in again if row.origin == PUBLISHED and row.retired_at is not None
        ]
        return [*fresh, *((row, "added") for row in back)]

    def _ended(self, published: Sequence[PublishedKey], known: Collection[KeyRow]) -> list[tuple[KeyRow, str]]:
        named = {each.kid for each in published}
        gone = [row for row in known if row.origin == PUBLISHED and row.kid not in named and row.retired_at is None]
        return [(row, "retired") for row in gone]


def _same(published: PublishedKey, row: KeyRow) -> bool:
    """Whether a name stands for the key that it stood for: by its coordinates, however the set writes it."""
    ours, theirs = (orjson.loads(text) for text in (row.public, published.public))
    return all(ours.get(each) == theirs.get(each) for each in ("kty", "crv", "x", "y", "n", "e"))


def _keep(changes: Sequence[tuple[KeyRow, str]], tx: Tx) -> None:
    for row, outcome in changes:
        if outcome == "added":
            kept = row._replace(added_at=row.added_at or tx.now_us, active_at=row.active_at or tx.now_us)
        else:
            kept = row._replace(retired_at=tx.now_us)
        tx.session.run(sql.set_key, kept._asdict())
        tx.log("keyring", connector=row.owner, kid=row.kid, outcome=outcome)
