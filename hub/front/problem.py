"""Problem documents (RFC 9457) of the front itself."""

from collections.abc import Mapping

import orjson
from starlette.responses import JSONResponse, Response

from connectors.reply import PROBLEM
from hub.front.languages import in_language
from schemas.errors import LicetError, PayloadError, status_of
from schemas.words import Words

MANY_CONNECTIONS = Words("too many connections, of this address or of all", "该地址或全部地址的连接过多")
MANY_BYTES = Words("more bytes than any request may have", "请求超过允许的最大字节数")
MUCH_ON_ITS_WAY = Words("too much is on its way, of this address or of all", "该地址或全部地址正在传输的数据过多")
NOT_IN_TIME = Words("the request was not whole in time", "请求未在时限内收完")
NO_PROXY = Words("this is no proxy", "本系统不是代理")
ODD_FRAME = Words("found a fragment in the target, or chunks in HTTP/1.0", "请求目标含有片段，或 HTTP/1.0 使用了分块")
NO_REQUEST = Words(
    "found no HTTP/1.1 request, or one that can be read in two ways", "不是 HTTP/1.1 请求，或可作两种解读"
)


def problem(error: LicetError, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document."""
    return JSONResponse(error.problem(), status_of(error.code), headers, media_type=PROBLEM)


class Refusal(Exception):
    """A request is not served, for a reason that its headers say."""

    def __init__(self, code: str, detail: Words) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Pipelined(Exception):
    """A request begins before the one before it is answered."""


def problem_bytes(code: str, detail: Words) -> bytes:
    """The bytes of an answer that says why and ends the connection: in English, for what was asked was not read."""
    body = orjson.dumps(in_language(PayloadError(code, detail).problem(), "en"))
    again = "retry-after: 1\r\n" if status_of(code) == 503 else ""
    head = (
        f"HTTP/1.1 {status_of(code)} {code}\r\ncontent-type: application/problem+json\r\ncontent-language: en\r\n"
        f"content-length: {len(body)}\r\n{again}connection: close\r\n\r\n"
    )
    return head.encode() + body


def hosts(count: int) -> Words:
    """What is said where a request names another number of hosts than one."""
    return Words(f"found {count} Host fields, expected one", f"Host 报头有 {count} 个，应为一个")


def coded(name: str) -> Words:
    """What is said of a body that is compressed, or framed otherwise."""
    return Words(f"found a coded body ({name}), expected one that is not", f"报文经过编码（{name}），应为未编码")


def long_headers(most: int) -> Words:
    """What is said of headers that are too long."""
    return Words(f"headers of more than {most} bytes", f"请求头超过 {most} 字节")
