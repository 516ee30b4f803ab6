"""The page of position files: every key of the models, and a file that is whole."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.position import Bilingual, Course, Position

EXAMPLE = Path(__file__).parents[1] / "hub" / "positions" / "dc-operations.toml"
_HEAD = """# Position files

<!-- {note} -->

A position is one file of `positions/`, or several: each is a version with a day `effective_from` of its own, and every
instant is judged by the version in force on it. Courses stand in `courses.toml`, a table each; what a course was until
its `effective_from` stands in `[[COURSE.earlier]]`, a table a version, the earliest first. A class, or a day of study,
counts by the version in force on the day on which it is over. The order of other
tables changes nothing.

`licet rules lint [FILE...]` looks at the folder, or at drafts beside it, and names file, line, what
was found, what is expected and what was probably meant; it ends with 1 if a file is refused. The first line of each
file (`#:schema ...`) leads an editor that reads it (Even Better TOML, Tombi) to its JSON Schema: names are completed
and faults shown while you type. The schemas lie in `schemas/` of the hub folder; `licet schema` writes those of this
version there, and names the files that lack the line. That of `renewal/NAME.toml` is for what `renewal_rule` names.

Lengths are written in words (`72 hours`, `15 days`, `3 months`, `1 year`) and go by the calendar of the zone. `over` is
one of `week`, `month`, `quarter`, `year`, `credential_year`, `cycle`, `stint`, `ever`, `rolling N months`.
A key marked * must be given.
"""


def position_page(note: str) -> str:
    """The page, from the models and the shipped example."""
    seen: list[type[BaseModel]] = [Position, Course]
    sections = []
    for model in seen:
        sections.append(section(model))
        seen.extend(each for each in _inner(model) if each not in seen and each is not Bilingual)
    example = EXAMPLE.read_text("utf-8")
    return "\n".join([_HEAD.format(note=note), *sections, "## An example\n", f"```toml\n{example}```\n"])


def keys(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a table as a file writes them."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def section(model: type[BaseModel]) -> str:
    """The section of one model: what it is, and its keys."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).capitalize()
    about = (model.__doc__ or "").strip().partition("\n\n")[0].replace("``", "`")
    rows = [
        f"| `{name}`{'*' if field.is_required() else ''} | {_default(field)} | {_says(field)} |"
        for name, field in keys(model)
    ]
    return "\n".join([f"## {words}", "", about, "", "| key | default | says |", "| --- | --- | --- |", *rows, ""])


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}`{'*' if field.is_required() else ''} | {_default(field)} | {_says(field)} |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value in ((), {}):
        return "-"
    return f"`{_written(value)}`"


def _written(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, BaseModel):
        held = value.model_dump(by_alias=True, exclude_none=True)
        return "{ " + ", ".join(f"{name} = {_written(each)}" for name, each in held.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _says(field: FieldInfo) -> str:
    said = [field.description or ("What people call it." if Bilingual in _parts(field.annotation) else "")]
    if words := [
        str(each) for part in _parts(field.annotation) if get_origin(part) is Literal for each in get_args(part)
    ]:
        said.append("One of " + ", ".join(f"`{each}`" for each in words) + ".")
    return " ".join(each for each in said if each).replace("|", "\\|")


def _parts(annotation: Any) -> list[Any]:
    return [*get_args(annotation), annotation] if get_origin(annotation) in (Union, UnionType) else [annotation]


def _inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        yield from _models(field.annotation)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
