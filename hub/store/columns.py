"""Tables in plain words: their columns, and what is found by an index. ``hub.store.schema`` knows them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "small", "row", "text", "blob"]
"""Whole numbers of 64 and of 32 bits and the row's own; a text (token, code, JSON); bytes."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``counted``: the database gives the next number."""

    name: str
    kind: Kind
    null: bool = False
    key: bool = False
    unique: bool = False
    default: str | None = None
    counted: bool = False


class Index:
    """An index; ``only`` is the condition of the rows that it holds."""

    __slots__ = ("columns", "name", "only")

    def __init__(self, name: str, *columns: str, only: str | None = None) -> None:
        self.name = name
        self.columns = columns
        self.only = only


class Unique:
    """No two rows have the same in all of these columns."""

    __slots__ = ("columns",)

    def __init__(self, *columns: str) -> None:
        self.columns = columns


class Table:
    """A table. Without ``rowid`` SQLite keeps the rows in the order of their key."""

    __slots__ = ("columns", "indexes", "name", "rowid", "uniques")

    def __init__(self, name: str, *parts: Column | Index | Unique, rowid: bool = True) -> None:
        self.name = name
        self.columns: Sequence[Column] = [part for part in parts if isinstance(part, Column)]
        self.indexes: Sequence[Index] = [part for part in parts if isinstance(part, Index)]
        self.uniques: Sequence[Unique] = [part for part in parts if isinstance(part, Unique)]
        self.rowid = rowid
        assert name not in TABLES, f"two tables {name}"
        TABLES[name] = self


TABLES: dict[str, Table] = {}
"""All tables of the hub by their names, once ``hub.store.schema`` is imported."""


def instant(name: str, *, null: bool = False, key: bool = False) -> Column:
    """Microseconds since 1970 UTC."""
    return Column(name, "number", null=null, key=key)


def row_number(name: str, *, auto: bool = False) -> Column:
    """A whole number that is the row's own; INTEGER lets SQLite use its row id and spare an index."""
    return Column(name, "row", key=True, counted=auto)


def text(name: str, *, null: bool = False, key: bool = False, unique: bool = False) -> Column:
    """A text: token, code, name of an instance, JSON."""
    return Column(name, "text", null=null, key=key, unique=unique)


def number(name: str, *, default: str | None = None, key: bool = False) -> Column:
    """A whole number of 64 bits."""
    return Column(name, "number", default=default, key=key)


def small(name: str, *, default: str | None = None, key: bool = False) -> Column:
    """A whole number of 32 bits."""
    return Column(name, "small", default=default, key=key)


def blob(name: str, *, null: bool = False, key: bool = False, unique: bool = False) -> Column:
    """Bytes: sealed, digested, or both."""
    return Column(name, "blob", null=null, key=key, unique=unique)
