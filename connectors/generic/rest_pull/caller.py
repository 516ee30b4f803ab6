"""Requests to a system that is asked: what they carry, how they prove who asks, and how often they may be made."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.authorization import Authorization, ClientCredentials, Fixed, Given, LogIn, TokenFile, basic, bearer
from connectors.digest import DigestClient
from connectors.generic.rest_pull.reading import Expired, at, bad, require_success, text_of
from connectors.generic.rest_pull.settings import Settings, Value
from connectors.http import Answer, HttpClient
from connectors.signing import Form, Signing
from schemas.errors import PayloadError, RejectedError
from schemas.reading import read_json
from schemas.transmission import NOTHING

_LONGEST_LIFE = 10 * 366 * 86_400.0
"""What says that it is good for longer is an instant, and no length."""
Pairs = tuple[tuple[str, str], ...]


class Pace:
    """How often a system may be asked: evenly, however many requests a page takes."""

    def __init__(self, per_minute: float | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval = 60 / per_minute if per_minute else 0.0
        self._monotonic = monotonic
        self._next = 0.0

    def left(self) -> float:
        """Seconds until the next request may be made."""
        return max(0.0, self._next - self._monotonic()) if self._interval else 0.0

    def asked(self) -> None:
        """One was made."""
        self._next = max(self._next, self._monotonic()) + self._interval


class Caller:
    """Asks one system for a page. A request that was refused for its token alone is made once more with a new one."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        split = urlsplit(settings.url)
        self.path = split.path or "/"
        self._client = self._reaching(f"{split.scheme}://{split.netloc}", settings.most_bytes)
        self._digest = _digest(settings, self._client)
        self._authorization = self._proof()
        self._signing = _signing(settings)

    def ask(self, target: str, asked: Mapping[str, Value], etag: str, now: datetime) -> Answer:
        """The answer to one request, for whatever path and query; ``asked`` goes where the settings say.

        Raises:
            LicetError: There is no answer, or it is refused.
        """
        try:
            return self._once(target, asked, etag, now)
        except RejectedError as error:
            if error.code != "peer.auth" or not self._authorization.renew():
                raise
        return self._once(target, asked, etag, now)

    def renew(self) -> bool:
        """An answer said that the token has run out: whether another one may do."""
        return self._authorization.renew()

    def _once(self, target: str, asked: Mapping[str, Value], etag: str, now: datetime) -> Answer:
        path, _, given = target.partition("?")
        query = (*_pairs(given), *(self._settings.query.items() if not given else ()))
        media, body = _body(self._settings.send, self._settings.method, {**self._settings.parameters, **asked})
        if self._settings.send == "query" and not given:
            query += tuple((name, _plain(value)) for name, value in {**self._settings.parameters, **asked}.items())
        headers = {**{name.lower(): value for name, value in self._settings.headers.items()}, **media}
        if etag:
            headers["if-none-match"] = etag
        headers, query = self._shown(headers, query)
        return self._send(path, query, headers, body, now)

    def _shown(self, headers: dict[str, str], query: Pairs) -> tuple[dict[str, str], Pairs]:
        """A request that shows who asks; as a parameter takes the place of one that the URL has already."""
        shown = self._authorization.headers()
        if self._settings.token_parameter:
            return headers, (*(each for each in query if each[0] not in shown), *shown.items())
        return {**headers, **shown}, query

    def _send(self, path: str, query: Pairs, headers: dict[str, str], body: bytes | None, now: datetime) -> Answer:
        settings = self._settings
        if self._signing is not None:
            query = tuple(each for each in query if each[0] not in settings.sign_names.values())
            signed = self._signing.sign(settings.method, path, query, body or b"", now)
            query, headers = (*query, *signed.query), {**headers, **signed.headers}
        self._pace.asked()
        client = self._digest or self._client
        return client.call(
            settings.method,
            path,
            deadline_s=settings.deadline_seconds,
            write=False,
            query=query,
            headers=headers,
            body=body,
            heard=(304,),
        )

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _reaching(self, url: str, most: int) -> HttpClient:
        settings = self._settings
        return HttpClient(
            url,
            allow_private=settings.allow_private_address,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            proxy=settings.proxy_url,
            max_answer=most,
        )

    def _proof(self) -> Authorization:
        """How we prove ourselves to this system."""
        settings = self._settings
        if settings.login_url:
            return self._log_in()
        if settings.oauth_url and settings.oauth_client_secret is not None:
            return ClientCredentials(
                self._reaching(settings.oauth_url, 64 * 1024),
                client_id=settings.oauth_client_id,
                secret=settings.oauth_client_secret.get_secret_value(),
                scope=settings.oauth_scope,
            )
        if settings.password is not None and not settings.digest:
            return Fixed(basic(settings.user, settings.password.get_secret_value()))
        if settings.token_file is not None:
            return TokenFile(settings.token_file, self._held)
        return Fixed({} if settings.token is None else self._held(settings.token.get_secret_value()))

    def _held(self, token: str) -> Mapping[str, str]:
        """How a request carries a token: in a header, or (``_shown``) as a parameter of its URL."""
        if self._settings.token_parameter:
            return {self._settings.token_parameter: token}
        header = self._settings.token_header
        return {header.lower(): token} if header else bearer(token)

    def _log_in(self) -> LogIn:
        settings = self._settings
        split = urlsplit(settings.login_url)
        client = self._reaching(f"{split.scheme}://{split.netloc}", 64 * 1024)
        assert settings.login_secret is not None
        secret = {settings.login_secret_parameter: settings.login_secret.get_secret_value()}
        content = {**settings.login_parameters, **secret}
        method = "GET" if settings.login_send == "query" else "POST"
        media, body = _body(settings.login_send, method, content)
        given = _pairs(split.query)
        query = (*given, *((name, _plain(value)) for name, value in content.items() if settings.login_send == "query"))

        def ask() -> Answer:
            self._pace.asked()
            # A token that is given and lost does no harm: for us this is a read.
            return client.call(
                method,
                split.path or "/",
                deadline_s=settings.deadline_seconds,
                write=False,
                query=query,
                headers={**media, "accept": "application/json"},
                body=body,
            )

        return LogIn(ask, self._given, self._held, seconds=settings.login_seconds)

    def _given(self, answer: Answer) -> Given:
        """The token of a log-in; what refuses us is told from what cannot be read."""
        settings = self._settings
        if answer.status != 200:
            raise RejectedError("peer.auth", f"login_url: answered {answer.status}; check the log-in of this connector")
        try:
            value = read_json(answer.body)
            require_success(value, settings, "login_url")
        except PayloadError as error:
            raise bad(f"login_url: found an answer that is no JSON ({error.code}), expected one") from error
        except Expired:
            raise RejectedError("peer.auth", "login_url: found a token that has run out, expected a new one") from None
        token = text_of(at(value, settings.login_token_at))
        if token is None:
            raise bad(f"login_url: found no token at {settings.login_token_at}, expected one")
        return Given(token, _seconds(value, settings))


