"""A hub in this process behind a real socket, whose calendar the demo advances from due instant to due instant."""

import threading
import time
from datetime import datetime
from pathlib import Path

import uvloop

from hub.clock import from_us
from hub.demo.stage import Patience, wait_for
from hub.front.server import bind, server
from hub.parts.ruled import ruled_folder
from hub.places import address
from hub.running import Hub
from hub.store.tables import access, notices, review


class DemoClock:
    """A calendar that the demo sets; the monotonic clock is the machine's."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The demo's calendar, aware UTC."""
        return self._at

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def set(self, at: datetime) -> None:
        """Move the calendar."""
        self._at = at


class LiveHub:
    """A hub in this process behind a real socket, whose calendar the demo advances from due instant to due instant."""

    def __init__(self, folder: Path, clock: DemoClock, enough: Patience) -> None:
        self.clock = clock
        self._enough = enough
        self._socket = bind("127.0.0.1:0")
        self.url = address(self._socket)
        self.hub = Hub(ruled_folder(folder), clock)
        parts = self.hub.parts
        self._front = server(
            self.hub.app(lambda: self.url),
            admission=parts.admission,
            largest_body=parts.largest_body,
            refused=parts.strangers.refused,
        )
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), name="front", daemon=True)
        self.hub.start(polling=False, sweeping=False)
        self._thread.start()
        wait_for(lambda: self._front.started, "the hub accepts", enough)

    async def _serve(self) -> None:
        await self._front.serve(sockets=[self._socket])

    def advance(self, to: datetime) -> None:
        """Let time pass: stop at every instant at which somebody must be looked at, and let it take effect."""
        while (at := self.hub.parts.deadlines.next_at()) is not None and from_us(at) <= to:
            self.clock.set(max(from_us(at), self.clock.now()))
            self.hub.parts.deadlines.work_off()
            self.settle()
        self.clock.set(to)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way: due worked off, doors observed, mail handed over."""
        wait_for(self._is_quiet, "the hub is quiet", self._enough)

    def _is_quiet(self) -> bool:
        with self.hub.parts.database.reading() as connection:
            due = connection.one(review.next_due, {})
            outbox = connection.all(access.outbox_size, {})
            mail = connection.one(notices.notices_waiting, {})
        overdue = due is not None and due.at is not None and from_us(due.at) <= self.clock.now()
        return not overdue and not outbox and not (mail and mail.waiting)

    def close(self) -> None:
        """Stop the front, then the hub."""
        self._front.end()
        self._thread.join()
        self.hub.stop()
        self._socket.close()
