"""An exam system is told who may sit which exam, and who no longer may, by signed messages (Standard Webhooks).

Wire:    POST of JSON: ``{"type": "exam.registered" | "exam.withdrawn", "data": {"registration", "sequence", "learner",
         "exam", "credential", "position", "since"}}``; the same word has the same bytes and the same ``webhook-id``.
Trust:   HMAC-SHA256 over id, time of sending and body, with a secret that both sides hold; TLS but on loopback.
Repeats: until answered 2xx, under the same id. A receiver drops a ``sequence`` below the last of a ``registration``.
Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field

from connectors.envelope.standard_webhook import Secret, key_of, signed_headers
from connectors.http import HttpClient
from connectors.port import Receipt, Registration, Spec
from schemas.errors import RejectedError, UnavailableError

_MOST_ANSWER = 64 * 1024


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one exam system."""

    url: str = Field(description="Where registrations are posted, for example https://exams.example/hooks/licet.")
    secret: Secret = Field(description="Secret that signs, as Standard Webhooks writes it (whsec_...).")
    former_secret: Secret | None = Field(
        default=None, description="Secret before it: while the receiver changes over, both sign."
    )
    exams: dict[str, str] = Field(
        default_factory=dict,
        description="Exam of positions -> its name there; empty: it holds every exam, by the names of positions.",
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


class ExamWebhook:
    """Tells one exam system."""

    def __init__(self, name: str, settings: Settings, now: Callable[[], datetime] = _calendar) -> None:
        self.name = name
        self._exams = settings.exams
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

    def takes(self, exam: str) -> bool:
        """Whether it holds an exam; one without a list holds all."""
        return not self._exams or exam in self._exams

    def send(self, registration: Registration) -> Receipt:
        """Post one word; taken once the system has answered 2xx."""
        key = f"{registration.id}/{registration.sequence}"
        headers = signed_headers(self._keys, key, body := self._body(registration), self._now())
        answer = self._client.call("POST", "", deadline_s=self._seconds, write=True, headers=headers, body=body)
        if answer.status == 409:
            raise UnavailableError("peer.conflict", f"{self.name}: answered 409; the message is sent again")
        if answer.status >= 400:
            raise RejectedError("peer.rejected", f"{self.name}: answered {answer.status}; expected 2xx")
        return Receipt(headers["webhook-id"], f"{answer.status}")

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _body(self, word: Registration) -> bytes:
        data = {
            "registration": word.id,
            "sequence": word.sequence,
            "learner": word.learner,
            "exam": self._exams.get(word.exam, word.exam),
            "credential": word.credential,
            "position": word.position,
            "since": word.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        content = {"type": f"exam.{word.wanted}", "data": data}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


SPEC = Spec(
    title="Exam system, registrations by signed webhooks (Standard Webhooks)",
    settings=Settings,
    build=ExamWebhook,
    ports=("registrar",),
)
