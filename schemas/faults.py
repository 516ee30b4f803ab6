"""What pydantic refuses, in our words: a stable code, the place, what was found there and what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.expected import choices, expected
from schemas.meant import meant
from schemas.words import Words, named

_SHOWN = 64
_CODES = {
    "missing": "schema.missing",
    "extra_forbidden": "schema.unknown-field",
    "string_pattern_mismatch": "schema.charset",
    "string_too_short": "schema.range",
    "string_too_long": "schema.range",
    "literal_error": "schema.range",
    "greater_than_equal": "schema.range",
    "greater_than": "schema.range",
    "less_than_equal": "schema.range",
    "less_than": "schema.range",
    "too_long": "schema.range",
    "too_short": "schema.range",
}
"""The kinds of refusals that are not "of the wrong type"."""

_NOTHING = Words("nothing", "未填写")
_KINDS: Mapping[type | tuple[type, ...], Words] = {
    bool: Words("true or false", "true 或 false"),
    (int, float): Words("a number", "数字"),
    str: Words("a text", "文字"),
    list: Words("a list", "列表"),
    dict: Words("an object", "对象"),
}
_OF_WHICH_KIND = Words("the word that says of which kind this is", "表明其类型的词")


@dataclass(frozen=True, slots=True)
class ModelFault:
    """One refused value; ``at`` leads to it from the outermost model.

    What stands under an unknown name is not shown: it may be a secret whose name was misspelt.
    """

    code: str
    at: tuple[str, ...]
    found: Words
    expected: Words
    choices: tuple[str, ...] = ()
    """What could stand there, where that is one of a few."""
    meant: str = ""
    """What was probably meant by it, as it is written."""

    def __str__(self) -> str:
        place = f"{'.'.join(self.at)}: " if self.at else ""
        return f"{place}found {self.found}, expected {self.expected}"


def faults_of(error: ValidationError) -> list[ModelFault]:
    """Everything that a model refused, in its order."""
    return [_fault(each) for each in error.errors(include_url=False)]


def shown(value: object) -> Words:
    """A value for a message: escaped, cut to 64 characters, never a whole structure."""
    if isinstance(value, Mapping):
        return Words("an object", "一个对象")
    if isinstance(value, list | tuple):
        return Words(f"a list of {len(value)}", f"{len(value)} 项的列表")
    if value is None or isinstance(value, bool):
        return named({None: "null", True: "true", False: "false"}[value])
    text = repr(value) if isinstance(value, str) else str(value)
    return named(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def kind_of(value: object) -> Words:
    """Of which kind a value of a JSON text is, as people call it; ``None`` is what is not there."""
    return next((words for kind, words in _KINDS.items() if isinstance(value, kind)), _NOTHING)


def _fault(error: ErrorDetails) -> ModelFault:
    kind, at = error["type"], tuple(map(str, error["loc"]))
    if kind == "missing":
        return ModelFault(_CODES[kind], at, _NOTHING, expected(error))
    if kind == "extra_forbidden":
        return ModelFault(_CODES[kind], at, Words("an unknown name", "未知名称"), expected(error))
    if kind == "union_tag_not_found" and (name := error["ctx"]["discriminator"].strip("'")).isidentifier():
        return ModelFault(_CODES["missing"], (*at, name), _NOTHING, _OF_WHICH_KIND)
    tag = error.get("ctx", {}).get("tag") if kind == "union_tag_invalid" else None  # which of several it says it is
    found = shown(tag) if tag else _whole(kind) if isinstance(error["input"], Mapping) else shown(error["input"])
    wanted = expected(error)
    return ModelFault(_code(kind, error["input"]), at, found, wanted, tuple(choices(error)), meant(error, wanted))


def _whole(kind: str) -> Words:
    """What is said of a table that is refused as a whole: that it is one, or that its settings are at odds."""
    if kind == "value_error":
        return Words("settings that do not fit together", "互不相符的设置")
    return Words("a table", "一组设置")


def _code(kind: str, value: Any) -> str:
    if kind == "literal_error" and not isinstance(value, str):
        return "schema.type"
    return _CODES.get(kind, "schema.type")
