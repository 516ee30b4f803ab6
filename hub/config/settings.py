"""Reads a hub folder: settings, positions, courses, connector instances. Secrets are references, never values."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import connectors
from connectors.keys import resolve_secret
from connectors.port import Spec
from hub.rules.position import parse_position
from schemas.errors import ConfigError
from schemas.position import Course, Position
from schemas.record import ZoneName

_SETTINGS_FILE = "licet.toml"
_COURSES_FILE = "courses.toml"
_M = TypeVar("_M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubSettings(_Strict):
    """``[hub]``: what holds for the whole hub."""

    name: str = Field(default="licet", pattern=r"^[a-z0-9.-]{1,64}$", description="Names the hub in its log.")
    zone: ZoneName = Field(default="Asia/Shanghai", description="The site's time zone: days, months, printed times.")
    language: Literal["zh", "en"] = Field(default="zh", description="Language of command output and of mail to HR.")
    listen: str = Field(default="127.0.0.1:8710", description="HOST:PORT; port 0 takes a free one.")
    public_url: str = Field(default="", description="How peers address the hub; empty: http://HOST:PORT (dev only).")
    roster: str = Field(default="roster", description="Instance whose identifiers are the employee numbers.")
    hr_mail: str = Field(default="", description="Where HR reads; empty: HR is not written to.")
    sweep_seconds: float = Field(default=300, gt=0, description="How often doors are compared with what must be true.")


class StoreSettings(_Strict):
    """``[store]``: where everything is kept."""

    url: str = Field(
        default="sqlite:///data/licet.db",
        description="sqlite:///FILE (from the hub folder), postgresql+psycopg://USER:PASSWORD@HOST/NAME, or env:NAME.",
    )


class ConnectorSettings(_Strict):
    """One table ``[connectors.NAME]``, without the adapter's own settings, which stand in ``settings``."""

    adapter: str
    identifiers: str = Field(
        default="",
        description="Source whose identifiers it uses for people; empty: its own (doors: the roster). A door's is an"
        " instance's: its own name for the roster's column id:NAME.",
    )
    every: str = Field(default="60 seconds", pattern=r"^[1-9][0-9]{0,5} seconds$", description="Polling interval.")
    settings: dict[str, Any] = Field(default_factory=dict, description="The adapter's own settings.")


class Settings(_Strict):
    """``licet.toml``."""

    profile: Literal["dev", "production"] = Field(
        default="production", description="dev: loopback only, demo keys and plain http allowed."
    )
    hub: HubSettings = HubSettings()
    store: StoreSettings = StoreSettings()
    connectors: dict[str, ConnectorSettings] = Field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """One connector instance, ready to be built."""

    name: str
    spec: Spec
    settings: BaseModel
    identifiers: str
    every: timedelta


@dataclass(frozen=True)
class HubFolder:
    """A hub folder that was read and found whole."""

    path: Path
    settings: Settings
    instances: Mapping[str, Instance]
    positions: Mapping[str, Position]
    courses: Mapping[str, Course]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.settings.hub.zone)

    @cached_property
    def revision(self) -> str:
        """Digest of the positions and courses: which rules judged."""
        texts = [each.model_dump_json() for each in (*self.positions.values(), *self.courses.values())]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]

    @property
    def master_key(self) -> bytes:
        """The key that wraps all others.

        Raises:
            ConfigError: It is missing.
        """
        return _key(self.path / "keys" / "master.key")

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


def read_folder(path: Path) -> HubFolder:
    """Read and check a hub folder.

    Raises:
        ConfigError: Names the file, the setting, what was found and what is expected.
    """
    settings = _settings(path)
    if settings.profile == "production":
        _refuse_demo(path, settings)
    courses = {
        name: _validated(Course, values, f"{_COURSES_FILE} [{name}]")
        for name, values in _toml(path / _COURSES_FILE).items()
    }
    positions: dict[str, Position] = {}
    for file in sorted((path / "positions").glob("*.toml")):
        position = parse_position(_toml(file), f"positions/{file.name}")
        if position.id in positions:
            raise ConfigError(f"positions/{file.name}: id {position.id!r} is used twice; every position needs its own")
        positions[position.id] = position
    instances = {name: _instance(name, table, path) for name, table in settings.connectors.items()}
    _check_links(settings, instances, positions, courses)
    return HubFolder(path, settings, instances, positions, courses)


