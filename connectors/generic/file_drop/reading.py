"""The bytes of a file that was whole while it was read, and what they are handed on as."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import NamedTuple

from connectors.generic.file_drop.listing import Found, Mark, mark_of
from connectors.generic.file_drop.settings import Settings
from connectors.workbook import Rows, as_csv, is_workbook
from schemas.errors import PayloadError
from schemas.words import Words

_MEDIA: Mapping[str, str] = {
    ".xml": "application/xml",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".tsv": "text/csv",
}
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


class NotWholeError(Exception):
    """The file changed while it was read, or is there no more: it is looked at again."""


class Body(NamedTuple):
    """What of a file is handed on; ``raw`` are its own bytes."""

    raw: bytes
    body: bytes
    media_type: str


def body_of(found: Found, settings: Settings) -> Body:
    """What an ordinary file holds. Nothing that it leads to is opened, and nothing is waited for.

    Raises:
        NotWholeError: It is not what was found any more.
        PayloadError: ``file.kind``, ``file.size`` or ``encoding.invalid``: it is refused.
    """
    if not found.ordinary:
        raise PayloadError(
            "file.kind",
            Words(
                f"{found.shown}: found a link, device or pipe, expected a file",
                f"{found.shown}：现为链接、设备或管道，应为普通文件",
            ),
            found.shown,
        )
    if found.size > settings.most_bytes:
        told = Words(
            f"{found.shown}: found {found.size} bytes, expected {settings.most_bytes} at most",
            f"{found.shown}：现有 {found.size} 字节，应不超过 {settings.most_bytes} 字节",
        )
        raise PayloadError("file.size", told, found.shown)
    raw = _read(settings.folder / found.name, found)
    if is_workbook(raw):
        return Body(raw, _sheet(raw, found, settings), "text/csv")
    media = _MEDIA.get(PurePath(found.name).suffix.lower(), "text/plain")
    return Body(raw, _plain(raw, media), media)


def _read(path: Path, found: Found) -> bytes:
    # O_NONBLOCK: a pipe that took the file's place is not waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except FileNotFoundError as error:
        raise NotWholeError from error
    except PermissionError as error:
        told = Words(
            f"{found.shown}: found a file that the hub may not read, expected one that it may",
            f"{found.shown}：平台无权读取该文件，应允许平台读取",
        )
        raise PayloadError("file.kind", told, found.shown) from error
    with os.fdopen(handle, "rb") as file:
        _require_same(os.fstat(handle), found.mark)
        raw = file.read(found.size + 1)
        _require_same(os.fstat(handle), found.mark)
    if len(raw) != found.size:
        raise NotWholeError
    return raw


def _require_same(state: os.stat_result, mark: Mark) -> None:
    if mark_of(state) != mark or not stat.S_ISREG(state.st_mode):
        raise NotWholeError


def _sheet(raw: bytes, found: Found, settings: Settings) -> bytes:
    seen: list[str] = []

    def meant(name: str, _rows: Rows) -> bool:
        seen.append(name)
        return not settings.sheet or name == settings.sheet

    text = as_csv(raw, meant, found.shown)
    if settings.sheet and settings.sheet not in seen:
        told = Words(
            f"{found.shown}: found no visible sheet {settings.sheet!r}, expected one",
            f"{found.shown}：没有可见的工作表 {settings.sheet!r}，应有该工作表",
        )
        raise PayloadError("encoding.invalid", told, found.shown)
    return text


def _plain(raw: bytes, media: str) -> bytes:
    """Text as documents read it: without a byte order mark, and UTF-16, as spreadsheets save it, in UTF-8."""
    if media != "application/xml" and raw.startswith(_UTF16_MARKS):
        try:
            return raw.decode("utf-16").encode()
        except UnicodeDecodeError:
            return raw
    return raw.removeprefix(_UTF8_MARK) if media.endswith("json") else raw
