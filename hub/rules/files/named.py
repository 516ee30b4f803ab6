"""What rules name that this program cannot read: enough to know what a word from outside is about."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Named(NamedTuple):
    """The names that stand in rules, whatever they say of them."""

    positions: frozenset[str]
    courses: frozenset[str]
    credentials: frozenset[str]
    own: frozenset[str]
    exams: frozenset[str]


def named_in(positions: Mapping[str, str], courses: str) -> Named:
    """What position files, by path, and the courses name, as far as they are TOML."""
    files = [_table(text) for text in positions.values()]
    credentials = [each for file in files for each in _tables(file.get("credential"))]
    own = [each for each in credentials if each[1].get("issuer", "hub") != "authority"]
    rules = [rule for file in files for _name, rule in _tables(file.get("requirement"))]
    return Named(
        _texts(file.get("id") for file in files),
        frozenset(_table(courses)),
        _called(credentials),
        _called(own),
        _texts(rule.get("exam") for rule in rules),
    )


def _table(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _tables(found: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(found, dict):
        yield from ((name, each) for name, each in found.items() if isinstance(each, dict))


def _called(credentials: list[tuple[str, dict[str, Any]]]) -> frozenset[str]:
    """Credentials by our name, and by their issuer's."""
    return _texts(called for name, rule in credentials for called in (name, rule.get("scheme")))


def _texts(found: Iterator[object]) -> frozenset[str]:
    return frozenset(each for each in found if isinstance(each, str))
