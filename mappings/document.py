"""The language of mapping documents as models; ``schema()`` gives the JSON Schema that editors use.

A document holds *forms*. A form says how its bytes are read, where its items are, what makes an item a known fact
(``key``), which items are out of scope (``ignore``) and which records an item gives. A field takes a value from a
*source* (``at`` a JSON pointer into the item, ``context`` of the connector, a constant ``value``, ...), may convert it
(``as``) and may look it up (``table``). Null and empty text are absent; what is listed and absent is a fault unless
``optional``; what is not listed is not read.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

Scalar = StrictBool | StrictInt | StrictStr
Pointer = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)+$", description="JSON pointer (RFC 6901) into the item.")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
Conversion = Literal[
    "text",
    "trim",
    "cell",
    "integer",
    "digits",
    "amount",
    "boolean",
    "instant",
    "date_start",
    "end_of_day",
    "split",
    "before",
    "after",
    "strip_prefix",
    "activity",
    "account",
    "zk_text",
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FromContext(_Strict):
    """A setting that the connector gives with each transmission."""

    context: Name


class Condition(_Strict):
    """One test of an item; lists of conditions hold when all hold."""

    at: Pointer | None = None
    context: Name | None = None
    is_: Scalar | None = Field(default=None, alias="is")
    is_not: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Scalar, ...] | None = None
    exists: bool | None = None
    prefix: str | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.at is None) == (self.context is None):
            raise ValueError("expected exactly one of at, context")
        tests = [n for n in ("is_", "is_not", "in_", "not_in", "exists", "prefix") if getattr(self, n) is not None]
        if len(tests) != 1:
            raise ValueError("expected exactly one of is, is_not, in, not_in, exists, prefix")
        return self


Conditions = tuple[Condition, ...]


class Source(_Strict):
    """Where a value comes from: exactly one of these. With ``when`` it is one only where these conditions hold."""

    at: Pointer | None = None
    context: Name | None = Field(
        default=None, description="Named fact of the connector; `received_at` is the arrival of the transmission."
    )
    value: Scalar | None = Field(default=None, description="The same for every item.")
    columns: str | None = Field(
        default=None,
        min_length=1,
        description="Identifiers from all columns whose name begins so: `id:badge` holding 17 gives source `badge`.",
    )
    digest: tuple[Pointer, ...] | None = Field(
        default=None, min_length=1, description="SHA-256 over these parts of the item, absent ones included."
    )
    when: Conditions = Field(default=(), description="Otherwise nothing is found here, and the next one is tried.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [n for n in ("at", "context", "value", "columns", "digest") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(f"found {given or 'no source'}, expected one of at, context, value, columns, digest")
        return self


class TableByContext(_Strict):
    """Tables of which the connector's context chooses one."""

    context: Name
    tables: dict[str, dict[str, Scalar]]
    otherwise: dict[str, Scalar] = Field(default_factory=dict, description="Where the context names none of them.")


class FieldRule(Source):
    """How one field of a record, or one part of a key, is read."""

    else_: tuple[Source, ...] = Field(default=(), alias="else", description="Tried in order while nothing was found.")
    as_: Conversion | None = Field(default=None, alias="as")
    zone: str | FromContext | None = Field(default=None, description="IANA zone of local times and plain dates.")
    offset: Pointer | None = Field(
        default=None,
        description="instant: where an item says how many seconds its local time is ahead of UTC; then `zone` does not"
        " count. Blank or a bare 0 says nothing.",
    )
    formats: tuple[str, ...] = Field(
        default=(),
        description="Forms of an instant, first that fits: `rfc3339`, `unix` (seconds), `zk` (seconds as ZKTeco "
        "counts), or a pattern of YYYY MM DD hh mm ss (M, D, h: one or two digits) and fixed characters for local time "
        "in `zone`.",
    )
    by: str = Field(default="", description="split: characters that separate; before, after: the one that divides.")
    prefix: str | FromContext | None = Field(
        default=None, description="strip_prefix, activity: what is taken off, if there. account: the own homePage."
    )
    times: int = Field(default=1, gt=0, description="amount: factor; the product must be whole.")
    table: dict[str, Scalar] | None = None
    table_by: TableByContext | None = None
    default: Scalar | None = Field(default=None, description="For a code that is not in the table.")
    ignore: Name | None = Field(default=None, description="A code not in the table makes the item ignored: why.")
    optional: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.table is not None and self.table_by is not None:
            raise ValueError("found table and table_by, expected one of them")
        if self.table is None and self.table_by is None and not (self.default is None and self.ignore is None):
            raise ValueError("default and ignore say what follows from a table: expected a table")
        if self.as_ in ("date_start", "end_of_day") and self.zone is None:
            raise ValueError(f"{self.as_} needs a zone: a day begins when its zone says")
        if self.offset is not None and self.as_ != "instant":
            raise ValueError("offset belongs to an instant")
        if self.as_ in ("split", "before", "after") and not self.by:
            raise ValueError(f"{self.as_} needs `by`")
        for form in self.formats:
            if form not in ("rfc3339", "unix", "zk") and not _is_pattern(form):
                raise ValueError(f"found format {form!r}, expected rfc3339, unix, zk or a pattern with YYYY, MM and DD")
        if self.as_ in ("strip_prefix", "activity", "account") and self.prefix is None:
            raise ValueError(f"{self.as_} needs `prefix`")
        return self


