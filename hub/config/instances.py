"""The connector instances of a hub folder: their adapters' settings, read; secrets by reference, never values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

import connectors
from connectors.keys import PUBLIC, resolve_public, resolve_secret
from connectors.port import Spec
from hub.config.settings import ConnectorSettings
from hub.config.settings_file import SettingsFile
from hub.config.settings_text import nested_models
from hub.rules.files.finding import Finding, UnreadableFile
from schemas.errors import ConfigError, SettingError
from schemas.words import Words

_REFERENCE = Words('a reference to a secret: "file:PATH" or "env:NAME"', '密钥的引用："file:路径" 或 "env:变量名"')
_NO_REFERENCE = Words("no reference, which is not shown", "不是引用的内容（不予显示）")


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
    ping: timedelta | None = None
    """How often at most it is asked because somebody said that it has news; nothing where nobody can say so."""

    @property
    def folder(self) -> Path | None:
        """The folder from which it reads files that others lay there; nothing where it reads none."""
        found = getattr(self.settings, "folder", None)
        return found if isinstance(found, Path) else None


def read_instance(name: str, table: ConnectorSettings, path: Path, file: SettingsFile) -> Instance:
    """An instance as its table states it, tried by being built once.

    Raises:
        UnreadableFile: All that is wrong with it.
    """
    spec = _spec(name, table.adapter, file)
    settings = _settings(name, spec.settings, table.settings, path, file)
    instance = Instance(
        name=name,
        spec=spec.played(settings),
        settings=settings,
        identifiers=table.identifiers,
        every=timedelta(seconds=int(table.every.split()[0])),
        reads=table.mappings.read,
        ping=None if table.ping_seconds is None else timedelta(seconds=table.ping_seconds),
    )
    if instance.ping is not None and "poll" not in spec.ports:
        found = Words(
            f"a ping for {table.adapter}, which is not asked", f"{table.adapter} 不是查询的系统，不能设置 ping_seconds"
        )
        expected = Words("ping_seconds of a connector that is asked", "仅用于查询的连接器")
        raise UnreadableFile([file.fault(("connectors", name, "ping_seconds"), found, expected)])
    try:
        spec.build(name, settings)
    except ConfigError as error:
        raise UnreadableFile([_of_adapter(error, _shown_in(error, ("connectors", name), table), file)]) from error
    return instance


def _shown_in(error: ConfigError, path: tuple[str, ...], table: ConnectorSettings) -> tuple[str, ...]:
    """Where the value stands that an adapter shows in what it refuses, where it names no setting itself."""
    if not isinstance(error, SettingError) or error.setting:
        return path
    shown = (key for key, value in table.settings.items() if isinstance(value, str) and repr(value[:80]) in error.found)
    return (*path, *islice(shown, 1))


def _spec(name: str, adapter: str, file: SettingsFile) -> Spec:
    try:
        return connectors.load(adapter)
    except ConfigError as error:
        known = connectors.shipped()
        expected = Words("world/system of an adapter, such as access/scim", "适配器名“类别/系统”，如 access/scim")
        near = file.fault(
            ("connectors", name, "adapter"),
            repr(adapter),
            expected,
            known=get_close_matches(adapter, known, n=1, cutoff=0.5) or known,
            code="ref.unknown-name",
        )
        raise UnreadableFile([near]) from error


def _settings(name: str, model: type[BaseModel], given: Mapping[str, Any], path: Path, file: SettingsFile) -> BaseModel:
    """An adapter's own settings; secrets are what their references name, paths count from the hub folder."""
    above, found = ("connectors", name), list[Finding]()
    values = _table(model, given, path, above, file, found)
    told = {each.path for each in found}
    try:
        settings = model.model_validate(values, context={"base": path})
    except ValidationError as error:
        found += (each for each in file.refused(error, model, above) if each.path not in told)
    except ConfigError as error:
        found.append(_of_adapter(error, above, file))
    if found:
        raise UnreadableFile(found)
    return settings


def _table(
    model: type[BaseModel],
    given: Mapping[str, Any],
    path: Path,
    above: tuple[str, ...],
    file: SettingsFile,
    wrong: list[Finding],
) -> dict[str, Any]:
    """The settings of a table, and of those within it, as they are meant."""
    within = dict(nested_models(model))
    values = {}
    for key, value in given.items():
        at = (*above, key)
        if key not in within:
            values[key] = _value(_kind(model, key), value, path, at, file, wrong)
        elif isinstance(value, dict) and get_origin(model.model_fields[key].annotation) is dict:
            values[key] = {
                name: _within(within[key], each, path, (*at, name), file, wrong) for name, each in value.items()
            }
        else:
            values[key] = _within(within[key], value, path, at, file, wrong)
    return values


def _within(
    model: type[BaseModel], value: Any, path: Path, at: tuple[str, ...], file: SettingsFile, wrong: list[Finding]
) -> Any:
    """A table, or a list of such; what is neither is refused with the others."""
    if isinstance(value, list):
        return [_within(model, each, path, (*at, str(n)), file, wrong) for n, each in enumerate(value)]
    return _table(model, value, path, at, file, wrong) if isinstance(value, dict) else value


def _value(kind: str, value: Any, path: Path, at: tuple[str, ...], file: SettingsFile, wrong: list[Finding]) -> Any:
    """A value as its setting means it; what is wrong with a reference is added to ``wrong``."""
    if kind == "path" and isinstance(value, str):
        return path / value
    try:
        if kind == "public" and isinstance(value, str):
            return resolve_public(value, path)
        return _secret(value, path) if kind == "secret" else value
    except ConfigError as error:
        wrong.append(_of_adapter(error, at, file, "config.file" if kind == "public" else "config.secret"))
        return SecretStr("unread") if kind == "secret" else "unread"


def _of_adapter(error: ConfigError, path: tuple[str, ...], file: SettingsFile, code: str = "") -> Finding:
    """What an adapter or a reference refuses, at its setting."""
    if isinstance(error, SettingError):
        at = (*path, error.setting) if error.setting and path[-1] != error.setting else path
        fault = file.fault(at, error.found, error.expected, code=code or error.code)
        return fault if error.cure is None else replace(fault, cure=error.cure)
    expected = Words("what the adapter takes", "该适配器接受的内容")
    return file.fault(path, error.message, expected, code=code or error.code)


def _kind(model: type[BaseModel], key: str) -> str:
    field = model.model_fields.get(key)
    annotation = "" if field is None else str(field.annotation)
    if field is not None and PUBLIC in field.metadata:
        return "public"
    return "secret" if "SecretStr" in annotation else "path" if "Path" in annotation else ""


def _secret(value: Any, path: Path) -> SecretStr:
    """What a reference names. What stands there instead of one may be the secret itself: it is never shown."""
    if not isinstance(value, str):
        raise SettingError(_NO_REFERENCE, _REFERENCE)
    return resolve_secret(value, path)


def read_instances(
    tables: Mapping[str, ConnectorSettings], path: Path, file: SettingsFile, wrong: list[Finding]
) -> Iterator[Instance]:
    """Every instance that can be read; what is wrong with the others is added to ``wrong``."""
    for name, table in tables.items():
        try:
            yield read_instance(name, table, path, file)
        except UnreadableFile as error:
            wrong += error.findings
