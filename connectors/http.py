"""The one outgoing HTTP client: a total deadline, bounded answers, checked addresses, and what a failure means."""

import ipaddress
import math
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, InvalidURL
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlencode
from weakref import finalize

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from connectors.absence import cause_of, code_of
from connectors.deadlines import left_of
from schemas.errors import RejectedError, SettingError, UnavailableError, UnknownOutcomeError
from schemas.system import why_not
from schemas.words import Words

MAX_ANSWER = 4 << 20
"""Bytes of an answer after unpacking."""

_CHUNK = 64 * 1024
_FAILURES = (OSError, HTTPException, HTTPError)
_ODD = (ValueError, OverflowError)
"""What the library says of bytes that it cannot read, or of a header that it cannot write: no word of HTTP."""
_NO_DATE = (ValueError, TypeError, OverflowError)
"""What reading a date says of one that is none, or of a year or an offset that no clock has."""
Monotonic = Callable[[], float]
Pairs = tuple[tuple[str, str], ...]
Parameters = Mapping[str, str] | Sequence[tuple[str, str]]
"""Of a URL, in their order; as pairs a name may come twice."""


_DATES: ContextVar[list[datetime] | None] = ContextVar("dates", default=None)


class ForbiddenAddressError(OSError):
    """A name leads to an address to which no connection is made."""

    def __init__(self, address: str, why: Words) -> None:
        self.words = Words(f"address {address} is {why}", f"地址 {address}：{why.zh}")
        super().__init__(str(self.words))


@contextmanager
def peer_dates() -> Iterator[list[datetime]]:
    """The ``Date`` of each answer to what this thread asks within: what time it is for the other side."""
    dates: list[datetime] = []
    token = _DATES.set(dates)
    try:
        yield dates
    finally:
        _DATES.reset(token)


def hear_dates(heard: Iterable[datetime]) -> None:
    """Count what another process heard of the other side's time when it asked for this thread."""
    dates = _DATES.get()
    if dates is not None:
        dates.extend(heard)