def _settings(path: Path) -> Settings:
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


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {file} ({error.strerror}); `licet init` writes a folder that is whole"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name}: {error}") from error


def _validated(model: type[_M], values: Any, where: str, context: Mapping[str, Any] | None = None) -> _M:
    try:
        return model.model_validate(values, context=dict(context or {}))
    except ValidationError as error:
        lines = [f"{where}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ConfigError("; ".join(lines)) from error


def _instance(name: str, table: ConnectorSettings, path: Path) -> Instance:
    where = f"{_SETTINGS_FILE} [connectors.{name}]"
    spec = connectors.load(table.adapter)
    values = {key: _resolved(spec.settings, key, value, path) for key, value in table.settings.items()}
    settings = _validated(spec.settings, values, where, {"base": path})
    return Instance(
        name=name,
        spec=spec,
        settings=settings,
        identifiers=table.identifiers,
        every=timedelta(seconds=int(table.every.split()[0])),
    )


def _resolved(model: type[BaseModel], key: str, value: Any, path: Path) -> Any:
    """Secrets by reference; paths of folders and files count from the hub folder."""
    known = model.model_fields.get(key)
    if known is None or not isinstance(value, str):
        return value
    annotation = str(known.annotation)
    if "SecretStr" in annotation:
        return resolve_secret(value, path)
    if "Path" in annotation:
        return path / value
    return value


def _key(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file} ({error.strerror}); `licet init` makes it") from error


def _refuse_demo(path: Path, settings: Settings) -> None:
    if (path / "keys" / "demo").exists():
        raise ConfigError('keys/demo: demo keys are for profile = "dev" only; remove the folder and register real keys')
    if not settings.hub.public_url.startswith("https://"):
        raise ConfigError(f'{_SETTINGS_FILE}: hub.public_url: expected https://... outside profile = "dev"')


def _check_links(
    settings: Settings,
    instances: Mapping[str, Instance],
    positions: Mapping[str, Position],
    courses: Mapping[str, Course],
) -> None:
    _check_paths(instances)
    people = sorted(name for name, each in instances.items() if "poll" in each.spec.ports)
    if instances and settings.hub.roster not in people:
        raise ConfigError(f"{_SETTINGS_FILE}: hub.roster: found {settings.hub.roster!r}, expected one of {people}")
    doors = {name for name, each in instances.items() if "door" in each.spec.ports}
    _check_identifiers(instances)
    for position in positions.values():
        for sink in position.targets:
            if sink not in doors:
                raise ConfigError(
                    f"positions: {position.id}: targets.{sink}: no such sink; expected one of {sorted(doors)}"
                )
        for name, requirement in position.requirement.items():
            wanted = getattr(requirement, "courses", ()) or filter(None, [getattr(requirement, "course", "")])
            for course in wanted:
                if course not in courses:
                    raise ConfigError(
                        f"positions: {position.id}: requirement.{name}: course {course!r} is not in {_COURSES_FILE}"
                    )
    if settings.profile == "dev" and not settings.hub.listen.startswith(("127.", "localhost", "[::1]")):
        raise ConfigError(
            f"{_SETTINGS_FILE}: hub.listen: found {settings.hub.listen}, a dev hub listens on loopback only"
        )


def _check_identifiers(instances: Mapping[str, Instance]) -> None:
    """A door knows people as some source does; its own name stands for what the roster says of it (``id:NAME``)."""
    sources = {name for name, each in instances.items() if "door" in each.spec.ports}
    for name, each in instances.items():
        if {"push", "poll"} & set(each.spec.ports):
            sources.add(each.identifiers or name)
    for name, each in instances.items():
        if "door" in each.spec.ports and each.identifiers and each.identifiers not in sources:
            raise ConfigError(
                f"{_SETTINGS_FILE} [connectors.{name}]: identifiers: found {each.identifiers!r}, no instance has"
                f" that source; expected one of {sorted(sources)}"
            )


def _check_paths(instances: Mapping[str, Instance]) -> None:
    """Only one instance can answer at a path that the protocol fixes; another one would never be heard."""
    served: dict[str, str] = {}
    for name, instance in instances.items():
        for path in instance.spec.paths:
            first = served.setdefault(path, name)
            if first != name:
                shown = path.partition("{")[0]
                raise ConfigError(
                    f"{_SETTINGS_FILE} [connectors.{name}]: [connectors.{first}] answers at {shown} already;"
                    " expected one instance of this adapter"
                )
