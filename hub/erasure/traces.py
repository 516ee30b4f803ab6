"""Where somebody is named in what lies sealed: raw bodies, items set aside, what entries enclose.

A body names everybody in it, and one that told nothing new left no fact that would lead to it. So all of them are
opened and looked through for what the person is known by, in the writings in which it comes over a wire.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.tables import erased as sql

LEAST = 4
"""A shorter identifier is looked for nowhere: half of all bodies have a 17 in them."""
_AT_ONCE = 500
_WORD = re.compile(rb"[0-9A-Za-z]")


class Found(NamedTuple):
    """What names somebody: transmissions with the instant of the last one, items set aside, entries that enclose it."""

    transmissions: frozenset[str]
    last_at: int | None
    asides: frozenset[str]
    entries: frozenset[str]


class Traces:
    """What somebody is known by, to be found in bytes."""

    def __init__(self, words: Iterable[str]) -> None:
        writings = {each for word in words if len(word) >= LEAST or not word.isascii() for each in _writings(word)}
        self._pattern = (
            re.compile(b"|".join(map(_whole, sorted(writings, key=len, reverse=True)))) if writings else None
        )

    def in_bytes(self, content: bytes) -> bool:
        """Whether they name somebody."""
        return self._pattern is not None and self._pattern.search(content) is not None

    def in_text(self, text: str) -> bool:
        """Whether it names somebody."""
        return self.in_bytes(text.encode())


def _writings(word: str) -> set[bytes]:
    encoded = {word.encode(each) for each in ("utf-8", "utf-16-le", "utf-16-be")}
    encoded.add(word.encode("gb18030"))
    return encoded | {json.dumps(word)[1:-1].encode(), quote(word).encode()}


def _whole(writing: bytes) -> bytes:
    """As a word of its own: 604217 is not in 16042170."""
    before = rb"(?<![0-9A-Za-z])" if _WORD.match(writing[:1]) else b""
    after = rb"(?![0-9A-Za-z])" if _WORD.match(writing[-1:]) else b""
    return before + re.escape(writing) + after


def find(traces: Traces, database: Database, sealer: Sealer) -> Found:
    """All that names somebody, as of now."""
    named = [(id_, at) for id_, at, plain in _bodies(database, sealer) if traces.in_bytes(plain)]
    asides = [id_ for id_, plain in _asides(database, sealer) if traces.in_bytes(plain)]
    entries = [entry for entry, plain in _enclosures(database, sealer) if traces.in_bytes(plain)]
    last = max((at for _id, at in named), default=None)
    return Found(frozenset(id_ for id_, _at in named), last, frozenset(asides), frozenset(entries))


def _bodies(database: Database, sealer: Sealer) -> Iterator[tuple[str, int, bytes]]:
    after = ""
    while True:
        with database.reading() as session:
            rows = session.all(sql.bodies_after, {"after": after, "limit": _AT_ONCE})
        for row in rows:
            plain = sealer.open_body(row.bucket, row.sealed, f"{row.connector}/{row.digest.hex()}")
            yield row.id, row.received_at, plain or b""
            after = row.id
        if not rows:
            return


def _asides(database: Database, sealer: Sealer) -> Iterator[tuple[str, bytes]]:
    after = ""
    while True:
        with database.reading() as session:
            rows = session.all(sql.asides_after, {"after": after, "limit": _AT_ONCE})
        for row in rows:
            aad = f"{row.connector}/{row.digest.hex()}/{row.item}"
            yield row.id, sealer.open(row.bucket, row.sealed, aad) or b""
            after = row.id
        if not rows:
            return


def _enclosures(database: Database, sealer: Sealer) -> Iterator[tuple[str, bytes]]:
    entry = member = ""
    while True:
        with database.reading() as session:
            rows = session.all(sql.enclosures_after, {"entry": entry, "member": member, "limit": _AT_ONCE})
        for row in rows:
            entry, member = row.entry, row.member
            # Of some the salt alone is kept: that is no text, and opens as well.
            yield entry, sealer.open(row.bucket, row.sealed, f"{entry}/{member}") or b""
        if not rows:
            return
