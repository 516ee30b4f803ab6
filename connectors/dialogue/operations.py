"""What an integrator sets of a system that is told and asked: requests, each with its places, and how it is reached."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from connectors.dialogue.templates import places, require_places
from connectors.envelope.outgoing import (
    Envelope,
    EnvelopeSettings,
    SigningKeys,
    WebhookEnvelope,
    envelope_to,
)
from connectors.envelope.standard_webhook import Secret, key_of
from connectors.vendor_server import VendorSettings
from schemas.words import Words


def _path(text: str) -> str:
    if not text.startswith("/") or set(text) & set("?# ") or {".", ".."} & set(text.split("/")):
        raise ValueError(
            Words(
                "a path that begins with / and has no query: parameters stand in `query`",
                "以 / 开头且不带查询参数的路径：参数写在 query 中",
            )
        )
    return text


Path = Annotated[str, AfterValidator(_path)]


class Operation(BaseModel, frozen=True, extra="forbid"):
    """One request."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(default="GET", description="Method.")
    path: Path = Field(description="Path behind `base_url`; places such as {target} take a value, percent-encoded.")
    query: dict[str, str] = Field(
        default_factory=dict, description="Parameters, with such places; one whose places are all empty is left out."
    )
    body: str = Field(default="", description="Form of the document that writes the body; empty: no body.")
    content_type: str = Field(default="application/json", pattern=r"^[!-~][ -~]{0,127}$", description="Of the body.")

    @property
    def places(self) -> set[str]:
        """The places of its path and query."""
        return places(self.path).union(*map(places, self.query.values()))

    def require(self, *known: str) -> None:
        """Return if it has no place but these; a ``ValueError`` if it has."""
        for text in (self.path, *self.query.values()):
            require_places(text, known)


class ChangeOperation(Operation, frozen=True):
    """A request that changes something."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = Field(default="POST", description="Method.")


class DialogueSettings(VendorSettings, frozen=True):
    """What an integrator sets of any such system."""

    statuses: tuple[int, ...] = Field(
        default=(),
        description="Statuses of failure (401, 403, 429, 500, ...) whose body, read by `answer`, says what happened.",
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")


class ToldSettings(DialogueSettings, frozen=True):
    """What an integrator sets of a system that is told words, each of which may be proven or sealed by itself."""

    webhook_secret: Secret | None = Field(
        default=None, description="Each request is signed by Standard Webhooks, too, with this secret (whsec_...)."
    )
    former_webhook_secret: Secret | None = Field(
        default=None, description="Secret before it: while the system changes over, both sign."
    )
    envelope: EnvelopeSettings | None = Field(
        default=None, description="Each request is proven by a key of the hub, and its body sealed where agreed on."
    )

    @model_validator(mode="after")
    def _one_envelope(self) -> Self:
        if (self.webhook_secret and self.envelope) or (self.former_webhook_secret and not self.webhook_secret):
            raise ValueError(
                Words(
                    "webhook_secret, or envelope; former_webhook_secret with webhook_secret alone",
                    "webhook_secret 与 envelope 只填其一；former_webhook_secret 仅与 webhook_secret 同用",
                )
            )
        return self

    def require_sealable(self, operation: Operation) -> None:
        """Return if an operation has what its profile could seal; a ``ValueError`` if it has not."""
        profile = self.envelope.profile if self.envelope else ""
        if profile in ("sealed", "xml") and not operation.body:
            raise ValueError(Words(f"body: what profile {profile} seals", f"body：profile = {profile} 须有请求体"))
        if profile == "xml" and "xml" not in operation.content_type:
            raise ValueError(
                Words(
                    "content_type: application/xml with profile xml",
                    "content_type：profile = xml 须为 application/xml",
                )
            )

    def closing(self, own: SigningKeys) -> Envelope | None:
        """What closes each request, if anything does.

        Raises:
            ConfigError: A key cannot be read, or what XML takes is not installed.
        """
        if self.envelope is not None:
            return envelope_to(self.envelope, own)
        secrets = [key_of(each) for each in (self.webhook_secret, self.former_webhook_secret) if each is not None]
        return WebhookEnvelope(secrets) if secrets else None
