"""What strangers without any credential can make a hub hold, and whom they can shut out.

Each attack runs over real sockets against a hub of its own process. ``front_rss_mb`` is the most that any of them added
to the resident memory; ``slow_p99_ratio`` is what 500 dripping connections do to the answers that others get, against
the same 500 dripping at a bare server beside the hub: they are of this machine too, and take its time wherever they go.
"""

import asyncio
import contextlib
import itertools
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Event, Process, Value
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event as Flag
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load import Line
from benchmarks.site import Server, build, running

SECONDS = 15.0
LINES = 40
SLOW = 500
OVER_SECONDS = 37.0
"""The longest time that a body may stay away, and 5 s more, and a little for the machine."""

HUB_SECONDS = 30.0
"""How long a hub lets a body drip."""

Place = tuple[str, int]
Attack = Callable[[Place, Flag], None]


def pipelining(place: Place, stop: Flag) -> None:
    """Small requests one behind the other on one connection, without reading an answer."""
    flood = b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n" * 6000
    _flood(place, stop, b"", flood)


def trailers(place: Place, stop: Flag) -> None:
    """A chunked body whose trailer section has no end."""
    head = b"POST /in/authority HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
    _flood(place, stop, head, b"x-t: " + b"a" * 4000 + b"\r\n")


def held_bodies(place: Place, stop: Flag) -> None:
    """Bodies that are whole but for their last ten bytes."""
    size = 16 << 20
    head = b"POST /iclock/cdata?SN=X-1&table=ATTLOG HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size
    held = []
    for _n in range(LINES):
        line = _open(place)
        with contextlib.suppress(OSError):
            line.sendall(head + b"\n" * (size - 10))
        held.append(line)
        if stop.is_set():
            break
    stop.wait()
    for line in held:
        line.close()


