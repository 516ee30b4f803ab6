"""Entry format v1: the canonical bytes of one entry, fixed for ever.

An entry is a JSON object in RFC 8785 form. ``audit_log/kinds.py`` says which kinds there are and what each holds;
what it does not name has no place. Under these shapes sorted compact JSON is the canonical form: ASCII keys, whole
numbers below 10^15, no null, no fraction, nothing that needs an escape but quote and backslash.

Order comes from an entry's place in the tree, never from ``ts``.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from audit_log.kinds import KINDS, Kind
from audit_log.shapes import Shape

VERSION = 1
MAX_BYTES = 65_535
"""An entry bundle prefixes each entry with a big-endian uint16 (C2SP tlog-tiles)."""

_STRICT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


Actor = Mapping[str, str] | Sequence[Mapping[str, str]]
"""The member ``actor``: ``{type, id}``, or a list of them."""

Committed = Mapping[str, str | int]
"""A member that commits to something: ``bytes`` and ``commit``, with ``ct_sha256`` where it is kept sealed."""


class EntryError(Exception):
    """Something that format v1 cannot hold; the message names the member, never what it held."""


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry, the same for the same content.

    Raises:
        EntryError: There is no such kind, a member is missing, unknown or of another shape, or the entry is longer
            than 65,535 bytes.
    """
    name = entry.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise EntryError(f"found a kind that format v{VERSION} does not have, expected one of {', '.join(KINDS)}")
    try:
        body = orjson.dumps(entry, option=_STRICT)
    except orjson.JSONEncodeError as error:
        raise EntryError(_fault(entry, kind)) from error
    if kind.pattern.fullmatch(body) is None:
        raise EntryError(_fault(entry, kind))
    if len(body) > MAX_BYTES:
        raise EntryError(f"{kind.name}: found {len(body)} bytes, expected at most {MAX_BYTES}")
    return body


def _fault(entry: Mapping[str, Any], kind: Kind) -> str:
    """Which member is wrong."""
    for name in entry:
        if name not in kind.members:
            return f"{kind.name}: member {str(name)[:32]!r} is unknown, expected only {', '.join(kind.members)}"
    for name, member in kind.members.items():
        if name not in entry:
            if not member.optional:
                return f"{kind.name}: member {name!r} is missing: {member.shape.meaning}"
        elif not _has(entry[name], member.shape):
            found = type(entry[name]).__name__
            return f"{kind.name}: member {name!r} is not of its shape; found {found}, expected {member.shape.meaning}"
    return f"{kind.name}: not in canonical form"


def _has(value: Any, shape: Shape) -> bool:
    try:
        return _pattern(shape.pattern).fullmatch(orjson.dumps(value, option=_STRICT)) is not None
    except orjson.JSONEncodeError:
        return False


@cache
def _pattern(source: str) -> re.Pattern[bytes]:
    return re.compile(source.encode("latin-1"))
