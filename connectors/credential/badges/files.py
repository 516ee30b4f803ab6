"""The files of a folder that hold credentials, and whose each is said to be."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schemas.errors import TrustError, UnavailableError
from schemas.system import why_not
from schemas.words import Words

MOST = 64 * 1024
"""Bytes of a file."""
_HOSTED = ".json"
_KINDS = (".jwt", ".txt", _HOSTED)


class File(NamedTuple):
    """One file: its path within the folder, and who is said to hold what it says; empty: nobody is."""

    path: str
    claimed: str

    @property
    def shown(self) -> str:
        """What it is called in messages: the name of its folder may be somebody's."""
        return Path(self.path).name

    @property
    def is_hosted(self) -> bool:
        """Whether it is a copy of a badge that stands elsewhere."""
        return self.path.lower().endswith(_HOSTED)


def files_of(folder: Path) -> list[File]:
    """All files of credentials, in their order; a name that begins with a dot is none's.

    Raises:
        UnavailableError: The folder cannot be read.
    """
    try:
        found = [*_in(folder, "")]
        for each in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if each.is_dir(follow_symlinks=False) and not each.name.startswith("."):
                found += _in(folder / each.name, each.name)
    except OSError as error:
        why = why_not(error)
        told = Words(
            f"{folder}: cannot be read ({why}); expected the folder of credentials",
            f"{folder}：无法读取（{why.zh}），应为凭证目录",
        )
        raise UnavailableError("peer.unreachable", told) from error
    return sorted(found)


def _in(folder: Path, claimed: str) -> Iterator[File]:
    for each in os.scandir(folder):
        if each.is_file(follow_symlinks=False) and each.name.lower().endswith(_KINDS) and not each.name.startswith("."):
            yield File(f"{claimed}/{each.name}" if claimed else each.name, claimed)


def text_of_file(folder: Path, file: File) -> bytes:
    """What a file holds.

    Raises:
        TrustError: ``badge.form``: it is too long, or cannot be read.
    """
    try:
        with (folder / file.path).open("rb") as opened:
            found = opened.read(MOST + 1)
    except OSError as error:
        why = why_not(error)
        raise TrustError(
            "badge.form",
            Words(f"{file.shown}: cannot be read ({why})", f"{file.shown}：无法读取（{why.zh}）"),
        ) from error
    if len(found) > MOST:
        raise TrustError(
            "badge.form",
            Words(
                f"{file.shown}: found more than {MOST} bytes, expected one signed credential",
                f"{file.shown}：超过 {MOST} 字节，应为一份已签名的凭证",
            ),
        )
    return found.strip()
