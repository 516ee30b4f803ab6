"""Settings as they are written in ``licet.toml``: a line each, with what it means above it."""

import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined


def setting_lines(
    model: type[BaseModel], skip: tuple[str, ...] = (), given: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Every setting of a model: its meaning in a comment, then its default, or what is given instead as TOML writes it.

    What has no value stands in a comment.
    """
    values = given or {}
    for name, field in model.model_fields.items():
        if name not in skip:
            yield f"# {field.description or name}"
            yield f"{name} = {values[name]}" if name in values else _default(name, field)


def _default(name: str, field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    optional = "required" if field.is_required() else "no default"
    bare = value is None or value is PydanticUndefined
    return f"# {name} =   # {optional}: {type_of(field)}" if bare else f"{name} = {toml_value(value)}"


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "{ " + ", ".join(f"{name} = {toml_value(each)}" for name, each in value) + " }"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, SecretStr | Path | date | timedelta):
        value = str(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {toml_value(v)}" for k, v in value.items())
        return "{ " + inner + " }" if value else "{}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def type_of(field: FieldInfo) -> str:
    """The type of a setting as an integrator writes it."""
    text = str(field.annotation)
    if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
        return "table"
    if "SecretStr" in text:
        return "secret: `file:PATH` or `env:NAME`"
    if "Literal" in text and "dict" not in text:
        return "one of " + ", ".join(f"`{each}`" for each in choices(field.annotation))
    for part, name in (("dict", "table"), ("tuple", "list"), ("list", "list"), ("bool", "true or false")):
        if part in text:
            return name
    for part, name in (("int", "whole number"), ("float", "number"), ("Path", "path"), ("timedelta", "duration")):
        if part in text:
            return name
    return "text"


def choices(annotation: Any) -> list[str]:
    """The words of a closed list of them."""
    found = []
    for each in getattr(annotation, "__args__", ()):
        found += [each] if isinstance(each, str) else choices(each)
    return found


def nested_models(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The settings of a model that are tables of their own, or lists of such."""
    for name, field in model.model_fields.items():
        for each in getattr(field.annotation, "__args__", (field.annotation,)):
            if inspect.isclass(each) and issubclass(each, BaseModel):
                yield name, each