def _is_pattern(form: str) -> bool:
    rest = form
    for places in (("YYYY",), ("MM", "M"), ("DD", "D"), ("hh", "h"), ("mm",), ("ss",)):
        place = next((each for each in places if each in rest), None)
        if place is None and places[-1] in ("YYYY", "M", "D"):
            return False
        if place is not None:
            rest = rest.replace(place, "", 1)
    return not any(each.isascii() and each.isalpha() and each != "T" for each in rest)


class IgnoreRule(_Strict):
    """Items out of scope, and the stable word for why."""

    when: Conditions = Field(min_length=1)
    reason: Name


class RefuseRule(_Strict):
    """Items that contradict themselves: what is found, and what was expected instead."""

    when: Conditions = Field(min_length=1)
    at: Pointer
    found: str = Field(min_length=1)
    expected: str = Field(min_length=1)


class RecordRule(_Strict):
    """One record that an item gives, if ``when`` holds."""

    record: Annotated[str, Field(pattern=r"^[a-z]+\.[A-Z][A-Za-z]+$", description="World and class: attendance.Punch")]
    when: Conditions = ()
    fields: dict[str, FieldRule]


class _Form(_Strict):
    note: str = Field(default="", description="For people: where the facts come from.")
    like: Name | None = Field(default=None, description="Items, keys and records are those of this form.")
    ignore: tuple[IgnoreRule, ...] = ()
    refuse: tuple[RefuseRule, ...] = ()
    key: tuple[FieldRule, ...] = Field(default=(), description="What identifies the fact, without its subject.")
    records: tuple[RecordRule, ...] = ()


class _TreeForm(_Form):
    each: Pointer | None = Field(
        default=None, description="Where the items are; one element is a list of one. Absent: the root or root list."
    )
    known: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Object (pointer, empty for the item) -> its names; any other is a fault."
    )


class JsonForm(_TreeForm):
    """A JSON text."""

    read: Literal["json"]
    unread: tuple[Name, ...] = Field(
        default=(), description="Members whose content no rule reads, wherever they stand: any number may stand there."
    )
    root: Pointer | None = Field(default=None, description="Where to begin.")


class XmlForm(_TreeForm):
    """An XML document as plain data: `/Root/Child`, `/Root/@attribute`, local names."""

    read: Literal["xml"]
    root: Pointer | None = Field(default=None, description="Where to begin; its first step is the root element.")
    namespace: str | None = Field(default=None, description="In which the whole document must stand.")


class _TextForm(_Form):
    separator: str = Field(min_length=1, max_length=1)
    skip: tuple[str, ...] = Field(default=(), description="Lines that begin so are framing, not items.")


class DelimitedForm(_TextForm):
    """Lines of columns: named by position (`columns`), or by the first line, which must have all of `header`."""

    read: Literal["delimited"]
    columns: tuple[Name, ...] = ()
    min_columns: int | None = Field(default=None, gt=0, description="Default: all of them.")
    header: tuple[Name, ...] = ()
    optional_header: tuple[Name, ...] = Field(default=(), description="Columns that the first line may lack.")
    quotes: bool = Field(default=False, description="A cell may stand in double quotes (RFC 4180), within its line.")
    blanks: Name | None = Field(
        default=None,
        description="A line without the separator is split at blanks; this column holds a time and may be two words.",
    )

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Self:
        if bool(self.columns) == bool(self.header):
            raise ValueError("expected exactly one of columns, header")
        if self.optional_header and not self.header:
            raise ValueError("optional_header says what else a first line may name: expected header")
        if self.blanks is not None and self.blanks not in self.columns:
            raise ValueError(f"blanks names {self.blanks!r}, expected one of columns")
        return self


class KeyValueForm(_TextForm):
    """Lines of `name=value`."""

    read: Literal["key_value"]
    assign: str = Field(default="=", min_length=1, max_length=1)


Form = JsonForm | XmlForm | DelimitedForm | KeyValueForm


class Document(_Strict):
    """One mapping document."""

    schema_: str = Field(default="", alias="$schema")
    version: int = Field(default=1, ge=1, lt=10**6, description="Counted up by whoever changes the document.")
    note: str = ""
    forms: dict[Name, Annotated[Form, Field(discriminator="read")]] = Field(min_length=1)

    def resolved(self, name: str) -> Form:
        """The form with the parts that it takes over from another (``like``)."""
        form = self.forms[name]
        if form.like is None:
            return form
        other = self.forms[form.like]
        shared = ("ignore", "refuse", "key", "records", "each", "known")
        taken = {
            part: getattr(other, part) for part in shared if part in type(form).model_fields and hasattr(other, part)
        }
        return form.model_copy(update={**taken, "like": None})


def schema() -> dict[str, Any]:
    """The JSON Schema of mapping documents, kept as ``mappings/mapping.schema.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema(by_alias=True)}
