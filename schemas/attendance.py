"""Records of the attendance world: punches at terminals."""

from datetime import UTC, datetime, timedelta
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


class DeviceRetired(Record):
    """A device was taken out of service, or is in service again: what it had not delivered is not recorded.

    ``subject`` is the device: it concerns nobody by itself.
    """

    KIND: ClassVar[str] = "device_retired"
    OF_A_PERSON: ClassVar[bool] = False

    back: bool = Field(default=False, description="It is in service again.")
    as_of: Instant

    @property
    def topic(self) -> str:
        """The device."""
        return self.subject

    @property
    def about(self) -> tuple[str, ...]:
        """The device: the last word holds."""
        return (self.subject,)

    @property
    def at(self) -> datetime:
        """When it was taken out of service."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of


class ListRow(Record):
    """Somebody signed that a person was in a session from one instant to another. It counts once two people did."""

    KIND: ClassVar[str] = "list_row"
    LONGEST: ClassVar[timedelta | None] = timedelta(hours=24)

    session: Identifier
    starts_at: Instant
    ends_at: Instant
    signer: Identifier = Field(description="Who signed, by the hub's own token.")
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session."""
        return self.session

    @property
    def about(self) -> tuple[str, ...]:
        """The row and who signed it: signed again, nothing changes."""
        return (self.session, self.starts_at.isoformat(), self.ends_at.isoformat(), self.signer)

    @property
    def at(self) -> datetime:
        """When the person came."""
        return self.starts_at

    @property
    def stated_at(self) -> datetime:
        """When it was signed."""
        return self.as_of


class WitnessMark(Record):
    """Another person who was present says that somebody was: what a card alone does not show."""

    KIND: ClassVar[str] = "witness_mark"

    session: Identifier
    witness: Identifier = Field(description="The other person, by the hub's own token.")
    occurred_at: Instant
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session."""
        return self.session

    @property
    def about(self) -> tuple[str, ...]:
        """The mark: given again, nothing changes."""
        return (self.session, self.witness, self.occurred_at.isoformat())

    @property
    def at(self) -> datetime:
        """When it was seen."""
        return self.occurred_at

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of
