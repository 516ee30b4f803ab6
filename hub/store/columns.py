"""Kinds of columns: instants in microseconds since 1970 UTC, numbers, texts (tokens, codes, JSON), bytes."""

from typing import Literal

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Text

metadata = MetaData()
"""All tables of the hub, once ``hub.store.schema`` is imported."""


def _auto(key: bool) -> bool | Literal["auto"]:
    # A number that is part of a key is ours to choose.
    return False if key else "auto"


def instant(name: str, *, null: bool = False, key: bool = False) -> Column[int]:
    """Microseconds since 1970 UTC."""
    return Column(name, BigInteger, nullable=null, primary_key=key, autoincrement=_auto(key))


def row_number(name: str, *, auto: bool = False) -> Column[int]:
    """A whole number that is the row's own; INTEGER lets SQLite use its row id and spare an index."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=auto)


def text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    """A text: token, code, name of an instance, JSON."""
    return Column(name, Text, nullable=null, primary_key=key)


def number(name: str, *, default: str | None = None, key: bool = False) -> Column[int]:
    """A whole number of 64 bits."""
    return Column(name, BigInteger, nullable=False, server_default=default, primary_key=key, autoincrement=_auto(key))


def small(name: str, *, default: str | None = None) -> Column[int]:
    """A whole number of 32 bits."""
    return Column(name, Integer, nullable=False, server_default=default)


def blob(name: str, *, null: bool = False, key: bool = False, unique: bool = False) -> Column[bytes]:
    """Bytes: sealed, digested, or both."""
    return Column(name, LargeBinary, nullable=null, primary_key=key, unique=unique or None)
