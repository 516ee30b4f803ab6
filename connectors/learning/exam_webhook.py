"""An exam system is told who may sit which exam, and who no longer may, by signed messages (Standard Webhooks).

Wire:    POST of JSON: ``{"type": "exam.registered" | "exam.withdrawn", "data": {"registration", "sequence", "learner",
         "exam", "credential", "position", "since"}}``; the same word has the same bytes and the same ``webhook-id``.
Trust:   HMAC-SHA256 over id, time of sending and body, with a secret that both sides hold; TLS but on loopback.
Repeats: until answered 2xx, under the same id. A receiver drops a ``sequence`` below the last of a ``registration``.
Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from connectors.port import Receipt, Registration, Spec
from connectors.webhook import WebhookSender, WebhookSettings, calendar


class Settings(WebhookSettings):
    """What an integrator sets for one exam system."""

    exams: dict[str, str] = Field(
        default_factory=dict,
        description="Exam of positions -> its name there; empty: it holds every exam, by the names of positions.",
    )


class ExamWebhook:
    """Tells one exam system."""

    def __init__(self, name: str, settings: Settings, now: Callable[[], datetime] = calendar) -> None:
        self.name = name
        self._exams = settings.exams
        self._sender = WebhookSender(name, settings, now)

    def takes(self, exam: str) -> bool:
        """Whether it holds an exam; one without a list holds all."""
        return not self._exams or exam in self._exams

    def send(self, registration: Registration) -> Receipt:
        """Post one word; taken once the system has answered 2xx."""
        key = f"{registration.id}/{registration.sequence}"
        message, status = self._sender.post(key, self._content(registration), write=True)
        return Receipt(message, str(status))

    def close(self) -> None:
        """Close idle connections."""
        self._sender.close()

    def _content(self, word: Registration) -> dict[str, Any]:
        data = {
            "registration": word.id,
            "sequence": word.sequence,
            "learner": word.learner,
            "exam": self._exams.get(word.exam, word.exam),
            "credential": word.credential,
            "position": word.position,
            "since": word.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        return {"type": f"exam.{word.wanted}", "data": data}


SPEC = Spec(
    title="Exam system, registrations by signed webhooks (Standard Webhooks)",
    settings=Settings,
    build=ExamWebhook,
    ports=("registrar",),
    exams="exams",
)
