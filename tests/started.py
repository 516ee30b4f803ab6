"""Processes that tests start by the hundred, of the program and of servers: forked from one that has read it all.

A process that is started here is one of its own, with everything that it does; it lacks only the second in which Python
reads the source. Where that second is what a test is about, or the environment is another, it starts a Python.
"""

import atexit
import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import get_context, reduction
from typing import IO, Any

PROGRAM = "hub.cli.app"
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.preloaded"])


class Started:
    """A process of the program, or of another that has a ``main``: what tests use of ``subprocess.Popen``."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        output: int = subprocess.PIPE,
        errors: int | None = None,
        environment: Mapping[str, str] | None = None,
        of: str = PROGRAM,
    ) -> None:
        """Begin. ``errors`` is where its standard error goes, ``subprocess.PIPE`` to be read once it has ended;
        ``environment`` is what it has beyond ours; ``of`` names the module.
        """
        reads, writes = os.pipe() if output == subprocess.PIPE else (os.open(os.devnull, os.O_RDONLY), os.dup(output))
        self._errors = tempfile.TemporaryFile("w+") if errors == subprocess.PIPE else None  # noqa: SIM115 - open while the process is
        error = self._errors.fileno() if self._errors else 2 if errors is None else errors
        around = {**os.environ, **(environment or {})}
        # It ends with whoever started it.
        self._process = _CONTEXT.Process(
            target=_run,
            args=(of, list(arguments), os.getcwd(), around, _Handed(writes), _Handed(error)),
            daemon=True,
        )
        self._process.start()
        os.close(writes)
        self.args = [of, *arguments]
        self.stdout: IO[str] = os.fdopen(reads, encoding="utf-8")

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the signal that ended it, negative; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As ``returncode``."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended; ``subprocess.TimeoutExpired``."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What is left of its output, and its standard error where that was asked for, once it has ended."""
        self.wait(timeout)
        return _rest(self.stdout), _rest(self._errors)

    def send_signal(self, number: signal.Signals) -> None:
        """Signal it, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def ran(
    arguments: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """One command of the program, once it has ended."""
    with tempfile.TemporaryFile() as output:
        process = Started(arguments, output=output.fileno(), errors=subprocess.PIPE, environment=environment)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        output.seek(0)
        _nothing, said = process.communicate()
        return subprocess.CompletedProcess(process.args, code, output.read().decode(), said)


def _rest(stream: IO[str] | None) -> str:
    """What is left to read; nothing a second time."""
    if stream is None or stream.closed:
        return ""
    with stream:
        if stream.seekable():
            stream.seek(0)
        return stream.read()


class _Handed:
    """A file descriptor that goes along to the process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, (reduction.DupFd(self._number),)


def _detached(handed: Any) -> int:
    number: int = handed.detach()
    return number


def _run(of: str, arguments: list[str], folder: str, environment: dict[str, str], out: int, error: int) -> None:
    """Be ``python -m`` with these arguments."""
    for number, place in ((out, 1), (error, 2)):
        os.dup2(number, place)
        os.close(number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", 1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    program = import_module(of)
    sys.argv = [str(program.__file__), *arguments]
    gc.enable()
    try:
        program.main()
    finally:
        sys.stdout.flush()
        atexit._run_exitfuncs()
