"""The clients of the benches go on when the server closes a connection that it had kept open."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.load import Line, request, send


@contextmanager
def server(answers: int) -> Iterator[tuple[str, list[bytes]]]:
    """A server that closes each connection, without a word, after so many answers; the bodies it answered."""
    bound = socket.create_server(("127.0.0.1", 0))
    taken: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            for _ in range(answers):
                length = 0
                while (line := lines.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                if line == b"":
                    return
                taken.append(lines.read(length))
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")

    def accept() -> None:
        while True:
            try:
                connection, _ = bound.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}", taken
    finally:
        bound.shutdown(socket.SHUT_RDWR)
        bound.close()
        thread.join()


def test_what_a_closed_line_did_not_answer_is_sent_again():
    bodies = [b"%03d" % n for n in range(20)]
    with server(3) as (url, taken):
        sent = send(url, [[request("/x", each) for each in bodies[:10]], [request("/x", each) for each in bodies[10:]]])
        assert sent.refused == 0
        assert sorted(taken) == bodies


def test_a_line_that_blocks_does_the_same():
    with server(2) as (url, taken), closing(Line(url)) as line:
        assert [line.post("/x", b"%d" % n, {}) for n in range(7)] == [200] * 7
        assert taken == [b"%d" % n for n in range(7)]
