"""The log as people read it: its last entries, the check in place, and the folder for strangers."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from audit_log.export import export, export_entry
from audit_log.proof import Proof, prove
from audit_log.signer import Signer
from audit_log.walk import Report
from hub.audit.inspection import check_whole
from hub.audit.signing import Signing
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import log
from hub.store.tables.log import EntryRow
from schemas.errors import CallError
from schemas.words import Words

_CHUNK = 1000
_NEAR_US = 1_000_000
"""An id may be drawn a little before or after the instant that its entry bears."""


class Proven(NamedTuple):
    """An entry's canonical bytes as text, where it stands, the same as a COSE receipt, and the key of the log."""

    body: str
    proof: Proof
    cose: bytes
    vkey: str

    def json(self) -> dict[str, str]:
        """For programs: texts, and the receipt in base64."""
        cose = b64encode(self.cose).decode()
        return {"entry": self.body, "tlog_proof": self.proof.text(), "cose": cose, "vkey": self.vkey}

    def write(self, target: Path) -> None:
        """Write it as a folder that strangers can check.

        Raises:
            CallError: The folder is not empty.
        """
        _require_empty(target)
        export_entry(target, self.body.encode(), self.proof, self.cose, self.vkey)


class Trail:
    """Reads, checks and exports the log of this hub."""

    def __init__(self, database: Database, signer: Signer, signing: Signing) -> None:
        self._database = database
        self._signer = signer
        self._signing = signing

    def size(self) -> int:
        """How many entries are committed."""
        with self._database.reading() as session:
            head = session.one(log.head, {})
        return 0 if head is None else head.size

    def of_person(self, person: str, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """The last entries about a person, newest first: place in the log, and entry."""
        with self._database.reading() as session:
            rows = session.all(log.entries_of_person, {"person": person, "limit": limit})
        return [(row.seq, orjson.loads(row.body)) for row in rows]

    def tail(self, after: int, limit: int) -> Iterable[tuple[int, dict[str, Any]]]:
        """Entries after a place in the log."""
        with self._database.reading() as session:
            for row in session.all(log.entries_after, {"seq": after, "limit": limit}):
                yield row.seq, orjson.loads(row.body)

    def verify(self) -> Report:
        """What a check in place found: entries, columns, tree, signed heads, sealed bodies, the signer's memory."""
        return check_whole(self._database, self._signer)

    def export(self, target: Path, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
        """Write the log up to its last signed head as a folder that strangers can check; the number of entries.

        ``progress`` hears before each entry how many of how many are written; what it raises ends it.

        Raises:
            CallError: The folder is not empty, or nothing was signed yet.
        """
        _require_empty(target)
        self._signing.sign(at_once=True)
        with self._database.reading() as session:
            last = session.one(log.last_checkpoint, {})
            if last is None:
                raise CallError(Words("nothing was signed yet; start the hub once", "尚无签名；请先启动平台一次"))
            return export(target, _until(last.size, session, progress), last.note, self._signing.vkey)

    def prove(self, entry: str) -> Proven:
        """One entry with the proof that it stands in what was signed, as others check it.

        Raises:
            CallError: There is no entry of this id.
        """
        self._signing.sign(at_once=True)
        with self._database.reading() as session:
            row = _found(entry, session)
            last = session.one(log.last_checkpoint, {})
            if row is None or last is None or row.seq >= last.size:
                raise CallError(
                    Words(
                        f"found no entry {entry[:64]!r} in the log, expected the id of one",
                        f"审计日志中没有条目 {entry[:64]!r}，应为日志条目的编号",
                    ),
                    cure=Words(
                        "`licet tail --entries --json` shows the entries and their ids; take that of the one you mean",
                        "用 `licet tail --entries --json` 查看各条目及编号，再改用所需条目的编号",
                    ),
                )
            leaves = [each.leaf for each in session.all(log.leaves_from, {"seq": 0, "limit": last.size})]
        proof = prove(row.seq, leaves, last.note)
        return Proven(row.body, proof, self._signer.receipt(proof, entry), self._signing.vkey)


def _require_empty(target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        raise CallError(Words(f"{target} is not empty; choose a new folder", f"{target} 不是空目录；请另选新目录"))


def _found(entry: str, session: Connection) -> EntryRow | None:
    """The entry of an id: it was made in the commit whose instant the id bears (UUIDv7)."""
    try:
        made = UUID(entry)
    except ValueError:
        return None
    if str(made) != entry:
        return None
    near = (made.int >> 80) * 1000
    about = {"since": near - _NEAR_US, "until": near + _NEAR_US, "id": f'%"id":"{entry}"%'}
    return next(iter(session.all(log.entries_between, about)), None)


def _until(size: int, session: Connection, progress: Callable[[int, int], None]) -> Iterator[tuple[int, bytes]]:
    for row in _entries(session):
        if row.seq < size:
            progress(row.seq, size)
            yield row.seq, row.body.encode()


def _entries(session: Connection) -> Iterator[log.EntryLeafRow]:
    after = -1
    while rows := session.all(log.entries_after, {"seq": after, "limit": _CHUNK}):
        yield from rows
        after = rows[-1].seq
