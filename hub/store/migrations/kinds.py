"""Kinds of columns as migrations write them. What a released migration uses is never changed."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import sqlalchemy as sa


def _auto(key: bool) -> bool | Literal["auto"]:
    # A number that is part of a key is ours to choose.
    return False if key else "auto"


def text(name: str, *, key: bool = False, null: bool = False, unique: bool = False) -> sa.Column[Any]:
    """A text."""
    return sa.Column(name, sa.Text, primary_key=key, nullable=null, unique=unique or None)


def blob(name: str, *, key: bool = False, null: bool = False, unique: bool = False) -> sa.Column[Any]:
    """Bytes."""
    return sa.Column(name, sa.LargeBinary, primary_key=key, nullable=null, unique=unique or None)


def number(name: str, *, key: bool = False, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    """A whole number of 64 bits."""
    return sa.Column(
        name, sa.BigInteger, primary_key=key, autoincrement=_auto(key), nullable=null, server_default=default
    )


def small(name: str, *, key: bool = False, default: str | None = None) -> sa.Column[Any]:
    """A whole number of 32 bits."""
    return sa.Column(
        name, sa.Integer, primary_key=key, autoincrement=_auto(key), nullable=False, server_default=default
    )


def row(name: str, *, auto: bool = False) -> sa.Column[Any]:
    """A whole number that is the row's own."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=auto)


def each(kind: Callable[..., sa.Column[Any]], *names: str, **kinds: Any) -> Iterator[sa.Column[Any]]:
    """Columns of one kind."""
    return (kind(name, **kinds) for name in names)


def partial(where: str) -> dict[str, Any]:
    """What makes an index one of the rows alone of which something is so."""
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