def _note_date(headers: Mapping[str, str]) -> None:
    dates = _DATES.get()
    if dates is None:
        return
    with suppress(*_NO_DATE):
        date = parsedate_to_datetime(headers.get("date", ""))
        dates.append(date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 2xx or 4xx (not 401, 403, 407, 429). Header names are lower case; ``body`` is unpacked.

    Of a header that came several times the values are joined by commas.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Calls one server. Safe to use from many threads; connections are kept alive and shared.

    It follows no redirect, reads no proxy from the environment and repeats nothing. What a failure means depends on
    whether the call is a write: a write that was sent and not answered may have happened.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allow_private: bool = False,
        headers: Mapping[str, str] | None = None,
        ca_file: str | None = None,
        proxy: str = "",
        keep: int = 8,
        max_answer: int = MAX_ANSWER,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        """Check the address; nothing is sent yet.

        Args:
            base_url: ``https://host[:port][/path]``; ``http`` only with ``allow_private``.
            allow_private: Let it connect to loopback and private addresses (never link-local or multicast ones).
            headers: Sent with every call.
            ca_file: PEM file of the only authorities to trust, instead of the system's.
            proxy: ``http://host:port`` through which alone it connects; that address may be private.
            keep: Idle connections to keep.
            max_answer: Bytes of an answer after unpacking.
            monotonic: Clock of the deadlines.

        Raises:
            ConfigError: The address is none, or one that it would never connect to.
        """
        self._url = _checked(base_url, allow_private)
        require_allowed(
            (self._url.host or "").strip("[]"), allow_private=allow_private, plain=self._url.scheme == "http"
        )
        self._context = tls_context(ca_file) if self._url.scheme == "https" else None
        self._proxy = _checked(proxy, True) if proxy else None
        self._allow_private, self._headers = allow_private, dict(headers or {})
        self._keep, self._max, self._monotonic = keep, max_answer, monotonic
        self._idle: list[_Connection] = []
        self._lock = Lock()
        finalize(self, _close_all, self._idle)  # an adapter that is let go leaves no socket open

    def call(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        write: bool,
        query: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        heard: Collection[int] = (),
    ) -> Answer:
        """Send one request and read its whole answer within ``deadline_s`` seconds, connecting included.

        Sooner where the call that it is part of ends sooner.

        ``heard`` are statuses that the caller reads itself, whatever they mean elsewhere.

        Raises:
            UnavailableError: Not sent, or told to come later (429, 503); and for a read any answer cut, late, too
                large or 5xx.
            UnknownOutcomeError: A write was sent and its answer is missing, cut, late, too large or 5xx.
            RejectedError: 401, 403 (``peer.auth``) or 3xx (``peer.bad-answer``); and ``peer.bad-answer`` where a header
                of ours, taken from what the peer had said, is none that can be sent: nothing left.
        """
        target = f"{self._url.path or ''}{path}{'?' + urlencode(query, errors='surrogateescape') if query else ''}"
        if self._proxy is not None and self._context is None:
            target = f"{self._url.scheme}://{self._url.netloc}{target}"  # RFC 9112, 3.2.2
        what = f"{method} {self._url.scheme}://{self._url.netloc}{self._url.path or ''}{path}"
        connection = self._connect(self._monotonic() + left_of(deadline_s, what), what)
        try:
            _send(connection, method, target, {**self._headers, **(headers or {})}, body, what)
            answer = self._read(connection.getresponse())
        except (*_FAILURES, *_ODD) as error:
            connection.close()
            raise _lost(what, error, write) from error
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return answer if answer.status in heard else _judged(answer, what, write)

    def url(self, path: str, query: Parameters | None = None) -> str:
        """The whole address of a call."""
        asked = f"?{urlencode(query, errors='surrogateescape')}" if query else ""
        return f"{self._url.scheme}://{self._url.netloc}{self._url.path or ''}{path}{asked}"

    @property
    def path(self) -> str:
        """What stands before every path of a call."""
        return self._url.path or ""

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            _close_all(self._idle)

    def _connect(self, ends: float, what: str) -> "_Connection":
        connection = self._take()
        connection.limit.ends = ends
        if not connection.is_closed:
            return connection
        try:
            connection.connect()
        except _FAILURES as error:
            connection.close()
            reason = _reason(error)
            told = Words(f"{what}: not sent, no connection ({reason})", f"{what}：未发出，无法连接（{reason.zh}）")
            raise UnavailableError(code_of(error), told) from error
        return connection

    def _take(self) -> "_Connection":
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if connection.is_connected:
                return connection
            connection.close()
        to = self._proxy or self._url
        host, port = (to.host or "").strip("[]"), to.port
        limit = Limit(self._monotonic, self._allow_private or self._proxy is not None)
        if self._context is None:
            return _Plain(host, port, limit)
        connection = _Tls(host, port, limit, self._context)
        if self._proxy is not None:
            connection.set_tunnel((self._url.host or "").strip("[]"), self._url.port or 443)
        return connection

    def _give_back(self, connection: "_Connection") -> None:
        with self._lock:
            if not connection.is_closed and len(self._idle) < self._keep:
                self._idle.append(connection)
                return
        connection.close()

    def _read(self, response: BaseHTTPResponse) -> Answer:
        body = bytearray()
        for chunk in response.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._max:
                raise HTTPException(f"answer larger than {self._max} bytes")
        headers = {name.lower(): value for name, value in response.headers.itermerged()}
        _note_date(headers)
        return Answer(response.status, headers, bytes(body))


def _send(
    connection: "_Connection", method: str, target: str, headers: Mapping[str, str], body: bytes | None, what: str
) -> None:
    """Send a request. A header goes as the peer writes it: what it said in other letters than Latin ones, as UTF-8.

    Raises:
        RejectedError: ``peer.bad-answer``: a header that no request can carry, before anything is sent.
    """
    try:
        written = {name: _as_written(value) for name, value in headers.items()}
        connection.request(method, target, body, written, preload_content=False, decode_content=True)
    except OSError:  # one of TLS is a ValueError, too
        raise
    except (*_ODD, InvalidURL) as error:
        told = Words(f"{what}: not sent, its header cannot be written", f"{what}：未发出，请求头无效")
        raise RejectedError("peer.bad-answer", told) from error


def _as_written(value: str) -> str:
    """A header as the library takes it, which writes a byte for each letter."""
    return value if all(ord(letter) < 256 for letter in value) else value.encode().decode("latin-1")


def _close_all(idle: "list[_Connection]") -> None:
    while idle:
        idle.pop().close()


def _judged(answer: Answer, what: str, write: bool) -> Answer:
    """The answer, if the caller has to read it; a failure, where the status alone says what it means."""
    status = answer.status
    if 200 <= status < 300 or (400 <= status < 500 and status not in (401, 403, 407, 408, 425, 429)):
        return answer
    en, zh = f"{what}: answered {status}", f"{what}：应答 {status}"
    if status == 407:  # nobody but a proxy says so, and it passed nothing on
        raise UnavailableError(
            "peer.unreachable",
            Words(f"{what}: not sent ({_by_proxy('407')})", f"{what}：未发出（{_by_proxy('407').zh}）"),
        )
    if status in (401, 403):
        raise RejectedError("peer.auth", Words(f"{en}; check the credentials of this connector", f"{zh}；请核对凭据"))
    if status in (408, 425, 429, 503):
        raise UnavailableError("peer.throttled", Words(en, zh), _retry_after(answer.headers))
    if status < 500:
        raise RejectedError("peer.bad-answer", Words(f"{en}; redirects are never followed", f"{zh}；不跟随重定向"))
    if write:
        raise UnknownOutcomeError(Words(f"{en}; the change may have been made", f"{zh}；变更可能已执行"))
    raise UnavailableError("peer.unreachable", Words(en, zh), _retry_after(answer.headers))


def _lost(what: str, error: Exception, write: bool) -> UnavailableError | UnknownOutcomeError:
    reason = _reason(error)
    if write:
        said = f"{what}: sent, but no whole answer came ({reason})"
        return UnknownOutcomeError(Words(said, f"{what}：已发出，未收到完整应答（{reason.zh}）"))
    code = "peer.bad-answer" if cause_of(error) is None else code_of(error)
    said = f"{what}: no whole answer ({reason})"
    return UnavailableError(code, Words(said, f"{what}：未收到完整应答（{reason.zh}）"))


_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_NO_HTTP = Words("no HTTP that can be read", "应答不是有效的 HTTP 报文")


def _reason(error: Exception) -> Words:
    """Why a network call failed; never the bytes of an answer."""
    if isinstance(error, ForbiddenAddressError):
        return error.words
    if refused := _TUNNEL.match(str(error)):
        return _by_proxy(refused[1])
    cause = cause_of(error)
    return _NO_HTTP if cause is None else why_not(cause)


def _by_proxy(status: str) -> Words:
    """Why a forward proxy passed nothing on."""
    if status == "407":
        return Words("the forward proxy wants a log-in", "出口代理要求登录")
    return Words(f"the forward proxy refused: {status}", f"出口代理拒绝：{status}")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the peer asks us to wait (RFC 9110, 10.2.3); a date is counted from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    with suppress(*_NO_DATE):
        span = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, span.total_seconds())
    return None


