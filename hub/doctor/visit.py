"""Everything that is looked at, of one hub folder, in the order in which one thing rests on another."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from hub.assembly import Assembly
from hub.audit.keys import log_key
from hub.certificates.signature import published
from hub.clock import Clock
from hub.config.folder import HubFolder, read_folder, read_settings, store_url
from hub.config.settings import HubSettings
from hub.doctor import ends, machine, owners, process, stored, work
from hub.doctor.examining import Check, examined
from hub.doctor.finding import Finding
from hub.parts.ruled import ruled_folder
from hub.rules.files.finding import UnreadableFile
from hub.store.address import Address
from hub.store.seat import holder_in, holder_of
from hub.views import status
from schemas.errors import LicetError
from schemas.words import Words, number_of

_DATA = "data"


class Visit:
    """One visit to a hub, running or not; it changes nothing. Each part is made by the look that first needs it."""

    def __init__(self, path: Path, machine_clock: Clock) -> None:
        self.path = path
        self._machine = machine_clock
        self._runs = False

    @cached_property
    def folder(self) -> HubFolder:
        """The folder, read, with the rules that are in force, as far as the store says which."""
        try:
            return read_folder(self.path) if self._locked else ruled_folder(self.path)
        except UnreadableFile:
            raise
        except LicetError:  # of the store: its own look tells of it
            return read_folder(self.path)

    @cached_property
    def _locked(self) -> bool:
        """Whether another program keeps everybody from reading the store: then nothing of the folder waits for it."""
        try:
            file = Address(store_url(read_settings(self.path), self.path)).file
        except LicetError:  # the look at the folder tells of it
            return False
        return file is not None and stored.locked(file)

    @cached_property
    def parts(self) -> Assembly:
        """The parts of the hub."""
        return Assembly(self.folder)

    def findings(self) -> Iterator[Finding]:
        """What is found, as it is found."""
        yield from examined(self._checks(), self._machine.monotonic)

    def close(self) -> None:
        """Close what was opened, where the folder could be read."""
        if "parts" in vars(self):
            self.parts.close()

    def _checks(self) -> list[Check]:
        stored_too = ("folder", "store")
        return [
            Check("folder", self._folder, command="licet check"),
            Check("disk", self._disk),
            Check("store", self._store, ("folder",), "licet check"),
            Check("store", self._pages, stored_too, "licet backup DIR"),
            Check("hub", self._hub, ("folder",), "licet connectors"),
            Check("clock", self._clock, stored_too, "licet clock"),
            Check("log", self._log, stored_too, "licet audit verify"),
            Check("register", self._register, stored_too, "licet audit verify"),
            Check("backlog", self._backlog, stored_too, "licet connectors"),
            Check("sources", self._sources, stored_too, "licet connectors"),
            Check("doors", self._doors, stored_too, "licet connectors"),
            Check("keys", self._keys, stored_too, "licet keys list"),
            Check("owners", self._owners, stored_too, "licet alarms list"),
        ]

    def _folder(self) -> Iterable[Finding]:
        folder = self.folder
        words = Words(
            f"{number_of(len(folder.instances), 'connector')}, {number_of(len(folder.positions), 'position')}, "
            f"{number_of(len(folder.courses), 'course')}",
            f"连接器 {len(folder.instances)} 个、岗位 {len(folder.positions)} 个、课程 {len(folder.courses)} 个",
        )
        return [_rules(folder) or Finding("folder", "good", words)]

    def _disk(self) -> Iterable[Finding]:
        try:
            floor = self.folder.settings.hub.disk_floor_mb
        except LicetError:  # its own look tells of it
            floor = HubSettings().disk_floor_mb
        return machine.disk(self.path / _DATA, floor)

    def _store(self) -> Iterable[Finding]:
        if self._locked:
            return [stored.held_locked(Address(self.folder.database_url))]
        return stored.store(self.parts.database, lambda: self.parts.identity)

    def _pages(self) -> Iterable[Finding]:
        return stored.pages(self.parts.database, self._machine.monotonic)

    def _hub(self) -> Iterable[Finding]:
        url = process.address(self.folder.listeners)
        own = published(log_key(self.path).public_key())
        heard = process.ask(url, own) if url else None
        holder = self._holder() if heard is None else None
        self._runs = holder is not None or (heard is not None and heard.ours)
        return process.process(url, heard, holder)

    def _holder(self) -> str | None:
        file = Address(self.folder.database_url).file
        if file is not None:
            return holder_of(file)
        with self.parts.database.reading() as session:
            return holder_in(session)

    def _clock(self) -> Iterator[Finding]:
        with self.parts.database.reading() as session:
            yield from machine.clock(session, self._machine.now(), self.folder.zone)

    def _log(self) -> Iterable[Finding]:
        parts = self.parts
        return stored.audit(parts.database, parts.signer, parts.clock.now(), self.folder.zone, runs=self._runs)

    def _register(self) -> Iterable[Finding]:
        return stored.documents(self.parts.database, self.parts.shelf, self._machine.monotonic)

    def _backlog(self) -> Iterator[Finding]:
        with self.parts.database.reading() as session:
            yield from work.backlog(session, self.parts.clock.now(), self.folder.zone, runs=self._runs)

    def connectors(self) -> list[status.ConnectorStatus]:
        """How each connector stands."""
        titles = {name: each.spec.title for name, each in self.folder.instances.items()}
        return status.connectors(self.parts.database, titles, self.parts.messenger)

    def _sources(self) -> Iterator[Finding]:
        found, now = self.connectors(), self.parts.clock.now()
        with self.parts.database.reading() as session:
            yield from work.sources(found, self.folder.instances, session, now, self.folder.zone)

    def _doors(self) -> Iterator[Finding]:
        found, now = self.connectors(), self.parts.clock.now()
        with self.parts.database.reading() as session:
            yield from work.outside(found, session, now, self.folder.zone)

    def _keys(self) -> Iterable[Finding]:
        return ends.ending(self.parts.key_list.all(), self.folder, self.parts.clock.now())

    def _owners(self) -> Iterator[Finding]:
        with self.parts.database.reading() as session:
            yield from owners.owners(session, self.folder, self.parts.clock.now())


def _rules(folder: HubFolder) -> Finding | None:
    """That files of it say something else than what is in force, and wait."""
    files = ", ".join(dict.fromkeys(each.file for each in folder.waiting))
    if not files:
        return None
    if folder.unread is not None:
        words = Words(
            f"nobody is judged: the rules in force cannot be read by this version ({files})",
            f"暂停判定：本版本无法读取现行规则（{files}）",
        )
        return Finding("folder", "bad", words, "licet check")
    words = Words(
        f"other rules are in force than these files say: {files}", f"以下文件与现行规则不一致，尚未启用：{files}"
    )
    return Finding("folder", "bad", words, "licet check")
