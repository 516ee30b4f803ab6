"""Any other permission system: each change is posted to it as a signed message (Standard Webhooks).

Wire:    POST of JSON: ``{"type": "access.granted" | "access.revoked", "data": {"person", "target", "wanted", "epoch",
         "key"}}``; the same change has the same bytes and the same ``webhook-id``. ``probe`` is a message of its own.
Trust:   HMAC-SHA256 over id, time of sending and body, with a secret that both sides hold; or a key of the hub, by RFC
         9421, or signed and sealed (JWS in JWE; XML, root ``Message`` with the same names); TLS but on loopback.
Repeats: until answered 2xx, under the same id. A receiver drops an ``epoch`` below the last that it saw of a person.
Source:  Standard Webhooks 1.0.0 (headers, signature, secrets).

Nothing can be read back: a change is *accepted* at most, never confirmed.
"""

from collections.abc import Callable
from datetime import datetime

from connectors.envelope.outgoing import NO_KEYS, SigningKeys
from connectors.one_way import OneWay
from connectors.port import Applied, Change, Spec
from connectors.webhook import WebhookSender, WebhookSettings, calendar

_WORDS = {"present": "access.granted", "absent": "access.revoked"}


class Webhook(OneWay):
    """Tells a receiver what must be true for a person, and cannot know whether it became so."""

    def __init__(
        self, name: str, settings: WebhookSettings, now: Callable[[], datetime] = calendar, own: SigningKeys = NO_KEYS
    ) -> None:
        super().__init__(name)
        self._sender = WebhookSender(name, settings, now, own)

    def probe(self) -> None:
        """Have the receiver take a message that asks nothing of it."""
        self._sender.post("probe", {"type": "probe", "data": {}}, write=False)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Post one change; taken once the receiver has answered 2xx."""
        data = {"person": change.subject, "target": change.target, "wanted": change.wanted}
        body = {"type": _WORDS[change.wanted], "data": {**data, "epoch": fence, "key": change.key}}
        self._sender.post(change.key, body, write=True)
        return "applied"

    def close(self) -> None:
        """Close idle connections."""
        self._sender.close()


SPEC = Spec(
    title="Webhook, signed (Standard Webhooks)",
    settings=WebhookSettings,
    build=Webhook,
    ports=("door",),
    secret_unless={"secret": ("envelope",)},
    own_keys=True,
)