def _checked(base_url: str, allow_private: bool) -> Url:
    if any(ch in base_url for ch in "\\@#? \t\r\n") or not base_url.isascii():
        raise _address(base_url, "with one of \\ @ # ? or a space", "含有 \\ @ # ? 或空格")
    try:
        url = parse_url(base_url.rstrip("/"))
    except HTTPError as error:
        raise _address(base_url, "which is not a URL", "不是网址") from error
    if "://" not in base_url:
        raise _address(base_url, "without https:// before it", "缺少开头的 https://")
    if url.scheme not in ("https", "http") or not url.host:
        raise _address(base_url, "of another scheme", "协议不是 https")
    if url.scheme == "http" and not allow_private:
        raise SettingError(
            Words(f"address {base_url[:80]!r}, which is not encrypted", f"未加密的地址 {base_url[:80]!r}"),
            Words(
                "https, or allow_private_address = true for a private one",
                "https 地址；内网地址可设 allow_private_address = true",
            ),
        )
    return url


def _address(url: str, why: str, why_zh: str) -> SettingError:
    return SettingError(
        Words(f"address {url[:80]!r}, {why}", f"地址 {url[:80]!r}，{why_zh}"),
        Words("https://host[:port]/path", "https://主机[:端口]/路径"),
    )


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that checks certificate and name, and makes sockets that keep a ``Limit``.

    Raises:
        ConfigError: The file of trusted authorities cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            Words(f"CA file {ca_file}, which cannot be read", f"无法读取 CA 文件 {ca_file}"),
            Words("certificates in PEM form", "PEM 格式的证书"),
            setting="ca_file",
            code="config.file",
        ) from error
    context.sslsocket_class = TlsSocket
    return context


class Limit:
    """The deadline of the call that uses a connection now (``ends``, monotonic), and where it may connect to."""

    __slots__ = ("allow_private", "ends", "monotonic")

    def __init__(self, monotonic: Monotonic, allow_private: bool) -> None:
        self.monotonic, self.allow_private, self.ends = monotonic, allow_private, math.inf

    def left(self) -> float:
        """Seconds left of the call; never endless, and ``TimeoutError`` when there are none."""
        left = self.ends - self.monotonic()
        if left <= 0:
            raise TimeoutError("deadline of the call passed")
        return left


class PlainSocket(socket.socket):
    """A socket whose every wait ends with the call: a peer that drips bytes gains nothing."""

    limit: Limit

    def recv_into(self, *args: Any, **named: Any) -> int:
        """Wait for bytes, no longer than the call may take."""
        self.settimeout(self.limit.left())
        return super().recv_into(*args, **named)

    def sendall(self, *args: Any) -> None:
        """Send all bytes, or fail when the call must end."""
        self.settimeout(self.limit.left())
        return super().sendall(*args)


