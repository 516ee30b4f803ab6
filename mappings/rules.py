"""What a rule of a mapping document may say: where a value is, what is done with it, when a rule applies.

A *place* leads from an item to a value: a JSON pointer (``/a/b``), ``.`` for the item itself, ``#`` for its name or
number in what holds it; ``..`` before one of these begins at what is around the item: at the item of the ``each``
before, and beyond the first at the whole body. Null and empty text count as nothing.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from mappings.vocabulary import NEEDS, Conversion, has_hours, is_format
from schemas.words import Words

Scalar = StrictBool | StrictInt | StrictStr
Kind = Literal["text", "some_text", "object", "list", "number", "truth"]
Pointer = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)+$", description="JSON pointer (RFC 6901) into the item.")]
Place = Annotated[
    str,
    Field(
        pattern=r"^((/([^~/]|~[01])*)+|\.|#|\.\.(/\.\.)*((/([^~/]|~[01])*)+|/#)?)$",
        description="JSON pointer into the item; `.` the item, `#` its name or number, `..` what is around it.",
    ),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
Header = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$")]


class Strict(BaseModel):
    """A part of a document: what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FromContext(Strict):
    """A setting that the connector gives with each transmission."""

    context: Name


class Origin(Strict):
    """Where something is looked for."""

    at: Place | None = None
    context: Name | None = Field(
        default=None, description="Named fact of the connector; `received_at` is the arrival of the transmission."
    )
    header: Header | None = Field(default=None, description="A header of the request, where the connector gives them.")
    query: Name | None = Field(default=None, description="A parameter of the request's URL, likewise.")

    @property
    def told(self) -> str | None:
        """The name under which the context of a transmission holds it, where it is not in the item."""
        if self.header is not None:
            return f"header.{self.header.lower()}"
        return f"query.{self.query}" if self.query is not None else self.context


_TESTS = ("is_", "is_not", "in_", "not_in", "exists", "prefix", "lt", "le", "gt", "ge", "same_as")
_GROUPS = ("any_", "all_", "not_")
_NAMED_TESTS = ", ".join(each.rstrip("_") for each in _TESTS)
_ONE_TEST = Words(f"exactly one of {_NAMED_TESTS}", f"以下之一：{_NAMED_TESTS}")
Number = StrictInt | Decimal


class Condition(Origin):
    """One test of an item, or several joined; lists of conditions hold when all hold."""

    is_: Scalar | None = Field(default=None, alias="is")
    is_not: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Scalar, ...] | None = None
    exists: bool | None = None
    prefix: str | None = None
    lt: Number | None = Field(default=None, description="Less than; what is no number is in no order.")
    le: Number | None = Field(default=None, description="Less than or equal.")
    gt: Number | None = Field(default=None, description="Greater than.")
    ge: Number | None = Field(default=None, description="Greater than or equal.")
    same_as: Place | None = Field(default=None, description="Equal to what stands there; nothing is equal to nothing.")
    any_: tuple["Condition", ...] | None = Field(default=None, alias="any", min_length=1, description="One holds.")
    all_: tuple["Condition", ...] | None = Field(default=None, alias="all", min_length=1, description="All hold.")
    not_: "Condition | None" = Field(default=None, alias="not", description="It does not hold.")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        tests = [n for n in _TESTS if getattr(self, n) is not None]
        origins = [n for n in ("at", "context", "header", "query") if getattr(self, n) is not None]
        groups = [n for n in _GROUPS if getattr(self, n) is not None]
        if groups and (len(groups) > 1 or tests or origins):
            raise ValueError(Words("any, all or not alone", "any、all 或 not 单独出现"))
        if not groups and len(origins) != 1:
            raise ValueError(Words("exactly one of at, context, header, query", "at、context、header、query 之一"))
        if not groups and len(tests) != 1:
            raise ValueError(_ONE_TEST)
        return self

    @property
    def inner(self) -> tuple["Condition", ...]:
        """The conditions that it joins."""
        return self.any_ or self.all_ or ((self.not_,) if self.not_ is not None else ())


Conditions = tuple[Condition, ...]
_SOURCES = ("at", "context", "header", "query", "value", "columns", "digest", "join")
_EVERY_SOURCE = ", ".join(_SOURCES)


