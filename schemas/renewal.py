"""What an issuer demands for the renewal of a credential, as it is published: quoted to people, judged by nobody.

Several public statements contradict each other. A rule therefore says of each where it stands, how well it is known and
what another source says instead, when somebody last looked, and when to look again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.credential import RenewalDemand
from schemas.position import Bilingual
from schemas.record import Identifier

_Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
About = Literal["validity", "review", "training", "exam", "fee", "renewal"]
Known = Literal["read", "second_hand", "unverified", "employer"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Statement(_Strict):
    """One thing that an issuer demands, where it is written, and how well it is known."""

    about: About = Field(description="validity, review, training, exam, fee or renewal.")
    says: Bilingual = Field(description="What is demanded.")
    source: _Words = Field(description="Where that is written: document and article, or address.")
    known: Known = Field(
        description="read: in the issuer's own text; second_hand: in a text about it; unverified: nowhere;"
        " employer: settled by yourselves."
    )
    against: Bilingual | None = Field(default=None, description="What another source says instead.")

    @property
    def settled(self) -> bool:
        """Whether it can be relied on: it was found somewhere, and nothing is said against it."""
        return self.known != "unverified" and self.against is None


class RenewalRule(_Strict):
    """What the renewal of one kind of credential takes, as it was found on a day."""

    id: Identifier = Field(description="Its name for position files; that of its file.")
    name: Bilingual = Field(description="What people call the credential.")
    checked_on: date = Field(description="When somebody last looked at the sources.")
    next_review_on: date = Field(
        description="When to look again; lint, check and doctor say so a month ahead, and past it an alarm."
    )
    statements: tuple[Statement, ...] = Field(min_length=1, description="What is demanded, one by one.")

    @property
    def unsettled(self) -> tuple[Statement, ...]:
        """What nobody could verify, or sources contradict each other about."""
        return tuple(each for each in self.statements if not each.settled)


@dataclass(frozen=True, slots=True)
class ToldDemand:
    """What an issuer itself told of the renewal of one person's credential, and when; ``ahead``: not in force yet."""

    said_at: datetime
    ahead: bool
    demand: RenewalDemand
