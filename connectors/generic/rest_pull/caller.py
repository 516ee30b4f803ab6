"""Requests to a system that is asked: what they carry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from connectors.generic.rest_pull.settings import Settings
from connectors.http import Answer
from connectors.rounds.pace import Pace
from connectors.rounds.reading import Expired, require_success
from connectors.vendor_server import Value, VendorServer, placed
from schemas.errors import RejectedError
from schemas.words import Words


class Caller:
    """Asks one system for a page."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._instant = datetime.now(UTC)
        headers = {name.lower(): value for name, value in settings.headers.items()}
        self._server = VendorServer(
            settings,
            headers,
            settings.most_bytes,
            now=lambda: self._instant,
            counted=pace.asked,
            require=self._require,
        )

    def ask(self, target: str | None, asked: Mapping[str, Value], etag: str, now: datetime) -> Answer:
        """The answer to one request: what ``asked`` says goes where the settings say, or ``target`` says all of it.

        Raises:
            LicetError: There is no answer, or it is refused.
        """
        settings, self._instant = self._settings, now
        query, media, body = placed(settings.send, settings.method, {**settings.parameters, **asked})
        path, query = settings.path, (*settings.query.items(), *query)
        if target is not None:
            path, _, given = target.partition("?")
            query = tuple(parse_qsl(given, keep_blank_values=True, errors="surrogateescape"))
        return self._server.call(
            settings.method,
            path,
            deadline_s=settings.deadline_seconds,
            write=False,
            headers={**media, **({"if-none-match": etag} if etag else {})},
            query=query,
            body=body,
            heard=(304,),
        )

    def renew(self) -> bool:
        """An answer said that the token has run out: whether another one may do."""
        return self._server.renew()

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    def _require(self, answer: Any) -> None:
        try:
            require_success(answer, self._settings, "login_url")
        except Expired:
            raise RejectedError(
                "peer.auth",
                Words(
                    "login_url: found a token that has run out, expected a new one", "login_url：令牌已过期，应为新令牌"
                ),
            ) from None
