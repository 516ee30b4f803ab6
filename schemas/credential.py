"""Records of the credential world: what an issuer says of one credential of one person."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, StringConstraints

from schemas.record import UNSEEN, Identifier, Instant, Record, Text

Status = Literal["active", "suspended", "revoked", "expired", "lapsed", "superseded", "unknown"]

Number = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=128,
        pattern=rf"^[^{UNSEEN}]*$",
    ),
]
"""A certificate number as its issuer prints it, blanks included: they do not tell two numbers apart."""

KnownBy = Literal["query", "push", "issuer_file"]
"""How an issuer's word came: it was asked, it told the hub itself, or a file that it signed says so."""

KNOWN_BY: tuple[KnownBy, ...] = get_args(KnownBy)
"""From the least to the best."""

_QUOTED = ("rule", "says", "hours_required", "hours_earned", "period_start", "period_end", "review_due")
"""What is quoted of an issuer's demands for a renewal."""

CLOSING: frozenset[Status] = frozenset({"suspended", "revoked"})
"""Explicit statuses of an issuer that close a post at once, without a rule (design 1.6)."""


class CredentialStatus(Record):
    """An issuer's statement about one credential. ``unknown`` grants nothing and takes nothing away.

    Of two statements about one number the one with the higher ``sequence`` holds, then the later ``changed_at``.
    The credential holds in ``[valid_from, valid_until)``; ``None`` is open.
    """

    KIND: ClassVar[str] = "credential_status"
    SPARE: ClassVar[tuple[str, ...]] = ("provenance",)

    credential: Identifier = Field(description="The credential as our position rules name it.")
    number: Number | Literal[""] = Field(description="Empty only for a credential of the house's own that has none.")
    status: Status
    reason: Text = ""
    sequence: int = Field(default=0, ge=0)
    changed_at: Instant = Field(description="From when it holds, as the issuer says.")
    said_at: Instant | None = Field(default=None, description="When its sender said it; arrival, if it does not say.")
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    review_due: Instant | None = Field(default=None, description="Bound by which the issuer's own review must be done.")
    check_by: Instant | None = Field(
        default=None, description="Bound by which a person looks it up again, where its issuer tells the hub nothing."
    )
    provenance: KnownBy | None = Field(default=None, description="How it came; none: its issuer told the hub itself.")

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def stated_at(self) -> datetime | None:
        """When its sender said it."""
        return self.said_at

    @property
    def at(self) -> datetime:
        """When the status changed, as the issuer says."""
        return self.changed_at


class RenewalDemand(Record):
    """What an issuer says that the renewal of somebody's credential takes: quoted as it came, judged by nobody.

    Of two words the one with the later ``effective_at`` holds from then on; said again, a word is replaced.
    """

    KIND: ClassVar[str] = "renewal_demand"
    SPARE: ClassVar[tuple[str, ...]] = _QUOTED

    credential: Identifier = Field(description="The credential as our position rules name it.")
    rule: Text = Field(default="", description="The issuer's name of its rule.")
    says: Text = Field(default="", description="What it demands, in its own words.")
    hours_required: Text = Field(default="", description="Hours as the issuer counts them.")
    hours_earned: Text = ""
    period_start: Text = Field(default="", description="The first day of the period of these hours, as it came.")
    period_end: Text = ""
    review_due: Text = Field(default="", description="The last day of the issuer's own review, as it came.")
    effective_at: Instant = Field(description="From when it holds, as the issuer says.")
    said_at: Instant | None = Field(default=None, description="When its sender said it; arrival, if it does not say.")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to quote."""
        return not any(getattr(self, name) for name in _QUOTED)

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def about(self) -> tuple[str, ...]:
        """The credential from an instant on: what is announced stands beside what holds until then."""
        return self.credential, self.effective_at.isoformat()

    @property
    def stated_at(self) -> datetime | None:
        """When its sender said it."""
        return self.said_at

    @property
    def at(self) -> datetime:
        """From when it holds."""
        return self.effective_at


class CredentialClaim(Record):
    """Somebody beside the hub says that a number which the hub gave holds by other dates than it was given with.

    What the hub gave stands as it was written: this grants nothing until a person has decided.
    """

    KIND: ClassVar[str] = "credential_claim"

    credential: Identifier
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    held_until: Instant = Field(description="When the hub's own ends, as it was issued.")
    as_of: Instant

    @property
    def topic(self) -> str:
        """The credential."""
        return self.credential

    @property
    def about(self) -> tuple[str, ...]:
        """The credential: a later word about it replaces this one."""
        return (self.credential,)

    @property
    def stated_at(self) -> datetime:
        """When it was said."""
        return self.as_of

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.as_of
