"""Writes a log as a folder that strangers can check: entries, tiles (C2SP tlog-tiles), signed head, verifier key."""

from collections.abc import Iterable
from pathlib import Path

from audit_log.merkle import leaf_hash, node_hash

TILE = 256
_README = """A sync audit log of {size} entries.

checkpoint       signed head (C2SP tlog-checkpoint); the key is in vkey.txt: compare it with the one you were given
entries.jsonl    one entry a line: index, tab, the entry's bytes
tile/            the Merkle tree and the entries as C2SP tlog-tiles

Check it with `python -m audit_log.verify .`, or with any tool that reads tlog-tiles.
"""


def export(folder: Path, entries: Iterable[tuple[int, bytes]], note: str, key: str) -> int:
    """Write the folder; the number of entries. ``entries`` must be those of the checkpoint, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    tiles, bundle, size = _Tiles(folder / "tile"), [], 0
    with (folder / "entries.jsonl").open("wb") as lines:
        for index, body in entries:
            lines.write(b"%d\t%b\n" % (index, body))
            tiles.add(0, leaf_hash(body))
            bundle.append(len(body).to_bytes(2, "big") + body)
            size += 1
            if len(bundle) == TILE:
                _write(folder / "tile" / "entries" / _path(size // TILE - 1), b"".join(bundle))
                bundle = []
    if bundle:
        _write(folder / "tile" / "entries" / f"{_path(size // TILE)}.p" / str(len(bundle)), b"".join(bundle))
    tiles.close()
    _write(folder / "checkpoint", note.encode())
    _write(folder / "vkey.txt", key.encode() + b"\n")
    _write(folder / "README", _README.format(size=size).encode())
    return size


class _Tiles:
    """Hash tiles of every level; a full tile gives one hash to the level above."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[list[bytes]] = []
        self._full: list[int] = []

    def add(self, level: int, hash_: bytes) -> None:
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        tile = self._open[level]
        tile.append(hash_)
        if len(tile) == TILE:
            _write(self._folder / str(level) / _path(self._full[level]), b"".join(tile))
            self._full[level] += 1
            self._open[level] = []
            self.add(level + 1, _whole(tile))

    def close(self) -> None:
        for level, tile in enumerate(self._open):
            if tile:
                path = self._folder / str(level) / f"{_path(self._full[level])}.p" / str(len(tile))
                _write(path, b"".join(tile))


def _whole(tile: list[bytes]) -> bytes:
    level = tile
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def _path(number: int) -> str:
    """The index in groups of three digits, all but the last prefixed with x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
