"""``licet.toml`` as it is written: its tables, and where in it a setting stands."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.config.chinese_settings import meaning
from hub.config.settings import ConnectorSettings, Settings
from hub.rules.files.finding import Finding, UnreadableFile, at
from hub.rules.files.reading import finding_of, toml_of
from hub.rules.files.source_text import SourceText
from schemas.errors import ConfigError
from schemas.faults import faults_of
from schemas.known import field_at
from schemas.nearest import did_you_mean
from schemas.system import why_not
from schemas.words import Words, told

SETTINGS_FILE = "licet.toml"
_COMMON = frozenset(ConnectorSettings.model_fields) - {"settings"}
_A_TABLE = Words("a table [connectors.NAME] each", "每个实例一个表 [connectors.名称]")
_A_VALUE = Words("a value", "一个值")
_OTHER_FOLDER = Words(
    "name the folder that holds licet.toml with -c FOLDER; only a hub that is new is begun with `licet init DIR`",
    "用 -c 目录 指定含有 licet.toml 的目录；仅在新建平台时执行 `licet init 目录`",
)
_WHOLE_FOLDER = Words(
    "put the file back to its place, from a backup or another copy of the folder, then `licet check`",
    "从备份或该目录的其他副本恢复该文件，再执行 `licet check`",
)

_NO_FOLDER = Words(
    "name a folder that is there; without a / in front it counts from the folder in which you are",
    "改为已有的目录；不以 / 开头的路径从当前目录算起",
)


@dataclass(frozen=True)
class SettingsFile:
    """The tables of ``licet.toml``, and what a fault in one of them is called."""

    data: dict[str, Any]
    source: SourceText

    def fault(
        self, path: tuple[str, ...], found: str, expected: str, *, known: Iterable[str] = (), code: str = ""
    ) -> Finding:
        """Something that is wrong with a setting; the nearest of ``known`` names is asked about."""
        hint = did_you_mean(found.strip("'"), known)
        return at(SETTINGS_FILE, self.source.place_of(path), path, found, expected, hint, code)

    def refused(self, error: ValidationError, model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[Finding]:
        """What a model refused of a table."""
        for each in faults_of(error):
            missing = each.code == "schema.missing"
            fault = replace(each, expected=_meant_for(model, each.at)) if missing else each
            yield finding_of(fault, self.source, SETTINGS_FILE, model, (*above, *_as_written(each.at)))


def read_settings_file(path: Path) -> SettingsFile:
    """``licet.toml`` of a hub folder; what an adapter's own settings are stands in ``settings`` of its table.

    Raises:
        ConfigError: It cannot be read, or is no TOML.
    """
    if path.is_file():
        folder = path.parent
        raise ConfigError(
            Words(
                f"found the file {path}, expected the folder in which it stands: -c {folder}",
                f"现为文件 {path}，应为其所在目录：-c {folder}",
            ),
            "config.file",
        )
    return parsed_settings(text_of(path / SETTINGS_FILE))


def parsed_settings(text: str) -> SettingsFile:
    """What a text says as ``licet.toml``.

    Raises:
        ConfigError: It is no TOML.
    """
    file = SettingsFile(toml_of(text, SETTINGS_FILE), SourceText(text))
    tables = file.data.get("connectors", {})
    if not isinstance(tables, dict):
        raise UnreadableFile([file.fault(("connectors",), _A_VALUE, _A_TABLE, code="schema.type")])
    odd = [name for name, table in tables.items() if not isinstance(table, dict)]
    if odd:
        raise UnreadableFile([file.fault(("connectors", each), _A_VALUE, _A_TABLE, code="schema.type") for each in odd])
    for table in tables.values():
        table["settings"] = {key: table.pop(key) for key in list(table) if key not in _COMMON}
    return file


def settings_of(file: SettingsFile) -> Settings:
    """The settings that a file states.

    Raises:
        UnreadableFile: All that is wrong with them.
    """
    try:
        return Settings.model_validate(file.data)
    except ValidationError as error:
        raise UnreadableFile(list(file.refused(error, Settings))) from error


def tables_of(file: SettingsFile) -> dict[str, ConnectorSettings]:
    """The tables of instances that are whole, whatever else is wrong with the file."""
    found = {}
    for name, table in file.data.get("connectors", {}).items():
        with suppress(ValidationError):
            found[name] = ConnectorSettings.model_validate(table)
    return found


def text_of(file: Path, name: str = "") -> str:
    """The text of a file of a hub folder, called ``name`` there; a byte order mark is no part of it.

    Raises:
        ConfigError: It is not there, or no UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(
            Words(
                f"cannot read {file}: {why_not(error)}, expected the folder of a hub with this file",
                f"无法读取 {file}（{why_not(error).zh}），应为含有该文件的平台配置目录",
            ),
            "config.file",
            _OTHER_FOLDER if file.name == SETTINGS_FILE else _WHOLE_FOLDER if file.parent.is_dir() else _NO_FOLDER,
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile([_other_encoding(error, name or file.name)]) from error


def _other_encoding(error: UnicodeDecodeError, name: str) -> Finding:
    """Where a file stops being UTF-8, and what it was probably saved as."""
    line = error.object[: error.start].count(b"\n") + 1
    column = error.start - (error.object.rfind(b"\n", 0, error.start) + 1) + 1
    found = Words("bytes that are no UTF-8", "不是 UTF-8 编码的内容")
    if error.object.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = Words("a text in UTF-16", "UTF-16 编码的文字")
    else:
        with suppress(UnicodeDecodeError):
            error.object.decode("gb18030")
            found = Words("a text in GBK (GB18030, ANSI)", "GBK（GB18030、ANSI）编码的文字")
    cure = Words("save the file anew, in the encoding UTF-8", "将文件另存，编码选择 UTF-8")
    place, expected = (line, column), Words("text in UTF-8", "UTF-8 编码的文字")
    return replace(at(name, place, (), found, expected, code="config.syntax"), cure=cure)


def _as_written(path: tuple[str, ...]) -> Iterator[str]:
    """The way to a setting as it stands in the file, without what the reader put between."""
    yield from (each for n, each in enumerate(path) if not (n == 2 and each == "settings" and path[0] == "connectors"))


def _meant_for(model: type[BaseModel], path: tuple[str, ...]) -> Words:
    """What a setting that is missing is for."""
    field = field_at(model, path)
    if field is None or not field.description:
        return _A_VALUE
    said = meaning(field.description)
    return Words(f"a value: {said.rstrip('.')}", f"一个值：{told(said, 'zh').rstrip('。.')}")
