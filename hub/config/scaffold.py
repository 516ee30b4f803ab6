"""Writes a new hub folder from an example: settings as shipped, the shipped positions, keys made fresh."""

import csv
import json
import os
import re
import shutil
from datetime import date, datetime
from functools import partial
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.keys import write_pair
from hub.config.editors import lay
from hub.config.mappings import lay_schemas
from hub.wording import meant, spreadsheet_cell
from schemas.errors import CallError
from schemas.words import Words

NEW = "new.json"
"""In ``data/`` of a folder that was never started: the id of its hub, from which the first start makes all parts."""
POSITIONS = resources.files("hub") / "positions"
"""The positions that are shipped; every example has them."""
_EXAMPLES = resources.files("hub") / "examples"
_DRAWN = datetime.fromisoformat("2026-01-06T09:00:00+08:00")
"""When the session of the examples begins, in the zone of their sites; whom they hire begins the day before."""
_DATES = re.compile(r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\+\d\d:\d\d)?")
_DEMO = "demo.toml"
"""What an example's settings say more where the demo's authority is known."""


def examples() -> list[str]:
    """Names of the shipped examples."""
    return sorted(each.name for each in _EXAMPLES.iterdir() if each.is_dir())


def write(target: Path, example: str, *, demo: bool = False) -> None:
    """Write a hub folder that starts as it is; with ``demo`` also the key and the settings of the demo's authority.

    Raises:
        CallError: The folder is not empty, or there is no such example.
    """
    if example not in examples():
        known, near = examples(), meant(example, examples())
        raise CallError(
            Words(
                f"--example: found {example!r}, expected one of {', '.join(known)}{near}",
                f"--example：现为 {example!r}，应为下列之一：{'、'.join(known)}{near.zh}",
            )
        )
    if target.exists() and any(target.iterdir()):
        raise CallError(Words(f"{target} is not empty; choose a new folder", f"{target} 不是空目录；请另选新目录"))
    with resources.as_file(_EXAMPLES / example) as source, resources.as_file(POSITIONS) as positions:
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_DEMO))
        shutil.copytree(positions, target / "positions")
    for name in ("keys", "data", "mappings"):
        (target / name).mkdir(mode=0o700, exist_ok=True)
    lay(target)
    lay_schemas(target)
    _write_keys(target / "keys")
    mark_new(target / "data")
    if demo:
        _add_authority(target, (_EXAMPLES / example / _DEMO).read_text(encoding="utf-8"))
    else:
        _drop_column(target / "roster" / "people.csv", "id:authority")


def begin_at(target: Path, now: datetime) -> None:
    """Let the roster and the plan of a new folder be of today: its session begins with this hour, so punches count."""
    local = now.astimezone(_DRAWN.tzinfo).replace(minute=0, second=0, microsecond=0)
    for file in (target / "roster").iterdir():
        text = file.read_text(encoding="utf-8")
        file.write_text(_DATES.sub(partial(_moved, local), text), encoding="utf-8")


def _moved(begins: datetime, found: re.Match[str]) -> str:
    if "T" in found[0]:
        return (datetime.fromisoformat(found[0]) + (begins - _DRAWN)).isoformat()
    return (date.fromisoformat(found[0]) + (begins.date() - _DRAWN.date())).isoformat()


def speak(target: Path, language: str) -> None:
    """Let a new folder speak a language: what its commands print, and its mails where nobody's own is known."""
    file = target / "licet.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('\nlanguage = "zh"\n', f'\nlanguage = "{language}"\n', 1), encoding="utf-8")


def mark_new(data: Path) -> None:
    """Let the first start make store, key file and signer's memory, of a hub with a fresh id."""
    (data / NEW).write_text(json.dumps({"hub": os.urandom(16).hex()}), encoding="utf-8")


def _write_keys(keys: Path) -> None:
    secret(keys / "master.key", os.urandom(32))
    secret(keys / "api.token", os.urandom(24).hex().encode())
    secret(keys / "lms.password", os.urandom(16).hex().encode())
    write_pair(keys, "log", Ed25519PrivateKey.generate())


def _add_authority(target: Path, settings: str) -> None:
    (target / "keys" / "demo").mkdir(mode=0o700)
    write_pair(target / "keys" / "demo", "authority", Ed25519PrivateKey.generate())
    with (target / "licet.toml").open("a", encoding="utf-8") as opened:
        opened.write(f"\n{settings}")


def _drop_column(file: Path, name: str) -> None:
    """Let a roster not name an instance that its folder does not have."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    kept = [n for n, head in enumerate(rows[0]) if head != name]
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([spreadsheet_cell(row[n]) for n in kept] for row in rows)


def secret(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