class TlsSocket(ssl.SSLSocket):
    """The same under TLS."""

    limit: Limit

    def recv_into(self, *args: Any, **named: Any) -> int:
        """Wait for bytes, no longer than the call may take."""
        self.settimeout(self.limit.left())
        return super().recv_into(*args, **named)

    def sendall(self, *args: Any) -> None:
        """Send all bytes, or fail when the call must end."""
        self.settimeout(self.limit.left())
        return super().sendall(*args)


class _Plain(HTTPConnection):
    """A connection that looks at the address before it connects."""

    def __init__(self, host: str, port: int | None, limit: Limit) -> None:
        super().__init__(host, port)
        self.limit = limit

    def _new_conn(self) -> socket.socket:
        return open_socket(self.host, self.port, self.limit, plain=True)


class _Tls(HTTPSConnection):
    """The same under TLS; certificate and name are always checked."""

    def __init__(self, host: str, port: int | None, limit: Limit, context: ssl.SSLContext) -> None:
        super().__init__(host, port, ssl_context=context, cert_reqs=ssl.CERT_REQUIRED)
        self.limit = limit

    def _new_conn(self) -> socket.socket:
        return open_socket(self.host, self.port, self.limit, plain=False)

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, TlsSocket)
        self.sock.limit = self.limit


_Connection = _Plain | _Tls


def open_socket(host: str, port: int, limit: Limit, *, plain: bool) -> PlainSocket:
    """Connect to the first allowed address of ``host`` that answers.

    ``plain`` says that nothing will protect what is sent: then only private addresses will do, if they are allowed.

    Raises:
        OSError: No address, none allowed, or no connection within the limit.
    """
    failure: OSError = socket.gaierror(f"{host} has no address")
    for family, kind, protocol, _, address in _addresses(host, port, limit):
        if why := _forbidden(address[0], limit.allow_private, plain):
            failure = ForbiddenAddressError(address[0], why)
            continue
        made = PlainSocket(family, kind, protocol)
        made.limit = limit
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(limit.left())
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure


def require_allowed(host: str, *, allow_private: bool, plain: bool) -> None:
    """Return unless it is certain already, for an address or a name of this machine, that no connection may be made.

    Raises:
        ConfigError: It names the address as it would be connected to.
    """
    if host.lower().rstrip(".").rpartition(".")[2] == "localhost":
        found = ["127.0.0.1"]
    else:
        try:
            found = [str(each[4][0]) for each in socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)]
        except (OSError, UnicodeError):
            return  # a name: the address that it has when it is connected to decides
    for address in found:
        if why := _forbidden(address, allow_private, plain):
            raise SettingError(
                Words(f"{host[:80]!r}, which is {address}: {why}", f"{host[:80]!r}，即 {address}，{why.zh}"),
                Words(
                    "an address that may be connected to; allow_private_address = true for a private one",
                    "可连接的地址；内网地址可设 allow_private_address = true",
                ),
            )


def _addresses(host: str, port: int, limit: Limit) -> list[Any]:
    """What the resolver says, waited for no longer than the call may take (it has no time-out of its own)."""
    flags = socket.AI_NUMERICHOST
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:  # a label that is too long, or empty
        raise socket.gaierror(f"{host} has no address") from error
    except socket.gaierror:
        pass
    found: SimpleQueue[list[Any] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            found.put(error)

    Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = found.get(timeout=limit.left())
    except Empty:
        raise TimeoutError(f"name {host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


_NEVER = Words("link-local, multicast or unspecified: never allowed", "链路本地、组播或未指定地址，不可连接")
_PRIVATE = Words("not public; allow private addresses for this connector if it is meant", "不是公网地址")
_PLAIN = Words("public: plain http is for private networks only", "公网地址，不得使用未加密的 http")


def _forbidden(text: str, allow_private: bool, plain: bool) -> Words | None:
    """Why no connection may be made to an address; none if it may. The address itself counts, however it was spelt."""
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = _carried(address) if isinstance(address, ipaddress.IPv6Address) else ()
    for each in (address, *inner):
        if each.is_link_local or each.is_multicast or each.is_unspecified:
            return _NEVER
    if not all(_is_public(each) for each in (address, *inner)):
        return None if allow_private else _PRIVATE
    return _PLAIN if plain else None


_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_NEVER_PUBLIC = tuple(map(ipaddress.IPv6Network, ("::/8", "fc00::/7", "fec0::/10", "100::/64", "2001:db8::/32")))
"""What this Python may take for public: compatible addresses, unique and site local ones, discard, documentation."""


def _carried(address: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that a packet to an IPv6 one may end at."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if any(address in each for each in _TRANSLATED) or (int(address) >> 32 == 0 and int(address) > 1):
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_global
    return address.is_global and not any(address in each for each in _NEVER_PUBLIC)
