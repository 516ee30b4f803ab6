"""Records of the learning world: the training plan, study as it happens, results."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.pauses import Pause, PauseText, pauses_of
from schemas.record import Identifier, Instant, Named, Record, Text, ZoneName
from schemas.stretches import Position, Seconds, Stretches
from schemas.words import Words

Meaning = Literal[
    "opened",
    "closed",
    "point",
    "played",
    "paused",
    "asked",
    "answered",
    "answered_wrong",
    "face",
    "no_face",
    "not_self",
    "completed",
    "uncompleted",
    "launched",
]
"""What a study statement says: an interval opens or closes, a point of activity, a film plays or pauses at a position,
a challenge and its answer, what a camera saw (the learner; nobody, or somebody else, until an instant), a completion,
or that it is taken back."""

_SLICES = ("no_face", "not_self")
_LONGEST_SLICE = timedelta(hours=24)


class Session(Record):
    """A scheduled session of a course in a room. ``subject`` is the session's own id: it concerns nobody yet."""

    KIND: ClassVar[str] = "session"
    OF_A_PERSON: ClassVar[bool] = False
    LONGEST: ClassVar[timedelta | None] = timedelta(hours=24)
    AGREES: ClassVar[tuple[str, ...]] = (
        "course",
        "room",
        "site",
        "devices",
        "starts_at",
        "ends_at",
        "break_seconds",
        "breaks",
        "cancelled",
        "makes_up",
        "recording",
    )
    SPARE: ClassVar[tuple[str, ...]] = ("recording", "site")

    course: Identifier
    room: Text = ""
    site: Text = Field(default="", description="Where the room is: nobody is at two sites within min_travel_minutes.")
    devices: tuple[Identifier, ...] = Field(description="Serials of the room's terminals.")
    starts_at: Instant
    ends_at: Instant
    break_seconds: int = Field(
        default=0,
        ge=0,
        description="All scheduled breaks: neither required nor deducted. Those of ``breaks`` included.",
    )
    breaks: tuple[PauseText, ...] = Field(
        default=(), description="Breaks of which is known when they are, such as 12:00-13:00 in ``zone``."
    )
    zone: ZoneName = Field(default="UTC", description="Whose clocks the breaks are written by.")
    cancelled: bool = False
    makes_up: Text = Field(
        default="",
        description="The session that this one makes up for, or a course: then the earliest missed one of it.",
    )
    recording: Text = Field(
        default="", description="The recording of it, as its source calls it: who missed it makes it up by seeing that."
    )
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session's id."""
        return self.subject

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The breaks that have a place."""
        return pauses_of(self.breaks, self.starts_at, self.zone)

    @property
    def named(self) -> tuple[Named, ...]:
        """The course."""
        return (Named("course", self.course, "course"),)

    @property
    def about(self) -> tuple[str, ...]:
        """The session: all who tell of it speak of the same."""
        return (self.subject,)

    @property
    def strictness(self) -> int:
        """Cancelled before held."""
        return int(self.cancelled)

    @property
    def at(self) -> datetime:
        """When the plan said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the plan said so."""
        return self.as_of


class Enrolment(Record):
    """A person must come to a session of the plan (``required``), or no longer (``withdrawn``)."""

    KIND: ClassVar[str] = "enrolment"

    session: Identifier
    withdrawn: bool = False
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session."""
        return self.session

    @property
    def about(self) -> tuple[str, ...]:
        """The session."""
        return (self.session,)

    @property
    def strictness(self) -> int:
        """Withdrawn before required."""
        return int(self.withdrawn)

    @property
    def at(self) -> datetime:
        """When the plan said so."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When the plan said so."""
        return self.as_of


class Study(Record):
    """One statement of an online course: what the learner did and when."""

    KIND: ClassVar[str] = "study"
    SPARE: ClassVar[tuple[str, ...]] = ("until", "position")

    course: Identifier
    meaning: Meaning
    activity: Text = Field(default="", description="What it speaks of: the course or a part of it. Empty: the course.")
    occurred_at: Instant
    statement: Text = Field(default="", description="Id of the statement, where the wire has one.")
    until: Instant | None = Field(
        default=None, description="Of no_face and not_self: until when the camera saw nobody, or somebody else."
    )
    position: Position | None = Field(default=None, description="Of played and paused: where the film was, in seconds.")

    @model_validator(mode="after")
    def _says_where_and_until_when(self) -> Self:
        if (self.meaning in _SLICES) != (self.until is not None):
            raise ValueError(
                Words("until, of no_face and not_self and of nothing else", "until 仅用于 no_face 与 not_self，且必填")
            )
        if (self.meaning in ("played", "paused")) != (self.position is not None):
            raise ValueError(
                Words("position, of played and paused and of nothing else", "position 仅用于 played 与 paused，且必填")
            )
        if self.until is not None and not timedelta() < self.until - self.occurred_at <= _LONGEST_SLICE:
            raise ValueError(
                Words("until after occurred_at, by a day at most", "until 晚于 occurred_at，且相差不超过一天")
            )
        return self

    @property
    def of_the_course(self) -> bool:
        """Whether it speaks of the course as a whole, and not of a page, a module or a quiz in it."""
        return self.activity in ("", self.course)

    @property
    def topic(self) -> str:
        """The course."""
        return self.course

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.occurred_at


