"""What an integrator sets for one issuer of credentials and badges."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from connectors.http import HttpClient
from connectors.key_set import KeySetSettings
from connectors.keys import KeyRecord
from connectors.vendor_server import Pointer
from schemas.record import Identifier
from schemas.words import Words

Base = Annotated[str, Field(pattern=r"^https?://[^?#\s\\@]+$", max_length=512)]


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one issuer."""

    folder: Path = Field(
        description="Folder, from the hub folder, with a file for each credential (.jwt or .txt; .json for a hosted"
        " badge). What lies in a folder below is a credential of the person whom that folder's name identifies."
    )
    issuer: str = Field(
        min_length=1, max_length=512, description="The issuer's id, as its credentials write it: a URL or a DID."
    )
    audience: str = Field(
        default="",
        max_length=512,
        description="What this hub is called in credentials that say for whom they are (aud); such ones for anybody"
        " else are refused.",
    )
    keys: tuple[KeyRecord, ...] = Field(
        default=(), description="Its public keys; no key is ever taken from a credential, or from where one points."
    )
    key_set: KeySetSettings | None = Field(
        default=None, description="Where it publishes its keys, asked again and again."
    )
    credentials: dict[Identifier, str] = Field(
        min_length=1,
        description="The credentials that it gives: our names -> the id of its achievement or badge class, or the"
        " type of credential.",
    )
    status_at: tuple[Base, ...] = Field(
        default=(), description="Addresses at or below which its status lists stand; no other is asked."
    )
    revoked_at: Base | Literal[""] = Field(
        default="", description="Where its list of revoked badges stands (signed Open Badges 2.0)."
    )
    hosted_at: tuple[Base, ...] = Field(
        default=(),
        description="Addresses at or below which its hosted badges (Open Badges 2.0) and their classes stand; no other"
        " is asked.",
    )
    without_status: bool = Field(
        default=False,
        description="Believe credentials that name no status list until they end: nobody can withdraw them.",
    )
    identified_by: str = Field(
        default="emailAddress",
        description="Kind of identifier (identityType) by which the roster knows people.",
    )
    holder_at: Pointer | None = Field(
        default=None,
        description="Where credentials that are no badges say whose they are, such as /credentialSubject/employeeNo.",
    )
    stale_hours: float = Field(
        default=24.0,
        gt=0,
        le=24 * 31,
        description="How long a hosted badge, or a status list without an end of its own, proves something.",
    )
    at_once: int = Field(default=256, ge=1, le=2000, description="How many credentials go into one commit.")
    requests_per_minute: float | None = Field(
        default=None, gt=0, le=60_000, description="So often at most it is asked, evenly."
    )
    deadline_seconds: float = Field(default=15.0, gt=0, le=300, description="Longest wait for an answer.")
    most_bytes: int = Field(default=1 << 20, ge=1024, le=16 << 20, description="Longest answer in bytes.")
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder; else the system's."
    )

    @model_validator(mode="after")
    def _can_prove(self) -> Self:
        if not (self.keys or self.key_set or self.hosted_at):
            raise ValueError(
                Words(
                    "keys, key_set or hosted_at: by what its credentials are proven",
                    "须填写 keys、key_set 或 hosted_at 之一，用于核验凭证",
                )
            )
        return self

    def client(self, base: str) -> HttpClient:
        """What calls one of its addresses."""
        return HttpClient(
            base,
            allow_private=self.allow_private_address,
            ca_file=None if self.ca_file is None else str(self.ca_file),
            proxy=self.proxy_url,
            max_answer=self.most_bytes,
        )
