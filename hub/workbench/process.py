"""A process of its own for what drafts cost: it may take so much time and memory and no more, and the hub goes on."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from threading import BoundedSemaphore, Lock, Timer
from typing import Any

import orjson

from connectors.confined import begun, confine, may_compute
from schemas.errors import PayloadError, UnavailableError
from schemas.words import Words

CPU_SECONDS = 5
WALL_SECONDS = 30.0
"""What one look may compute, and how long it may take on a machine that is busy."""
MEMORY_BYTES = 1 << 30
IDLE_SECONDS = 600.0
WAITING = 4
"""So many wait for their turn; whoever comes then is to come again."""
_TOO_MUCH_MEMORY = 75


class _Alarm(Timer):
    """A timer that holds up no end of the hub."""

    def __init__(self, seconds: float, ring: Callable[[], None]) -> None:
        super().__init__(seconds, ring)
        self.daemon = True


class Bench:
    """Has a process look at drafts, one at a time; it is begun when it is needed, and ends when nobody asks."""

    def __init__(self, *, idle: float = IDLE_SECONDS, wall: float = WALL_SECONDS) -> None:
        self._idle_seconds = idle
        self._wall = wall
        self._turn = Lock()
        self._waiting = BoundedSemaphore(WAITING)
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: _Alarm | None = None

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What ``looking.answer`` finds.

        Raises:
            PayloadError: ``mapping.cost``: it takes more time or memory than one look may.
            UnavailableError: ``http.busy``: others look, and several wait.
        """
        if not self._waiting.acquire(blocking=False):
            said = Words("others look at drafts; come again", "其他人正在试算，请稍后重试")
            raise UnavailableError("http.busy", said, retry_after=1)
        try:
            with self._turn:
                self._leave_idle()
                try:
                    return self._asked(asked)
                finally:
                    self._be_idle()
        finally:
            self._waiting.release()

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._leave_idle()
            self._end()

    def _asked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process = self._process or begun("hub.workbench.process")
        assert process.stdin is not None and process.stdout is not None
        guard = _Alarm(self._wall, process.kill)
        guard.start()
        try:
            process.stdin.write(orjson.dumps(asked) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            guard.cancel()
        if not line.endswith(b"\n"):
            self._end()
            if process.returncode > 0 and process.returncode != _TOO_MUCH_MEMORY:
                raise RuntimeError("looking at a draft failed by a bug, which the process log tells of")
            said = Words(
                f"this takes more than {CPU_SECONDS} s of computing or too much memory: look at a smaller part of it",
                f"试算超过 {CPU_SECONDS} 秒或占用内存过多；请改用较小的样例",
            )
            raise PayloadError("mapping.cost", said)
        answer: dict[str, Any] = orjson.loads(line)
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _be_idle(self) -> None:
        self._idle = _Alarm(self._idle_seconds, self.close)
        self._idle.start()

    def _leave_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


def _work() -> None:
    """Answer line by line until nobody asks any more."""
    from hub.workbench.looking import answer  # noqa: PLC0415  # the hub itself never needs it

    confine(MEMORY_BYTES)
    for line in sys.stdin.buffer:
        may_compute(CPU_SECONDS)
        try:
            found = orjson.dumps(answer(orjson.loads(line)))
        except MemoryError:
            sys.exit(_TOO_MUCH_MEMORY)
        sys.stdout.buffer.write(found + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _work()
