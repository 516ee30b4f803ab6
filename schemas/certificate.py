"""What an electronic certificate says: the facts that are signed, and that its page shows."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.credential import Number
from schemas.position import Provenance
from schemas.record import Identifier, Instant, Text, ZoneName


class Named(BaseModel):
    """Something of ours as it is called in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    zh: Text
    en: Text


class Holder(BaseModel):
    """Whose certificate it is, by the roster when it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    employee_no: Text
    name: Text


class Certificate(BaseModel):
    """One period of a credential that the hub gave, renewed or restored: valid from its first to its last day.

    ``valid_from`` and ``ends_at`` (exclusive) are the instants, ``first_day`` and ``last_valid_day`` the days of
    ``zone``. ``place`` is where its status stands in the lists that the hub serves at ``issuer_url``, if it has one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1] = 1
    issuer: Text
    issuer_url: Text = ""
    place: int = Field(default=0, ge=0)
    number: Number
    holder: Holder
    position: Named
    credential: Named
    known_by: Provenance = Field(
        default="issuer_file",
        description="How its readers know of it: its issuer signed this file.",
    )
    manner: Literal["granted", "renewed", "restored"]
    valid_from: Instant
    ends_at: Instant
    first_day: date
    last_valid_day: date
    zone: ZoneName
    issued_at: Instant
    rules: str
