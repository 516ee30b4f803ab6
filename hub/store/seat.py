"""The seat of the decider: one process decides for a store, whatever folder it was started from."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.errands import seat, take_seat
from hub.store.trouble import StoreError
from schemas.errors import LicetError
from schemas.words import Words

LEFT_SECONDS = 0.5
"""A seat that nobody holds for so long is left: a writer whose session was ended takes it again sooner."""
_SPACE = 0x11CE7
"""Tells our advisory locks of PostgreSQL from those of others; the table of the log's head tells stores apart."""
_LOCKS = Path("/proc/locks")
_TAKE = "SELECT pg_try_advisory_lock(%s, 'head'::regclass::oid::bigint::bit(32)::int)"
_HELD_BY = """
    SELECT application_name, coalesce(client_addr::text, 'this machine')
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = 'head'::regclass::oid
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_END_STILL = """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = 'head'::regclass::oid
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND wait_event = 'ClientRead' AND clock_timestamp() - state_change > interval '4 s'
"""
"""The server's own time-outs do not run after a pipeline, nor within one."""


class Seat(Protocol):
    """The right to decide. ``patience``: the seconds after which a holder that was killed has lost it for certain."""

    patience: float

    def take(self, session: Connection) -> None:
        """Hold it from now on, as long as this session lasts; harmless if it is held already.

        Raises:
            StoreError: ``store.seat``: another process holds it.
        """
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class SessionSeat:
    """A lock of the session that writes, in PostgreSQL: gone with the session, so that every commit proves the seat."""

    patience = 6.0

    def __init__(self, holder: str = "") -> None:
        self._holder = holder
        self._held = False

    def take(self, session: Connection) -> None:
        """Take the lock, and have those who work for who decides know whom; or say who has it, or had it meanwhile."""
        last = session.one(seat, {}) if self._held else None
        if last is not None and last.holder != self._holder:
            raise StoreError(
                "store.seat",
                Words("another process has decided meanwhile; begin anew", "其间另一进程已作出判定，须重新启动"),
                followed=True,
            )
        if not _first(session, _TAKE)[0]:
            _first(session, _END_STILL)
            raise _taken(_named(*(_first(session, _HELD_BY) or (None, None))))
        if self._holder:
            session.run(take_seat, {"holder": self._holder})
            self._held = True

    def close(self) -> None:
        """It goes with its session."""


class Vacancy:
    """Whether the seat of a PostgreSQL store has been left by one who held it: killed, or standing still.

    One whose session has waited for it for seconds stands still, and has the seat no more.
    """

    def __init__(self, opened: Callable[[], Database], clock: Callable[[], float] = time.monotonic) -> None:
        self._open = opened
        self._database: Database | None = None
        self._clock = clock
        self.seen = False
        """Whether anybody held it since this looks."""
        self._free_since: float | None = None

    def look(self) -> bool:
        """Whether somebody held it, and nobody has for a while: who was only cut off has it again by then."""
        try:
            held = self._found()
        except LicetError:  # the store is away, or is not made yet
            held = self.seen
        self.seen = self.seen or held
        if held or not self.seen:
            self._free_since = None
            return False
        self._free_since = self._clock() if self._free_since is None else self._free_since
        return self._clock() - self._free_since >= LEFT_SECONDS

    def _found(self) -> bool:
        if self._database is None:
            self._database = self._open()
        with self._database.reading() as session:
            _first(session, _END_STILL)
            return holder_in(session) is not None

    def close(self) -> None:
        """Look no more."""
        if self._database is not None:
            self._database.close()


class FileSeat:
    """A lock beside the file of a SQLite store: gone with the process, however that ends."""

    patience = 0.0

    def __init__(self, store: Path) -> None:
        self._store = Path(os.path.realpath(store))
        self._file: Any = None

    def take(self, session: Connection) -> None:
        """Lock, or say who has it; a store with two names would have two locks, so it is refused."""
        if self._store.stat().st_nlink > 1:
            raise StoreError(
                "store.seat",
                Words(
                    f"{self._store} has a second name (a hard link); remove that name first",
                    f"{self._store} 另有名称（硬链接）；请先删除该名称",
                ),
            )
        if self._file is not None:
            return
        file = self._store.with_name(self._store.name + ".seat").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            by = file.read().strip() or "another process"
            file.close()
            raise _taken(by) from held
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        self._file = file

    def close(self) -> None:
        """Unlock."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


def seat_of(file: Path | None, holder: str = "") -> Seat:
    """The seat of a store: of its file, or of a PostgreSQL store, which has none.

    ``holder``: who is to decide; one that only keeps others away meanwhile names nobody.
    """
    return SessionSeat(holder) if file is None else FileSeat(file)


def holder_of(store: Path) -> str | None:
    """Who holds the seat of a SQLite store, without touching it; nobody, too, where its process is hidden from us."""
    file = store.with_name(store.name + ".seat")
    try:
        number, locks = file.stat().st_ino, _LOCKS.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return None
    held = any(" FLOCK " in line and f":{number} " in line for line in locks)
    return (file.read_text(encoding="utf-8").strip() or "another process") if held else None


def holder_in(session: Connection) -> str | None:
    """Who holds the seat of a PostgreSQL store."""
    found = _first(session, _HELD_BY)
    return None if found is None else _named(*found)


def _named(name: str | None, place: str | None) -> str:
    return f"{name or 'another process'} at {place or 'a machine unknown'}"


def _taken(by: str) -> StoreError:
    """Somebody else decides."""
    return StoreError(
        "store.seat",
        Words(
            f"this store is served by {by} already; end that one first",
            f"该存储已由 {by} 使用；请先结束该进程",
        ),
    )


def _first(session: Connection, text: str) -> Any:
    return session.connection.execute(text, (_SPACE,)).fetchone()
