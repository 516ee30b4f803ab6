"""How to call and reach a person: one JSON object, sealed in a column of its own, so that it may say more one day."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from hub.wording import meant
from schemas.errors import CallError, ConfigError
from schemas.people import Person
from schemas.words import Words


class Profile(NamedTuple):
    """How to call and reach a person; opened from its seal only where people read. ``addresses`` are by kind."""

    employee_no: str
    name: str
    language: str
    addresses: Mapping[str, str]
    manager: str = ""
    """Employee number of the line manager, where the roster says it."""


def dump_profile(record: Person) -> bytes:
    """What the roster says of a person, as it is sealed."""
    addresses = {"mail": record.mail} if record.mail else {}
    manager = {"manager": record.manager} if record.manager else {}
    return orjson.dumps({"name": record.name, "language": record.language, "addresses": addresses, **manager})


def read_profile(employee_no: str, plain: bytes) -> Profile:
    """The profile of a person; members that are not known here are passed over."""
    members = orjson.loads(plain)
    manager = members.get("manager", "")
    return Profile(employee_no, members["name"], members["language"], members["addresses"], manager)


def nobody(number: str, known: Iterable[str], option: str = "") -> ConfigError:
    """What is said of an employee number that nobody has; ``option`` is where it was typed."""
    shown, near = number[:64], meant(number, known)
    return CallError(
        Words(
            f"{option}found {shown!r}, expected the employee number of somebody on the roster{near}",
            f"{option}没有工号为 {shown!r} 的人员，应为名册中人员的工号{near.zh}",
        ),
        cure=Words(
            "mend the number; who is new is entered in the roster, and `licet people import` then reads it",
            "更正工号；新人员须先列入名册，再执行 `licet people import` 读取名册",
        ),
    )
