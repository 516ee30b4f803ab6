"""Questions and answers of errands as bytes: plain JSON with a mark wherever a value is more than JSON can say.

Only the values that cross a port are known by name; nothing else can be made of what stands in a store.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from connectors.port import (
    Address,
    Change,
    Fact,
    Leased,
    Link,
    Message,
    Observation,
    Page,
    Queued,
    Receipt,
    Registration,
    Reply,
    Request,
    Trained,
)
from schemas.errors import LicetError, PayloadError, RejectedError, TrustError, UnavailableError, UnknownOutcomeError
from schemas.transmission import Transmission
from schemas.words import Words, told

_MARK = "!"
_VALUES: Mapping[str, type[Any]] = {
    each.__name__: each
    for each in (
        Address,
        Change,
        Fact,
        Leased,
        Link,
        Message,
        Observation,
        Page,
        Queued,
        Receipt,
        Registration,
        Reply,
        Request,
        Trained,
        Transmission,
    )
}
_READ_AGAIN = frozenset({"content"})
"""Members that are left out: a mapping reads the body again."""


def dump(value: Any) -> bytes:
    """A value as bytes.

    Raises:
        TypeError: It holds something that crosses no port.
    """
    return orjson.dumps(_plain(value))


def load(content: bytes) -> Any:
    """The value."""
    return _value(orjson.loads(content))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool):
        return value
    if type(value) is list:
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return _marked("map", [[_plain(key), _plain(each)] for key, each in value.items()])
    name = type(value).__name__
    if _VALUES.get(name) is type(value):
        return _marked(name, {key: _plain(each) for key, each in _members(value) if key not in _READ_AGAIN})
    return _marked(*_scalar(value))


def _members(value: Any) -> list[tuple[str, Any]]:
    if is_dataclass(value):
        return [(each.name, getattr(value, each.name)) for each in fields(value)]
    return list(value._asdict().items())


def _scalar(value: Any) -> tuple[str, Any]:
    """The mark and the plain form of a value that has no members."""
    if isinstance(value, datetime | date):
        return type(value).__name__, value.isoformat()
    if isinstance(value, bytes):
        return "bytes", b64encode(value).decode()
    if isinstance(value, tuple | frozenset | set):
        return type(value).__name__, [_plain(each) for each in value]
    if isinstance(value, timedelta):
        return "timedelta", [value.days, value.seconds, value.microseconds]
    if isinstance(value, Decimal):
        return "Decimal", str(value)
    if isinstance(value, str):
        return "Words", [str(value), told(value, "zh")]
    raise TypeError(f"{type(value).__name__} crosses no port")


def _marked(name: str, plain: Any) -> dict[str, Any]:
    return {_MARK: name, "is": plain}


_MADE: Mapping[str, Callable[[Any], Any]] = {
    "map": lambda plain: {_value(key): _value(each) for key, each in plain},
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": b64decode,
    "tuple": lambda plain: tuple(map(_value, plain)),
    "frozenset": lambda plain: frozenset(map(_value, plain)),
    "set": lambda plain: set(map(_value, plain)),
    "timedelta": lambda plain: timedelta(*plain),
    "Decimal": Decimal,
    "Words": lambda plain: Words(*plain),
}


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    name, members = plain[_MARK], plain["is"]
    known = _VALUES.get(name)
    if known is None:
        return _MADE[name](members)
    return known(**{key: _value(each) for key, each in members.items()})


class FailedElsewhereError(Exception):
    """A call failed by a bug where it was carried out; the log of that process tells of it."""


_FAILURES: Mapping[str, Callable[[str, Words, Any], Exception]] = {
    "UnknownOutcomeError": lambda _code, message, _more: UnknownOutcomeError(message),
    "UnavailableError": UnavailableError,
    "RejectedError": lambda code, message, _more: RejectedError(code, message),
    "TrustError": lambda code, message, _more: TrustError(code, message),
    "PayloadError": PayloadError,
    "LicetError": lambda code, message, _more: LicetError(code, message),
    "": lambda code, _message, _more: FailedElsewhereError(code),
}


def told_failure(error: Exception) -> list[Any]:
    """A failure as an answer tells of it; of a bug no more than its class."""
    if not isinstance(error, LicetError):
        return ["", type(error).__name__, "", "", None]
    kind = next(each.__name__ for each in type(error).__mro__ if each.__name__ in _FAILURES)
    more = error.retry_after if isinstance(error, UnavailableError) else getattr(error, "where", "")
    return [kind, error.code, error.message, error.told("zh"), more]


def failure(told: list[Any]) -> Exception:
    """The failure that an answer tells of."""
    kind, code, message, zh, more = told
    return _FAILURES[kind](code, Words(message, zh), more)
