"""What every canonical record has in common."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.expected import ZONE
from schemas.words import Words


def _aware_utc(value: datetime) -> datetime:
    offset = value.utcoffset()
    if offset is None:
        raise ValueError(Words("an instant needs a zone or an offset", "时刻须带时区或偏移"))
    if offset:
        raise ValueError(Words("an instant is given in UTC", "时刻须为 UTC"))
    return value


Instant = Annotated[datetime, AfterValidator(_aware_utc)]
"""An aware UTC datetime."""

UNSEEN = r"\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800"
"""What nobody sees, for a character class: controls, format characters, what no font draws."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=rf"^[^{UNSEEN}\p{{Z}}]+$")]
"""An identifier as its source writes it: 1..128 characters, no blanks, controls or invisible characters."""

Text = Annotated[str, StringConstraints(max_length=1024)]
"""Text for people."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(ZONE) from error
    return name


MAIL_ADDRESS = r"[!-;=?A-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,253}"
"""An address of mail (RFC 5321 4.5.3.1), without <, > and @."""
ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a time zone that this machine knows."""


Names = Mapping[str, Collection[str]]
"""What a hub's folder names, by kind: ``position``, ``course``. A kind that is not in it is not resolved."""


class Named(NamedTuple):
    """A name that a record takes from the hub's folder: its kind, and the field in which it stands."""

    kind: str
    name: str
    field: str


class Record(BaseModel):
    """One fact in our words. Strict, immutable; ``subject`` is an identifier as its source writes it.

    ``KIND`` names the record in the store, ``topic`` what it is about beside the person
    (a device, course, position, credential, target), ``at`` the instant it speaks of.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    KIND: ClassVar[str]
    LONGEST: ClassVar[timedelta | None] = None
    """How long what has a start and an end may take; more is a slip of whoever wrote it."""
    EARLIEST: ClassVar[datetime | None] = None
    """Before this instant nothing of its kind happened: a clock that was never set says so."""
    FACT: ClassVar[bool] = True
    """Whether it is kept; else it is said between the hub and a system, and read on the spot."""
    OF_A_PERSON: ClassVar[bool] = True
    """Whether ``subject`` is somebody; else it is a thing of the house: a session, a device."""
    AGREES: ClassVar[tuple[str, ...]] = ()
    """Fields in which all statements of one body about one subject must agree; where they differ none is taken."""
    SPARE: ClassVar[tuple[str, ...]] = ()
    """Fields that are kept only where they say something: of most records of the kind they say nothing."""
    subject: Identifier = Field(description="Whom it concerns, as the source writes it.")

    @property
    def topic(self) -> str:
        """What the record is about beside the person; empty where there is nothing."""
        return ""

    @property
    def named(self) -> Iterable[Named]:
        """The names that mean something only where the hub's folder has them."""
        return ()

    @property
    def about(self) -> tuple[str, ...] | None:
        """What, beside kind, source and subject, it is about, so that a later word replaces it; nothing: it stays."""
        return None

    @property
    def stated_at(self) -> datetime | None:
        """When its sender said it; nothing where the sender does not tell: then it was said when it arrived."""
        return None

    @property
    def strictness(self) -> int:
        """Of words about one thing that were said at one instant the strictest holds: the greatest of these numbers."""
        return 0

    @property
    def at(self) -> datetime:
        """The instant the record speaks of, aware UTC."""
        raise AttributeError(f"{type(self).__name__} has no instant")
