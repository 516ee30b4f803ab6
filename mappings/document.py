"""The language of mapping documents as models; ``schema()`` gives the JSON Schema that editors use.

A document holds *forms*. A form says how its bytes are read, where its items are, what makes an item a known fact
(``key``), which items are out of scope (``ignore``) and which records an item gives. A field takes a value from a
*source* (``at`` a place in the item, ``context`` of the connector, a constant ``value``, ...), may convert it
(``as``) and may look it up (``table``). Null and empty text are absent; what is listed and absent is a fault unless
``optional``; what is not listed is not read.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mappings.rules import (
    Conditions,
    FieldRule,
    IgnoreRule,
    Kind,
    Name,
    Pointer,
    RecordRule,
    RefuseRule,
    Strict,
    as_list,
    dates_alone,
)
from schemas.words import Words

Column = Annotated[str, Field(min_length=1, max_length=128)]
Way = Annotated[
    str,
    Field(pattern=r"^(/([^~/]|~[01])*)+$", description="JSON pointer; `/*` at its end: all members of an object."),
]
NEWEST = 2
"""The newest version of the language."""


class Unpack(Strict):
    """A text that is itself a text of JSON or XML, or a form: it is read, and pointers lead on into it."""

    at: Pointer
    read: Literal["json", "xml", "form"]


class _Form(Strict):
    note: str = Field(default="", description="For people: where the facts come from.")
    like: Name | None = Field(default=None, description="Items, keys and records are those of this form.")
    unpack_each: tuple[Unpack, ...] = Field(default=(), description="Texts in an item that are read before it is.")
    ignore: tuple[IgnoreRule, ...] = ()
    refuse: tuple[RefuseRule, ...] = ()
    key: tuple[FieldRule, ...] = Field(default=(), description="What identifies the fact, without its subject.")
    records: tuple[RecordRule, ...] = ()


class _TreeForm(_Form):
    root: Pointer | None = Field(default=None, description="Where to begin; of XML its first step is the root element.")
    unpack: tuple[Unpack, ...] = Field(default=(), description="Texts in the body that are read before all else.")
    expect: Conditions = Field(
        default=(), description="What must hold of the body, such as `code` 0; otherwise all of it is a fault."
    )
    each: Annotated[tuple[Way, ...], BeforeValidator(as_list, json_schema_input_type=Way | tuple[Way, ...])] = Field(
        default=(),
        max_length=4,
        description="Where the items are; one element is a list of one. A list leads from level to level: `..` is then"
        " what is around an item. Absent: the root or root list. An empty list or object has no items.",
    )
    optional_each: bool = Field(default=False, description="The body may lack the list: then it has no items.")
    known: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Object (pointer, empty for the item) -> its names; any other is a fault."
    )
    kinds: dict[Pointer, Kind | Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Pointer -> of which kind is what stands there, or the texts of which it is one: anything else is a"
        " fault. What is absent or `null` is none. Empty text, or an empty element of XML, is `text` and nothing else.",
    )


class JsonForm(_TreeForm):
    """A JSON text."""

    read: Literal["json"]
    unread: tuple[Name, ...] = Field(
        default=(), description="Members whose content no rule reads, wherever they stand: any number may stand there."
    )
    great: tuple[Name, ...] = Field(
        default=(), description="Members whose whole numbers are read as text, however great, wherever they stand."
    )


class XmlForm(_TreeForm):
    """An XML document as plain data: `/Root/Child`, `/Root/@attribute`, local names."""

    read: Literal["xml"]
    namespace: str | None = Field(default=None, description="In which the whole document must stand.")
    namespaces: dict[Name, str] = Field(
        default_factory=dict,
        description="Prefix -> namespace: pointers name an element or attribute of it `prefix:name`, and by its plain"
        " name only one that stands in none. One of any other namespace has no name here.",
    )

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Self:
        if self.namespace is not None and self.namespaces:
            raise ValueError(Words("one of namespace and namespaces", "namespace 与 namespaces 二者之一"))
        return self


class FormForm(_TreeForm):
    """A form as browsers send it: `name=value&name=value`. A name that comes several times is a list."""

    read: Literal["form"]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"


class _LineForm(_Form):
    skip: tuple[str, ...] = Field(default=(), description="Lines that begin so are framing, not items.")
    footer: tuple[str, ...] = Field(default=(), description="With the first line that begins so the items end.")


class JsonLinesForm(_LineForm):
    """A JSON object in each line."""

    read: Literal["json_lines"]
    great: tuple[Name, ...] = Field(default=(), description="Members whose whole numbers are read as text.")


class DelimitedForm(_LineForm):
    """Lines of columns: named by position (`columns`), or by a first line, which must have all of `header`."""

    read: Literal["delimited"]
    separator: str = Field(min_length=1, max_length=16)
    columns: tuple[Column, ...] = ()
    min_columns: int | None = Field(default=None, gt=0, description="Default: all of them.")
    header: tuple[Column, ...] = ()
    optional_header: tuple[Column, ...] = Field(default=(), description="Columns that the first line may lack.")
    aliases: dict[str, Column] = Field(
        default_factory=dict, description="Another name that the header may give -> the column that is meant."
    )
    strict_header: bool = Field(default=False, description="A column that is named nowhere here is a fault.")
    title_lines: int = Field(
        default=0, ge=0, le=100, description="So many lines at most stand above the header, or above the first item."
    )
    quotes: bool = Field(default=False, description="A cell may stand in double quotes (RFC 4180), within its line.")
    line_breaks: bool = Field(default=False, description="A cell in quotes may go on over at most 64 lines.")
    blanks: Column | None = Field(
        default=None,
        description="A line without the separator is split at blanks; this column holds a time and may be two words.",
    )

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Self:
        if bool(self.columns) == bool(self.header):
            raise ValueError(Words("exactly one of columns, header", "columns 与 header 二者之一"))
        if not self.header and (self.optional_header or self.aliases or self.strict_header):
            raise ValueError(
                Words(
                    "header, as optional_header, aliases and strict_header speak of a first line",
                    "header：optional_header、aliases 和 strict_header 针对首行",
                )
            )
        if self.blanks is not None and self.blanks not in self.columns:
            raise ValueError(
                Words(
                    f"one of columns for blanks, not {self.blanks!r}", f"blanks 应为 columns 之一，而非 {self.blanks!r}"
                )
            )
        if self.line_breaks and not self.quotes:
            raise ValueError(Words("quotes, as line_breaks stand in them", "quotes：line_breaks 位于引号内"))
        if self.quotes and len(self.separator) > 1:
            raise ValueError(
                Words("a separator of one character for cells in quotes", "带引号的单元格须使用单字符分隔符")
            )
        return self


class FixedForm(_LineForm):
    """Lines in which each column has its place. Blanks around a value do not count."""

    read: Literal["fixed"]
    columns: dict[
        Column, Annotated[tuple[int, int], Field(description="First place, counted from 0, and the next.")]
    ] = Field(min_length=1)
    count: Literal["characters", "gb18030", "utf-8"] = Field(
        default="characters", description="What a place is: a character, or a byte of this encoding."
    )
    title_lines: int = Field(default=0, ge=0, le=100, description="So many lines stand above the first item.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, (start, end) in self.columns.items():
            if not 0 <= start < end <= 65536:
                raise ValueError(
                    Words(
                        f"a first place and a later one for {name!r}, not {start} to {end}",
                        f"{name!r} 应先起后止，而非 {start} 至 {end}",
                    )
                )
        return self


class KeyValueForm(_LineForm):
    """Lines of `name=value`. With a line break as separator each line is one pair, and an empty line ends an item."""

    read: Literal["key_value"]
    separator: str = Field(min_length=1, max_length=16)
    assign: str = Field(default="=", min_length=1, max_length=16)


TreeForm = JsonForm | XmlForm | FormForm
Form = TreeForm | JsonLinesForm | DelimitedForm | FixedForm | KeyValueForm


class Document(Strict):
    """One mapping document."""

    schema_: str = Field(default="", alias="$schema")
    format: int = Field(
        default=1, ge=1, le=NEWEST, description="Version of the language. From 2 on a date alone is no instant."
    )
    version: int = Field(default=1, ge=1, lt=10**6, description="Counted up by whoever changes the document.")
    note: str = ""
    forms: dict[Name, Annotated[Form, Field(discriminator="read")]] = Field(min_length=1)

    @model_validator(mode="after")
    def _of_its_format(self) -> Self:
        for form in self.forms.values() if self.format > 1 else ():
            for rule in (*form.key, *(each for record in form.records for each in record.fields.values())):
                if odd := dates_alone(rule):
                    raise ValueError(
                        Words(
                            f"date_start, for format {odd[0]!r} is of a date alone, which is no instant",
                            f"date_start：格式 {odd[0]!r} 只有日期，不是时刻",
                        )
                    )
        return self

    def resolved(self, name: str) -> Form:
        """The form with the parts that it takes over from another (``like``)."""
        form = self.forms[name]
        if form.like is None:
            return form
        other = self.forms[form.like]
        shared = ("unpack_each", "ignore", "refuse", "key", "records", "each", "known", "kinds")
        taken = {
            part: getattr(other, part) for part in shared if part in type(form).model_fields and hasattr(other, part)
        }
        return form.model_copy(update={**taken, "like": None})


def schema() -> dict[str, Any]:
    """The JSON Schema of mapping documents, kept as ``mappings/mapping.schema.json``."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:licet:mapping:{NEWEST}"}
    return {**head, **Document.model_json_schema(by_alias=True)}
