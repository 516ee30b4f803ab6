"""Traces of what was not taken, as values: another process may hand them on to the one that writes the log."""

from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from audit_log.kinds import is_peer
from connectors.port import AuthMethod
from hub.audit.enclosures import Enclosures
from hub.clock import stamp
from hub.intake.proof import rejected
from hub.store.commit import Tx
from hub.store.tables.connectors import connector_error
from hub.store.writer import Writer


class Refusal(NamedTuple):
    """One request that was refused. ``auth``: how its proof was not good, if it was that. ``body``: what it brought, if
    that was read whole. ``counted``: its connector has a balance in which it stands."""

    connector: str
    peer: str
    code: str
    auth: AuthMethod | None
    body: bytes
    counted: bool

    def write(self, tx: Tx, enclosures: Enclosures) -> None:
        """Leave the entry."""
        if self.counted:
            tx.count(self.connector, "refused")
            tx.session.run(connector_error, {"of": self.connector, "code": self.code, "at": tx.now_us})
        entry = tx.new_id()
        tx.log(
            "refused",
            entry=entry,
            connector=self.connector,
            peer=self.peer if is_peer(self.peer) else None,
            code=self.code,
            auth=None if self.auth is None else rejected(self.auth),
            body=enclosures.commit(entry, "body", self.body, tx) if self.body else None,
        )


class Flood(NamedTuple):
    """What one peer sent beyond the limit of single entries: how much, why it was refused, a digest of all of it."""

    connector: str
    peer: str
    refused: int
    codes: list[str]
    digest: bytes
    since: datetime

    def write(self, tx: Tx, enclosures: Enclosures) -> None:
        """Leave the entry."""
        entry = tx.new_id()
        tx.log(
            "refusals",
            entry=entry,
            connector=self.connector,
            peer=self.peer if is_peer(self.peer) else None,
            count=self.refused,
            codes=self.codes,
            since=stamp(self.since),
            body=enclosures.commit(entry, "body", self.digest, tx),
        )


class Beyond(NamedTuple):
    """So many refusals that have no entry of their own, for the balance of their connector."""

    connector: str
    refused: int

    def write(self, tx: Tx, _enclosures: Enclosures) -> None:
        """Count them."""
        tx.count(self.connector, "refused", self.refused)


class Contradiction(NamedTuple):
    """Content that contradicts what is known under its id."""

    connector: str
    peer: str
    code: str
    known: bytes
    found: bytes

    def write(self, tx: Tx, enclosures: Enclosures) -> None:
        """Leave the alarm."""
        entry = tx.new_id()
        tx.log(
            "alarm",
            entry=entry,
            connector=self.connector,
            peer=self.peer if is_peer(self.peer) else None,
            code=self.code,
            known=enclosures.commit(entry, "known", self.known, tx),
            found=enclosures.commit(entry, "found", self.found, tx),
        )


Trace = Refusal | Flood | Beyond | Contradiction


class Traces(Protocol):
    """Where traces go."""

    def enter(self, trace: Trace) -> Awaitable[None]:
        """Keep one; it is durable once that was awaited."""
        ...

    def leave(self, trace: Trace) -> None:
        """Keep one, soon.

        Raises:
            UnavailableError: The store is away.
        """
        ...


class WrittenTraces:
    """Traces of the process that writes the log."""

    def __init__(self, writer: Writer, enclosures: Enclosures) -> None:
        self._writer = writer
        self._enclosures = enclosures

    def enter(self, trace: Trace) -> Awaitable[None]:
        """Keep one; it is durable once that was awaited."""
        return self._writer.submit_async(partial(self._write, trace))

    def leave(self, trace: Trace) -> None:
        """Keep one, with the next commit."""
        self._writer.submit(partial(self._write, trace))

    def _write(self, trace: Trace, tx: Tx) -> None:
        trace.write(tx, self._enclosures)
