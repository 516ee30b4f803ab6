"""Posts signed messages to one receiver (Standard Webhooks): the part that every adapter of that kind has in common."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from connectors.envelope.standard_webhook import Secret, key_of, signed_headers
from connectors.http import HttpClient
from schemas.errors import RejectedError, UnavailableError

_MOST_ANSWER = 64 * 1024


class WebhookSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one receiver."""

    url: str = Field(description="Where messages are posted, for example https://receiver.example/hooks/licet.")
    secret: Secret = Field(description="Secret that signs, as Standard Webhooks writes it (whsec_...).")
    former_secret: Secret | None = Field(
        default=None, description="Secret before it: while the receiver changes over, both sign."
    )
    deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer.")
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )


def calendar() -> datetime:
    """What the machine's calendar shows: the instant of sending that a receiver compares with its own."""
    return datetime.now(UTC)


class WebhookSender:
    """Posts to one receiver; ``now`` gives the instant of sending."""

    def __init__(self, name: str, settings: WebhookSettings, now: Callable[[], datetime]) -> None:
        self._name = name
        self._keys = [key_of(each) for each in (settings.secret, settings.former_secret) if each is not None]
        self._seconds = settings.deadline_seconds
        self._now = now
        self._client = HttpClient(
            settings.url,
            allow_private=settings.allow_private_address,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            proxy=settings.proxy_url,
            max_answer=_MOST_ANSWER,
        )

    def post(self, key: str, content: Mapping[str, Any], *, write: bool) -> tuple[str, int]:
        """The message's id, which follows from ``key``, and the 2xx with which it was taken.

        Raises:
            UnavailableError: ``peer.conflict`` (409: it is to be sent again), or what the client says.
            RejectedError: ``peer.rejected``: any other answer.
        """
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed_headers(self._keys, key, body, self._now())
        answer = self._client.call("POST", "", deadline_s=self._seconds, write=write, headers=headers, body=body)
        if answer.status == 409:
            raise UnavailableError("peer.conflict", f"{self._name}: answered 409; the message is sent again")
        if answer.status >= 400:
            raise RejectedError("peer.rejected", f"{self._name}: answered {answer.status}; expected 2xx")
        return headers["webhook-id"], answer.status

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()
