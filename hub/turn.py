"""One process serves a folder; another may stand by until its turn comes."""

import fcntl
import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from enum import Enum, auto
from itertools import pairwise
from typing import IO

from hub.config.folder import HubFolder
from hub.store.address import Address
from hub.store.database import Database
from hub.store.seat import Vacancy
from schemas.errors import ConfigError
from schemas.words import Words

LOOK_SECONDS = 0.1
"""How often who stands by looks whether the other one is gone."""

log = logging.getLogger(__name__)


class Turn(Enum):
    """When a process came to serve a folder: at once, after another one, or never, as it was told to end before."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()


class Phases:
    """What the time goes into until a process serves that has waited for its turn."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._marks = [("", time.monotonic(), time.process_time())]

    def end(self, name: str) -> None:
        """A phase is over, and the next one begins."""
        self._marks.append((name, time.monotonic(), time.process_time()))

    def tell(self) -> None:
        """It serves."""
        if self._turn is Turn.LATER:
            told = [
                f"{name} {ended - began:.2f} ({used - before:.2f})"
                for (_, began, before), (name, ended, used) in pairwise(self._marks)
            ]
            log.warning("this process serves now; seconds (of the processor): %s", ", ".join(told))


@contextmanager
def alone(folder: HubFolder, ends: Sequence[signal.Signals], *, standby: bool) -> Iterator[Turn]:
    """Two servers of one folder would both deliver, poll and sign. The lock goes with the process, however it ends.

    Of a PostgreSQL store the seat says more: one whose holder stands still is left, though its process is there.
    """
    path = folder.path / "data" / "serve.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as file, _vacancy(folder, standby=standby) as vacancy:
        turn = Turn.NOW
        if not _is_free(file, vacancy):
            file.seek(0)
            by = file.read().strip() or "?"
            if not standby:
                raise ConfigError(
                    Words(
                        f"{path}: this folder is served by process {by} already; end that one first",
                        f"{path}：本目录已由进程 {by} 运行；请先结束该进程",
                    )
                )
            log.warning("standing by: the folder is served by process %s", by)
            turn = _stood_by(lambda: _is_free(file, vacancy), ends)
        if turn is not Turn.NEVER and _locked(file):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield turn


def _is_free(file: IO[str], vacancy: Vacancy | None) -> bool:
    """Whether the folder is free: nobody has its lock, and the seat of its store, if one looks at that, was left."""
    if vacancy is None:
        return _locked(file)
    return vacancy.look() or (not vacancy.seen and _locked(file))


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stood_by(free: Callable[[], bool], ends: Sequence[signal.Signals]) -> Turn:
    """Wait until the folder is free, or a signal says to end."""
    told: list[int] = []
    before = {each: signal.signal(each, lambda number, _frame: told.append(number)) for each in ends}
    # What has come to stay is not looked through again once every moment counts.
    gc.collect()
    gc.freeze()
    try:
        while not told and not free():
            time.sleep(LOOK_SECONDS)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if told:
        return Turn.NEVER
    log.warning("nobody serves the folder any more: this process does")
    return Turn.LATER


@contextmanager
def _vacancy(folder: HubFolder, *, standby: bool) -> Iterator[Vacancy | None]:
    """What says whether the seat of a folder's store was left; nobody leaves that of an embedded one but by ending."""
    if not standby or Address(folder.database_url).file is not None:
        yield None
        return
    with closing(Vacancy(lambda: Database(folder.database_url))) as vacancy:
        yield vacancy
