"""Free loopback ports for servers that tests start."""

import os
import random
import socket
from itertools import count

FIRST, EACH = 10_000, 2_000
"""Below what the system gives to outgoing connections: a server that is away for a moment finds its port again."""


def _place() -> int:
    """Which of several processes that run the tests side by side this is."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


_numbers = count(random.randrange(EACH))


def free_port() -> int:
    """A port that nobody listens on, and that this process was not given before."""
    first = FIRST + _place() % 8 * EACH
    for _ in range(EACH):
        port = first + next(_numbers) % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"every port from {first} on is taken")
