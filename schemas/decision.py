"""Records of what people of the house decide, and of what the hub itself issued: facts like any other."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.credential import Number
from schemas.record import Identifier, Instant, Record, Text


class Ground(BaseModel):
    """A piece of evidence that something was issued upon, and how it stood then."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: Literal["unit", "fact", "credential"]
    ref: Text
    stood: Text = Field(description="What was counted of it; where it stands otherwise it is judged again.")
    setting: Text = Field(
        default="", description="Of a unit: by what setting of its course it was counted, as a digest."
    )


class Issued(Record):
    """The hub gave, renewed or restored an own credential. From then on these dates stand."""

    KIND: ClassVar[str] = "issued"

    position: Identifier
    credential: Identifier
    number: Number
    manner: Literal["granted", "renewed", "restored"]
    issued_from: Instant
    issued_until: Instant
    first_at: Instant = Field(description="First issue of the unbroken life: lengths are counted from there.")
    times: int = Field(ge=1, description="How many lengths after the first issue it ends.")
    version: Text = Field(default="", description="Version of the position by whose rules it was issued.")
    grounds: tuple[Ground, ...] = ()

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def at(self) -> datetime:
        """From when it holds."""
        return self.issued_from


class Reopened(Record):
    """Two people undid a mistaken revocation, on the issuer's letter."""

    KIND: ClassVar[str] = "reopened"

    credential: Identifier
    number: Number
    changed_at: Instant

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def at(self) -> datetime:
        """From when it counts."""
        return self.changed_at


class RegisterEntry(Record):
    """HR entered in its register what a certificate says: below its issuer's word, and known as well as by who entered
    it."""

    KIND: ClassVar[str] = "register_entry"

    credential: Identifier
    number: Number
    status: Literal["active", "suspended", "revoked", "expired", "lapsed", "superseded"]
    changed_at: Instant = Field(description="From when it holds.")
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    check_by: Instant | None = Field(default=None, description="Bound by which a person looks it up again.")
    entered_by: Literal["person", "two_persons"]
    as_of: Instant

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def at(self) -> datetime:
        """From when it holds."""
        return self.changed_at

    @property
    def stated_at(self) -> datetime:
        """When it was entered."""
        return self.as_of


class RenewalAct(Record):
    """HR renews a credential whose renewal waits for a person."""

    KIND: ClassVar[str] = "renewal_act"

    position: Identifier
    credential: Identifier
    acted_at: Instant

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def at(self) -> datetime:
        """When HR acted."""
        return self.acted_at


class Mentoring(Record):
    """A named mentor of somebody on probation in a post, ``[starts_at, ends_at)``."""

    KIND: ClassVar[str] = "mentoring"

    id: Text = ""
    position: Identifier
    mentor: Identifier = Field(description="The person, by the hub's own token.")
    starts_at: Instant
    ends_at: Instant | None = None

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def about(self) -> tuple[str, ...]:
        """The mentor of that post: named again with an end, it ends."""
        return ("id", self.id) if self.id else (self.position, self.mentor)

    @property
    def at(self) -> datetime:
        """From when."""
        return self.starts_at


class Override(Record):
    """Two people open a scope for a few days; it ends by itself, and never stands over an issuer's closing word."""

    KIND: ClassVar[str] = "override"

    id: Text = ""
    position: Identifier
    scope: Text
    starts_at: Instant
    ends_at: Instant

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def about(self) -> tuple[str, ...] | None:
        """The override: the last word about it holds."""
        return ("id", self.id) if self.id else None

    @property
    def at(self) -> datetime:
        """From when."""
        return self.starts_at


class Block(Record):
    """A person keeps a scope low, with reason and review date, until another lifts it."""

    KIND: ClassVar[str] = "block"

    id: Text = ""
    position: Identifier
    scope: Text = Field(default="none", description="The highest scope that stays open.")
    starts_at: Instant
    review_at: Instant
    lifted_at: Instant | None = None
    set_by: tuple[Identifier, ...] = Field(default=(), description="Who set it, by the hub's own tokens.")

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def about(self) -> tuple[str, ...] | None:
        """The block: said again with the instant of its lifting, it is lifted."""
        return ("id", self.id) if self.id else None

    @property
    def at(self) -> datetime:
        """From when."""
        return self.starts_at


class Warned(Record):
    """A channel accepted a warning about the end of a credential: its holder has been told."""

    KIND: ClassVar[str] = "warned"

    position: Identifier
    credential: Identifier
    ends_at: Instant
    accepted_at: Instant

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def at(self) -> datetime:
        """When it was accepted."""
        return self.accepted_at


class UnitDecision(Record):
    """HR decided how a person's session, or day of an online course, counts. Each case decides it once."""

    KIND: ClassVar[str] = "unit_decision"

    id: Text = Field(description="What it was decided upon: a case, or an act of its own.")
    of: Identifier = Field(description="The session or the online course.")
    unit: Text = Field(description="The session, or the pass and the day of the course.")
    verdict: Literal["credited", "rejected", "partly", "excused", "sign_out_assumed"]
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session or the course."""
        return self.of

    @property
    def about(self) -> tuple[str, ...]:
        """The unit, by what it was decided upon."""
        return ("unit", self.id, self.unit)

    @property
    def at(self) -> datetime:
        """When it was decided."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was decided."""
        return self.as_of


class ResultDecision(Record):
    """HR decided whether what was said of one sitting of an exam counts: it holds as long as nothing else is said."""

    KIND: ClassVar[str] = "result_decision"

    id: Text = Field(description="The case that it decides.")
    exam: Identifier
    sat_at: Instant = Field(description="The instant at which the sitting counts.")
    stood: Text = Field(description="What was said of it: results with their scores.")
    verdict: Literal["credited", "rejected"]
    as_of: Instant

    @property
    def topic(self) -> str:
        """The exam."""
        return self.exam

    @property
    def about(self) -> tuple[str, ...]:
        """The sitting, as it stood."""
        return ("result", self.exam, self.sat_at.isoformat(), self.stood)

    @property
    def at(self) -> datetime:
        """When it was decided."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was decided."""
        return self.as_of


class Deferral(Record):
    """Training is to be put off: asked, and then approved until a new due, refused, or never answered."""

    KIND: ClassVar[str] = "deferral"

    session: Identifier
    state: Literal["asked", "approved", "refused", "expired"]
    until: Instant = Field(description="The new due.")
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session."""
        return self.session

    @property
    def about(self) -> tuple[str, ...]:
        """The session."""
        return ("deferral", self.session)

    @property
    def strictness(self) -> int:
        """An answer after what was asked, refused after approved."""
        return ("asked", "approved", "expired", "refused").index(self.state)

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of


class Incident(Record):
    """Something happened at work that concerns a person in a post, and perhaps what a course is about."""

    KIND: ClassVar[str] = "incident"

    position: Identifier
    course: Text = Field(default="", description="The course whose subject it concerns.")
    occurred_at: Instant
    as_of: Instant

    @property
    def topic(self) -> str:
        """The position."""
        return self.position

    @property
    def about(self) -> tuple[str, ...]:
        """The position and the instant: said again, the last word holds."""
        return ("incident", self.position, self.occurred_at.isoformat())

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.occurred_at

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of


class Objection(Record):
    """A person objects to how a session of theirs was counted; it changes nothing until somebody decides."""

    KIND: ClassVar[str] = "objection"

    session: Identifier
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    as_of: Instant

    @property
    def topic(self) -> str:
        """The session."""
        return self.session

    @property
    def about(self) -> tuple[str, ...]:
        """The session."""
        return ("objection", self.session)

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.as_of

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of
