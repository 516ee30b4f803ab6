"""Files beside the store that still name somebody: those from which the hub reads, which it never changes itself."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile

from hub.erasure.traces import Traces

_LONGEST = 64 << 20
"""A longer file is named too: nobody has looked through it."""


def files_that_name(traces: Traces, folders: Iterable[Path]) -> Iterator[Path]:
    """The files of these folders, and below them, in which somebody is named, or that could not be looked through.

    A folder that cannot be listed is one of them, and nothing is raised: whom it concerns is erased already.
    """
    for folder in sorted(set(folders)):
        closed: list[OSError] = []
        files = [Path(below, name) for below, _, names in os.walk(folder, onerror=closed.append) for name in names]
        unseen = [Path(each.filename) for each in closed if not isinstance(each, FileNotFoundError)]
        yield from sorted([*unseen, *(path for path in files if _names(traces, path))])


def _names(traces: Traces, path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file():
            return False
        return any(content is None or traces.in_bytes(content) for content in _contents(path))
    except Exception:  # a damaged archive fails in many ways: somebody has to look at it, whatever it is
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
