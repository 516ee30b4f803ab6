"""How to call and reach a person: one JSON object, sealed in a column of its own, so that it may say more one day."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from schemas.people import Person


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
