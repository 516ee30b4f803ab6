"""Whether the hub takes work, and why not. A hub that cannot go on is ended, so that a supervisor starts it anew."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hub.store.writer import Writer
from hub.workers import Loop, LoopStatus
from schemas.errors import UnavailableError

LOOK_SECONDS = 1.0
PROOF_SECONDS = 2.0
ALARM_SECONDS = 2.0
COMMIT_SECONDS = 300.0
"""A commit that takes longer is taken for stuck."""
STUCK, BROKEN = 70, 74
"""Exit codes, of sysexits.h: a loop of ours has ended or stands still, or another process has taken the seat meanwhile;
the store is destroyed or not where it was."""

log = logging.getLogger(__name__)


class Fault(NamedTuple):
    """Why a hub cannot go on, and the exit code that says so; ``followed``: another one goes on in its place."""

    code: str
    words: str
    exit_code: int
    followed: bool = False


class Readiness:
    """The reasons, by code, for which the hub takes no work."""

    def __init__(self) -> None:
        self._reasons = {"hub.starting": "the hub is starting"}

    def refuse(self, code: str, words: str) -> None:
        """Not ready, and why."""
        self._reasons[code] = words

    def allow(self, code: str) -> None:
        """This is no reason any more."""
        self._reasons.pop(code, None)

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why the hub is not ready; empty when it is."""
        return dict(self._reasons)


class Watch:
    """Looks every second whether the writer and every loop go on.

    Stillness is counted in looks, not in time: a machine that slept as a whole has no loop that stands still.
    """

    def __init__(
        self, loops: Sequence[Loop], writer: Writer, readiness: Readiness, give_up: Callable[[Fault], None]
    ) -> None:
        self._loops = loops
        self._writer = writer
        self._readiness = readiness
        self._give_up = give_up
        self._seen: dict[str, tuple[int, int]] = {}
        self._given_up = False
        self._loop = Loop("watch", self.look, LOOK_SECONDS)

    def start(self) -> None:
        """Begin to look."""
        self._loop.start()

    def stop(self) -> None:
        """Look no more."""
        self._loop.stop()

    def reasons(self) -> Mapping[str, str]:
        """Why the hub is not ready now, proven by a commit if nothing else is known."""
        reasons = dict(self._readiness.reasons)
        if not self._loop.status.alive:
            reasons["hub.loop"] = "nobody watches the loops"
        if not reasons:
            try:
                self._writer.prove(PROOF_SECONDS)
            except UnavailableError as error:
                reasons[error.code] = error.message
        return reasons

    def statuses(self) -> list[LoopStatus]:
        """How the loops do."""
        return [each.status for each in (*self._loops, self._loop)]

    def look(self) -> None:
        """Look once."""
        self._look_at_store()
        if not self._writer.alive:
            self._fail("the writer has ended")
        elif self._still("writer", self._writer.turns, working=self._writer.working) * LOOK_SECONDS > COMMIT_SECONDS:
            self._fail(f"a commit has not ended for {COMMIT_SECONDS:.0f} s")
        for loop in self._loops:
            if not loop.alive:
                self._fail(f"loop {loop.name} has ended")
            elif self._still(loop.name, loop.turns, working=loop.working) * LOOK_SECONDS > loop.patience:
                self._fail(f"loop {loop.name} stands still for {loop.patience:.0f} s")

    def _still(self, name: str, turns: int, *, working: bool) -> int:
        """How many looks in a row have found the same turn under way."""
        before, looks = self._seen.get(name, (-1, 0))
        looks = looks + 1 if working and turns == before else 0
        self._seen[name] = (turns, looks)
        return looks

    def _look_at_store(self) -> None:
        trouble = self._writer.trouble
        for code in ("store.busy", "store.full", "store.seat"):
            if trouble is None or trouble.code != code:
                self._readiness.allow(code)
        if trouble is not None:
            self._readiness.refuse(trouble.code, trouble.message)
            if trouble.broken or trouble.followed:
                ends_with = BROKEN if trouble.broken else STUCK
                self._end(Fault(trouble.code, trouble.message, ends_with, followed=trouble.followed))

    def _fail(self, words: str) -> None:
        self._readiness.refuse("hub.loop", words)
        if not self._given_up:
            try:
                self._writer.call(lambda tx: tx.log("alarm", code="hub.loop"), ALARM_SECONDS)
            except UnavailableError as error:
                log.warning("the alarm cannot be kept: %s", error.message)
        self._end(Fault("hub.loop", words, STUCK))

    def _end(self, fault: Fault) -> None:
        if not self._given_up:
            self._given_up = True
            log.critical("the hub cannot go on and ends: %s", fault.words)
            self._give_up(fault)
