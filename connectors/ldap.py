"""The one outgoing LDAP client: bound connections that are used again, total deadlines, results in our words.

A connection whose answer is late or lost is closed and never used again. Source: RFC 4511 (operations, result codes),
RFC 4513 (StartTLS, simple bind), RFC 4515 (filters).
"""

import select
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from threading import Lock
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPSocketOpenError
from ldap3.utils.conv import escape_filter_chars

from connectors.absence import code_of
from connectors.deadlines import Deadlines, left_of
from schemas.errors import RejectedError, SettingError, UnavailableError, UnknownOutcomeError
from schemas.words import Words, quoted

SUCCESS, COMPARE_FALSE, COMPARE_TRUE, NO_SUCH_OBJECT = 0, 5, 6, 32
_SIZE_LIMIT, _REFERRAL, _OTHER = 4, 10, 80
_PAGED, _PAGE = "1.2.840.113556.1.4.319", 500
_LONGEST_RECEIVE = 120
"""Whole seconds that the library may wait for one piece of an answer; the deadline of each call ends it long before."""
_LATER = {
    3: Words("time limit", "超时"),
    _SIZE_LIMIT: Words("size limit", "超过条数上限"),
    11: Words("administrative limit", "超过管理上限"),
    51: Words("busy", "服务器忙"),
    52: Words("unavailable", "服务不可用"),
    _OTHER: Words("internal error", "内部错误"),
}
_REFUSED = {
    7: Words("authentication method not supported", "不支持的认证方式"),
    8: Words("stronger authentication required: use ldaps or StartTLS", "需要更强的认证：请使用 ldaps 或 StartTLS"),
    48: Words("inappropriate authentication", "认证方式不适用"),
    49: Words("invalid credentials", "账号或口令错误"),
}
Scope = Literal["BASE", "SUBTREE"]
T = TypeVar("T")
_DEADLINES = Deadlines()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory: its name, and its attributes by lower-case name, options kept."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]

    def values(self, attribute: str) -> list[bytes]:
        """The values of an attribute; none if it has none."""
        return list(self.attributes.get(attribute.lower(), ()))


def escaped(value: str) -> str:
    """A value as it may stand in a filter (RFC 4515 section 3)."""
    return str(escape_filter_chars(value))


