"""Reads a hub folder: settings, positions, courses, connector instances. Secrets are references, never values."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, SecretStr, ValidationError

import connectors
from connectors.keys import read_reference, resolve_secret
from connectors.port import Spec
from hub.config.calendars import read_workdays
from hub.config.checks import faults
from hub.config.settings import ConnectorSettings, ListenerSettings, Settings
from hub.rules.files.reading import read_courses, read_position
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.workdays import Workdays
from schemas.errors import ConfigError
from schemas.faults import faults_of
from schemas.position import Course, Position
from schemas.record import Names

_SETTINGS_FILE = "licet.toml"
COURSES_FILE = "courses.toml"
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class Instance:
    """One connector instance, ready to be built."""

    name: str
    spec: Spec
    settings: BaseModel
    identifiers: str
    every: timedelta
    reads: str = ""
    """The mapping document that ``licet.toml`` names for it; empty for its adapter's own."""


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

    @cached_property
    def positions(self) -> Mapping[str, Position]:
        """The latest version of each position: its name, its credentials, what its scopes open."""
        return {name: each[-1].position for name, each in self.rulebook.positions.items()}

    @property
    def credentials(self) -> frozenset[str]:
        """What credentials are called in any version of a position, by us and by their issuers."""
        rules = (each for position in self.position_files.values() for each in position.credential.items())
        return frozenset(called for name, rule in rules for called in (name, rule.scheme or name))

    @property
    def sources(self) -> frozenset[str]:
        """Whose identifiers may name a person: the instances, and the sources that they share."""
        instances = self.instances.values()
        own = (each.spec.sources(each.settings) for each in instances)
        return frozenset(self.instances).union({each.identifiers for each in instances if each.identifiers}, *own)

    @property
    def names(self) -> Names:
        """What records may name, by kind."""
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
    def revision(self) -> str:
        """Digest of the positions and courses: which rules judged."""
        texts = [each.model_dump_json() for each in (*self.position_files.values(), *self.courses.values())]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]

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
            raise ConfigError(f"cannot read {file} ({error.strerror}); `licet init` makes it") from error

    @property
    def keys_secret(self) -> bytes:
        """What encrypts private keys.

        Raises:
            ConfigError: There is nothing at its place.
        """
        return read_reference(self.settings.keys.secret, self.path)

    @property
    def api_token(self) -> str:
        """The bearer token of the API."""
        return resolve_secret("file:keys/api.token", self.path).get_secret_value().strip()

    @property
    def database_url(self) -> str:
        """The store's URL, absolute."""
        url = self.settings.store.url
        if url.startswith("env:"):
            return resolve_secret(url, self.path).get_secret_value()
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(self.path / url.removeprefix('sqlite:///')).resolve()}"
        return url


def _revealed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def read_folder(path: Path) -> HubFolder:
    """A hub folder, read and checked.

    Raises:
        ConfigError: Names the file, the setting, what was found and what is expected.
    """
    settings = read_settings(path)
    instances = {name: _instance(name, table, path) for name, table in settings.connectors.items()}
    specs = {name: instance.spec for name, instance in instances.items()}
    positions, courses = _positions(path), _courses(path)
    if wrong := list(faults(path, settings, specs, positions, courses)):
        raise ConfigError("; ".join(wrong))
    return HubFolder(path, settings, instances, positions, courses, read_workdays(path))


def is_hub_folder(path: Path) -> bool:
    """Whether there are settings of a hub in a folder."""
    return (path / _SETTINGS_FILE).exists()


def read_settings(path: Path) -> Settings:
    """The settings of a hub folder alone, whatever its other files are.

    Raises:
        ConfigError: Names the setting, what was found and what is expected.
    """
    data = _toml(path / _SETTINGS_FILE)
    common = set(ConnectorSettings.model_fields) - {"settings"}
    tables = data.get("connectors", {})
    if not isinstance(tables, dict):
        raise ConfigError(f"{_SETTINGS_FILE}: connectors: found a value, expected a table [connectors.NAME] each")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{_SETTINGS_FILE} [connectors.{name}]: found a value, expected a table")
        own = {key: table.pop(key) for key in list(table) if key not in common}
        table["settings"] = own
    return _validated(Settings, data, _SETTINGS_FILE)


def _positions(path: Path) -> dict[str, Position]:
    return {file: read_position(text, file) for file, text in position_texts(path).items()}


def _courses(path: Path) -> dict[str, Course]:
    return read_courses(course_text(path), COURSES_FILE)


def position_texts(path: Path) -> dict[str, str]:
    """The position files of a hub folder as they are written, by their names within it."""
    return {f"positions/{file.name}": _text(file) for file in sorted((path / "positions").glob("*.toml"))}


def named_texts(path: Path, files: Iterable[Path]) -> dict[str, str]:
    """Files that somebody names; one of the hub folder's own goes by its name within it."""
    own = (path / "positions").resolve()
    return {f"positions/{f.name}" if f.resolve().parent == own else str(f): _text(f) for f in files}


def course_text(path: Path) -> str:
    """The courses of a hub folder as they are written."""
    return _text(path / COURSES_FILE)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file.name}: {error}") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {file} ({error.strerror}); `licet init` writes a folder that is whole"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file.name}: {error}") from error


def _validated(model: type[_M], values: Any, where: str, context: Mapping[str, Any] | None = None) -> _M:
    try:
        return model.model_validate(values, context=dict(context or {}))
    except ValidationError as error:
        raise ConfigError("; ".join(f"{where}: {each}" for each in faults_of(error))) from error


def _instance(name: str, table: ConnectorSettings, path: Path) -> Instance:
    where = f"{_SETTINGS_FILE} [connectors.{name}]"
    spec = connectors.load(table.adapter)
    values = {key: _resolved(spec.settings, key, value, path, where) for key, value in table.settings.items()}
    settings = _validated(spec.settings, values, where, {"base": path})
    return Instance(
        name=name,
        spec=spec.played(settings),
        settings=settings,
        identifiers=table.identifiers,
        every=timedelta(seconds=int(table.every.split()[0])),
        reads=table.mappings.read,
    )


def _resolved(model: type[BaseModel], key: str, value: Any, path: Path, where: str) -> Any:
    """Secrets by reference; paths of folders and files count from the hub folder."""
    field = model.model_fields.get(key)
    annotation = "" if field is None else str(field.annotation)
    if "SecretStr" in annotation:
        return _secret(value, path, f"{where}: {key}")
    return path / value if "Path" in annotation and isinstance(value, str) else value


def _secret(value: Any, path: Path, where: str) -> SecretStr:
    """What a reference names. What stands there instead of one may be the secret itself: it is never shown."""
    if not isinstance(value, str):
        raise ConfigError(f'{where}: expected a reference to a secret: "file:PATH" or "env:NAME"')
    try:
        return resolve_secret(value, path)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}") from error
