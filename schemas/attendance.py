"""Records of the attendance world: punches at terminals."""

from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import Field

from schemas.record import Identifier, Instant, Record, Text

Direction = Literal["in", "out", "break_out", "break_in", "ot_in", "ot_out", "unknown"]
Verify = Literal["face", "fingerprint", "palm", "card", "password", "qr", "other", "unknown"]


class Punch(Record):
    """One granted verification of a person at a device. Denied and door events never become punches."""

    KIND: ClassVar[str] = "punch"
    EARLIEST: ClassVar[datetime | None] = datetime(2000, 1, 1, tzinfo=UTC)

    device: Identifier = Field(description="Serial number of the terminal.")
    occurred_at: Instant
    occurred_local: Text = Field(description="The device's own text, verbatim.")
    direction: Direction = "unknown"
    verify: Verify = "unknown"
    verify_raw: Text = ""

    @property
    def topic(self) -> str:
        """The device."""
        return self.device

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.occurred_at
