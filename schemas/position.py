"""A special position as its TOML file states it: what is demanded, over which time, and what follows from it.

Figures live here and nowhere in code. A *requirement* says what, never over which time; who uses one says ``over``.
A *credential* is given by the hub itself, by the qualification system or by an authority. A *rung* of the ladder names
what its scope needs; *targets* say what a scope opens in each sink.
"""

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.record import Identifier, ZoneName
from schemas.words import Words

Scope = Annotated[str, Field(pattern=r"^(none|supervised|partial\([1-9]\)|full)$")]
"""``none < supervised < partial(1) < ... < full``."""

_LENGTH = r"(0|[1-9][0-9]{0,3}) (hour|day|week|month|year)s?"
_WORKING = r"(0|[1-9][0-9]{0,3}) (hour|day|working day)s?"
_OVER = r"(week|month|quarter|year|credential_year|cycle|stint|ever|rolling [1-9][0-9]? months)"


def _shaped(pattern: str, expected: Words) -> AfterValidator:
    """A text of a shape; a refusal names the shape in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(expected)
        return text

    return AfterValidator(check)


Length = Annotated[
    str,
    _shaped(
        _LENGTH,
        Words(
            "a number and a unit: 72 hours, 15 days, 2 weeks, 3 months, 1 year",
            "数字和单位，如 72 hours、15 days、2 weeks、3 months、1 year",
        ),
    ),
]
"""A length of time in words, ``3 months``; days, months and years go by the calendar of the position's zone."""

WorkingLength = Annotated[
    str,
    _shaped(
        _WORKING,
        Words(
            "a number and a unit: 72 hours, 5 days, 3 working days", "数字和单位，如 72 hours、5 days、3 working days"
        ),
    ),
]
"""A length that may count working days of the statutory calendar, ``3 working days``."""

