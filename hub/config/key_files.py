"""Files with secrets that more than their owner may read or write: ``keys/``, and the keys of listeners."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from hub.config.settings import Settings
from hub.rules.files.finding import Finding
from schemas.words import Words

_OF_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""A group may read: some secret stores hand files to a service in that way."""
_PEM = b"-----BEGIN "
_MOST_BYTES = 65536

MASTER = Words(
    "the master key of this hub, by which alone what is sealed opens", "本平台的主密钥，已加密内容仅可用该密钥解密"
)
FROM_BACKUP = Words(
    "`cp BACKUP/keys/master.key keys/ && chmod 600 keys/master.key`, where BACKUP is the newest folder that an earlier"
    " `licet backup` made, then `licet check`; without one nothing opens what is sealed in this hub: begin another hub"
    " in a new folder by `licet init DIR`",
    "执行 `cp 备份目录/keys/master.key keys/ && chmod 600 keys/master.key`，其中备份目录为此前最近一次 `licet backup`"
    " 生成的目录，再执行 `licet check`；从未备份的，本平台已加密的内容无法恢复，须用 `licet init 新目录` 另建平台",
)
KEYS_SECRET = Words(
    "put what encrypts the private keys back to its place, from your secret store or a backup, then `licet check`",
    "从密钥库或备份恢复加密私钥所用的口令，再执行 `licet check`",
)
"""What is said where a key is missing by which everything else opens, and what is done about it."""


def open_to_others(path: Path, settings: Settings) -> Iterator[Finding]:
    """A finding for each such file, refused outside ``profile = "dev"``; none where the system keeps no such modes."""
    if os.name != "posix":
        return
    for file in sorted(_secrets(path, settings)):
        name = os.path.relpath(file, path)
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            if not mode & _OF_OTHERS or _is_public(file):
                continue
        except OSError:  # that it cannot be read is told by whoever needs it
            continue
        others = _what_others_may(mode)
        found = Words(f"mode {mode:04o}: {others}", f"权限 {mode:04o}，{others.zh}")
        expected = Words("0600, or 0640", "0600 或 0640")
        cure = Words(
            f"`chmod 600 {name}`; if others may have read it, put another secret into it",
            f"执行 `chmod 600 {name}`；如可能已被他人读取，请更换其中的密钥或口令",
        )
        refused = settings.profile != "dev"
        yield Finding(name, 0, (), found, expected, refused=refused, code="config.secret", cure=cure)


def _what_others_may(mode: int) -> Words:
    """What others than its owner may do with a file that only its owner should use."""
    writes, reads = mode & (stat.S_IWGRP | stat.S_IWOTH), mode & stat.S_IROTH
    if reads and writes:
        return Words("others than its owner may read and change it", "其他用户可读取和更改")
    if reads:
        return Words("others than its owner may read it", "其他用户可读取")
    if writes:
        return Words("others than its owner may change it", "其他用户可更改")
    return Words("others than its owner may run it", "其他用户可执行")


def _secrets(path: Path, settings: Settings) -> set[Path]:
    """Everything in ``keys/``, and what listeners prove themselves with."""
    named = {path / each.key for each in settings.listeners.values() if each.key}
    return {each for each in {*(path / "keys").rglob("*"), *named} if each.is_file()}


def _is_public(file: Path) -> bool:
    """Whether a file holds certificates or public keys alone, in PEM form."""
    with file.open("rb") as opened:
        text = opened.read(_MOST_BYTES)
    return text.startswith(_PEM) and b"PRIVATE KEY" not in text
