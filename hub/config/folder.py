"""Reads a hub folder: settings, positions, courses, connector instances. Secrets are references, never values."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import SecretStr

from connectors.keys import read_reference, resolve_secret
from hub.config.calendars import read_workdays
from hub.config.checks import position_faults, settings_faults
from hub.config.instances import Instance, read_instances
from hub.config.key_files import FROM_BACKUP, KEYS_SECRET, MASTER
from hub.config.names import listed_faults
from hub.config.renewals import read_renewals
from hub.config.rule_files import COURSES_FILE, course_text, position_paths
from hub.config.settings import KeySettings, ListenerSettings, Settings
from hub.config.settings_file import SETTINGS_FILE, read_settings_file, settings_of, tables_of, text_of
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.named import Named
from hub.rules.files.reading import read_courses, read_position
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.workdays import Workdays
from schemas.errors import SettingError
from schemas.position import Course, ExamRequirement, Position
from schemas.record import Names
from schemas.renewal import RenewalRule
from schemas.system import why_not
from schemas.words import Words

_T = TypeVar("_T")


@dataclass(frozen=True)
class HubFolder:
    """A hub folder that was read and found whole."""

    path: Path
    settings: Settings
    instances: Mapping[str, Instance]
    position_files: Mapping[str, Position]
    """By file, each a version of a position."""
    courses: Mapping[str, Course]
    workdays: Workdays
    renewals: Mapping[str, RenewalRule]
    """What issuers demand, by the names that positions call it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The position files and the courses as they are written."""
    waiting: tuple[Finding, ...] = ()
    """What stands otherwise in the folder, or cannot be read there, and is not in force."""
    gone: frozenset[str] = frozenset()
    """The posts without a file whose rules stay in force."""
    unread: Named | None = None
    """What the rules in force name, where this program cannot read them: by no rules anybody is judged then."""

    @cached_property
    def positions(self) -> Mapping[str, Position]:
        """The latest version of each position: its name, its credentials, what its scopes open."""
        return {name: each[-1].position for name, each in self.rulebook.positions.items()}

    @property
    def credentials(self) -> frozenset[str]:
        """What credentials are called in any version of a position, by us and by their issuers."""
        if self.unread is not None:
            return self.unread.credentials
        rules = (each for position in self.position_files.values() for each in position.credential.items())
        return frozenset(called for name, rule in rules for called in (name, rule.scheme or name))

    @property
    def own_credentials(self) -> frozenset[str]:
        """What those are called, by us and by others, that the hub itself gives."""
        if self.unread is not None:
            return self.unread.own
        rules = (each for position in self.position_files.values() for each in position.credential.items())
        return frozenset(called for name, rule in rules if rule.own for called in (name, rule.scheme or name))

    @property
    def sources(self) -> frozenset[str]:
        """Whose identifiers may name a person: the instances, and the sources that they share."""
        instances = self.instances.values()
        own = (each.spec.sources(each.settings) for each in instances)
        return frozenset(self.instances).union({each.identifiers for each in instances if each.identifiers}, *own)

    @property
    def exams(self) -> frozenset[str]:
        """What exams are called in any version of a position."""
        return exams_of(self.position_files.values()) if self.unread is None else self.unread.exams

    @property
    def names(self) -> Names:
        """What records may name, by kind."""
        if self.unread is not None:
            return {"position": self.unread.positions, "course": self.unread.courses}
        return {"position": self.positions, "course": self.courses}

    @cached_property
    def rulebook(self) -> Rulebook:
        """All positions in all their versions, and the calendar they go by."""
        by_id: dict[str, list[tuple[str, Position]]] = {}
        for file, position in self.position_files.items():
            by_id.setdefault(position.id, []).append((file, position))
        found = {
            id: versions([each for _file, each in of], self.zone, [file for file, _each in of])
            for id, of in sorted(by_id.items())
        }
        replaced = {name: course.replaces for name, course in self.courses.items() if course.replaces}
        return Rulebook(found, self.zone, self.workdays, replaced)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.settings.hub.zone)

    @cached_property
    def min_travel(self) -> timedelta:
        """In less nobody goes from one site to another."""
        return timedelta(minutes=self.settings.hub.min_travel_minutes)

    @cached_property
    def revision(self) -> str:
        """Digest of the positions, the courses and the way between sites: which rules judged."""
        texts = [each.model_dump_json() for each in (*self.position_files.values(), *self.courses.values())]
        if self.unread is not None:
            texts = [part for each in sorted(self.texts.items()) for part in each]
        return hashlib.sha256("\n".join([*texts, str(self.min_travel)]).encode()).hexdigest()[:16]

    @cached_property
    def configuration(self) -> bytes:
        """All settings as they hold, secrets among them: for a keyed digest, never to be shown."""
        instances = {name: each.settings.model_dump() for name, each in self.instances.items()}
        held = {"settings": self.settings.model_dump(), "instances": instances}
        return orjson.dumps(held, default=_revealed, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)

    @cached_property
    def listeners(self) -> Mapping[str, ListenerSettings]:
        """Where it listens, with files counted from the folder: as it says, or at one address for everything."""
        named = self.settings.listeners or {"all": ListenerSettings(listen=self.settings.hub.listen)}
        return {name: self._with_paths(each) for name, each in named.items()}

    def _with_paths(self, listener: ListenerSettings) -> ListenerSettings:
        files = {"certificate": listener.certificate, "key": listener.key, "client_ca": listener.client_ca}
        whole = {name: str(self.path / file) for name, file in files.items() if file}
        return listener.model_copy(update={"public_url": listener.public_url or self.settings.hub.public_url, **whole})

    @property
    def master_key(self) -> bytes:
        """The key that wraps all others.

        Raises:
            ConfigError: It is missing.
        """
        file = self.path / "keys" / "master.key"
        try:
            return file.read_bytes()
        except OSError as error:
            found = Words(
                f"{file}, which cannot be read: {why_not(error)}", f"无法读取文件 {file}（{why_not(error).zh}）"
            )
            raise SettingError(found, MASTER, code="config.secret", cure=FROM_BACKUP) from error

    @property
    def keys_secret(self) -> bytes:
        """What encrypts private keys.

        Raises:
            ConfigError: There is nothing at its place.
        """
        try:
            return read_reference(self.settings.keys.secret, self.path)
        except SettingError as error:
            own = self.settings.keys.secret == KeySettings().secret
            expected, cure = (MASTER, FROM_BACKUP) if own else (error.expected, KEYS_SECRET)
            setting = "" if own else "keys.secret"
            raise SettingError(error.found, expected, setting=setting, code=error.code, cure=cure) from error

    @property
    def module_pin(self) -> SecretStr:
        """What opens the token of a key module.

        Raises:
            ConfigError: There is nothing at its place, or it is not UTF-8.
        """
        return resolve_secret(self.settings.keys.pin, self.path)

    @property
    def api_token(self) -> str:
        """The bearer token of the API."""
        return resolve_secret("file:keys/api.token", self.path).get_secret_value().strip()

    @property
    def database_url(self) -> str:
        """The store's URL, absolute."""
        return store_url(self.settings, self.path)


