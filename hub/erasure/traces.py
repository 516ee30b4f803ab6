"""Where somebody is named in what lies sealed: raw bodies, items set aside, what entries enclose.

A body names everybody in it, and one that told nothing new left no fact that would lead to it. So all of them are
opened and looked through for what the person is known by, in the writings in which it comes over a wire.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import orjson

from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import erased as sql
from hub.store.tables import log
from hub.store.tables.intake import superseded_transmissions

LEAST = 4
"""A shorter identifier is looked for nowhere: half of all bodies have a 17 in them."""
_AT_ONCE = 500
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_DIGITS = re.compile(r"(?<=\\u)[0-9a-fA-F]{4}|(?<=%)[0-9a-fA-F]{2}")
"""What stands for a character where it is escaped; some write it in capitals."""
_WORD = re.compile(rb"[0-9A-Za-z]")


class Found(NamedTuple):
    """What names somebody: transmissions with the instant of the last one, items set aside, entries that enclose it."""

    transmissions: frozenset[str]
    last_at: int | None
    asides: frozenset[str]
    entries: frozenset[str]
    size: int
    """So many entries the log had when it was begun: what came with later ones is not looked through."""


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
    encoded = {word.encode(each) for each in _ENCODINGS}
    as_header = {each.decode("latin-1").encode() for each in encoded}  # a header is read byte by byte
    of_form = {write(word, encoding=each) for each in ("utf-8", "gb18030") for write in (quote, quote_plus)}
    escaped = {json.dumps(word)[1:-1], *of_form}
    spelt = {spell(each) for each in escaped for spell in (str, _with_small_digits, _with_capital_digits)}
    return encoded | as_header | {each.encode() for each in spelt}


def _with_small_digits(escaped: str) -> str:
    return _DIGITS.sub(lambda found: found[0].lower(), escaped)


def _with_capital_digits(escaped: str) -> str:
    return _DIGITS.sub(lambda found: found[0].upper(), escaped)


def _whole(writing: bytes) -> bytes:
    """As a word of its own: 604217 is not in 16042170."""
    before = rb"(?<![0-9A-Za-z])" if _WORD.match(writing[:1]) else b""
    after = rb"(?![0-9A-Za-z])" if _WORD.match(writing[-1:]) else b""
    return before + re.escape(writing) + after


def find(traces: Traces, database: Database, sealer: Sealer) -> Found:
    """All that names somebody, as of now."""
    with database.reading() as session:
        head = session.one(log.head, {})
        assert head is not None, "the head row is made by the first migration"
    named = [(id_, at) for id_, at, plain in _bodies(database, sealer) if traces.in_bytes(plain)]
    asides = [id_ for id_, plain in _asides(database, sealer) if traces.in_bytes(plain)]
    entries = [entry for entry, plain in _enclosures(database, sealer) if traces.in_bytes(plain)]
    last = max((at for _id, at in named), default=None)
    return Found(frozenset(id_ for id_, _at in named), last, frozenset(asides), frozenset(entries), head.size)


def caught_up(traces: Traces, found: Found, database: Database, sealer: Sealer) -> Found:
    """The same with what came in while it was looked for."""
    while True:
        with database.reading() as session:
            rows = session.all(log.entries_after, {"seq": found.size - 1, "limit": _AT_ONCE})
            found = with_later(traces, found, [row.body for row in rows], session, sealer)
        if len(rows) < _AT_ONCE:
            return found


def with_later(traces: Traces, found: Found, entries: Sequence[str], session: Connection, sealer: Sealer) -> Found:
    """The same with what the next entries of the log brought, and with what that took the place of."""
    known = [orjson.loads(each) for each in entries]
    brought = {each["transmission"] for each in known if "transmission" in each}
    old = [
        row for id_ in brought & found.transmissions for row in session.all(superseded_transmissions, _versions(id_))
    ]
    bodies = session.all(sql.bodies_of, {"ids": orjson.dumps(sorted(brought)).decode()})
    named = [row for row in bodies if traces.in_bytes(_body(row, sealer))]
    enclosed = session.all(sql.enclosures_with, {"ids": orjson.dumps([each["id"] for each in known]).decode()})
    instants = [found.last_at, *(row.received_at for row in named)]
    return found._replace(
        transmissions=found.transmissions.union((row.id for row in named), (row.id for row in old)),
        last_at=max((each for each in instants if each is not None), default=None),
        entries=found.entries.union(row.entry for row in enclosed if traces.in_bytes(_enclosed(row, sealer))),
        size=found.size + len(entries),
    )


def _versions(id_: str) -> dict[str, str]:
    return {"versions": f"{id_}~%"}


def _body(row: sql.SealedBody, sealer: Sealer) -> bytes:
    return sealer.open_body(row.bucket, row.sealed, f"{row.connector}/{row.digest.hex()}") or b""


def _enclosed(row: sql.SealedEnclosure, sealer: Sealer) -> bytes:
    # Of some the salt alone is kept: that is no text, and opens as well.
    return sealer.open(row.bucket, row.sealed, f"{row.entry}/{row.member}") or b""


def _bodies(database: Database, sealer: Sealer) -> Iterator[tuple[str, int, bytes]]:
    after = ""
    while True:
        with database.reading() as session:
            rows = session.all(sql.bodies_after, {"after": after, "limit": _AT_ONCE})
        for row in rows:
            yield row.id, row.received_at, _body(row, sealer)
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
            yield entry, _enclosed(row, sealer)
        if not rows:
            return