def _seconds(value: Any, settings: Settings) -> float:
    found = text_of(at(value, settings.login_seconds_at)) if settings.login_seconds_at else None
    if found is None or not found.isascii() or not found.isdigit():
        return 0.0
    return float(found) if float(found) <= _LONGEST_LIFE else 0.0


def _signing(settings: Settings) -> Signing | None:
    if settings.sign_secret is None:
        return None
    form = Form(
        parts=settings.sign_parts,
        names=settings.sign_names,
        joint=settings.sign_joint,
        place=settings.sign_place,
        keyed=settings.sign_keyed,
        digest=settings.sign_hash,
        written=settings.sign_written,
        clock=settings.sign_clock,
    )
    return Signing(form, settings.sign_key, settings.sign_secret.get_secret_value())


def _digest(settings: Settings, client: HttpClient) -> DigestClient | None:
    if not settings.digest or settings.password is None:
        return None
    return DigestClient(client, settings.user, settings.password.get_secret_value())


def _body(send: str, method: str, content: Mapping[str, Value]) -> tuple[Mapping[str, str], bytes | None]:
    """Content type and body of a request that carries parameters in one."""
    if send == "form":
        form = urlencode({name: _plain(value) for name, value in content.items()}).encode()
        return {"content-type": "application/x-www-form-urlencoded"}, form
    if send == "json":
        text = json.dumps(_tree(content), ensure_ascii=False, separators=(",", ":"))
        return {"content-type": "application/json"}, text.encode()
    return NOTHING, b"" if method == "POST" else None


def _tree(content: Mapping[str, Value]) -> dict[str, Any]:
    """Members by their names; a name such as /page/no leads into an object of its own."""
    tree: dict[str, Any] = {}
    for name, value in content.items():
        steps: Sequence[str] = name.split("/")[1:] if name.startswith("/") else [name]
        inner = tree
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = value
    return tree


def _pairs(query: str) -> Pairs:
    """The parameters of a URL; bytes of any encoding survive."""
    return tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
