"""An exam or learning system is told who may sit which exam, and who has to take which course, by signed messages.

Wire:    POST of JSON: ``{"type": "exam.registered" | "exam.withdrawn", "data": {"registration", "sequence", "learner",
         "exam", "credential", "position", "since"}}``; ``course.registered`` and ``course.withdrawn`` have ``course``
         in place of ``exam`` and ``credential``. The same word has the same bytes and the same ``webhook-id``.
Trust:   HMAC-SHA256 over id, time of sending and body, with a secret that both sides hold; or a key of the hub, by RFC
         9421, or signed and sealed (JWS in JWE; XML, root ``Message`` with the same names); TLS but on loopback.
Repeats: until answered 2xx, under the same id. A receiver drops a ``sequence`` below the last of a ``registration``.
Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from connectors.envelope.outgoing import NO_KEYS, SigningKeys
from connectors.port import Receipt, Registration, RegistrationKind, Spec
from connectors.webhook import WebhookSender, WebhookSettings, calendar


class Settings(WebhookSettings):
    """What an integrator sets for one exam or learning system."""

    exams: dict[str, str] = Field(
        default_factory=dict,
        description="Exam of positions -> its name there; with no courses either, it holds every exam by its own name.",
    )
    courses: dict[str, str] = Field(
        default_factory=dict,
        description="Course -> its name there: who has to take it for a post is enrolled; empty: it is told of none.",
    )


class ExamWebhook:
    """Tells one exam or learning system."""

    def __init__(
        self, name: str, settings: Settings, now: Callable[[], datetime] = calendar, own: SigningKeys = NO_KEYS
    ) -> None:
        self.name = name
        self._names = {"exam": settings.exams, "course": settings.courses}
        self._sender = WebhookSender(name, settings, now, own)

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether it holds an exam or a course; one without any list holds every exam."""
        return topic in self._names[kind] or (kind == "exam" and not any(self._names.values()))

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
            word.kind: self._names[word.kind].get(word.topic, word.topic),
            **({"credential": word.credential} if word.kind == "exam" else {}),
            "position": word.position,
            "since": word.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        return {"type": f"{word.kind}.{word.wanted}", "data": data}


SPEC = Spec(
    title="Exam or learning system, registrations by signed webhooks (Standard Webhooks)",
    settings=Settings,
    build=ExamWebhook,
    ports=("registrar",),
    exams="exams",
    courses="courses",
    secret_unless={"secret": ("envelope",)},
    own_keys=True,
)
