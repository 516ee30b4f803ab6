"""How a hub is reached, from a task and from a trigger: a token, certificates, time-outs, and no body in a log."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

import aiohttp
import requests
from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.http.hooks.http import HttpAsyncHook, HttpHook, SessionConfig
from airflow.providers.licet import answers
from airflow.providers.licet.answers import HubError, Job

JOBS, WATERMARKS = "/api/v1/jobs", "/api/v1/watermarks"
WAIT_SECONDS = 20
"""How long the hub is let wait for the end of a job before it answers; it takes 30 at most."""
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 10, 35, 45
"""The hub answers within WAIT_SECONDS, so whoever is silent for longer is gone."""
CANCEL_PAUSES = (1, 2, 4, 8)
_FILES = ("ca", "cert", "key")


class Connected(Protocol):
    """What is asked of a connection of Airflow."""

    conn_id: str
    host: str | None
    schema: str | None
    port: int | None
    login: str | None
    password: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The members of ``extra``."""


class Reach(NamedTuple):
    """Where a hub is and by what it lets us in: plain values, so that nobody need be asked for them later on."""

    base_url: str
    token: str
    ca: str
    cert: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What each request says beside what it asks for."""
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    def tls(self) -> ssl.SSLContext:
        """Whom to trust, and what to show."""
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.cert:
            context.load_cert_chain(self.cert, self.key or None)
        return context


def reach(connection: Connected) -> Reach:
    """What a connection of the type ``licet`` says; without a scheme it is https.

    Raises:
        HubError: A setting is missing, is not known, or would not be used.
    """
    extra = {name: str(value) for name, value in connection.extra_dejson.items() if value not in (None, "")}
    base_url, token = _base_url(connection), (connection.password or "").strip()
    if unknown := sorted(set(extra) - set(_FILES)):
        raise _wrong(connection, f"found {', '.join(unknown)} in extra, expected only {', '.join(_FILES)}")
    if connection.login:
        raise _wrong(connection, "found a login, expected the token alone, as the password")
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise _wrong(connection, f"found a token of {len(token)} characters, expected what keys/api.token holds")
    if extra and not base_url.startswith("https:"):
        raise _wrong(connection, f"found {', '.join(sorted(extra))} and http, expected https")
    if "key" in extra and "cert" not in extra:
        raise _wrong(connection, "found a key, expected its cert, too")
    return Reach(base_url, token, *(extra.get(name, "") for name in _FILES))


def _base_url(connection: Connected) -> str:
    host = connection.host or ""
    url = urlsplit(host if "://" in host else f"{connection.schema or 'https'}://{host}")
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query or url.fragment:
        raise _wrong(connection, "expected a host name, with http or https as its scheme")
    port = f":{connection.port}" if connection.port else ""
    return f"{url.scheme}://{url.netloc}{port}{url.path.rstrip('/')}"


def _wrong(connection: Connected, found: str) -> HubError:
    return HubError(f"connection {connection.conn_id}: {found}", "connection.setting")


def unreachable(error: BaseException) -> HubError:
    """That nobody answered, by the kind of failure alone."""
    return HubError(f"the hub was not reached: {type(error).__name__}", "hub.unreachable", retryable=True)


def place(job: str, wait: int | None = None) -> str:
    """Where a job is; ``wait``: seconds after which it is told at the latest."""
    return f"{JOBS}/{quote(job, safe='')}" + ("" if wait is None else f"?wait={wait}")


class LicetHook(HttpHook):
    """Asks a hub from a task. What it takes of the connection it takes once, before it begins."""

    conn_name_attr = "licet_conn_id"
    default_conn_name = "licet_default"
    conn_type = "licet"
    hook_name = "Licet"

    def __init__(self, licet_conn_id: str = default_conn_name) -> None:
        super().__init__(method="GET", http_conn_id=licet_conn_id)
        self.licet_conn_id = licet_conn_id
        self._reach: Reach | None = None

    def resolve(self) -> Reach:
        """What the connection says, asked for once."""
        if self._reach is None:
            self._reach = reach(self.get_connection(self.licet_conn_id))
            self.base_url, self._base_url_initialized = self._reach.base_url, True
        return self._reach

    def get_conn(
        self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None
    ) -> requests.Session:
        """A session with token, certificates and time-outs; it follows nobody elsewhere and asks no environment."""
        known = self.resolve()
        session = requests.Session()
        session.trust_env = False  # a .netrc would put its own log-in in the place of the token
        session.headers.update({**known.headers, **(headers or {})})
        session.verify = known.ca or True
        session.cert = (known.cert, known.key or known.cert) if known.cert else None
        ours = {"timeout": (CONNECT_SECONDS, READ_SECONDS), "allow_redirects": False, "check_response": False}
        self.merged_extra = {**ours, **(extra_options or {})}
        self._configure_session_from_mount_adapters(session)
        return session

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the hub answers.

        Raises:
            HubError: It was not reached, or does not do it.
        """
        self.method = method
        try:
            response = self.run(path, json=body)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise unreachable(error) from error
        return answers.read(response.status_code, response.headers, response.content, datetime.now(UTC))

    def begin(self, wanted: Mapping[str, Any]) -> Job:
        """The job that is wanted, under its key: a new one, or that which there is."""
        return answers.job(self.ask("POST", JOBS, wanted))

    def job(self, job: str, wait: int = 0) -> Job:
        """A job, at once or when it is over, after at most so many seconds."""
        return answers.job(self.ask("GET", place(job, wait)))

    def cancel(self, job: str) -> Job:
        """End a job before its next item; harmless for one that is over."""
        return answers.job(self.ask("DELETE", place(job)))

    def watermarks(self) -> dict[str, datetime | None]:
        """Until when each connector is complete."""
        return answers.watermarks(self.ask("GET", WATERMARKS))

    def test_connection(self) -> tuple[bool, str]:
        """Whether the hub lets us in, and how many connectors it has."""
        try:
            return True, f"the hub answers for {len(self.watermarks())} connectors"
        except HubError as error:
            return False, error.message


