"""Adds a connector instance to the settings of a hub folder, and makes the secret by which its peers are known."""

import fcntl
import os
import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile

import connectors
from connectors.keys import write_new
from connectors.port import Spec
from hub.config.checks import settings_faults
from hub.config.instance_text import instance_text, is_wanted, path_of, values_of
from hub.config.instances import read_instances
from hub.config.settings import MAPPING_NAME
from hub.config.settings_file import SETTINGS_FILE, SettingsFile, parsed_settings, settings_of, tables_of, text_of
from hub.rules.files.finding import Finding, UnreadableFile
from schemas.errors import CallError, SettingError
from schemas.nearest import MEANT
from schemas.words import Words

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SECRET_BYTES = 32
_REFERENCE = ("file:", "env:")


@dataclass(frozen=True, slots=True)
class NewInstance:
    """An instance that was added: where its peers post, the secrets that were made, and what is still open."""

    name: str
    path: str
    secrets: tuple[Path, ...]
    reads: str
    open: tuple[Finding, ...]


def add_instance(
    folder: Path, adapter: str, name: str, reads: str, given: Mapping[str, str], random: Callable[[int], bytes]
) -> NewInstance:
    """Write an instance into ``licet.toml``; ``given`` are values of its settings as somebody types them.

    Of two that add to one file at once one waits.

    Raises:
        CallError: The name is none or taken, there is no such adapter or setting, a value does not fit, the file
            would be none any more, or somebody has changed it meanwhile. Then nothing was written.
    """
    text_of(folder / SETTINGS_FILE)  # refuses what is no text
    with _alone(folder):
        return _added(folder, adapter, name, reads, given, random)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _added(
    folder: Path, adapter: str, name: str, reads: str, given: Mapping[str, str], random: Callable[[int], bytes]
) -> NewInstance:
    before = (folder / SETTINGS_FILE).read_bytes()
    text = before.decode("utf-8-sig")
    held = parsed_settings(text)
    settings = settings_of(held)
    _require_free(name, held)
    spec = _spec(adapter)
    reads = _document(spec, adapter, reads)
    follows = {} if spec.proposes is None else spec.proposes(folder, given)
    values = values_of(spec, {**follows, **given}, settings.hub.zone, f"file:keys/{name}")
    _require_references(spec, given)
    whole = _with(text, instance_text(spec, adapter, name, reads, values, settings.hub.language))
    made = _made(spec, name, given) if "push" in spec.ports else []
    for file in made:
        write_new(folder / file, _fresh(random), 0o600)
    try:
        found = tuple(_findings(folder, whole, name, given))
        _require_unchanged(folder / SETTINGS_FILE, before)
        _replace(folder / SETTINGS_FILE, whole)
    except BaseException:
        for file in made:
            (folder / file).unlink()
        raise
    return NewInstance(name, path_of(spec, name), tuple(folder / file for file in made), reads, found)


def _require_free(name: str, held: SettingsFile) -> None:
    if not _NAME.fullmatch(name):
        raise CallError(
            Words(
                f"found name {name!r}, expected letters, digits, _ . and -, at most 64",
                f"名称 {name!r} 无效，应由字母、数字及 _ . - 组成，不超过 64 个字符",
            )
        )
    if name in held.data.get("connectors", {}):
        raise CallError(
            Words(
                f"{SETTINGS_FILE} has [connectors.{name}] already; choose another name",
                f"{SETTINGS_FILE} 中已有 [connectors.{name}]，请另取名称",
            )
        )


def _spec(adapter: str) -> Spec:
    try:
        return connectors.load(adapter)
    except SettingError as error:
        near = get_close_matches(adapter, connectors.shipped(), n=1)
        if not near:
            raise
        expected = Words(f"another; {MEANT} {near[0]!r}?", f"其他名称；是否应为 {near[0]!r}？")
        raise SettingError(error.found, expected, code=error.code) from error


def _document(spec: Spec, adapter: str, reads: str) -> str:
    if reads and not (spec.brings or spec.own_document):
        raise CallError(
            Words(
                f"{adapter} brings nothing that a document reads; leave --reads out",
                f"{adapter} 不使用映射文档，请去掉 --reads",
            )
        )
    if spec.own_document and not reads:
        raise CallError(
            Words(
                f"{adapter} reads with a document of your own: --reads WORLD/NAME, such as learning/training",
                f"{adapter} 须自备映射文档：--reads 类别/名称，如 learning/training",
            )
        )
    if reads and not re.fullmatch(MAPPING_NAME, reads):
        raise CallError(
            Words(
                f"found document {reads!r}, expected world/name, such as learning/training",
                f"文档名 {reads!r} 无效，应为“类别/名称”，如 learning/training",
            )
        )
    return reads


def _require_references(spec: Spec, given: Mapping[str, str]) -> None:
    fields = spec.settings.model_fields
    for name in given.keys() & fields.keys():
        if "SecretStr" in str(fields[name].annotation) and not given[name].startswith(_REFERENCE):
            raise CallError(
                Words(
                    f"{name} is a secret, which is not shown; expected file:PATH or env:NAME",
                    f"{name} 为密钥（不予显示），应写 file:路径 或 env:变量名",
                )
            )


def _made(spec: Spec, name: str, given: Mapping[str, str]) -> list[str]:
    """The files of the secrets by which peers prove themselves: those are ours to make."""
    fields = spec.settings.model_fields.items()
    secrets = (field for field, each in fields if "SecretStr" in str(each.annotation) and is_wanted(spec, field, given))
    return [f"keys/{name}.{field}" for field in secrets if field not in given]


def _fresh(random: Callable[[int], bytes]) -> bytes:
    """A secret that is a token, a password, and one of Standard Webhooks alike."""
    return b"whsec_" + b64encode(random(_SECRET_BYTES))


def _with(text: str, table: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + end * 2 + table.replace("\n", end) + end


def _findings(folder: Path, text: str, name: str, given: Mapping[str, str]) -> list[Finding]:
    """What is still open of an instance, as ``licet check`` says it; what is wrong with what somebody typed is refused.

    Raises:
        UnreadableFile: A value of ``given`` does not fit.
    """
    file = parsed_settings(text)
    settings, found = settings_of(file), list[Finding]()
    specs = {each.name: each.spec for each in read_instances(tables_of(file), folder, file, found)}
    found += settings_faults(folder, file, settings, specs)
    mine = sorted((each for each in found if each.instance == name), key=lambda each: each.line)
    if wrong := [each for each in mine if each.setting in given and each.code != "config.secret"]:
        raise UnreadableFile(wrong)
    return mine


def _require_unchanged(file: Path, before: bytes) -> None:
    if file.read_bytes() != before:
        raise CallError(
            Words(
                f"{SETTINGS_FILE} was changed meanwhile; nothing was written", f"{SETTINGS_FILE} 已被他人修改；未写入"
            ),
            cure=Words("the same command again", "再次执行该命令"),
        )


def _replace(file: Path, text: str) -> None:
    """Write a file anew, whole or not at all, where it stands."""
    target = file.resolve()
    with NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as opened:
        opened.write(text.encode())
        new = Path(opened.name)
    try:
        shutil.copymode(target, new)
        new.replace(target)
    except OSError:
        new.unlink()
        raise
