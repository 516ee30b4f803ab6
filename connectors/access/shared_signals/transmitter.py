"""The transmitter: posts tokens to one receiver, and answers those who ask who it is and with which keys it signs."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.access.shared_signals.settings import Settings, read_key
from connectors.access.shared_signals.tokens import SigningKey, of_change, of_verification
from connectors.http import HttpClient
from connectors.one_way import OneWay
from connectors.port import (
    Applied,
    Change,
    PeerState,
    Reception,
    Reply,
    Request,
)
from connectors.reply import problem, problem_of, wait
from schemas.errors import PayloadError, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.reading import read_json
from schemas.words import Words

_TAKEN = 202
_NOT_US = frozenset({"authentication_failed", "access_denied", "invalid_key", "invalid_issuer", "invalid_audience"})
_MOST_ANSWER = 64 * 1024


def _calendar() -> datetime:
    return datetime.now(UTC)


class Transmitter(OneWay):
    """Tells one receiver what must be true for a person, and cannot know what it does with that."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        now: Callable[[], datetime] = _calendar,
        state: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        super().__init__(name)
        self._settings = settings
        self._now, self._state = now, state
        self._key = SigningKey(read_key(settings.key))
        keys = [self._key, *([SigningKey(read_key(settings.next_key))] if settings.next_key is not None else [])]
        self._pages = {
            "/.well-known/ssf-configuration": _page(_configuration(settings)),
            "/ssf/jwks.json": _page({"keys": [each.jwk for each in keys]}),
        }
        self._client = HttpClient(
            settings.endpoint_url,
            allow_private=settings.allow_private_address,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            proxy=settings.proxy_url,
            max_answer=_MOST_ANSWER,
        )

    # --- the door --------------------------------------------------------------------------------------------

    def probe(self) -> None:
        """Have the receiver take a verification event."""
        self._post(of_verification(self._settings, self._state(), self._now()), key="", write=False)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Post every token of one change; ``fence`` is not sent (a receiver knows tokens by ``jti``, not by order)."""
        for claims in of_change(change, self._settings, self._now()):
            self._post(claims, key=change.key, write=True)
        return "applied"

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _post(self, claims: dict[str, Any], *, key: str, write: bool) -> None:
        authorization = self._settings.authorization
        proof = {} if authorization is None else {"authorization": authorization.get_secret_value()}
        answer = self._client.call(
            "POST",
            "",
            deadline_s=self._settings.deadline_seconds,
            write=write,
            headers={
                "content-type": "application/secevent+jwt",
                "accept": "application/json",
                **({"idempotency-key": quote(key)} if key else {}),
                **proof,
            },
            body=self._key.token(claims).encode(),
        )
        if answer.status == _TAKEN:
            return
        if answer.status < 300:
            what = Words(
                f"{self.name}: answered {answer.status}; expected 202 (RFC 8935, 2.2)",
                f"{self.name}：应答 {answer.status}，应为 202（RFC 8935 第 2.2 节）",
            )
            raise UnknownOutcomeError(what) if write else UnavailableError("peer.bad-answer", what)
        err = _err(answer.body)
        raise RejectedError(
            "peer.auth" if err in _NOT_US else "peer.rejected",
            Words(f"{self.name}: answered {answer.status} {err}", f"{self.name}：应答 {answer.status} {err}"),
        )

    # --- those who ask ---------------------------------------------------------------------------------------

    def peer(self, request: Request) -> str:
        """Nobody in particular."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """The configuration of this transmitter, or its keys.

        Raises:
            PayloadError: ``http.method``, ``http.path``.
        """
        page = self._pages.get(request.path)
        if page is None:
            raise PayloadError(
                "http.path",
                Words(
                    f"found {request.path!r}, expected one of {', '.join(self._pages)}",
                    f"现为 {request.path!r}，应为以下之一：{'、'.join(self._pages)}",
                ),
            )
        if request.method not in ("GET", "HEAD"):
            raise PayloadError(
                "http.method", Words(f"found {request.method}, expected GET", f"现为 {request.method}，应为 GET")
            )
        return Reception((), state, lambda _kept, _commands: page)

    def failure(self, error: Exception) -> Reply:
        """A problem document."""
        return problem(problem_of(error), wait(error))

    def describe(self, state: PeerState) -> str:
        """Nothing is kept of those who ask."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """Nothing is kept of those who ask."""
        return ()


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "spec_version": "1_0",
        "issuer": settings.issuer,
        "jwks_uri": f"{settings.issuer}/ssf/jwks.json",
        "delivery_methods_supported": ["urn:ietf:rfc:8935"],
        "critical_subject_members": [],
        "default_subjects": "ALL",
    }


def _page(content: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(content).encode(), "application/json", {"cache-control": "max-age=300"})


def _err(body: bytes) -> str:
    """The code by which a receiver refuses (RFC 8935, 2.4); empty where it gives none that is like one."""
    try:
        found = read_json(body)
    except PayloadError:
        return ""
    err = found.get("err") if isinstance(found, dict) else None
    return err if isinstance(err, str) and err.isascii() and err.replace("_", "").isalnum() and len(err) < 64 else ""
