"""Problem documents (RFC 9457) of the front itself."""

import orjson

from schemas.errors import PayloadError, status_of


class Refusal(Exception):
    """A request is not served, for a reason that its headers say."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Pipelined(Exception):
    """A request begins before the one before it is answered."""


def problem_bytes(code: str, detail: str) -> bytes:
    """The bytes of an answer that says why and ends the connection."""
    body = orjson.dumps(PayloadError(code, detail).problem())
    again = "retry-after: 1\r\n" if status_of(code) == 503 else ""
    head = (
        f"HTTP/1.1 {status_of(code)} {code}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\n{again}connection: close\r\n\r\n"
    )
    return head.encode() + body
