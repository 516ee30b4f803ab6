"""Checks of decoded JSON: each returns for what is of the form, and else says where, what kind of value, what is meant.

What was found is told by its kind, never by its value: it may identify a person.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from schemas.errors import PayloadError
from schemas.reading import escape
from schemas.words import Words, unlike

Check = Callable[[Any, str], None]
"""Returns for a value of the form; the text is its pointer. Raises ``PayloadError``."""

_KINDS: dict[type, Words] = {
    dict: Words("an object", "对象"),
    list: Words("a list", "列表"),
    str: Words("text", "文字"),
    bool: Words("true or false", "true 或 false"),
    type(None): Words("null", "null"),
}
_NUMBER, _OTHER_NAME = Words("a number", "数字"), Words("another name", "其他名称")


def wrong(value: Any, expected: Words, where: str) -> PayloadError:
    """What is said of a value of another form."""
    return PayloadError("schema.type", unlike(_KINDS.get(type(value), _NUMBER), expected), where)


def step(where: str, name: object) -> str:
    """The pointer of a member or an element."""
    return f"{where}/{escape(str(name)[:64])}"


def fits(test: Callable[[Any], bool], expected: Words) -> Check:
    """A value that passes a test."""

    def check(value: Any, where: str) -> None:
        if not test(value):
            raise wrong(value, expected, where)

    return check


def every(check_each: Check, expected: Words) -> Check:
    """A list whose elements are all of a form."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise wrong(value, expected, where)
        for n, each in enumerate(value):
            check_each(each, step(where, n))

    return check


def members(rules: Mapping[str, Check], required: Collection[str], expected: Words) -> Check:
    """An object with these members, each of its form, and no other: a name in another case is another name."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(value, expected, where)
        for name in required:
            if name not in value:
                raise PayloadError(
                    "schema.missing",
                    unlike(Words(f"no {name}", f"没有 {name}"), expected),
                    step(where, name),
                )
        for name, each in value.items():
            rule = rules.get(name)
            if rule is None:
                among = ", ".join(sorted(rules))
                raise PayloadError(
                    "schema.unknown-field", Words(f"expected only {among}", f"应仅为 {among}"), step(where, name)
                )
            rule(each, step(where, name))

    return check


def mapped(key: Callable[[Any], bool], expected_key: Words, check_each: Check, expected: Words) -> Check:
    """An object whose names pass a test and whose values are all of a form."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(value, expected, where)
        for name, each in value.items():
            if not key(name):
                raise PayloadError(
                    "schema.type",
                    unlike(_OTHER_NAME, expected_key),
                    step(where, name),
                )
            check_each(each, step(where, name))

    return check


def null_at(value: dict[str, Any] | list[Any]) -> str | None:
    """The pointer of the first null outside extensions."""
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if each is None:
            return step("", name)
        if isinstance(each, dict | list) and name != "extensions":
            found = null_at(each)
            if found is not None:
                return step("", name) + found
    return None
