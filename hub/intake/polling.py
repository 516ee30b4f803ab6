"""Asks the systems that do not push: cursor and facts in the same order of events."""

import logging
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any

import orjson

from connectors.port import Holding, Kept, Page, PollSource
from hub.clock import Clock
from hub.identity.operators import Acting
from hub.intake.active_mappings import ActiveMappings
from hub.intake.cursors import Cursor, OvertakenError, Place, accepted, failed, heard, moved
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Prepared, Preparer
from hub.intake.round import Round, faults_in, held_items, sources_in
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.space import Space
from hub.store.tables import connectors
from hub.store.writer import Writer
from schemas.errors import LicetError
from schemas.transmission import Outcome, Transmission

log = logging.getLogger(__name__)

KEEP_SECONDS = 240.0
"""A roster of many thousands is one transmission, and one commit."""
_CURSORS = "cursors"
"""Key that seals what adapters keep between polls."""
Also = Callable[[Counter[str], Tx], None]
"""Hears in the commit that moves a cursor what became of the items of its page."""


_Move = Callable[[Page, Place, str | None, Tx], None]
"""Moves a cursor past a page from that place, to where it goes on, sealed; nothing where it stays."""


@dataclass(frozen=True, slots=True)
class Polled:
    """One instance that is asked."""

    name: str
    source: PollSource
    origin: Origin
    every: timedelta


class Polling:
    """Asks each instance at its interval, a page a turn; ``ask`` does one round for tests, the demo and the command."""

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
        space: Space,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._polled = polled
        self._pause = pause
        self._rests: dict[str, float] = {}
        self._turns = {each.name: Lock() for each in polled}
        self._space = space
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

    def turn(self, polled: Polled, progress: Callable[[int], None] = lambda _items: None) -> float | None:
        """Ask for one page, unless the system wants to be left alone; in how many seconds there is more to ask for."""
        left = self.rest_of(polled)
        if left > 0:
            return left
        asked = self.page(polled, progress)
        return asked.rest or asked.again_in

    def rest_of(self, polled: Polled) -> float:
        """For how many seconds the system wants to be left alone."""
        return max(self._rests.get(polled.name, 0.0) - self._clock.monotonic(), 0.0)

    def ask(self, polled: Polled, *, progress: Callable[[int], None] = lambda _items: None) -> Round:
        """One round of all its pages, and what came of it."""
        asked = self.page(polled, progress)
        while asked.again_in is not None:
            self._pause(asked.again_in)
            asked = asked.followed_by(self.page(polled, progress))
        return asked

    def page(
        self,
        polled: Polled,
        progress: Callable[[int], None] = lambda _items: None,
        also: Also = lambda _counts, _tx: None,
    ) -> Round:
        """Ask for one page; nobody else asks the system meanwhile. ``also``: done in the commit that moves the cursor.

        The cursor moves in the commit that keeps everything of the page. Where another process (a command) was quicker,
        the system is asked again from where that left off.
        """
        return self._taken(polled, lambda: self._place(polled.name), partial(moved, polled.name), also, progress)

    def page_back(self, polled: Polled, cursor: Cursor, move: Callable[[str, Tx], None], also: Also) -> Round:
        """Ask for one page of what was asked for before, by a cursor of whoever asks; ``move`` hears the next, sealed.

        Neither the cursor of the instance moves by it nor until when it is complete.
        """

        def moved_back(page: Page, _before: Place, onward: str | None, tx: Tx) -> None:
            heard(polled.name, page, tx)
            if onward is not None:
                move(onward, tx)

        return self._taken(polled, lambda: Place(cursor), moved_back, also)

    def _taken(
        self,
        polled: Polled,
        place: Callable[[], Place],
        move: _Move,
        also: Also,
        progress: Callable[[int], None] = lambda _items: None,
    ) -> Round:
        with self._turns[polled.name]:
            asked = self._page(polled, place, move, also, progress)
        self._rests[polled.name] = self._clock.monotonic() + asked.rest
        return asked

    def _page(
        self,
        polled: Polled,
        place: Callable[[], Place],
        move: _Move,
        also: Also,
        progress: Callable[[int], None],
    ) -> Round:
        try:
            self._space.require()
            before = place()
            page = polled.source.poll(before.cursor, self._clock.now())
        except LicetError as error:
            code = error.code
            self._writer.call(lambda tx: failed(polled.name, code, tx))
            log.warning("%s: %s", polled.name, error.message)
            return Round(error=error)
        for told in _held(page):
            log.warning("%s: %s", polled.name, told)
        cursor = None if page.cursor == before.cursor else self._sealed(polled.name, page.cursor)
        read = [self._read(each, polled, progress) for each in page.transmissions]

        def keep(tx: Tx) -> list[Kept]:
            kept = self._keeper.keep([prepared for prepared, _outcomes in read], tx) if read else []
            move(page, before, cursor, tx)
            also(sum((Counter(each.counts) for each in kept), Counter()), tx)
            return kept

        try:
            kept = self._writer.call(keep, KEEP_SECONDS)
        except OvertakenError:  # of two that ask at once, one keeps nothing
            log.info("%s: another process has asked it meanwhile; asked again from where that left off", polled.name)
            return self._page(polled, place, move, also, progress)
        asked = Round(page)
        for transmission, (prepared, outcomes), each in zip(page.transmissions, read, kept, strict=True):
            self._keeper.committed(prepared)
            asked.counts.update(each.counts)
            asked.faults.extend(faults_in(transmission, outcomes))
            asked.held.extend(held_items(transmission, outcomes, each.held))
            asked.sources.update(sources_in(outcomes))
        return asked

    def _read(
        self, transmission: Transmission, polled: Polled, progress: Callable[[int], None]
    ) -> tuple[Prepared, Sequence[Outcome]]:
        mapping = self._mappings.of(polled.name)
        outcomes = mapping.read(transmission)
        prepared = self._preparer.prepare(transmission, outcomes, polled.origin, mapping)
        progress(prepared.total)
        return prepared, outcomes

    def accept(self, name: str, holding: Holding, acting: Acting) -> Sequence[str]:
        """Let pass what an instance holds back as a whole, when it is asked next; what that is, nothing if nothing."""
        before = self._place(name)
        cursor, files = holding.accepted(before.cursor)
        sealed = self._sealed(name, cursor) if files else ""
        try:
            if files:
                self._writer.call(lambda tx: accepted(name, before, sealed, acting, tx))
        except OvertakenError:
            return self.accept(name, holding, acting)
        return files

    def _sealed(self, name: str, cursor: Mapping[str, Any]) -> str:
        """A cursor for the store: it may name people, so nobody reads it there."""
        self._sealer.keys.create([_CURSORS])
        return b64encode(self._sealer.seal(_CURSORS, orjson.dumps(dict(cursor)), name)).decode()

    def _place(self, name: str) -> Place:
        with self._database.reading() as session:
            row = session.one(connectors.cursor, {"connector": name})
        return Place(self.opened(name, row.cursor), row.cursor) if row is not None and row.cursor else Place({})

    def opened(self, name: str, sealed: str) -> dict[str, Any]:
        """A cursor as it was before it was sealed; an empty one if its key is gone."""
        plain = self._sealer.open(_CURSORS, b64decode(sealed), name)
        cursor: dict[str, Any] = {} if plain is None else orjson.loads(plain)
        return cursor


def _held(page: Page) -> Iterator[str]:
    """Why parts of what was found were not read."""
    for told in page.summary.values():
        if isinstance(told, dict) and "held" in told:
            yield str(told["held"])
