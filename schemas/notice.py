"""A message to a person: one cause and stage, once."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.record import Identifier, Instant

NoticeKind = Literal[
    "expiry_warning",
    "renewal_due",
    "ends",
    "cure_opened",
    "cure_missed",
    "granted",
    "restricted",
    "announced",
    "courses",
    "exam_open",
    "exam_closed",
    "shortfall",
    "waits",
    "manning",
]
Audience = Literal["person", "hr", "manager"]


class Notice(BaseModel):
    """What must be told to whom. ``cause`` and ``stage`` make it once; ``figures`` fill the text."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: NoticeKind
    audience: Audience = "person"
    position: Identifier
    cause: str = Field(description="Requirement, credential or scope that it is about.")
    stage: str = Field(description="Which round, for example the end date it warns of.")
    at: Instant = Field(description="From when it may be told; one that lies before enforcement is never told.")
    ends_at: Instant | None = Field(default=None, description="The end that it warns of.")
    figures: tuple[tuple[str, str], ...] = Field(default=(), description="Name and value, in the order of the text.")
