"""Keys, certificates and tokens that end soon, as far as they say when they end."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from pydantic import BaseModel, SecretStr

from connectors.keys import BELIEVED
from hub.config.folder import HubFolder
from hub.doctor.finding import Finding
from hub.keys.book import life_of
from hub.store.tables.keys import KeyRow
from schemas.words import Words, number_of

SOON = timedelta(days=30)
_DATED = ("certificate or token", "certificates and tokens")
_SILENT = ("secret does not say when it ends", "secrets do not say when they end")
_PEM, _MOST_BYTES, _PARTS = b"-----BEGIN CERTIFICATE-----", 256 * 1024, 3


class End(NamedTuple):
    """Something with an end: what it is, where it stands, and when it ends."""

    what: Words
    place: str
    at: datetime
    command: str = ""


class Secrets(NamedTuple):
    """What a folder names beside its keys: what says when it ends, and how many that say nothing."""

    ends: Sequence[End]
    silent: int


def ending(rows: Sequence[KeyRow], folder: HubFolder, now: datetime) -> Iterator[Finding]:
    """Every end that has passed or is near, and how many nobody can tell an end of."""
    secrets = secrets_of(folder)
    found = sorted([*_of_keys(rows, now), *secrets.ends], key=lambda each: each.at)
    lines = [*_without_key(rows, folder, now), *(_told(each, now) for each in found if each.at - now < SOON)]
    yield from lines
    if not lines:
        words = Words(
            f"none of {number_of(len(rows), 'key')} and {number_of(len(secrets.ends), *_DATED)} ends "
            f"within {SOON.days} days; {number_of(secrets.silent, *_SILENT)}",
            f"{len(rows)} 个密钥及 {len(secrets.ends)} 个证书与令牌在 {SOON.days} 天内均不到期；"
            f"{secrets.silent} 个口令或令牌未注明到期时间",
        )
        yield Finding("keys", "good", words)


def _told(end: End, now: datetime) -> Finding:
    day = end.at.date().isoformat()
    if end.at <= now:
        words = Words(f"{end.what} {end.place} ended on {day}", f"{end.what.zh} {end.place} 已于 {day} 到期")
        return Finding("keys", "bad", words, end.command)
    left = (end.at - now).days
    words = Words(
        f"{end.what} {end.place} ends on {day}, in {number_of(left, 'day')}",
        f"{end.what.zh} {end.place} 将于 {day} 到期（{left} 天后）",
    )
    return Finding("keys", "soon", words, end.command)


def _of_keys(rows: Sequence[KeyRow], now: datetime) -> Iterator[End]:
    """Keys in use that end without one that follows."""
    for row in rows:
        life = life_of(row)
        if life.retired_at is None or life.state(now) not in BELIEVED:
            continue
        others = [each for each in rows if each.owner == row.owner and each.kid != row.kid]
        if not any(life_of(each).state(life.retired_at) in BELIEVED for each in others):
            command = f"licet keys enter FILE --of {row.owner}" if row.owner else f"licet keys rotate {row.kid}"
            yield End(Words("key", "密钥"), f"{row.owner or 'hub'}/{row.kid}", life.retired_at, command)


def _without_key(rows: Sequence[KeyRow], folder: HubFolder, now: datetime) -> Iterator[Finding]:
    for name, each in folder.instances.items():
        of = [row for row in rows if row.owner == name]
        if each.spec.keys and of and not any(life_of(row).state(now) in BELIEVED for row in of):
            words = Words(
                f"no key of {name} is in use: nothing that it sends is believed", f"{name} 没有可用密钥，其数据均被拒绝"
            )
            yield Finding("keys", "bad", words, f"licet keys list --of {name}")


def secrets_of(folder: HubFolder) -> Secrets:
    """The certificates and tokens of listeners and instances."""
    ends: list[End] = []
    silent = 1  # the token of the API
    for name, listener in folder.listeners.items():
        for setting in ("certificate", "client_ca"):
            if file := getattr(listener, setting):
                ends += _certificates(_content(Path(file)), f"listeners.{name}.{setting}")
    for name, instance in folder.instances.items():
        for place, value in values_of(instance.settings, f"connectors.{name}"):
            found = list(_of_value(value, place))
            ends += found
            silent += isinstance(value, SecretStr) and not found
    return Secrets(ends, silent)


def values_of(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every single value of settings, and where it stands."""
    if isinstance(value, BaseModel):
        members: Iterable[tuple[Any, Any]] = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, list | tuple):
        members = enumerate(value)
    else:
        yield place, value
        return
    for name, member in members:
        yield from values_of(member, f"{place}.{name}")


def _of_value(value: Any, place: str) -> Iterator[End]:
    if isinstance(value, Path):
        yield from _certificates(_content(value), place)
    elif isinstance(value, SecretStr):
        text = value.get_secret_value()
        yield from _certificates(text.encode(), place)
        yield from _token(text, place)


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() and file.stat().st_size <= _MOST_BYTES else b""


def _certificates(content: bytes, place: str) -> Iterator[End]:
    if _PEM not in content:
        return
    for each in x509.load_pem_x509_certificates(content):
        yield End(Words("certificate", "证书"), place, each.not_valid_after_utc)


def _token(text: str, place: str) -> Iterator[End]:
    """The end that a token states (RFC 7519, 4.1.4)."""
    parts = text.split(".")
    if len(parts) != _PARTS:
        return
    try:
        ends = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))["exp"]
        yield End(Words("token", "令牌"), place, datetime.fromtimestamp(ends, UTC))
    except (ValueError, TypeError, KeyError, OverflowError):
        return
