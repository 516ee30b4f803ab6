"""A backup of a whole hub in one folder, and a hub made again from one: store, keys, memory and settings fit."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from connectors.keys import write_new
from hub.clock import stamp, to_us
from hub.config.folder import HubFolder, read_settings, store_url
from hub.keys.holding import beside_files
from hub.keys.listing import OWN
from hub.register.shelf import REGISTER, Shelf
from hub.store.copying import copy_in, copy_out, mark_restored, moment
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.documents import kept_after
from hub.store.tables.hub import hub
from hub.store.tables.keys import keys_of
from hub.store.tables.log import head
from schemas.errors import CallError
from schemas.words import Words

STORE, KEYS, MEMORY, SETTINGS, ABOUT = "licet.db", "keys.db", "signer.json", "folder", "backup.json"
_DATA = "data"


class Backup(NamedTuple):
    """What a backup says of itself."""

    hub: str
    taken_at: str
    entries: int
    documents: int = 0
    """Files of the register."""
    missing: int = 0
    """Files of the register that were not there to be copied."""


def take(folder: HubFolder, target: Path, now: datetime) -> Backup:
    """Copy a hub, served or not, into a new folder that holds all that it takes to make it again.

    Raises:
        CallError: The folder is not empty, the hub was never started, or the copy is not sound.
    """
    with _made(target):
        return _take(folder, target, now)


def _take(folder: HubFolder, target: Path, now: datetime) -> Backup:
    database, data = Database(folder.database_url), folder.path / _DATA
    with closing(database), moment(database, (data / MEMORY).read_bytes) as (session, memory):
        whose, end = session.one(hub, {}), session.one(head, {})
        if whose is None or end is None:
            raise CallError(
                Words(
                    "this hub was never started; there is nothing to copy",
                    "平台从未启动，没有可备份的内容；请先启动一次",
                )
            )
        copy_out(session, target / STORE)
        kids = [row.kid for row in session.all(keys_of, {"owner": OWN})]
        filed = _filed(session)
    mark_restored(target / STORE, to_us(now))
    (target / MEMORY).write_bytes(memory)
    _copy_keys(data / KEYS, target / KEYS)  # after the store: keys that it does not know of yet do no harm
    shutil.copytree(folder.path, target / SETTINGS, ignore=_only_settings(folder.path))
    own = target / SETTINGS / "keys" / "own"
    for name, pem in beside_files(folder, kids).items():
        own.mkdir(mode=0o700, exist_ok=True)
        write_new(own / name, pem, 0o600)
    copied = _copy_documents(filed, Shelf(data / REGISTER), Shelf(target / REGISTER))
    about = Backup(whose.id, stamp(now), end.size, copied, len(filed) - copied)
    (target / ABOUT).write_text(json.dumps(about._asdict()), encoding="utf-8")
    return about


def restore(source: Path, target: Path) -> Backup:
    """Make a hub again in a new folder, its store where its settings say; it grants nothing until it is released.

    Raises:
        CallError: ``source`` is no backup, the folder is not empty, or there is a store already.
    """
    about = _about(source)
    with _made(target):
        shutil.copytree(source / SETTINGS, target, dirs_exist_ok=True)
        (target / _DATA).mkdir(mode=0o700)
        for name in (KEYS, MEMORY):
            shutil.copy(source / name, target / _DATA / name)
        if (source / REGISTER).exists():
            shutil.copytree(source / REGISTER, target / _DATA / REGISTER)
        copy_in(source / STORE, store_url(read_settings(target), target))
    return about


@contextmanager
def _made(target: Path) -> Iterator[None]:
    """A new folder that is whole at the end, or gone."""
    if target.exists() and any(target.iterdir()):
        raise CallError(Words(f"{target} is not empty; choose a new folder", f"{target} 不是空目录；请另选新目录"))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.chmod(0o700)
    try:
        yield
    except sqlite3.Error as error:
        shutil.rmtree(target)
        raise CallError(
            Words(f"{target}: cannot be written ({error})", f"{target}：无法写入（{error}）"),
            cure=Words(
                "name a new folder on a disk with room: `licet backup DIR`", "改为空间充足的新目录：`licet backup 目录`"
            ),
        ) from error
    except BaseException:
        shutil.rmtree(target)
        raise


def _about(source: Path) -> Backup:
    try:
        found = Backup(**json.loads((source / ABOUT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CallError(
            Words(
                f"the first folder, {source}, is no backup; expected one that `licet backup` has made",
                f"第一个目录 {source} 不是备份；应为 `licet backup` 生成的目录",
            ),
            cure=Words(
                "name the backup first, then a new folder for the hub: `licet restore BACKUP NEW`; "
                "one is made by `licet backup NEW-FOLDER -c HUB`",
                "先写备份目录，再写平台的新目录：`licet restore 备份 新目录`；"
                "备份由 `licet backup 新目录 -c 平台目录` 生成",
            ),
        ) from error
    missing = [name for name in (STORE, KEYS, MEMORY, SETTINGS) if not (source / name).exists()]
    if missing:
        raise CallError(
            Words(
                f"{source} is not whole; missing: {', '.join(missing)}", f"{source} 不完整；缺少：{'、'.join(missing)}"
            )
        )
    return found


def _filed(session: Connection) -> list[str]:
    found: list[str] = []
    while rows := session.all(kept_after, {"after": found[-1] if found else "", "limit": 1000}):
        found += [row.id for row in rows]
    return found


def _copy_documents(filed: Sequence[str], source: Shelf, target: Shelf) -> int:
    """Copy the files of documents, which never change once they are filed; how many were there."""
    copied = 0
    for document in filed:
        path = target.path(document)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copyfile(source.path(document), path)
            path.chmod(0o600)
            copied += 1
    return copied


def _copy_keys(source: Path, target: Path) -> None:
    uri = f"file:{source}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as keys, closing(sqlite3.connect(target)) as copy:
        keys.backup(copy)
    target.chmod(0o600)


def _only_settings(home: Path) -> Callable[[str, list[str]], list[str]]:
    def ignored(folder: str, names: list[str]) -> list[str]:
        return [_DATA] if Path(folder) == home and _DATA in names else []

    return ignored
