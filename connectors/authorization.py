"""How the hub proves itself to a server over HTTP: a token, one that a file holds, a password, client credentials, or
a token that a log-in gives.

Source: RFC 6750 (bearer), RFC 7617 (Basic), RFC 6749 4.4 (client credentials).
"""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol
from urllib.parse import quote_plus, urlencode

from connectors.http import Answer, HttpClient
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.reading import read_json
from schemas.words import Words

_EARLY_SECONDS = 30.0
"""A token is renewed so long before it ends."""
_DEADLINE_SECONDS = 5.0
_LONGEST_TOKEN = 16_384
_LONGEST_SECONDS = 86_400.0
"""A token that is good for longer is asked for anew all the same."""


class Authorization(Protocol):
    """What a request carries to prove itself."""

    def headers(self) -> Mapping[str, str]:
        """The header that proves it now.

        Raises:
            UnavailableError: A token cannot be had now.
            RejectedError: ``peer.auth``: it is refused, or not there.
        """
        ...

    def renew(self) -> bool:
        """A request was refused: forget what was used; whether another one may prove it."""
        ...


class Fixed:
    """The same header always; none if it is empty."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def headers(self) -> Mapping[str, str]:
        """The header."""
        return self._headers

    def renew(self) -> bool:
        """There is no other."""
        return False


class TokenFile:
    """A token that a file holds, read anew whenever the file has changed."""

    def __init__(self, file: Path, header: Callable[[str], Mapping[str, str]]) -> None:
        self._file, self._header = file, header
        self._read: tuple[tuple[int, int], Mapping[str, str]] | None = None
        self._lock = Lock()

    def headers(self) -> Mapping[str, str]:
        """The header with the token of now."""
        with self._lock:
            try:
                found = self._file.stat()
                mark = found.st_mtime_ns, found.st_size
                if self._read is None or self._read[0] != mark:
                    self._read = mark, self._header(self._file.read_text(encoding="ascii").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise RejectedError(
                    "peer.auth",
                    Words(f"token_file: cannot read {self._file} ({error})", f"token_file：无法读取 {self._file}"),
                ) from error
            return self._read[1]

    def renew(self) -> bool:
        """Whether the file holds another token than the one that was refused."""
        with self._lock:
            before, self._read = self._read, None
        return before is not None and self.headers() != before[1]


class ClientCredentials:
    """A token of an OAuth 2 server, asked for anew before it ends and when it is refused."""

    def __init__(
        self,
        client: HttpClient,
        *,
        client_id: str,
        secret: str,
        scope: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._scope, self._monotonic = client, scope, monotonic
        self._basic = basic(quote_plus(client_id), quote_plus(secret))
        self._token, self._ends = "", 0.0
        self._lock = Lock()

    def headers(self) -> Mapping[str, str]:
        """The header with a token that is valid yet."""
        with self._lock:
            if not self._token or self._monotonic() >= self._ends:
                self._token, seconds = self._ask()
                self._ends = self._monotonic() + max(1.0, seconds - _EARLY_SECONDS)
            return bearer(self._token)

    def renew(self) -> bool:
        """Ask for another token."""
        with self._lock:
            self._token = ""
        return True

    def _ask(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **self._basic}
        body = urlencode(form).encode()
        # A token that is given and lost does no harm: for us this is a read.
        answer = self._client.call("POST", "", deadline_s=_DEADLINE_SECONDS, write=False, headers=headers, body=body)
        if answer.status != 200:
            raise RejectedError(
                "peer.auth",
                Words(
                    f"oauth_url: answered {answer.status}; check client id, secret and scope",
                    f"oauth_url：应答 {answer.status}；请核对客户端标识、密钥与范围",
                ),
            )
        return _token(answer.body)


class Given(NamedTuple):
    """A token, and for how many seconds it is good; 0 where its server does not say so."""

    token: str
    seconds: float


class LogIn:
    """A token that a server of its own kind gives for a log-in, asked for anew before it ends and when it is refused.

    ``ask`` sends the log-in, ``read`` finds the token in its answer, and raises what is wrong with it; ``shown`` says
    how requests carry it; ``seconds``: how long it is good where the server does not say so.
    """

    def __init__(
        self,
        ask: Callable[[], Answer],
        read: Callable[[Answer], Given],
        shown: Callable[[str], Mapping[str, str]],
        *,
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._read, self._shown = ask, read, shown
        self._seconds, self._monotonic = seconds, monotonic
        self._token, self._ends = "", 0.0
        self._lock = Lock()

    def headers(self) -> Mapping[str, str]:
        """How a request carries a token that is valid yet."""
        with self._lock:
            if not self._token or self._monotonic() >= self._ends:
                given = self._read(self._ask())
                _require_token(given.token)
                self._token = given.token
                self._ends = self._monotonic() + max(1.0, (given.seconds or self._seconds) - _EARLY_SECONDS)
            return self._shown(self._token)

    def renew(self) -> bool:
        """Log in once more."""
        with self._lock:
            self._token = ""
        return True


def _require_token(token: str) -> None:
    if not token.isascii() or not token.isprintable() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise UnavailableError(
            "peer.bad-answer",
            Words(
                f"log-in: found no token of 1 to {_LONGEST_TOKEN} printable characters",
                f"登录应答中没有 1 至 {_LONGEST_TOKEN} 个可打印字符的令牌",
            ),
        )


def bearer(token: str) -> Mapping[str, str]:
    """The header of a bearer token."""
    return {"authorization": f"Bearer {token}"}


def basic(user: str, password: str) -> Mapping[str, str]:
    """The header of a user and password."""
    return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def _token(body: bytes) -> tuple[str, float]:
    try:
        found = read_json(body)
    except PayloadError as error:
        raise UnavailableError(
            "peer.bad-answer",
            Words(f"oauth_url: answer is not JSON ({error.code})", f"oauth_url：应答不是 JSON（{error.code}）"),
        ) from error
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise UnavailableError(
            "peer.bad-answer", Words("oauth_url: answer holds no access_token", "oauth_url：应答中没有 access_token")
        )
    seconds = found.get("expires_in")
    if not isinstance(seconds, int | float) or not seconds > 0:
        return token, 300.0
    return token, float(min(seconds, _LONGEST_SECONDS))  # before: a number may be larger than any that has a fraction
