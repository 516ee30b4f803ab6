"""Records of the people world: who works here, which posts they hold, when they are away."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.record import Identifier, Instant, Named, Record, Text
from schemas.words import Words

_SOON = timedelta(days=731)
"""Nobody is planned for a post further ahead: such a start is a slip."""
_FAR = 1 << 40
"""A second that nobody will see."""


class OtherIdentifier(BaseModel):
    """How another source writes the same person, ``[valid_from, valid_until)``; ``None`` is open."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    source: Identifier
    subject: Identifier
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class Person(Record):
    """An employee or contractor as the roster has them. Name and addresses are sealed by the hub."""

    KIND: ClassVar[str] = "person"
    AGREES: ClassVar[tuple[str, ...]] = ("name",)

    name: Text
    mail: Text = ""
    language: Literal["zh", "en"] = "zh"
    identifiers: tuple[OtherIdentifier, ...] = ()
    manager: Text = Field(default="", description="Employee number of the line manager: who hears of what was missed.")
    leaves_at: Instant | None = Field(
        default=None, description="End of the last day in the house: no post is held beyond it, whatever its row says."
    )
    as_of: Instant = Field(description="The roster's own instant; of two statements the later one holds.")

    @property
    def strictness(self) -> int:
        """The earlier last day: rows of one file may name it in one alone."""
        return 0 if self.leaves_at is None else _FAR - int(self.leaves_at.timestamp())

    @property
    def at(self) -> datetime:
        """When the roster said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster said so."""
        return self.as_of


class Assignment(Record):
    """A person holds a special position in ``[starts_at, ends_at)``; ``ends_at`` ``None`` is open."""

    KIND: ClassVar[str] = "assignment"

    position: Identifier
    id: Text = Field(default="", description="The roster's own id of it, where it has one.")
    starts_at: Instant
    ends_at: Instant | None = None
    withdrawn: bool = Field(default=False, description="The roster takes it back: it never was.")
    share_percent: int = Field(default=100, ge=1, le=100, description="Part of full time; hours are demanded by it.")
    sponsor: Text = Field(
        default="",
        description="Employee number of who answers for a stand-in, a secondment or a contractor.",
    )
    as_of: Instant

    @model_validator(mode="after")
    def _begins_soon(self) -> Self:
        if self.starts_at > self.as_of + _SOON:
            raise ValueError(
                Words(
                    f"a start within two years, not {self.starts_at.date()}",
                    f"两年以内的开始日期（现为 {self.starts_at.date()}）",
                )
            )
        return self

    @model_validator(mode="after")
    def _who_is_sponsored_has_an_end(self) -> Self:
        if self.sponsor and self.ends_at is None and not self.withdrawn:
            raise ValueError(
                Words("an end of a stint that somebody answers for (sponsor)", "有担保人的任职须填写结束日期")
            )
        return self

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def named(self) -> tuple[Named, ...]:
        """The position."""
        return (Named("position", self.position, "position"),)

    @property
    def about(self) -> tuple[str, ...]:
        """The stint: by the roster's id, or by position and start."""
        return ("id", self.position, self.id) if self.id else ("from", self.position, self.starts_at.isoformat())

    @property
    def strictness(self) -> int:
        """Withdrawn before all, then the earlier end."""
        if self.withdrawn:
            return 2 * _FAR
        return 0 if self.ends_at is None else _FAR - int(self.ends_at.timestamp())

    @property
    def at(self) -> datetime:
        """When the roster said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster said so."""
        return self.as_of


class Leave(Record):
    """A person is away in ``[starts_at, ends_at)``: demands are pro rata and nothing is expected."""

    KIND: ClassVar[str] = "leave"

    id: Text = Field(default="", description="The roster's own id of it, where it has one.")
    starts_at: Instant
    ends_at: Instant
    withdrawn: bool = Field(default=False, description="It never was, also if it is over (``leave_withdrawn``).")
    as_of: Instant

    @property
    def about(self) -> tuple[str, ...]:
        """The leave: by the roster's id, or by its start."""
        return ("id", self.id) if self.id else ("from", self.starts_at.isoformat())

    @property
    def at(self) -> datetime:
        """When the roster said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster said so."""
        return self.as_of


class Unlisted(Record):
    """A whole roster names a person no more whom an earlier one named: no post ends by that, and HR is asked."""

    KIND: ClassVar[str] = "unlisted"

    as_of: Instant

    @property
    def at(self) -> datetime:
        """When the roster was read."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster was read."""
        return self.as_of


class AssignmentsListed(Record):
    """A file listed a person with all posts: a row that it leaves out ends nothing, and HR is asked about it."""

    KIND: ClassVar[str] = "assignments_listed"

    as_of: Instant

    @property
    def at(self) -> datetime:
        """When the roster said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster said so."""
        return self.as_of


class LeavesListed(Record):
    """A file listed a person with all present leave: what it leaves out is withdrawn, unless it was over by then."""

    KIND: ClassVar[str] = "leaves_listed"

    as_of: Instant

    @property
    def at(self) -> datetime:
        """When the roster said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the roster said so."""
        return self.as_of
