"""Where tree and entries of a log stand as files: C2SP tlog-tiles, full tiles of 256 and one partial a level."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from audit_log.merkle import leaf_hash, node_hash

TILE = 256
LENGTH_BYTES = 2
"""An entry bundle writes the length of each entry before it, big-endian."""


class File(NamedTuple):
    """A file: path from the root of the folder, content; for hashes of entries the index of the first one."""

    path: str
    content: bytes
    leaves_from: int | None = None


def tile_files(entries: Iterable[bytes]) -> Iterator[File]:
    """Every file under ``tile/`` for these entries, from index 0 on."""
    levels = _Levels()
    bundle: list[bytes] = []
    size = 0
    for body in entries:
        bundle.append(len(body).to_bytes(LENGTH_BYTES, "big") + body)
        size += 1
        yield from levels.add(0, leaf_hash(body))
        if len(bundle) == TILE:
            yield File(bundle_path(size // TILE - 1), b"".join(bundle))
            bundle = []
    if bundle:
        yield File(bundle_path(size // TILE, len(bundle)), b"".join(bundle))
    yield from levels.rest()


class _Levels:
    """Hash tiles of every level; a full tile gives one hash to the level above."""

    def __init__(self) -> None:
        self._open: list[list[bytes]] = []
        self._full: list[int] = []

    def add(self, level: int, hash_: bytes) -> Iterator[File]:
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        tile = self._open[level]
        tile.append(hash_)
        if len(tile) == TILE:
            yield self._file(level)
            self._full[level] += 1
            self._open[level] = []
            yield from self.add(level + 1, _subtree(tile))

    def rest(self) -> Iterator[File]:
        for level in range(len(self._open)):
            if self._open[level]:
                yield self._file(level)

    def _file(self, level: int) -> File:
        tile, number = self._open[level], self._full[level]
        return File(_hash_path(level, number, len(tile)), b"".join(tile), None if level else number * TILE)


def _subtree(tile: list[bytes]) -> bytes:
    level = tile
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def bundle_path(number: int, width: int = TILE) -> str:
    """Where the entries from ``256 * number`` on stand."""
    return f"tile/entries/{_numbered(number, width)}"


def _hash_path(level: int, number: int, width: int) -> str:
    return f"tile/{level}/{_numbered(number, width)}"


def _numbered(number: int, width: int) -> str:
    """The index in groups of three digits, all but the last prefixed with x; a partial tile names its width."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups) + ("" if width == TILE else f".p/{width}")


def bundled(content: bytes) -> Iterator[bytes]:
    """The entries of a bundle, in order.

    Raises:
        ValueError: It ends within an entry.
    """
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at : at + LENGTH_BYTES], "big")
        at += LENGTH_BYTES
        if at + length > len(content):
            raise ValueError(f"ends within an entry: {at + length} bytes expected, {len(content)} found")
        yield content[at : at + length]
        at += length
