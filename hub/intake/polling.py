"""Asks the systems that do not push: cursor and facts in the same order of events."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from connectors.port import Page, PollSource
from hub.clock import Clock, to_us
from hub.intake.active_mappings import ActiveMappings
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Preparer
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.tables import connectors
from hub.store.writer import Writer
from schemas.errors import LicetError

log = logging.getLogger(__name__)

KEEP_SECONDS = 240.0
"""A roster of many thousands is one transmission, and one commit."""
_CURSORS = "cursors"
"""Key that seals what adapters keep between polls."""


@dataclass(frozen=True, slots=True)
class Polled:
    """One instance that is asked."""

    name: str
    source: PollSource
    origin: Origin
    every: timedelta


class Polling:
    """Asks each instance at its interval; ``ask`` does one round for tests, the demo and the command."""

    def __init__(
        self,
        polled: list[Polled],
        *,
        mappings: ActiveMappings,
        preparer: Preparer,
        keeper: Keeper,
        sealer: Sealer,
        writer: Writer,
        database: Database,
        clock: Clock,
    ) -> None:
        self._polled = polled
        self._mappings = mappings
        self._preparer = preparer
        self._keeper = keeper
        self._sealer = sealer
        self._writer = writer
        self._database = database
        self._clock = clock

    @property
    def polled(self) -> Sequence[Polled]:
        """All instances that are asked."""
        return self._polled

    def one(self, name: str) -> Polled | None:
        """An instance by name."""
        return next((each for each in self._polled if each.name == name), None)

    def ask(self, polled: Polled, *, progress: Callable[[int], None] = lambda _items: None) -> Page | None:
        """One round. The cursor moves only after everything of the page is durable; nothing when it failed."""
        try:
            page = polled.source.poll(self._cursor(polled.name), self._clock.now())
        except LicetError as error:
            code = error.code
            self._writer.call(lambda tx: _failed(polled.name, code, tx))
            log.warning("%s: %s", polled.name, error.message)
            return None
        mapping = self._mappings.of(polled.name)
        for transmission in page.transmissions:
            prepared = self._preparer.prepare(transmission, mapping.read(transmission), polled.origin, mapping)
            (kept,) = self._writer.call(
                lambda tx, prepared=prepared: self._keeper.keep((prepared,), tx),  # type: ignore[misc]
                KEEP_SECONDS,
            )
            self._keeper.committed(prepared)
            progress(kept.total)
        cursor = self._sealed(polled.name, page)
        self._writer.call(lambda tx: _moved(polled.name, page, cursor, tx))
        return page

    def _sealed(self, name: str, page: Page) -> str:
        """A cursor for the store: it may name people, so nobody reads it there."""
        self._sealer.keys.create([_CURSORS])
        return b64encode(self._sealer.seal(_CURSORS, orjson.dumps(dict(page.cursor)), name)).decode()

    def _cursor(self, name: str) -> dict[str, Any]:
        with self._database.reading() as session:
            row = session.one(connectors.cursor, {"connector": name})
        if row is None or not row.cursor:
            return {}
        plain = self._sealer.open(_CURSORS, b64decode(row.cursor), name)
        cursor: dict[str, Any] = {} if plain is None else orjson.loads(plain)
        return cursor


def _moved(name: str, page: Page, cursor: str, tx: Tx) -> None:
    tx.session.run(connectors.contact, {"of": name, "at": tx.now_us})
    if page.alarm:
        tx.session.run(connectors.connector_error, {"of": name, "code": page.alarm, "at": tx.now_us})
        tx.log("alarm", connector=name, code=page.alarm)
    if page.complete_until is not None and not page.alarm:
        complete_until = to_us(page.complete_until)
        tx.session.run(connectors.set_watermark, {"connector": name, "peer": "", "complete_until": complete_until})
    if page.summary:
        summary = orjson.dumps({part: _figures(told) for part, told in page.summary.items()}).decode()
        tx.session.run(connectors.set_cursor, {"of": name, "cursor": cursor, "summary": summary})


def _figures(told: Any) -> Any:
    """What of a summary may stand in the store: figures, no row that names somebody."""
    return {name: each for name, each in told.items() if isinstance(each, int)} if isinstance(told, dict) else None


def _failed(name: str, code: str, tx: Tx) -> None:
    tx.session.run(connectors.connector_error, {"of": name, "code": code, "at": tx.now_us})