def connections(place: Place, stop: Flag) -> None:
    """2,100 connections of one address that drip on after their 408; who is hung up on calls again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    head = b"POST /in/authority HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\na"
    lines: list[socket.socket] = []
    while not stop.is_set():
        with contextlib.suppress(OSError):
            while len(lines) < 2100 and not stop.is_set():
                lines.append(_open(place, "127.0.0.2"))
                lines[-1].sendall(head)
        lines = [line for line in lines if _drop(line)]
    for line in lines:
        line.close()


ATTACKS: dict[str, Attack] = {
    "pipelining": pipelining,
    "trailers": trailers,
    "held_bodies": held_bodies,
    "connections": connections,
}


def measure() -> dict[str, float]:
    """Growth of memory by attack, and what slow strangers do to others."""
    with TemporaryDirectory() as place:
        home = build(Path(place), 20)
        grown = {f"rss_mb.{name}": _growth(home, attack) for name, attack in ATTACKS.items()}
        return {"front_rss_mb": max(grown.values()), **grown, **_slow(home), **_flooded(home)}


def _growth(home: Path, attack: Attack) -> float:
    with _serving(home) as (server, place):
        _answers(server, 50)
        before, stop, most = server.rss(), Flag(), 0
        attacker = Thread(target=attack, args=(place, stop), daemon=True)
        attacker.start()
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            most = max(most, server.rss())
            time.sleep(0.05)
        stop.set()
        attacker.join()
        assert _answers(server, 5), "the hub answers others"
        return (max(most, server.rss()) - before) / 1e6


def _slow(home: Path) -> dict[str, float]:
    """500 connections that drip a body, each a byte a second, and go on after their 408; others ask meanwhile."""
    with _serving(home) as (server, place):
        quiet = _p99(_answers(server, 2000))
        with _bare() as elsewhere:
            alone, _left, _cpu, _gone = _beside(server, elsewhere)
        beside, left, cpu, gone = _beside(server, place)
        return {
            "slow_left": left,
            "slow_gone_s": gone,
            "slow_p99_ratio": _p99(beside) / _p99(alone),
            "slow_p99_ms": _p99(beside) * 1000,
            "slow_quiet_p99_ms": quiet * 1000,
            "slow_cpu_share": cpu,
        }


def _beside(server: Server, place: Place) -> tuple[list[float], int, float, float]:
    """What others wait for answers while connections drip at a place, how many of these are left at the end, what share
    of a core the hub took while nobody asked, and how long after their limit the last one was seen closed."""
    ready, left = Event(), Value("i", SLOW)
    slow = Process(target=_drip, args=(place, ready, left), daemon=True)
    slow.start()
    ready.wait()
    began, cpu = time.monotonic(), server.cpu()
    time.sleep(5)
    share = (server.cpu() - cpu) / (time.monotonic() - began)
    times: list[float] = []
    ends = time.monotonic() + OVER_SECONDS - 5
    while time.monotonic() < ends and left.value:
        times += _answers(server, 20)
        time.sleep(0.02)
    gone = time.monotonic() - began - HUB_SECONDS
    slow.terminate()
    return times, int(left.value), share, gone


@contextmanager
def _bare() -> Iterator[Place]:
    """A server that reads and says nothing, and hangs up when a body has been too slow at a hub."""
    with socket.create_server(("127.0.0.1", 0), backlog=SLOW) as bound:
        bare = Process(target=_read, args=(bound,), daemon=True)
        bare.start()
        yield bound.getsockname()
        bare.terminate()


def _read(bound: socket.socket) -> None:
    async def serve() -> None:
        async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(HUB_SECONDS):
                    while await reader.read(4096):
                        pass
            writer.close()

        async with await asyncio.start_server(read, sock=bound) as server:
            await server.serve_forever()

    asyncio.run(serve())


def _flooded(home: Path) -> dict[str, float]:
    """The share of their rate that others keep while one address is refused all the time."""
    with _serving(home) as (server, place):
        _answers(server, 500)
        ready = Event()
        flood = Process(target=_refused_flood, args=(place, ready), daemon=True)
        flood.start()
        ready.wait()
        assert flood.pid is not None
        shares, rates = [], []
        for _round in range(6):
            os.kill(flood.pid, signal.SIGSTOP)
            time.sleep(1.5)
            alone = _rate(server)
            os.kill(flood.pid, signal.SIGCONT)
            time.sleep(1.5)
            rates.append(_rate(server))
            shares.append(rates[-1] / alone)
        flood.kill()
        return {"flood_share": median(shares), "flood_rate": median(rates)}


def _rate(server: Server) -> float:
    began = time.perf_counter()
    return len(_answers(server, 1000)) / (time.perf_counter() - began)


def _refused_flood(place: Place, ready: Any) -> None:
    """40 connections of one address that ask as fast as they are answered, each time as another device.

    It is stopped now and then, for longer than a connection may be idle: then it opens another.
    """
    asked = itertools.count()

    def ask() -> None:
        while True:
            with contextlib.suppress(OSError), _open(place, "127.0.0.2") as line:
                line.settimeout(None)
                while _is_answered(line, next(asked)):
                    ready.set()

    threads = [Thread(target=ask) for _ in range(LINES)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _is_answered(line: socket.socket, n: int) -> bool:
    line.sendall(b"GET /iclock/getrequest?SN=X-%d HTTP/1.1\r\nhost: x\r\n\r\n" % n)
    said = b""
    while not said.endswith((b"refused\n", b"ERROR\n", b"OK\n")):  # an unknown one waits for approval, and is told OK
        part = line.recv(4096)
        if not part:
            return False
        said += part
    return True


def _drip(place: Place, ready: Any, left: Any) -> None:
    """Open the slow connections and drip on each; tell how many are left."""
    lines = [_open(place, f"127.0.0.{2 + n % 8}") for n in range(SLOW)]
    head = b"POST /iclock/cdata?SN=X-1&table=ATTLOG HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\na"
    for line in lines:
        line.sendall(head)
        line.setblocking(False)
    ready.set()
    while lines:
        for line in list(lines):
            if not _drop(line):
                lines.remove(line)
                left.value = len(lines)
            time.sleep(1 / SLOW)


def _drop(line: socket.socket) -> bool:
    """Whether a connection is still open after another byte."""
    try:
        line.send(b"a")
        while line.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _answers(server: Server, count: int) -> list[float]:
    line, times = Line(server.url), []
    for _n in range(count):
        began = time.perf_counter()
        line.post("/iclock/cdata?SN=SN-000&table=OPERLOG", b"OPLOG 4\t0\t2026-03-01 09:00:00\t0\t0\t0\t0\n", {})
        times.append(time.perf_counter() - began)
    line.close()
    return times


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _flood(place: Place, stop: Flag, head: bytes, flood: bytes) -> None:
    """Send without end; when the other side hangs up, begin again."""
    while not stop.is_set():
        with contextlib.suppress(OSError), _open(place) as line:
            line.settimeout(0.5)
            line.sendall(head)
            while not stop.is_set():
                line.sendall(flood)


def _open(place: Place, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(place, timeout=5, source_address=(source, 0))


@contextmanager
def _serving(home: Path) -> Iterator[tuple[Server, Place]]:
    with running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (server, _seconds):
        url = urlsplit(server.url)
        yield server, (url.hostname or "", url.port or 0)