class _VerifiedTls(ldap3.Tls):
    """TLS as Python itself verifies it, chain and name; the library's own check uses what newer Pythons lack."""

    def __init__(self, host: str, ca_file: str | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        try:
            self._context = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise SettingError(
                Words(f"{ca_file}, which cannot be read", f"无法读取文件 {ca_file}"),
                Words("certificates in PEM form", "PEM 格式的证书"),
                setting="ca_file",
                code="config.file",
            ) from error
        self._host = host

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Put TLS around a connection's socket; also after StartTLS."""
        try:
            connection.socket = self._context.wrap_socket(connection.socket, server_hostname=self._host)
        except OSError:
            connection.socket.close()
            raise


class LdapClient:
    """Reads and changes a directory as one bound user. Safe to use from many threads."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        bind_dn: str,
        password: str,
        ca_file: str | None = None,
        connect_seconds: float = 5.0,
    ) -> None:
        """Check where it leads; nothing is connected yet.

        Raises:
            ConfigError: The address is not of the form, or would send the password in clear.
        """
        where = urlsplit(url)
        if where.scheme not in ("ldap", "ldaps") or not where.hostname or where.path not in ("", "/"):
            raise SettingError(
                quoted(url),
                Words("ldaps://HOST[:PORT] or ldap://HOST[:PORT]", "ldaps://主机[:端口] 或 ldap://主机[:端口]"),
                setting="url",
            )
        self._name = name
        self._bind = bind_dn, password
        self._start_tls = where.scheme == "ldap" and not _is_loopback(where.hostname)
        tls = _VerifiedTls(where.hostname, ca_file)
        self._server = ldap3.Server(
            where.hostname,
            port=where.port or (636 if where.scheme == "ldaps" else 389),
            use_ssl=where.scheme == "ldaps",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=connect_seconds,
        )
        self._connect_seconds = connect_seconds
        self._idle: list[Any] = []
        self._lock = Lock()

    def search(
        self, base: str, scope: Scope, wanted: str, attributes: Sequence[str], *, most: int, deadline_s: float
    ) -> list[Entry]:
        """Entries below ``base`` that fit a filter, at most ``most`` and one more; none where ``base`` is not there.

        Raises:
            UnavailableError: No answer in time, or not now.
            RejectedError: Refused for good.
        """

        def ask(connection: Any) -> list[Entry]:
            connection.search(base, wanted, search_scope=scope, attributes=list(attributes), size_limit=most + 1)
            code = connection.result["result"]
            if code == NO_SUCH_OBJECT:
                return []
            found = [_entry(each) for each in connection.response if each["type"] == "searchResEntry"]
            if code != _SIZE_LIMIT or len(found) <= most:  # ours is enough to see that there are too many
                self._expect(connection, "search")
            return found

        return self._read(ask, deadline_s)

    def search_paged(
        self, base: str, wanted: str, attributes: Sequence[str], *, most: int, deadline_s: float
    ) -> list[Entry]:
        """All entries below ``base`` that fit a filter, page by page (RFC 2696), until there are more than ``most``.

        Active Directory gives no more than 1,000 entries at once, whatever it is asked.

        Raises:
            UnavailableError: No answer in time, or not now.
            RejectedError: Refused for good.
        """

        def ask(connection: Any) -> list[Entry]:
            found, cookie = list[Entry](), b""
            while True:
                connection.search(
                    base, wanted, attributes=list(attributes), paged_size=_PAGE, paged_cookie=cookie or None
                )
                self._expect(connection, "search")
                found += [_entry(each) for each in connection.response if each["type"] == "searchResEntry"]
                control = connection.result.get("controls", {}).get(_PAGED, {})
                cookie = control.get("value", {}).get("cookie", b"")
                if not cookie or len(found) > most:
                    return found

        return self._read(ask, deadline_s)

    def compare(self, dn: str, attribute: str, value: str, *, deadline_s: float) -> bool:
        """Whether an entry has a value, in one round trip (RFC 4511 section 4.10).

        Raises:
            UnavailableError: No answer in time, or not now.
            RejectedError: ``sink.no-target``: there is no such entry; else refused for good.
        """

        def ask(connection: Any) -> bool:
            connection.compare(dn, attribute, value)
            code = connection.result["result"]
            if code not in (COMPARE_FALSE, COMPARE_TRUE, 16):  # 16: it has no value at all
                self._expect(connection, "compare")
            return bool(code == COMPARE_TRUE)

        return self._read(ask, deadline_s)

    def modify(self, dn: str, changes: Mapping[str, list[tuple[str, list[str]]]], *, deadline_s: float) -> int:
        """The result code of one change: 0, or one that its caller knows how to read.

        Raises:
            UnavailableError: It was not sent, or the directory says: not now.
            UnknownOutcomeError: It was sent and no answer came in time: it may have happened.
            RejectedError: Our credentials were refused.
        """
        deadline_s = left_of(deadline_s, self._name)
        with self._connected() as connection:
            try:
                with _within(deadline_s, connection):
                    connection.modify(dn, changes)
            except (LDAPException, OSError) as lost:
                raise UnknownOutcomeError(
                    Words(
                        f"{self._name}: no answer to a change ({type(lost).__name__})",
                        f"{self._name}：变更未收到应答（{type(lost).__name__}）",
                    )
                ) from lost
            code = int(connection.result["result"])
            if code == _OTHER:
                raise UnknownOutcomeError(
                    Words(
                        f"{self._name}: a change was answered 80 (other): it may have happened",
                        f"{self._name}：目录对变更应答 80（other），结果未知",
                    )
                )
            if code in _LATER or code in _REFUSED or code == _REFERRAL:
                self._expect(connection, "modify")
            return code

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            _hang_up(each)

    def _read(self, ask: Callable[[Any], T], deadline_s: float) -> T:
        deadline_s = left_of(deadline_s, self._name)
        with self._connected() as connection:
            try:
                with _within(deadline_s, connection):
                    return ask(connection)
            except (LDAPException, OSError) as lost:
                raise self._unreachable(lost) from lost

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A bound connection, which is kept on unless something went wrong on it."""
        connection = self._kept() or self._open()
        try:
            yield connection
        except RejectedError as refused:
            if refused.code == "peer.auth":
                _hang_up(connection)
            else:
                self._keep(connection)
            raise
        except BaseException:
            _hang_up(connection)
            raise
        self._keep(connection)

    def _kept(self) -> Any:
        """A connection from before that the directory has not closed meanwhile; nothing if there is none."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or not _is_dropped(connection.socket):
                return connection
            _hang_up(connection)

    def _keep(self, connection: Any) -> None:
        with self._lock:
            self._idle.append(connection)

    def _open(self) -> Any:
        user, password = self._bind
        connection = ldap3.Connection(
            self._server,
            user,
            password,
            auto_bind=ldap3.AUTO_BIND_NONE,
            auto_referrals=False,
            auto_range=False,  # who reads ranges must see whether the group changed between two of them
            return_empty_attributes=False,
            check_names=False,
            receive_timeout=_LONGEST_RECEIVE,
            raise_exceptions=False,
        )
        try:
            with _within(self._connect_seconds, connection):
                connection.open()
                if self._start_tls:
                    connection.start_tls()
                connection.bind()
        except (LDAPException, OSError) as lost:
            _hang_up(connection)
            raise self._unreachable(lost) from lost
        try:
            self._expect(connection, "bind")
        except (UnavailableError, RejectedError):
            _hang_up(connection)
            raise
        return connection

    def _unreachable(self, lost: Exception) -> UnavailableError:
        away = isinstance(lost, LDAPSocketOpenError)
        what = Words("cannot be reached", "无法连接") if away else Words("did not answer", "没有应答")
        return UnavailableError(
            code_of(lost),
            Words(
                f"{self._name}: the directory {what} ({type(lost).__name__})",
                f"{self._name}：目录服务{what.zh}（{type(lost).__name__}）",
            ),
        )

    def _expect(self, connection: Any, what: str) -> None:
        """Return if the last operation went well.

        Raises:
            UnavailableError: Not now.
            RejectedError: Refused for good.
        """
        code = int(connection.result["result"])
        if code == SUCCESS:
            return
        said = connection.result["description"]
        where = Words(f"{self._name}: {what} answered {code} {said}", f"{self._name}：{what} 的应答为 {code} {said}")
        if code in _LATER:
            raise UnavailableError(
                "peer.throttled", Words(f"{where} ({_LATER[code]})", f"{where.zh}（{_LATER[code].zh}）")
            )
        if code in _REFUSED:
            raise RejectedError("peer.auth", Words(f"{where} ({_REFUSED[code]})", f"{where.zh}（{_REFUSED[code].zh}）"))
        raise RejectedError("sink.no-target" if code == NO_SUCH_OBJECT else "peer.rejected", where)


@contextmanager
def _within(seconds: float, connection: Any) -> Iterator[None]:
    """End what is under way after so many seconds altogether, however often a byte comes."""
    with _DEADLINES.within(seconds, partial(_cut, connection)):
        yield


def _cut(connection: Any) -> None:
    line = connection.socket
    if line is not None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            line.close()


def _is_dropped(line: socket.socket) -> bool:
    """Whether the other side has ended an idle line; looked at below TLS, whose tickets may wait there unread."""
    if not select.select([line], [], [], 0)[0]:
        return False
    try:
        return not socket.socket.recv(line, 1, socket.MSG_PEEK)
    except OSError:
        return True


def _hang_up(connection: Any) -> None:
    try:
        connection.strategy.close()
    except (LDAPException, OSError):
        pass  # it is gone already
    finally:
        if connection.socket is not None:  # the library leaves one open on which connecting failed
            connection.socket.close()


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry(found["dn"], {name.lower(): values for name, values in found["raw_attributes"].items()})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
