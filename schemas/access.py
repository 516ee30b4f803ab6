"""Words of the access world: what a person may reach, what must be true there, what was seen there."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from schemas.record import Identifier, Instant, Record

Presence = Literal["present", "absent"]
"""Whether a target (a group, a door) is open to a person."""

DeliveryState = Literal["decided", "held", "sent", "unknown", "accepted", "confirmed", "drifted", "failed"]
"""Life of a desired target. A revocation never ends in ``failed``; only an observation after the write confirms."""


class PresentAccess(Record):
    """Access that a person already has when the hub begins (opening balance)."""

    KIND: ClassVar[str] = "present_access"

    sink: Identifier
    target: Identifier
    observed_at: Instant = Field(description="When the list was drawn.")

    @property
    def topic(self) -> str:
        """Sink and target."""
        return f"{self.sink}/{self.target}"

    @property
    def about(self) -> tuple[str, ...]:
        """Sink and target."""
        return (self.topic,)

    @property
    def stated_at(self) -> datetime:
        """When the list was drawn."""
        return self.observed_at

    @property
    def at(self) -> datetime:
        """When the list was drawn."""
        return self.observed_at