def store_url(settings: Settings, path: Path) -> str:
    """The URL of the store of a hub folder, absolute."""
    url = settings.store.url
    if url.startswith("env:"):
        return resolve_secret(url, path).get_secret_value()
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{(path / url.removeprefix('sqlite:///')).resolve()}"
    return url


def exams_of(positions: Iterable[Position]) -> frozenset[str]:
    """What exams are called in some positions."""
    rules = (each for position in positions for each in position.requirement.values())
    return frozenset(rule.exam for rule in rules if isinstance(rule, ExamRequirement))


def _revealed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def read_folder(path: Path, rules: Mapping[str, str] | None = None) -> HubFolder:
    """A hub folder, read and checked; with ``rules``, by path, in the place of its position files and courses.

    Raises:
        ConfigError: All that is wrong in all of its files: place, setting, what was found and what is expected.
    """
    wrong: list[Finding] = []
    file = read_settings_file(path)
    settings = _or(wrong, lambda: settings_of(file))
    instances = {each.name: each for each in read_instances(tables_of(file), path, file, wrong)}
    texts = _texts(path, wrong) if rules is None else {file: rules[file] for file in rules if file != COURSES_FILE}
    positions = _positions(texts, wrong)
    written = _or(wrong, lambda: course_text(path) if rules is None else rules.get(COURSES_FILE, ""))
    courses = None if written is None else _or(wrong, lambda: read_courses(written, COURSES_FILE))
    calendar = _or(wrong, lambda: read_workdays(path))
    renewals = _or(wrong, lambda: read_renewals(path))
    specs = {name: instance.spec for name, instance in instances.items()}
    if settings is not None:
        wrong += settings_faults(path, file, settings, specs)
    wrong += position_faults(texts, settings, specs, positions, courses, renewals)
    ruled = settings is None or bool(settings.packages.rules)
    if len(positions) == len(texts) and not ruled and rules != {}:  # else no name is held against these files
        wrong += listed_faults(file, specs, positions.values(), exams_of(positions.values()), courses)
    if wrong or settings is None or courses is None or written is None or calendar is None or renewals is None:
        raise UnreadableFile(sorted(wrong, key=lambda each: (each.file != SETTINGS_FILE, each.file, each.line)))
    texts[COURSES_FILE] = written
    return HubFolder(path, settings, instances, positions, courses, calendar, renewals, texts)


def _or(wrong: list[Finding], read: Callable[[], _T]) -> _T | None:
    """What is read, or nothing; what is wrong with it is added to ``wrong``."""
    try:
        return read()
    except UnreadableFile as error:
        wrong += error.findings
        return None


def is_hub_folder(path: Path) -> bool:
    """Whether there are settings of a hub in a folder."""
    return (path / SETTINGS_FILE).exists()


def read_settings(path: Path) -> Settings:
    """The settings of a hub folder alone, whatever its other files are.

    Raises:
        ConfigError: Names the setting, what was found and what is expected.
    """
    return settings_of(read_settings_file(path))


def _texts(path: Path, wrong: list[Finding]) -> dict[str, str]:
    """The position files as they are written; what cannot be read is added to ``wrong``."""
    found = {}
    for file in position_paths(path):
        name = f"positions/{file.name}"
        try:
            found[name] = text_of(file, name)
        except UnreadableFile as error:
            wrong += error.findings
    return found


def _positions(texts: Mapping[str, str], wrong: list[Finding]) -> dict[str, Position]:
    """The position files that can be understood; what is wrong with the others is added to ``wrong``."""
    found = {}
    for file, text in texts.items():
        try:
            found[file] = read_position(text, file)
        except UnreadableFile as error:
            wrong += error.findings
    return found