TimeOfDay = Annotated[str, _shaped(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time of day, 08:00")]
"""A time on the clocks of the position's zone."""

Over = Annotated[
    str,
    _shaped(
        _OVER,
        Words(
            "week, month, quarter, year, credential_year, cycle, stint, ever or rolling N months",
            "week、month、quarter、year、credential_year、cycle、stint、ever 或 rolling N months",
        ),
    ),
]
"""Over which time a requirement is judged. ``credential_year`` and ``cycle`` are the credential's own."""

Provenance = Literal["self", "person", "two_persons", "query", "push", "issuer_file"]
"""How a credential is known, the weakest first."""

Shortfall = Literal["no_renewal", "checkpoint", "lapse_now", "note"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Bilingual(_Strict):
    """A name in Chinese and English."""

    zh: str
    en: str


class Group(_Strict):
    """How much of the hours must, or may, be of one category. At least is ``>=``."""

    category: Identifier = Field(description="Of courses.")
    at_least: Decimal | None = Field(default=None, gt=0, description="Hours.")
    at_most: Decimal | None = Field(default=None, ge=0, description="Hours beyond it count for nothing.")


class Rollover(_Strict):
    """Surplus hours of a category from the last months of the period before, which count again."""

    category: Identifier = Field(description="Of courses.")
    window: Length = Field(description="The last part of the period before.")
    max: Decimal = Field(gt=0, description="Hours.")


class HoursRequirement(_Strict):
    """At least so many class hours, and / or a rate of attendance, in some courses. At least is ``>=``."""

    kind: Literal["hours"]
    name: Bilingual | None = None
    courses: tuple[Identifier, ...] = Field(min_length=1, description="Whose classes count.")
    at_least_hours: Decimal | None = Field(default=None, gt=0, description="Class hours.")
    class_minutes: Literal[45, 60] = Field(default=60, description="Minutes of one class hour.")
    at_least_rate: Decimal | None = Field(default=None, gt=0, le=1, description="Attended / required, 0..1.")
    exclusive: bool = Field(default=False, description="What it needs is taken first and counts nowhere else.")
    pro_rata: bool = Field(
        default=True,
        description=(
            "Less is demanded for days out of the post and long leave; what restores a lapsed credential counts those "
            "from the day on which they begin, not when they are announced."
        ),
    )
    long_leave_days: int = Field(default=30, gt=0, description="Shorter leave lowers no demand.")
    groups: tuple[Group, ...] = Field(default=(), description="How much must, or may, be of one category.")
    rollover: Rollover | None = Field(default=None, description="Surplus of the period before that counts again.")

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if self.at_least_hours is None and self.at_least_rate is None:
            raise ValueError(
                Words(
                    "at_least_hours, at_least_rate or both",
                    "填写 at_least_hours、at_least_rate 或两者",
                )
            )
        return self


class CourseRequirement(_Strict):
    """An online course completed."""

    kind: Literal["course"]
    name: Bilingual | None = None
    course: Identifier = Field(description="The online course.")


class ExamRequirement(_Strict):
    """An exam passed by the source's pass mark or by a raw score; one pass suffices."""

    kind: Literal["exam"]
    name: Bilingual | None = None
    exam: Identifier = Field(description="The exam, as its source calls it.")
    at_least_score: Decimal | None = Field(default=None, description="Raw score that passes, instead of the mark.")
    valid_for: Length | None = Field(default=None, description="A pass counts no longer than this.")
    exam_needs: Literal["all", "none"] = Field(
        default="all", description="all: only a result of who had all other parts counts; none: at any time."
    )


class PracticalRequirement(_Strict):
    """So many practicals; ``graded`` counts those with a passing performance result alone."""

    kind: Literal["practical"]
    name: Bilingual | None = None
    at_least: int = Field(default=1, gt=0, description="So many.")
    graded: bool = Field(default=False, description="Only those with a passing result count.")


class CredentialRequirement(_Strict):
    """A credential held now: an authority's, one of this post's own, or ``post:name`` of another post."""

    kind: Literal["credential"]
    name: Bilingual | None = None
    credential: Identifier = Field(description="Its name here, or post:name of another post.")


class AllOfRequirement(_Strict):
    """All of these requirements or credentials."""

    kind: Literal["all_of"]
    name: Bilingual | None = None
    of: tuple[Identifier, ...] = Field(min_length=1, description="Names, all of which must be met.")


class AnyOfRequirement(_Strict):
    """One of several ways; each names requirements or credentials that must all be met."""

    kind: Literal["any_of"]
    name: Bilingual | None = None
    of: tuple[Annotated[tuple[Identifier, ...], Field(min_length=1)], ...] = Field(
        min_length=1, description="Ways, each a list of names."
    )


Requirement = Annotated[
    HoursRequirement
    | CourseRequirement
    | ExamRequirement
    | PracticalRequirement
    | CredentialRequirement
    | AllOfRequirement
    | AnyOfRequirement,
    Field(discriminator="kind"),
]


class Use(_Strict):
    """A requirement and the time over which it is judged."""

    needs: Identifier = Field(description="A requirement.")
    over: Over = Field(description="Over which time it is judged.")


class Demand(Use):
    """What must be met in every cycle of a credential, and what follows when it is not."""

    on_shortfall: Shortfall = Field(
        default="no_renewal",
        description="What follows when it is not met: no renewal, a checkpoint, a lapse at once, a note.",
    )
    cure: Length | None = Field(default=None, description="Of a checkpoint: how long the shortfall can be cured.")

    @model_validator(mode="after")
    def _a_checkpoint_can_be_cured(self) -> Self:
        if (self.on_shortfall == "checkpoint") != (self.cure is not None):
            raise ValueError(
                Words(
                    'a length `cure` with on_shortfall = "checkpoint", and with nothing else',
                    'on_shortfall = "checkpoint" 时填写时长 cure，其他情况不填',
                )
            )
        return self


class Grant(_Strict):
    """What grants a credential, from when on evidence counts."""

    needs: tuple[Identifier, ...] = Field(min_length=1, description="Requirements, all of which must be met.")
    over: Over = Field(description="Over which time they are judged.")
    from_: Literal["stint", "announcement"] = Field(
        default="stint", alias="from", description="From when on evidence counts."
    )
    at_most_before: Length | None = Field(default=None, description="How long ahead of the stint evidence may be.")


class Check(_Strict):
    """A look at the demands ahead of an end; ``cure`` opens a window to make up for what is missing."""

    before: Length = Field(description="So long before the end.")
    cure: Length | None = Field(default=None, description="So long what is missing can be made up for.")


class Extend(_Strict):
    """How often, and by how much, a shortfall extends the qualification probation before it ends."""

    by: Length = Field(description="So much longer.")
    times: int = Field(ge=0, description="So often; the next shortfall withdraws it.")


class Deferral(_Strict):
    """How late training may be put off, and for how long."""

    ask_within: WorkingLength = Field(
        default="3 working days", description="So long after a session it may still be asked for."
    )
    at_most: Length = Field(default="30 days", description="So long after the end of the period.")


class Citation(_Strict):
    """Where a demand is written, when somebody last looked there, and when to look again."""

    text: str = Field(description="Article and clause.")
    checked_on: date = Field(description="When somebody last read it.")
    next_review_on: date = Field(description="When to read it again; past it, lint and check warn.")


class Credential(_Strict):
    """A credential of the position: who gives it, what grants and renews it, how long it holds."""

    issuer: str = Field(
        pattern=r"^(hub|authority|qms:[^\s]+)$",
        description="hub: given here; authority; qms:CONNECTOR: exists by the word of that system alone.",
    )
    name: Bilingual | None = None
    scheme: Identifier | None = Field(default=None, description="The issuer's name for it.")
    valid_for: Length | None = Field(default=None, description="How long one of our own holds.")
    ends_on: str | None = Field(
        default=None,
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="A fixed last day of each year, month-day, instead of valid_for.",
    )
    at_least: Length | None = Field(default=None, description="With ends_on: the least it holds.")
    grant: Grant | None = Field(default=None, description="What grants one of our own.")
    demands: tuple[Demand, ...] = Field(default=(), description="What must be met in every cycle for it to be renewed.")
    checks: tuple[Check, ...] = Field(
        default=(Check(before="3 months"),), description="Looks at the demands ahead of the end."
    )
    renewal: Literal["automatic", "hr"] = Field(
        default="automatic", description="Renewed by itself once all is met, or by an act of HR."
    )
    eligibility: Literal["case", "count", "refuse"] = Field(
        default="case", description="An exam sat before it was due: a case, counted, or refused."
    )
    restore_within: Length = Field(
        default="12 months",
        description="So long after a lapse its own demands restore it; later only a new first grant.",
    )
    deferral: Deferral = Field(default=Deferral(), description="How late training may be put off.")
    provisional_for: Identifier | None = Field(
        default=None, description="The formal credential before which it stands."
    )
    extend: Extend | None = Field(
        default=None, description="What a shortfall of a provisional one does before it ends."
    )
    must_end: bool | None = Field(default=None, description="Alarm where an authority states no end; at risk high.")
    review_missed: Literal["close", "tell"] = Field(
        default="close", description="What a missed review date of an authority does."
    )
    review_every: Length | None = Field(default=None, description="Review where the authority sends no date.")
    least_provenance: Provenance | None = Field(default=None, description="The least that its number must be known by.")
    cite: Citation | None = Field(default=None, description="Where the demand is written.")
    renewal_rule: Identifier | None = Field(
        default=None, description="What its issuer demands for a renewal, quoted in warnings: `licet rules renewal`."
    )

    @property
    def own(self) -> bool:
        """Whether the hub itself gives it."""
        return self.issuer == "hub"

    @model_validator(mode="after")
    def _own_ones_are_granted_and_end(self) -> Self:
        if self.own and self.grant is None:
            raise ValueError(
                Words(
                    '`grant` in a credential with issuer = "hub"',
                    'issuer = "hub" 的资质须填写 grant',
                )
            )
        if self.own and (self.valid_for is None) == (self.ends_on is None):
            raise ValueError(
                Words(
                    "either `valid_for` or `ends_on` with `at_least`",
                    "填写 valid_for，或同时填写 ends_on 与 at_least",
                )
            )
        if self.own and self.renewal_rule is not None:
            raise ValueError(
                Words(
                    'no `renewal_rule` with issuer = "hub": what renews it stands in demands',
                    'issuer = "hub" 的资质不填写 renewal_rule，续期要求见 demands',
                )
            )
        if (self.ends_on is None) != (self.at_least is None):
            raise ValueError(Words("`ends_on` and `at_least` together", "ends_on 与 at_least 同时填写"))
        return self


class Rung(_Strict):
    """One step of the ladder: a scope, and all that it needs."""

    scope: Scope = Field(description="none, supervised, partial(1) .. partial(9), full.")
    needs: tuple[Identifier | Use, ...] = Field(
        min_length=1, description="Requirements and credentials, all of which must stand."
    )
    mentors: int = Field(default=0, ge=0, description="So many named mentors of full standing.")
    includes_lower: bool = Field(default=False, description="Needs all that the rungs below need, too.")
    accept_open: bool = Field(default=False, description="Accepts needs that later evidence can take away.")


class Return(_Strict):
    """What is open to who comes back after a long absence, until what is needed then is met."""

    after: Length = Field(description="An absence so long.")
    scope: Scope = Field(description="What is open until then.")
    needs: tuple[Identifier, ...] = Field(min_length=1, description="What must be met since the return.")


class Unknown(_Strict):
    """How long what cannot be told holds back a restriction, and what it becomes in the end."""

    grace: Length = Field(default="72 hours", description="Wait before an end of which nothing certain is known.")
    settle_after: Length = Field(default="30 days", description="Then it is settled.")
    settle_as: Literal["excused", "absent"] = Field(default="excused", description="What it becomes.")


class Manning(_Strict):
    """How many must stand in full scope, and how long a closure below that waits."""

    at_least: int = Field(default=0, ge=0, description="So many in full scope, present and not on leave.")
    hold: Length = Field(default="24 hours", description="So long a closure below that waits.")


class Position(_Strict):
    """One version of the rules of one special position."""

    id: Identifier = Field(description="Its name for programs; that of the file without its day.")
    name: Bilingual = Field(description="What people call it.")
    risk: Literal["high", "medium", "low"] = Field(
        description="How dangerous the post is: what is warned of at high risk."
    )
    zone: ZoneName | None = Field(default=None, description="Of its days; the hub's where it says none.")
    hazards: tuple[str, ...] = Field(default=(), description="What is dangerous about it, in words.")
    effective_from: date | None = Field(
        default=None, description="Local midnight from which this version holds; needed from the second version on."
    )
    holders_keep_until: date | None = Field(
        default=None, description="Until then a stricter ladder takes nothing from those who hold the scope."
    )
    running_periods: Literal["old", "new"] = Field(
        default="old",
        description="Whether a period that runs is judged by the version at its start, or by that of its due.",
    )
    return_: Return | None = Field(default=None, alias="return", description="What is open after a long absence.")
    unknown: Unknown = Field(default=Unknown(), description="How long what cannot be told holds back a restriction.")
    manning: Manning = Field(default=Manning(), description="How many must stand in full scope.")
    close_at: Literal["instant", "end of shift", "next working morning"] = Field(
        default="instant",
        description="When doors close after something lapsed. What an issuer suspends or revokes closes at once.",
    )
    shift_ends: tuple[TimeOfDay, ...] = Field(default=(), description="When shifts end, for close_at.")
    morning: TimeOfDay = Field(default="09:00", description="When a working morning begins, for close_at.")
    mentor_grace: WorkingLength = Field(
        default="3 working days", description="How long a scope stays whose mentor was lost."
    )
    bridge_days: int = Field(default=0, ge=0, description="A gap between two stints so short is none for windows.")
    least_provenance: Provenance | None = Field(
        default=None, description="The least that a credential number must be known by."
    )
    requirement: dict[Identifier, Requirement] = Field(
        default_factory=dict, description="What is demanded, by name; never over which time."
    )
    credential: dict[Identifier, Credential] = Field(default_factory=dict, description="What is held, by name.")
    ladder: tuple[Rung, ...] = Field(min_length=1, description="Lowest first.")
    targets: dict[Identifier, dict[str, tuple[Identifier, ...]]] = Field(
        description="Sink -> scope -> targets. A scope opens those of the lower ones only if it lists them too."
    )

    @field_validator("requirement", "credential", "targets")
    @classmethod
    def _by_name(cls, tables: dict[str, Any]) -> dict[str, Any]:
        """Tables by their names: the order in which a file writes them is no part of what it says."""
        return dict(sorted(tables.items()))

    @model_validator(mode="after")
    def _shifts_end(self) -> Self:
        if (self.close_at == "end of shift") != bool(self.shift_ends):
            raise ValueError(
                Words(
                    'times `shift_ends` with close_at = "end of shift", and with nothing else',
                    'close_at = "end of shift" 时填写 shift_ends，其他情况不填',
                )
            )
        return self

    def named(self, name: str) -> Bilingual:
        """What people call a requirement or credential."""
        known: Any = self.requirement.get(name) or self.credential.get(name)
        return (known.name if known is not None else None) or Bilingual(zh=name, en=name)

    @property
    def names(self) -> dict[str, Bilingual]:
        """What people call each of its requirements and credentials."""
        return {name: self.named(name) for name in (*self.requirement, *self.credential)}


class CourseVersion(_Strict):
    """How attendance of one course is counted from a day on. Defaults are the ones HR departments start from."""

    effective_from: date | None = Field(
        default=None,
        description="Local day from which it counts so: what was over earlier counts by the earlier version.",
    )
    name: Bilingual | None = None
    mode: Literal["room", "online"] = Field(description="In a room, or online.")
    category: Identifier | None = Field(default=None, description="Groups of an hours requirement go by it.")
    replaces: tuple[Identifier, ...] = Field(default=(), description="Older courses whose evidence counts as its own.")
    nominal_minutes: int | None = Field(default=None, gt=0, description="Length of an online course; required time.")
    enter_before_minutes: int = Field(default=30, ge=0, le=1440, description="Punches so long before belong to it.")
    leave_after_minutes: int = Field(default=30, ge=0, le=1440, description="Punches so long after belong to it.")
    late_grace_minutes: int = Field(default=5, ge=0, description="So late still counts from the start.")
    early_grace_minutes: int = Field(default=5, ge=0, description="So early still counts to the end.")
    leave_tolerance_minutes: int = Field(default=10, ge=0, description="A shorter mid-session leave is not deducted.")
    tolerance_cap_minutes: int = Field(default=20, ge=0, description="What is forgiven in one session, in all.")
    leave_deduction: Literal["full", "excess"] = Field(default="full", description="What a longer leave deducts.")
    complete_rate: Decimal = Field(default=Decimal("0.9"), gt=0, le=1, description="Credited of required: complete.")
    settle_minutes: int = Field(default=15, ge=0, description="So long after the window absence becomes a fact.")
    walk_in: Literal["ask", "count"] = Field(
        default="ask", description="Hours of who comes without being enrolled: HR credits them, or they count."
    )
    needs_witness: tuple[str, ...] = Field(
        default=("card", "password", "qr"), description="Ways to be verified that need a second person."
    )
    repeats: bool = Field(default=False, description="Every pass in a period counts, not the best one alone.")
    idle_minutes: int = Field(default=10, gt=0, description="A longer silence between statements is not study.")
    break_minutes: int = Field(default=30, gt=0, description="A longer break within a day makes it incomplete.")
    resume_days: int = Field(default=7, gt=0, description="Not resumed within so many days: incomplete.")
    min_share: Decimal = Field(default=Decimal("0.5"), ge=0, le=1, description="Study that a completion needs.")
    time_evidence: Literal["required", "none"] = Field(
        default="required", description="Whether a completion needs reported time."
    )
    popups: bool = Field(default=False, description="Whether questions are asked on the way.")
    recordings: bool = Field(
        default=False, description="Of a course in a room: whether seeing 95 % of a recording counts, once."
    )

    @model_validator(mode="after")
    def _an_online_course_has_a_length(self) -> Self:
        if self.mode == "online" and self.nominal_minutes is None:
            raise ValueError(
                Words(
                    "nominal_minutes of an online course",
                    "线上课程须填写 nominal_minutes",
                )
            )
        return self

    @model_validator(mode="after")
    def _an_online_course_is_studied(self) -> Self:
        if self.mode == "online" and self.recordings:
            raise ValueError(
                Words(
                    "recordings of a course in a room alone: what plays in an online course is its study",
                    "recordings 仅用于面授课程：线上课程中的播放即为学习",
                )
            )
        return self


class Course(CourseVersion):
    """How attendance of one course is counted now, and how it was counted earlier."""

    earlier: tuple[CourseVersion, ...] = Field(
        default=(), description="Its earlier versions, the earliest first; each holds until the next one begins."
    )

    @property
    def versions(self) -> tuple[CourseVersion, ...]:
        """All versions, the earliest first."""
        return (*self.earlier, self)

    def in_force(self, day: date) -> CourseVersion:
        """The version by which what is over on a local day is counted; the earliest one holds back for ever."""
        begun = (each for each in reversed(self.versions) if each.effective_from and each.effective_from <= day)
        return next(begun, self.versions[0])

    @model_validator(mode="after")
    def _versions_follow_each_other(self) -> Self:
        days = [each.effective_from for each in self.versions[1:]]
        if None in days:
            raise ValueError(
                Words(
                    "effective_from, a day, from the second version on",
                    "自第二个版本起须填写生效日期 effective_from",
                )
            )
        dated = [each.effective_from for each in self.versions if each.effective_from is not None]
        if any(later <= day for day, later in pairwise(dated)):
            found = ", ".join(map(str, dated))
            raise ValueError(
                Words(
                    f"versions that begin one after the other, each on a day of its own; found {found}",
                    f"各版本的生效日期须先后不同；现为 {found}",
                )
            )
        if wrong := {each.mode for each in self.earlier} - {self.mode}:
            raise ValueError(
                Words(
                    f"mode {self.mode!r} in every version of a course; found {', '.join(wrong)!r}",
                    f"课程各版本的 mode 须均为 {self.mode!r}；现为 {', '.join(wrong)!r}",
                )
            )
        return self
