"""Kinds of jobs that find something out and write nothing into the store; one that was broken off begins again."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from errno import ENOSPC
from pathlib import Path
from typing import Any

from audit_log.checkpoint import TamperError
from hub.audit.trail import Trail
from hub.clock import Clock
from hub.jobs.steps import Done, Steps
from hub.rules.files.finding import UnreadableFile
from hub.store.space import AGAIN_SECONDS, LOW, Space
from hub.views.what_if import Effects, Progress
from schemas.errors import ConfigError, LicetError, UnavailableError
from schemas.system import why_not
from schemas.words import Words

KEPT_EXPORTS = 10
"""So many folders with the log are kept; the oldest is removed for the next one."""
_HALF = ".half"
_NAME = re.compile(f"[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}({re.escape(_HALF)})?")
Figures = Callable[[], list[dict[str, Any]]]
"""What a report says, without naming anybody."""


class Report:
    """Writes down figures as they are now."""

    def __init__(self, reports: Mapping[str, Figures], clock: Clock) -> None:
        self._reports = reports
        self._clock = clock

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        name = steps.job.instance
        rows = self._reports[name]()
        return Done({"rows": len(rows)}, {"report": name, "at": self._clock.now().isoformat(), "rows": rows})


class Suppose:
    """Judges everybody by a draft of rules, too; of a draft that cannot be read it says where and why."""

    def __init__(self, effects: Callable[[str, Progress], Effects]) -> None:
        self._effects = effects

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        try:
            found = self._effects(steps.job.instance, steps.often)
        except ConfigError as error:
            return Done(result={"findings": _told(error)}, code=error.code)
        tokens = [{**each.json(found.now), "person": each.token, "name": ""} for each in found.all]
        counts = {"people": found.people, "losing": found.losing(), "gaining": found.gaining()}
        return Done(counts, {**found.json(), "effects": tokens})


def _told(error: ConfigError) -> list[dict[str, Any]]:
    each_of = error.findings if isinstance(error, UnreadableFile) else (error,)
    return [{"code": each.code, "detail": each.told("en"), "detail_zh": each.told("zh")} for each in each_of]


class Export:
    """Writes the log into a folder of the hub's machine, as ``licet audit export`` does; the last ones are kept."""

    def __init__(self, trail: Trail, folder: Path, vkey: Callable[[], str], space: Space) -> None:
        self._trail = trail
        self._folder = folder
        self._vkey = vkey
        self._space = space

    def __call__(self, steps: Steps) -> Done:
        """Do it; under its name a folder is whole and on the disk, or there is none."""

        def before(done: int, total: int) -> None:
            self._space.require()
            steps.often(done, total)

        name = steps.job.id
        half = self._folder / f"{name}{_HALF}"
        try:
            self._make_room(name)
            entries = self._trail.export(half, before)
            _flush(half)
            half.rename(self._folder / name)
            _flush_one(self._folder)
        except OSError as error:
            if error.errno == ENOSPC:
                raise UnavailableError(LOW, why_not(error), AGAIN_SECONDS) from error
            raise LicetError("file.system", why_not(error)) from error
        except TamperError as error:
            raise LicetError("log.tamper", Words(f"not what was signed: {error}", f"与签名不符（{error}）")) from error
        finally:
            shutil.rmtree(half, ignore_errors=True)
        place = f"{self._folder.parent.name}/{self._folder.name}/{name}"
        return Done({"entries": entries}, {"folder": place, "entries": entries, "key": self._vkey()})

    def _make_room(self, coming: str) -> None:
        """Remove what was left unfinished, and all but the last folders."""
        found = sorted(each for each in self._folder.glob("*") if _NAME.fullmatch(each.name))
        whole = [each for each in found if each.suffix != _HALF and each.name != coming]
        for each in found:
            if each not in whole[-(KEPT_EXPORTS - 1) :]:
                shutil.rmtree(each)


def _flush(folder: Path) -> None:
    for each in folder.rglob("*"):
        _flush_one(each)
    _flush_one(folder)


def _flush_one(place: Path) -> None:
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