class RecordingSeen(Record):
    """What somebody played of the recording of a class, by its own clock. All that is said of one recording adds up."""

    KIND: ClassVar[str] = "recording"

    course: Identifier
    recording: Identifier = Field(description="The recording, as its source calls it: sessions of the plan name it so.")
    played: Stretches = Field(
        description="From where to where, in seconds: 0-754.5,760-1200 or 0[.]754.5[,]760[.]1200."
    )
    length_seconds: Seconds = Field(description="How long the recording is, as 3840 or 3840.5.")
    occurred_at: Instant
    statement: Text = Field(default="", description="Id of the statement, where the wire has one.")

    @property
    def topic(self) -> str:
        """The recording."""
        return self.recording

    @property
    def at(self) -> datetime:
        """When it had been played so far."""
        return self.occurred_at


class Result(Record):
    """An exam or assessment was taken."""

    KIND: ClassVar[str] = "result"

    exam: Identifier
    passed: bool
    score: Text = Field(default="", description="Raw score as the source writes it.")
    occurred_at: Instant
    statement: Text = ""

    @property
    def topic(self) -> str:
        """The exam."""
        return self.exam

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.occurred_at


class Practical(Record):
    """A practical at work; ``passed`` is its performance result, where somebody gave one."""

    KIND: ClassVar[str] = "practical"

    position: Identifier
    passed: bool | None = None
    occurred_at: Instant
    statement: Text = ""

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def about(self) -> tuple[str, ...]:
        """The practical: by its statement, or by the post and when it was."""
        return ("id", self.statement) if self.statement else ("at", self.position, self.occurred_at.isoformat())

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.occurred_at


class Voided(Record):
    """A statement is withdrawn by its source (xAPI voiding). ``subject`` is who withdrew it."""

    KIND: ClassVar[str] = "voided"

    statement: Identifier
    occurred_at: Instant

    @property
    def topic(self) -> str:
        """The withdrawn statement."""
        return self.statement

    @property
    def at(self) -> datetime:
        """When it was withdrawn."""
        return self.occurred_at


class CreditedHours(Record):
    """Hours earned before the hub began (opening balance), or credited by HR with evidence."""

    KIND: ClassVar[str] = "credited_hours"

    id: Text = Field(default="", description="Its own id, where whoever credits gives one.")
    course: Identifier
    credited_seconds: int = Field(ge=0)
    required_seconds: int = Field(ge=0)
    occurred_at: Instant
    as_of: Instant | None = Field(default=None, description="When it was said; of two statements the later one holds.")

    @property
    def topic(self) -> str:
        """The course."""
        return self.course

    @property
    def named(self) -> tuple[Named, ...]:
        """The course."""
        return (Named("course", self.course, "course"),)

    @property
    def about(self) -> tuple[str, ...]:
        """The credit: by its id, or the balance of a course."""
        return ("id", self.id) if self.id else ("course", self.course)

    @property
    def stated_at(self) -> datetime | None:
        """When it was said."""
        return self.as_of

    @property
    def at(self) -> datetime:
        """The instant at which the hours count."""
        return self.occurred_at


class HeldFigures(Record):
    """What a system beside the hub holds of somebody's hours in a course and calendar year.

    It never counts by itself: the hub's own figures are made of evidence. Where they differ a person decides.
    """

    KIND: ClassVar[str] = "held_figures"

    course: Identifier
    year: int = Field(ge=1970, le=9999)
    credited_seconds: int = Field(ge=0)
    as_of: Instant

    @property
    def topic(self) -> str:
        """The course."""
        return self.course

    @property
    def named(self) -> tuple[Named, ...]:
        """The course."""
        return (Named("course", self.course, "course"),)

    @property
    def about(self) -> tuple[str, ...]:
        """The course and the year."""
        return (self.course, str(self.year))

    @property
    def stated_at(self) -> datetime:
        """When its sender said so."""
        return self.as_of

    @property
    def at(self) -> datetime:
        """When its sender said so."""
        return self.as_of
