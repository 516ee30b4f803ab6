"""What lies in a folder: names as they are, what each file is now, and which of them are to be read."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from unicodedata import normalize

from connectors.generic.file_drop.settings import Settings
from schemas.errors import UnavailableError
from schemas.system import why_not
from schemas.words import Words

MOST_FILES = 100_000
Mark = list[int]
"""What changes when a file does: size, times of content and entry (ns), and its number in the file system."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of the folder: its name for the system, for people and for a cursor, what it is, and its form.

    ``marked_at`` is when its marker was written (ns); nothing where there is none.
    """

    name: str
    shown: str
    key: str
    mark: Mark
    ordinary: bool
    form: str
    marked_at: int | None
    markers: tuple[str, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return self.mark[0]


def listed(settings: Settings) -> tuple[list[Found], int]:
    """The files that settings name, in their order, and how many others there are.

    Raises:
        UnavailableError: The folder is not there, cannot be read, or is not the one that is meant.
    """
    entries = _entries(settings.folder)
    if settings.must_hold and settings.must_hold not in entries:
        raise _away(
            settings.folder,
            Words(
                f"found no {settings.must_hold} in it, expected the folder that holds it",
                f"其中没有 {settings.must_hold}，应为含有它的目录",
            ),
        )
    found, others = [], 0
    for name in entries:
        if name == settings.must_hold or _is_passing(name, settings):
            continue
        form = _form(name, settings)
        if form is None:
            others += 1
        elif (each := _found(name, form, entries, settings)) is not None:
            found.append(each)
    found.sort(key=lambda each: (each.mark[1] if settings.order == "time" else 0, each.shown))
    return found, others


def _entries(folder: Path) -> dict[str, os.stat_result]:
    """All that is no folder, by name; what vanishes meanwhile is not there."""
    entries: dict[str, os.stat_result] = {}
    try:
        with os.scandir(folder) as scanned:
            for each in scanned:
                try:
                    state = os.lstat(each.path)
                except FileNotFoundError:
                    continue
                if not stat.S_ISDIR(state.st_mode):
                    entries[each.name] = state
                if len(entries) > MOST_FILES:
                    raise _away(
                        folder,
                        Words(
                            f"found more than {MOST_FILES} files, expected fewer; use after = move",
                            f"文件超过 {MOST_FILES} 个，应更少；请使用 after = move",
                        ),
                    )
    except OSError as error:
        raise _away(folder, why_not(error)) from error
    return entries


def _found(name: str, form: str, entries: dict[str, os.stat_result], settings: Settings) -> Found | None:
    state = entries[name]
    markers = [each for each in _markers(name, settings) if each in entries and stat.S_ISREG(entries[each].st_mode)]
    return Found(
        name=name,
        shown=shown(name),
        key=_key(name),
        mark=mark_of(state),
        ordinary=stat.S_ISREG(state.st_mode),
        form=form,
        marked_at=max((entries[each].st_mtime_ns for each in markers), default=None),
        markers=tuple(markers),
    )


def mark_of(state: os.stat_result) -> Mark:
    """What a file is now."""
    return [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]


def _is_passing(name: str, settings: Settings) -> bool:
    """Whether a name is that of a file which is being written, or of a marker."""
    lower = name.lower()
    if settings.whole == "marker" and lower.endswith(settings.marker.lower()):
        return True
    return name.startswith((".", "~")) or lower.endswith(tuple(each.lower() for each in settings.partial))


def _form(name: str, settings: Settings) -> str | None:
    plain = normalize("NFC", shown(name)).lower()
    patterns = settings.files.items()
    return next((form for each, form in patterns if fnmatchcase(plain, normalize("NFC", each).lower())), None)


def _markers(name: str, settings: Settings) -> Iterator[str]:
    if settings.whole == "marker":
        yield f"{name}{settings.marker}"
        yield f"{PurePath(name).stem}{settings.marker}"


def shown(name: str) -> str:
    """A name for people; one whose bytes are no UTF-8 was most likely written in GB18030."""
    raw = os.fsencode(name)
    for codec in ("utf-8", "gb18030"):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return "".join(ch if ch.isprintable() else "?" for ch in text)
    return raw.decode("ascii", "backslashreplace")


def _key(name: str) -> str:
    """A name that JSON can hold, another one for each name."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"bytes:{raw.hex()}"


def _away(folder: Path, why: Words) -> UnavailableError:
    return UnavailableError("peer.unreachable", Words(f"folder {folder.name}: {why}", f"目录 {folder.name}：{why.zh}"))
