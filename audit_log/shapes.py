"""What a member of an entry may hold: each shape as one pattern over canonical bytes, and as JSON Schema.

A shape lets in what it names and nothing else. No shape lets free text in: a person's name, a number, a reason
stand sealed outside the log, and an entry holds a commitment to them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: its name, what it means, the pattern of its canonical bytes (as Latin-1 text), its JSON Schema."""

    name: str
    meaning: str
    pattern: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: its shape, and whether it may be absent."""

    shape: Shape
    optional: bool = False


def text(name: str, meaning: str, pattern: str, schema_pattern: str | None = None) -> Shape:
    """Text of one form. ``pattern`` is over bytes; beyond ASCII the same must be said in characters."""
    stated = pattern if schema_pattern is None else schema_pattern
    return Shape(name, meaning, f'"(?:{pattern})"', {"type": "string", "pattern": f"^(?:{stated})$"})


def words(*allowed: str) -> Shape:
    """One of these words."""
    listed = ", ".join(f"`{word}`" for word in allowed)
    choice = "|".join(re.escape(word) for word in allowed)
    return Shape("word", f"one of {listed}", f'"(?:{choice})"', {"enum": list(allowed)})


def several(shape: Shape, at_least: int = 0, at_most: int = 256) -> Shape:
    """A list of one shape."""
    more = f"(?:,{shape.pattern}){{{max(at_least - 1, 0)},{at_most - 1}}}"
    whole = f"{shape.pattern}{more}"
    return Shape(
        f"list of {at_least} to {at_most} {shape.name}",
        f"each {shape.meaning}",
        rf"\[{whole}\]" if at_least else rf"\[(?:{whole})?\]",
        {"type": "array", "items": shape.schema, "minItems": at_least, "maxItems": at_most},
    )


def either(name: str, meaning: str, *shapes: Shape) -> Shape:
    """One of several shapes."""
    pattern = "(?:" + "|".join(shape.pattern for shape in shapes) + ")"
    return Shape(name, meaning, pattern, {"oneOf": [shape.schema for shape in shapes]})


def members(name: str, meaning: str, listed: Mapping[str, Shape | Member]) -> Shape:
    """An object of these members and no other."""
    given = {key: each if isinstance(each, Member) else Member(each) for key, each in sorted(listed.items())}
    schema = {
        "type": "object",
        "properties": {key: each.shape.schema for key, each in given.items()},
        "required": [key for key, each in given.items() if not each.optional],
        "additionalProperties": False,
    }
    return Shape(name, meaning, object_pattern(given), schema)


def object_pattern(listed: Mapping[str, Member]) -> str:
    """The canonical bytes of an object: members in the order of their names, a comma between two, none at the end."""
    parts = [_member(key, listed[key]) for key in sorted(listed)]
    return r"\{" + "".join(parts) + r"\}"


def _member(key: str, member: Member) -> str:
    whole = rf'"{key}":{member.shape.pattern}(?:,(?!\}})|(?=\}}))'
    return f"(?:{whole})?" if member.optional else whole


def optional(shape: Shape) -> Member:
    """A member that may be absent."""
    return Member(shape, optional=True)


_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_HEX = "[0-9a-f]"
_PLAIN = r'[^\x00-\x20"\\\x7f]{0,512}+'
"""Bytes that need no escape: up to 128 characters of UTF-8."""

NUMBER = Shape(
    "number",
    "whole, from 0 to 10^15 - 1",
    "(?:0|[1-9][0-9]{0,14})",
    {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
)
ID = text("id", "UUIDv7", _UUID)
INSTANT = text(
    "instant",
    "RFC 3339 in UTC, microseconds and Z",
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z",
)
TOKEN = text("token", "32 hex digits drawn at random: a person, an identifier, an operator", f"{_HEX}{{32}}")
MARK = text(
    "mark", "32 hex digits, keyed by the hub: equal marks mean equal content, and nobody else can try", f"{_HEX}{{32}}"
)
TRANSMISSION = text(
    "transmission",
    "id of a transmission, keyed by the hub; with `~` and a UUIDv7 once a mended one took its place",
    f"{_HEX}{{32}}(?:~{_UUID})?",
)
SHA256 = text("sha256", "SHA-256 in hex, of a document that names nobody or of ciphertext", f"{_HEX}{{64}}")
COMMITMENT = text(
    "commitment", "HMAC-SHA256 in hex under a random salt of this entry alone, which can be erased", f"{_HEX}{{64}}"
)
CODE = text("code", "stable code, see errors.md", r"[a-z0-9]+(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")
NAME = text(
    "name",
    "as the hub's configuration writes it: a connector, position, target, requirement; 1 to 128 characters, no blanks",
    rf'(?!"){_PLAIN}(?:\\["\\]{_PLAIN}){{0,128}}+',
    r"[^\x00-\x20\x7f]{1,128}",
)
PEER = text("peer", "a serial or a URI: 1 to 128 letters, digits and . _ : / -", "[A-Za-z0-9._:/-]{1,128}")
CLASS = text("class", "name of a class of failures in the code", "[A-Za-z_][A-Za-z0-9_]{0,63}")
VERSION = text("version", "of the software or of a document", "[0-9A-Za-z.+-]{1,32}")
HOST = text("host", "name of a machine", "[A-Za-z0-9._-]{1,64}")
MEDIA = text("media type", "of the few that the hub knows", "[a-z]{1,16}/[a-z0-9.+-]{1,64}")
SCOPE = text(
    "scope", "`none`, `supervised`, `partial(1)` to `partial(9)`, `full`", r"none|supervised|partial\([1-9]\)|full"
)
