"""Any other permission system: each change is posted to it as a signed message (Standard Webhooks).

Wire:    POST of JSON: ``{"type": "access.granted" | "access.revoked", "data": {"person", "target", "wanted", "epoch",
         "key"}}``; the same change has the same bytes and the same ``webhook-id``. ``probe`` is a message of its own.
Trust:   HMAC-SHA256 over id, time of sending and body, with a secret that both sides hold; TLS but on loopback.
Repeats: until answered 2xx, under the same id. A receiver drops an ``epoch`` below the last that it saw of a person.
Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).

Nothing can be read back: a change is *accepted* at most, never confirmed.
"""

import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from connectors.envelope.standard_webhook import Secret, key_of, signed_headers
from connectors.http import Answer, HttpClient
from connectors.port import Applied, Capabilities, Change, Observation, Spec
from schemas.errors import RejectedError, UnavailableError

_WORDS = {"present": "access.granted", "absent": "access.revoked"}
_MOST_ANSWER = 64 * 1024


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one receiver."""

    url: str = Field(description="Where changes are posted, for example https://gate.example/hooks/licet.")
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


def _calendar() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """Tells a receiver what must be true for a person, and cannot know whether it became so."""

    def __init__(self, name: str, settings: Settings, now: Callable[[], datetime] = _calendar) -> None:
        self.name = name
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

    def capabilities(self) -> Capabilities:
        """Nothing can be read back."""
        return Capabilities("none")

    def probe(self) -> None:
        """Have the receiver take a message that asks nothing of it."""
        self._taken(self._post("probe", {"type": "probe", "data": {}}, write=False))

    def resolve(self, person: str) -> str:
        """Our identifier itself: the receiver has no other for us."""
        return person

    def matches(self, person: str) -> frozenset[str]:
        """Our identifier itself."""
        return frozenset({person})

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Always refused: there is nothing to be read.

        Raises:
            RejectedError: ``sink.no-read-back``.
        """
        raise self._unreadable()

    def members(self, target: str) -> frozenset[str]:
        """Always refused, as ``observe``."""
        raise self._unreadable()

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Post one change; taken once the receiver has answered 2xx."""
        data = {"person": change.subject, "target": change.target, "wanted": change.wanted}
        body = {"type": _WORDS[change.wanted], "data": {**data, "epoch": fence, "key": change.key}}
        self._taken(self._post(change.key, body, write=True))
        return "applied"

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _post(self, key: str, content: dict[str, Any], *, write: bool) -> Answer:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed_headers(self._keys, key, body, self._now())
        return self._client.call("POST", "", deadline_s=self._seconds, write=write, headers=headers, body=body)

    def _taken(self, answer: Answer) -> None:
        if answer.status == 409:
            raise UnavailableError("peer.conflict", f"{self.name}: answered 409; the message is sent again")
        if answer.status >= 400:
            raise RejectedError("peer.rejected", f"{self.name}: answered {answer.status}; expected 2xx")

    def _unreadable(self) -> RejectedError:
        return RejectedError("sink.no-read-back", f"{self.name}: a webhook cannot be asked what is open")


SPEC = Spec(title="Webhook, signed (Standard Webhooks)", settings=Settings, build=Webhook, ports=("door",))
