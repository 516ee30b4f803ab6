"""Entry format v1: the canonical bytes of one entry, fixed for ever.

An entry is a JSON object in RFC 8785 form over a checked subset: ASCII keys, strings, booleans, integers within
2^53-1, arrays and objects; no fractions, no null. Under this subset sorted compact JSON is the canonical form.

Always there: ``v`` (1), ``id`` (UUIDv7), ``ts`` (RFC 3339 UTC, microseconds, Z), ``kind``. Where they apply, and
absent otherwise: ``connector``, ``peer``, ``person`` and ``subject`` (random tokens), ``transmission``, ``media``,
``form``, ``payload`` {bytes, commit, ct_sha256 | sha256}, ``counts``, ``code``, ``outcome``, ``because``, ``decision``,
``position``, ``before``, ``after``, ``holds``, ``rules``, ``trace`` (digest), ``target``, ``wanted``, ``observed``,
``epoch``, ``attempt``, ``latency_ms``, ``evidence``, ``notice``, ``receipt``, ``actor``, ``reason``, ``mode``,
``scope``, ``name``, ``error``, ``digests`` (keyed, of what stood and what came).

Order comes from an entry's place in the tree, never from ``ts``.
"""

from collections.abc import Mapping
from typing import Any

import orjson

VERSION = 1
MAX_BYTES = 65_535
"""An entry bundle prefixes each entry with a big-endian uint16 (C2SP tlog-tiles)."""

_MAX_INTEGER = (1 << 53) - 1
_MAX_DEPTH = 16
_SIMPLE = frozenset({str, bool, int})
_STRICT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


class EntryError(Exception):
    """Something that format v1 cannot hold; the message names where."""


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry, the same for the same content.

    Raises:
        EntryError: A member is missing or outside the subset, or the entry is longer than 65,535 bytes.
    """
    required = entry.get("id"), entry.get("ts"), entry.get("kind")
    if entry.get("v") != VERSION or not (type(required[0]) is type(required[1]) is type(required[2]) is str):
        raise EntryError("an entry needs v = 1 and the texts id, ts, kind")
    try:
        body = orjson.dumps(entry, option=_STRICT)
    except orjson.JSONEncodeError as error:  # a lone surrogate, an integer too large, a type that JSON does not know
        _check(entry, "", 0)
        raise EntryError(f"text that is not Unicode: {error}") from error
    if not (body.isascii() and _plain(entry)):
        _check(entry, "", 0)
    if len(body) > MAX_BYTES:
        raise EntryError(f"found {len(body)} bytes, expected at most {MAX_BYTES}: payloads belong outside the log")
    return body


def _plain(members: Mapping[str, Any]) -> bool:
    """Whether all is text and numbers, with objects of the same one level down, as in nearly every entry."""
    for value in members.values():
        if type(value) not in _SIMPLE:
            if type(value) is not dict:
                return False
            for inner in value.values():
                if type(inner) not in _SIMPLE:
                    return False
    return True


def _check(members: Mapping[str, Any], where: str, depth: int) -> None:
    for key, value in members.items():
        if type(key) is not str or not key.isascii():
            raise EntryError(f"{where}: key {key!r} is not ASCII text")
        kind = type(value)
        if kind is str or kind is bool or (kind is int and -_MAX_INTEGER <= value <= _MAX_INTEGER):
            continue
        _check_other(value, f"{where}/{key}", depth + 1)


def _check_other(value: Any, where: str, depth: int) -> None:
    kind = type(value)
    if depth > _MAX_DEPTH:
        raise EntryError(f"{where}: nested too deeply")
    if kind is dict:
        _check(value, where, depth)
    elif kind is list or kind is tuple:
        for member in value:
            _check({"": member}, where, depth)
    elif kind is int:
        raise EntryError(f"{where}: integer beyond 2^53-1")
    else:
        raise EntryError(f"{where}: {kind.__name__} has no place in an entry")
