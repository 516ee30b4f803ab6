"""What everything stands on: the folder, the clocks, the store, the keys, the log's signer."""

import socket
from collections.abc import Collection
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from audit_log.checkpoint import key_id
from audit_log.signer import Signer
from hub.access.leases import decider
from hub.audit.enclosures import Enclosures
from hub.audit.keys import log_key
from hub.audit.lifetime import Lifetime, host_name
from hub.clock import Clock, Ids, SystemClock
from hub.config.folder import HubFolder
from hub.guarded_clock import GuardedClock, ShiftedClock, machine_clock
from hub.parts.identity import Identity, grown, missing_store, newborn, same_signature
from hub.store.commit import Activators
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.sealing import KeyFile, Sealer
from hub.store.seat import Seat, seat_of
from hub.store.space import Space
from hub.store.tables.clock import held
from hub.store.tables.hub import hub
from hub.store.version import StoreVersionError
from schemas.errors import LicetError


class Ground:
    """Store, keys and clocks of one hub, each opened when it is first asked for, and closed in the opposite order.

    ``deciding`` is for the hub itself, which holds the seat of its store; a command beside it leaves who is to be
    looked at in ``due``. ``away``: ports of outside systems that it does not call itself, as other processes do.
    """

    def __init__(
        self,
        folder: HubFolder,
        clock: Clock | None = None,
        ids: Ids | None = None,
        *,
        deciding: bool = False,
        away: Collection[str] = (),
    ) -> None:
        self.folder = folder
        self._clock = clock or (machine_clock() if deciding else None)
        self._ids = ids or Ids()
        self._deciding = deciding
        self._away = away
        self._closing = ExitStack()

    @property
    def guard(self) -> GuardedClock | None:
        """The clock of a hub that decides: it is held where the machine's leaps."""
        return self._clock if isinstance(self._clock, GuardedClock) else None

    def disbelieved(self) -> datetime | None:
        """What the machine's calendar shows while it is not believed."""
        return None if self.guard is None or not self.guard.state.held else self.guard.machine_now()

    @cached_property
    def clock(self) -> Clock:
        """The calendar and the clock that only grows; a command beside a hub goes by the calendar of that hub."""
        if self._clock is not None:
            return self._clock
        try:
            with self.database.reading() as session:
                row = session.one(held, {})
        except LicetError:  # no store yet, or none of this version
            row = None
        ahead = 0 if row is None or row.believed else row.ahead_us
        return ShiftedClock(SystemClock(), timedelta(microseconds=ahead)) if ahead else SystemClock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        self._closing.close()

    @property
    def _data(self) -> Path:
        return self.folder.path / "data"

    @cached_property
    def _newborn(self) -> str | None:
        """The id of a hub that makes its parts now: the first start of a folder that was made for it."""
        return newborn(self._data) if self._deciding else None

    @cached_property
    def database(self) -> Database:
        """The store, as readers use it. The hub itself makes it, or moves it on; a command beside it does neither."""
        try:
            if self._deciding:
                migrate(self.folder.database_url, make=self._newborn is not None)
            database = Database(self.folder.database_url)
        except StoreVersionError as error:
            if error.code == "store.missing" and newborn(self._data) is None:
                raise missing_store() from error
            raise
        self._closing.callback(database.close)
        return database

    @cached_property
    def space(self) -> Space:
        """The room on the disk."""
        return Space(self._data, self.folder.settings.hub.disk_floor_mb << 20, self.clock)

    @cached_property
    def keys(self) -> KeyFile:
        """The keys of whatever is sealed in the store."""
        _ = self.database
        path = self._data / "keys.db"
        if self._newborn is not None and not path.exists():
            KeyFile.make(path)
        keys = KeyFile(path, self.folder.master_key)
        self._closing.callback(keys.close)
        return keys

    @cached_property
    def sealer(self) -> Sealer:
        """What seals and opens names and bodies."""
        return Sealer(self.keys, self.folder.master_key)

    @cached_property
    def identity(self) -> Identity:
        """Which hub this is; all parts are there and agree, whoever writes asks for it first."""
        identity = Identity(self.keys, self.signer, self.database)
        if self._newborn is not None:
            identity.begin(self._newborn)
            grown(self._data)
        identity.compare(thoroughly=self._deciding)
        return identity

    @cached_property
    def enclosures(self) -> Enclosures:
        """What entries commit to."""
        return Enclosures(self.sealer)

    @property
    def _seat(self) -> Seat | None:
        if not self._deciding:
            return None
        seat = seat_of(self.database.file, "" if self.database.is_sqlite else self._owner)
        self._closing.callback(seat.close)
        return seat

    @cached_property
    def signer(self) -> Signer:
        """What remembers what was signed of the log."""
        name, key, memory = self.folder.settings.hub.name, log_key(self.folder.path), self._data / "signer.json"
        with self.database.reading() as connection:
            same_signature(connection.one(hub, {}), name, key.public_key())
        if self._newborn is not None and not memory.exists():
            return Signer.begin(name, key, memory)
        return Signer(name, key, memory)

    @cached_property
    def lifetime(self) -> Lifetime:
        """This run, as its entries name it."""
        return Lifetime(
            boot=self._ids.token(),
            version=version("licet"),
            host=host_name(socket.gethostname()),
            config=self.sealer.settings_mark(self.folder.configuration),
            rules=self.folder.revision,
            key=key_id(self.signer.name, self.signer.public).hex(),
        )

    @cached_property
    def activators(self) -> Activators:
        """What wakes the loops."""
        return Activators()

    @cached_property
    def _owner(self) -> str:
        return decider(self._ids.token())
