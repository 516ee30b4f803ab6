"""A special position as its TOML file states it: credentials, requirements, the ladder of scopes, targets, words.

Figures live here and nowhere in code. A requirement is one of five kinds (``hours``, ``exam``, ``course``,
``credential``, ``any_of``); a credential of the employer's own is granted and renewed by requirements; a rung of the
ladder names what it needs; targets say what a scope opens in each sink.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.record import Identifier

Scope = Annotated[str, Field(pattern=r"^(none|supervised|partial\([1-9]\)|full)$")]
"""``none < supervised < partial(1) < ... < full``."""

Window = Literal["ever", "assignment", "month", "quarter", "year", "rolling_year", "cycle"]
"""Over which time evidence counts. ``assignment``: since the post began; ``cycle``: the credential's own period."""

Length = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (hour|day|month|year)s?$")]
"""A length of time in words, ``3 months``; months and years go by the calendar of the site's zone."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(_Strict):
    """A name in Chinese and English."""

    zh: str
    en: str


class HoursRequirement(_Strict):
    """At least so many class hours, and / or a rate of attendance, in courses over a window. At least is ``>=``."""

    kind: Literal["hours"]
    name: Bilingual
    courses: tuple[Identifier, ...] = Field(min_length=1)
    window: Window = "ever"
    at_least_hours: Decimal | None = Field(default=None, gt=0, description="Class hours.")
    class_minutes: Literal[45, 60] = Field(default=60, description="Minutes of one class hour.")
    at_least_rate: Decimal | None = Field(default=None, gt=0, le=1, description="Attended / required, 0..1.")

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if self.at_least_hours is None and self.at_least_rate is None:
            raise ValueError("expected at_least_hours, at_least_rate or both; found neither")
        return self


class CourseRequirement(_Strict):
    """An online course studied to its end without a break that was too long."""

    kind: Literal["course"]
    name: Bilingual
    course: Identifier
    window: Window = "ever"


class ExamRequirement(_Strict):
    """An exam passed in the window; the latest attempt counts, unless an earlier one passed."""

    kind: Literal["exam"]
    name: Bilingual
    exam: Identifier
    window: Window = "ever"


class CredentialRequirement(_Strict):
    """A credential that holds now: by an authority's word, or one of the employer's own below."""

    kind: Literal["credential"]
    name: Bilingual
    credential: Identifier


class AnyOfRequirement(_Strict):
    """One of several ways: each alternative names requirements or credentials that must all be met."""

    kind: Literal["any_of"]
    name: Bilingual
    of: tuple[Annotated[tuple[Identifier, ...], Field(min_length=1)], ...] = Field(min_length=1)


Requirement = Annotated[
    HoursRequirement | CourseRequirement | ExamRequirement | CredentialRequirement | AnyOfRequirement,
    Field(discriminator="kind"),
]


class OwnCredential(_Strict):
    """A credential that the employer itself gives: what grants it, how long it holds, what renews it."""

    name: Bilingual
    granted_by: tuple[Identifier, ...] = Field(min_length=1, description="Requirements; all must be met.")
    valid_for: Length
    renewed_by: tuple[Identifier, ...] = Field(
        default=(), description="Requirements over window ``cycle`` that must be met by its end. Empty: as granted_by."
    )
    on_shortfall: Literal["no_renewal"] = "no_renewal"


class ExpiryWarning(_Strict):
    """When, before the end of a credential, its holder is told what is missing."""

    before: Length = "3 months"


class Rung(_Strict):
    """One step of the ladder: a scope, and all that it needs."""

    scope: Scope
    needs: tuple[Identifier, ...] = Field(min_length=1)


class Position(_Strict):
    """One special position."""

    id: Identifier
    name: Bilingual
    risk: Literal["high", "medium", "low"] = "high"
    requirement: dict[Identifier, Requirement]
    credential: dict[Identifier, OwnCredential] = Field(default_factory=dict)
    ladder: tuple[Rung, ...] = Field(min_length=1, description="Lowest first.")
    targets: dict[Identifier, dict[str, tuple[Identifier, ...]]] = Field(
        description="Sink -> scope -> targets. A scope opens those of the lower ones only if it lists them too."
    )
    warning: ExpiryWarning = ExpiryWarning()
    unknown_grace: Length = Field(default="72 hours", description="How long `unknown` holds back a lapse by our rules.")


class Course(_Strict):
    """How attendance of one course is counted. Defaults are the ones HR departments start from."""

    name: Bilingual
    mode: Literal["room", "online"]
    nominal_minutes: int | None = Field(default=None, gt=0, description="Length of an online course; required time.")
    enter_before_minutes: int = Field(
        default=30, ge=0, le=1440, description="Punches this long before the start belong to it."
    )
    leave_after_minutes: int = Field(default=30, ge=0, le=1440)
    late_grace_minutes: int = Field(default=5, ge=0)
    early_grace_minutes: int = Field(default=5, ge=0)
    leave_tolerance_minutes: int = Field(default=10, ge=0, description="A shorter mid-session leave is not deducted.")
    idle_minutes: int = Field(default=10, gt=0, description="A longer silence between statements is not study.")
    break_minutes: int = Field(default=30, gt=0, description="A longer break within a day makes it incomplete.")
    resume_days: int = Field(default=7, gt=0, description="Not resumed within so many days: incomplete.")
