"""A proxy between the hub and a real directory, which delays, cuts, resets and loses answers, message by message."""

import socket
import struct
from collections import deque
from threading import Event, Lock, Thread
from typing import Literal

LdapFault = Literal["away", "reset", "lose", "hold", "drip", "cut", "500", "429", "503", "401", "302"]
"""As ``tests.faults.proxy``; the HTTP statuses stand for the LDAP results that mean the same."""
_RESULTS = {"500": 80, "429": 51, "503": 52, "401": 49, "302": 10}
_SEARCH, _MODIFY, _COMPARE = 0x63, 0x66, 0x6E
_ANSWER_TAGS = {_SEARCH: 0x65, _MODIFY: 0x67, _COMPARE: 0x6F}
_LAST = {0x61, 0x65, 0x67, 0x6F, 0x78}


class LdapProxy:
    """The proxy; ``url`` is what the hub is told. ``changes`` counts the modifications that were forwarded."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.upstream = (host, port)
        self.changes = 0
        self.refuses: int | None = None
        """A result code that answers every change; none is passed on then."""
        self.hides = b""
        """An attribute that is not ours to see: who asks for it asks for one that there is not."""
        self._faults: dict[str, deque[LdapFault]] = {"change": deque(), "read": deque()}
        self._released = Event()
        self._lock = Lock()
        self._bound = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self.url = f"ldap://127.0.0.1:{self._bound.getsockname()[1]}"

    def __enter__(self) -> "LdapProxy":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._bound.shutdown(socket.SHUT_RDWR)
        self._bound.close()
        self.hang_up()

    def fail(self, *faults: LdapFault, on: Literal["change", "read"] = "change") -> None:
        """Let the next messages of a kind fail so, in this order."""
        self._faults[on].extend(faults)

    def release(self) -> None:
        """Let held and dripping answers go."""
        self._released.set()

    def hang_up(self) -> None:
        """Close every connection, as a directory does that restarts or tires of an idle one."""
        for each in self._lines:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._bound.accept()
            except OSError:
                return
            self._lines.append(line)
            Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, socket.create_connection(self.upstream) as upstream:
            asked, answered = _Messages(line), _Messages(upstream)
            while (message := asked.next()) is not None:
                if not self._pass(message, line, upstream, answered):
                    return

    def _pass(self, message: bytes, line: socket.socket, upstream: socket.socket, answered: "_Messages") -> bool:
        """Serve one message; whether the line stays."""
        tag = _tag(message)
        if self.refuses is not None and tag == _MODIFY:
            return _sent(line, _result(message, self.refuses))
        fault = self._next(tag)
        if fault in ("away", "reset"):
            if fault == "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if fault in ("429", "503", "401", "302"):
            return _sent(line, _result(message, _RESULTS[fault]))
        upstream.sendall(message.replace(self.hides, b"x" * len(self.hides)) if self.hides else message)
        self.changes += tag == _MODIFY
        if tag == 0x42:  # unbind has no answer
            return False
        return self._answer(fault, message, line, answered)

    def _answer(self, fault: LdapFault | None, message: bytes, line: socket.socket, answered: "_Messages") -> bool:
        answers = []
        while not answers or _tag(answers[-1]) not in _LAST:
            found = answered.next()
            if found is None:
                return False
            answers.append(found)
        whole = b"".join(answers)
        if fault == "lose":
            return False
        if fault == "cut":
            return _sent(line, whole[: len(whole) // 2]) and False
        if fault == "500":
            return _sent(line, _result(message, _RESULTS[fault]))
        if fault == "drip":
            return self._drip(line)
        if fault == "hold":
            self._released.wait(30)
        return _sent(line, whole)

    def _drip(self, line: socket.socket) -> bool:
        alive = _sent(line, b"\x30\x84\x00\x10\x00\x00")
        while alive and not self._released.wait(0.05):
            alive = _sent(line, b"x")
        return False

    def _next(self, tag: int) -> LdapFault | None:
        with self._lock:
            queue = {_MODIFY: self._faults["change"], _SEARCH: self._faults["read"], _COMPARE: self._faults["read"]}
            return queue[tag].popleft() if queue.get(tag) else None


class _Messages:
    """LDAP messages of one direction (RFC 4511 section 5.1: BER, definite lengths)."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._read = line, b""

    def next(self) -> bytes | None:
        """The next message; nothing when the line ended."""
        while (size := _size(self._read)) is None or len(self._read) < size:
            try:
                more = self._line.recv(65536)
            except OSError:
                return None
            if not more:
                return None
            self._read += more
        message, self._read = self._read[:size], self._read[size:]
        return message


def _size(read: bytes) -> int | None:
    if len(read) < 2:
        return None
    if read[1] < 0x80:
        return 2 + read[1]
    count = read[1] & 0x7F
    return None if len(read) < 2 + count else 2 + count + int.from_bytes(read[2 : 2 + count], "big")


def _parts(message: bytes) -> tuple[bytes, int]:
    """The message's id as it was written, and the tag of what it holds."""
    start = 2 if message[1] < 0x80 else 2 + (message[1] & 0x7F)
    end = start + 2 + message[start + 1]
    return message[start:end], message[end]


def _tag(message: bytes) -> int:
    return _parts(message)[1]


def _result(message: bytes, code: int) -> bytes:
    number, tag = _parts(message)
    content = bytes([0x0A, 1, code, 4, 0, 4, 0])
    body = number + bytes([_ANSWER_TAGS[tag], len(content)]) + content
    return bytes([0x30, len(body)]) + body


def _sent(line: socket.socket, content: bytes) -> bool:
    try:
        line.sendall(content)
    except OSError:
        return False
    return True
