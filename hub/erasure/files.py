"""Files beside the store that still name somebody: those from which the hub reads, which it never changes itself."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from hub.erasure.traces import Traces

_LONGEST = 64 << 20
"""A longer file is named too: nobody has looked through it."""


def files_that_name(traces: Traces, folders: Iterable[Path]) -> Iterator[Path]:
    """The files of these folders, and below them, in which somebody is named, or that could not be looked through."""
    for folder in sorted(set(folders)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and _names(traces, path):
                yield path


def _names(traces: Traces, path: Path) -> bool:
    try:
        return any(content is None or traces.in_bytes(content) for content in _contents(path))
    except (OSError, BadZipFile, RuntimeError):
        return True


def _contents(path: Path) -> Iterator[bytes | None]:
    """What is in a file: a workbook is an archive of several; nothing of what is too long."""
    if path.stat().st_size > _LONGEST:
        yield None
    elif path.suffix.lower() not in (".xlsx", ".zip"):
        yield path.read_bytes()
    else:
        with ZipFile(path) as archive:
            for member in archive.infolist():
                yield archive.read(member) if member.file_size <= _LONGEST else None