class Source(Origin):
    """Where a value comes from: exactly one of these. With ``when`` it is one only where these conditions hold."""

    value: Scalar | None = Field(default=None, description="The same for every item.")
    columns: str | None = Field(
        default=None,
        min_length=1,
        description="Identifiers from all columns whose name begins so: `id:badge` holding 17 gives source `badge`.",
    )
    digest: tuple[Pointer, ...] | None = Field(
        default=None, min_length=1, description="SHA-256 over these parts of the item, absent ones included."
    )
    join: tuple[Place, ...] | None = Field(
        default=None, min_length=2, description="The texts at these places one after the other; all must be there."
    )
    joint: str = Field(default="", max_length=16, description="join: what stands between two of them.")
    when: Conditions = Field(default=(), description="Otherwise nothing is found here, and the next one is tried.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [n for n in _SOURCES if getattr(self, n) is not None]
        if len(given) != 1:
            found = ", ".join(given)
            en, zh = (
                f"one of {_EVERY_SOURCE}; found {found or 'no source'}",
                f"{_EVERY_SOURCE} 之一；现为 {found or '无'}",
            )
            raise ValueError(Words(en, zh))
        return self


class TableByContext(Strict):
    """Tables of which the connector's context chooses one."""

    context: Name
    tables: dict[str, dict[str, Scalar]]
    otherwise: dict[str, Scalar] = Field(default_factory=dict, description="Where the context names none of them.")


class Details(Strict):
    """What a conversion may be told."""

    zone: str | FromContext | None = Field(default=None, description="IANA zone of local times and plain dates.")
    formats: tuple[str, ...] = Field(
        default=(),
        description="Forms of an instant or a date, first that fits: see the formats.",
    )
    by: str = Field(default="", description="split: characters that separate; before, after: the one that divides.")
    prefix: str | FromContext | None = Field(
        default=None, description="strip_prefix, activity: what is taken off, if there. account: the own homePage."
    )
    suffix: str = Field(default="", description="strip_suffix: what is taken off, if there.")
    times: int = Field(default=1, gt=0, description="amount: factor; the product must be whole.")
    units: dict[str, Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=dict,
        description="amount, duration: what one of each unit counts; a name that is not there is refused.",
    )
    width: int = Field(default=0, ge=0, le=256, description="pad: to so many characters.")
    fill: str = Field(default="0", min_length=1, max_length=1, description="pad: with this, on the left.")
    start: int = Field(default=0, ge=0, le=65536, description="slice: the first character, counted from 0.")
    end: int | None = Field(default=None, ge=0, le=65536, description="slice: the character behind the last one.")

    @model_validator(mode="after")
    def _known_formats(self) -> Self:
        for form in self.formats:
            if not is_format(form):
                raise ValueError(
                    Words(
                        f"a named format or a pattern with YYYY, MM and DD, not {form!r}",
                        f"已命名的格式，或含 YYYY、MM、DD 的样式，而非 {form!r}",
                    )
                )
        return self


class Step(Details):
    """One conversion of a chain, with details of its own."""

    do: Conversion

    @model_validator(mode="after")
    def _is_told_what_it_needs(self) -> Self:
        _require(self.do, self)
        return self


def as_list(given: object) -> object:
    """One of something as a list of it, as a document may write it."""
    return given if isinstance(given, list | tuple) else (given,)


def _tag(given: object) -> str:
    return "Step" if isinstance(given, dict | Step) else "Conversion"


OneStep = Annotated[Annotated[Conversion, Tag("Conversion")] | Annotated[Step, Tag("Step")], Discriminator(_tag)]


class FieldRule(Source, Details):
    """How one field of a record, or one part of a key, is read."""

    else_: tuple[Source, ...] = Field(default=(), alias="else", description="Tried in order while nothing was found.")
    as_: Annotated[
        tuple[OneStep, ...], BeforeValidator(as_list, json_schema_input_type=OneStep | tuple[OneStep, ...])
    ] = Field(default=(), alias="as", description="A conversion, or a chain: each is given what the one before gave.")
    offset: Pointer | None = Field(
        default=None,
        description="instant: where an item says how many seconds its local time is ahead of UTC; then `zone` does not"
        " count. Blank or a bare 0 says nothing.",
    )
    table: dict[str, Scalar] | None = Field(
        default=None, description="What each code means; a number or a truth is looked up as JSON writes it."
    )
    table_by: TableByContext | None = None
    default: Scalar | None = Field(default=None, description="For a code that is not in the table.")
    ignore: Name | None = Field(default=None, description="A code not in the table makes the item ignored: why.")
    missing: Scalar | None = Field(default=None, description="The value where nothing is found.")
    optional: bool = False

    @property
    def chain(self) -> tuple[tuple[Conversion, Details], ...]:
        """The conversions in their order, each with its details."""
        return tuple((each.do, each) if isinstance(each, Step) else (each, self) for each in self.as_)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.table is not None and self.table_by is not None:
            raise ValueError(Words("one of table and table_by", "table 与 table_by 二者之一"))
        if self.table is None and self.table_by is None and not (self.default is None and self.ignore is None):
            raise ValueError(Words("a table for default and ignore", "default 和 ignore 须配合 table"))
        if self.missing is not None and self.optional:
            raise ValueError(Words("one of missing and optional", "missing 与 optional 二者之一"))
        if self.offset is not None and not any(do == "instant" for do, _details in self.chain):
            raise ValueError(Words("an instant for offset", "offset 须配合 instant"))
        for do, details in self.chain:
            _require(do, details)
        return self


def _require(do: Conversion, details: Details) -> None:
    for name in NEEDS.get(do, ()):
        if getattr(details, name) in (None, "", 0):
            raise ValueError(Words(f"`{name}`, which {do} needs", f"{do} 所需的 `{name}`"))


def dates_alone(rule: FieldRule) -> list[str]:
    """Formats by which a date alone would be read as an instant."""
    return [form for do, each in rule.chain if do == "instant" for form in each.formats if not has_hours(form)]


class IgnoreRule(Strict):
    """Items out of scope, and the stable word for why."""

    when: Conditions = Field(min_length=1)
    reason: Name


class RefuseRule(Strict):
    """Items that contradict themselves: what is found, and what was expected instead."""

    when: Conditions = Field(min_length=1)
    at: Pointer
    found: str = Field(min_length=1)
    expected: str = Field(min_length=1)


class RecordRule(Strict):
    """One record that an item gives, if ``when`` holds; with ``each`` one for every element of a list in it."""

    record: Annotated[str, Field(pattern=r"^[a-z]+\.[A-Z][A-Za-z]+$", description="World and class: attendance.Punch")]
    when: Conditions = ()
    each: Pointer | None = Field(
        default=None, description="A list in the item: `when` and fields are of its elements, `..` is the item."
    )
    by: str = Field(default="", max_length=16, description="each: characters that divide a text into such a list.")
    apart: Pointer | None = Field(
        default=None,
        description="What stands there is of this record alone: written otherwise than `known`, `kinds` and the fields"
        " say, it is left out and told, and the item's other records are taken.",
    )
    fields: dict[str, FieldRule]
