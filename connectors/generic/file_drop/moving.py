"""Files that are done with: moved out of the way inside their folder, never over another one, never out of it."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from connectors.generic.file_drop.listing import Found, mark_of
from schemas.errors import CODES

DONE, REFUSED = "done", "refused"
_MOST_OF_A_NAME = 10_000


def move(folder: Path, found: Found, markers: Iterable[str], into: str, why: str = "") -> None:
    """Move a file, with its own markers, into a folder below its own; beside one that was refused stands why.

    Raises:
        OSError: It cannot be moved; it stays where it is.
    """
    with _opened(folder) as here, _opened(folder / into, made=True) as there:
        if mark_of(os.stat(found.name, dir_fd=here, follow_symlinks=False)) != found.mark:
            return  # another one has taken its place, which is looked at by itself
        name = _free(found.name, there)
        if why:
            _write(f"{name}.reason.txt", why, there)
        os.rename(found.name, name, src_dir_fd=here, dst_dir_fd=there)
        for each in markers:
            os.rename(each, _free(each, there), src_dir_fd=here, dst_dir_fd=there)


def reason(code: str, message: str) -> str:
    """Why a file was refused, for whoever dropped it."""
    return f"{code}: {message}\n{CODES[code].zh}\n"


@contextmanager
def _opened(folder: Path, *, made: bool = False) -> Iterator[int]:
    if made:
        folder.mkdir(exist_ok=True)
    # A link would lead out of the folder.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if made else 0))
    try:
        yield handle
    finally:
        os.close(handle)


def _free(name: str, there: int) -> str:
    """The name, or one like it, that nothing there has."""
    path = PurePath(name)
    for n in range(1, _MOST_OF_A_NAME):
        candidate = name if n == 1 else f"{path.stem} ({n}){path.suffix}"
        try:
            os.stat(candidate, dir_fd=there, follow_symlinks=False)
        except FileNotFoundError:
            return candidate
    raise FileExistsError(f"more than {_MOST_OF_A_NAME} files are called {name}")


def _write(name: str, text: str, there: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    mode = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH
    try:
        handle = os.open(name, flags, mode, dir_fd=there)
    except FileExistsError:
        return  # from a time when the file itself could not be moved
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