class LicetAsyncHook(HttpAsyncHook):
    """Asks a hub from a trigger, with the same token, certificates and time-outs."""

    conn_name_attr = "licet_conn_id"
    default_conn_name = "licet_default"
    conn_type = "licet"
    hook_name = "Licet"

    def __init__(self, licet_conn_id: str = default_conn_name) -> None:
        super().__init__(method="GET", http_conn_id=licet_conn_id, retry_limit=1)
        self.licet_conn_id = licet_conn_id
        self._known: SessionConfig | None = None

    async def config(self) -> SessionConfig:
        """What the connection says, asked for once and without holding up other triggers."""
        if self._known is None:
            known = reach(await get_async_connection(conn_id=self.licet_conn_id, hook=self))
            limits = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
            options = {"timeout": limits, "allow_redirects": False, "check_response": False}
            if known.base_url.startswith("https:"):
                options["ssl"] = await asyncio.to_thread(known.tls)
            self._known = SessionConfig(base_url=known.base_url, headers=known.headers, extra_options=options)
        return self._known

    async def ask(self, method: str, path: str) -> Any:
        """What the hub answers.

        Raises:
            HubError: It was not reached, or does not do it.
        """
        try:
            async with self.session(method) as http, await http.run(path) as response:
                status, headers, body = response.status, response.headers, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(error) from error
        return answers.read(status, headers, body, datetime.now(UTC))

    async def job(self, job: str, wait: int = 0) -> Job:
        """A job, at once or when it is over, after at most so many seconds."""
        return answers.job(await self.ask("GET", place(job, wait)))

    async def cancel(self, job: str) -> Job:
        """End a job before its next item; harmless for one that is over."""
        return answers.job(await self.ask("DELETE", place(job)))

    async def watermarks(self) -> dict[str, datetime | None]:
        """Until when each connector is complete."""
        return answers.watermarks(await self.ask("GET", WATERMARKS))
