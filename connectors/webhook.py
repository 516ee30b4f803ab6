"""Posts signed messages to one receiver: the part that every adapter of that kind has in common.

By Standard Webhooks with a secret, or by an envelope with a key of the hub; in profile ``xml`` the same message is
``<Message xmlns="urn:licet:message:1">`` with the same names as elements."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote
from xml.sax.saxutils import escape

from pydantic import BaseModel, Field, model_validator

from connectors.absence import NOT_THERE
from connectors.envelope.outgoing import (
    Envelope,
    EnvelopeSettings,
    Message,
    SigningKeys,
    WebhookEnvelope,
    envelope_to,
)
from connectors.envelope.standard_webhook import Secret, key_of, message_id
from connectors.http import HttpClient
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

NAMESPACE = "urn:licet:message:1"
_MOST_ANSWER = 64 * 1024


class WebhookSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one receiver."""

    url: str = Field(description="Where messages are posted, for example https://receiver.example/hooks/licet.")
    secret: Secret | None = Field(
        default=None, description="Secret that signs, as Standard Webhooks writes it (whsec_...)."
    )
    former_secret: Secret | None = Field(
        default=None, description="Secret before it: while the receiver changes over, both sign."
    )
    envelope: EnvelopeSettings | None = Field(
        default=None, description="How messages are proven instead: by a key of the hub, and sealed where agreed on."
    )
    deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer.")
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.secret is None) == (self.envelope is None) or (self.envelope and self.former_secret):
            raise ValueError(
                Words(
                    "secret, or envelope: one of the two proves each message",
                    "secret 与 envelope 二者填一：每条消息以其一证明来源",
                )
            )
        return self


def calendar() -> datetime:
    """What the machine's calendar shows: the instant of sending that a receiver compares with its own."""
    return datetime.now(UTC)


class WebhookSender:
    """Posts to one receiver; ``now`` gives the instant of sending, ``own`` the keys that sign."""

    def __init__(self, name: str, settings: WebhookSettings, now: Callable[[], datetime], own: SigningKeys) -> None:
        self._name = name
        self._seconds = settings.deadline_seconds
        self._now = now
        self._envelope, self._xml = _envelope(settings, own)
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
            UnavailableError: ``peer.conflict`` (409: it is to be sent again), ``keys.none``, or what the client says.
            RejectedError: ``peer.missing`` (404), ``peer.gone`` (410), ``peer.rejected``: any other answer, or nothing
                that could be sent in this form.
        """
        media, body = ("application/xml", _xml(content)) if self._xml else ("application/json", _json(content))
        closed = self._envelope.close(Message("POST", self._client.url(""), media, body, key), self._now())
        headers = {"idempotency-key": quote(key), **closed.headers}  # no Chinese in headers
        answer = self._client.call("POST", "", deadline_s=self._seconds, write=write, headers=headers, body=closed.body)
        if answer.status == 409:
            raise UnavailableError(
                "peer.conflict",
                Words(f"{self._name}: answered 409; the message is sent again", f"{self._name}：应答 409；将重新发送"),
            )
        if answer.status >= 400:
            raise RejectedError(
                NOT_THERE.get(answer.status, "peer.rejected"),
                Words(
                    f"{self._name}: answered {answer.status}; expected 2xx",
                    f"{self._name}：应答 {answer.status}，应为 2xx",
                ),
            )
        return message_id(key), answer.status

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()


def _envelope(settings: WebhookSettings, own: SigningKeys) -> tuple[Envelope, bool]:
    """What closes messages, and whether they are written in XML."""
    if settings.envelope is not None:
        return envelope_to(settings.envelope, own), settings.envelope.profile == "xml"
    return WebhookEnvelope([key_of(each) for each in (settings.secret, settings.former_secret) if each]), False


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _xml(content: Mapping[str, Any]) -> bytes:
    return f'<Message xmlns="{NAMESPACE}">{_elements(content)}</Message>'.encode()


def _elements(content: Mapping[str, Any]) -> str:
    """Members as elements of the same names, which are ours; a value is its text."""
    texts = {name: _elements(v) if isinstance(v, Mapping) else escape(str(v)) for name, v in content.items()}
    return "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
