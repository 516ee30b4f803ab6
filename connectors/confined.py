"""Processes of their own for what others' files and drafts cost: so much time and memory, and the hub goes on."""

import os
import resource
import subprocess
import sys

_NICENESS = 10
_HANDED_ON = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "SYSTEMROOT")
"""Variables that such a process may see: any other may be a secret."""


def begun(module: str) -> "subprocess.Popen[bytes]":
    """A process that runs a module, and is asked and answers by pipes."""
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def confine(memory_bytes: int) -> None:
    """Have this process give way to all others, and hold no more than so much."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what it read would lie about


def may_compute(seconds: int) -> None:
    """End this process once it has computed for so much longer."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
