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


class ClockOffset(Record):
    """How far a device's clock was off in a time of its own: what it recorded then happened so much later or earlier.

    ``subject`` is the device: it concerns nobody by itself.
    """

    KIND: ClassVar[str] = "clock_offset"
    OF_A_PERSON: ClassVar[bool] = False

    starts_at: Instant = Field(description="Of the time in question, by the device's clock.")
    ends_at: Instant = Field(description="Its end, exclusive.")
    offset_seconds: int = Field(description="What is to be added to the device's time; 0: its clock was right.")
    as_of: Instant

    @property
    def topic(self) -> str:
        """The device."""
        return self.subject

    @property
    def about(self) -> tuple[str, ...]:
        """The device and the time: said again, the last word holds."""
        return (self.subject, self.starts_at.isoformat(), self.ends_at.isoformat())

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of
