"""The tables of today as SQLAlchemy knows tables: what migrations are compared with."""

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint
from sqlalchemy import text as sql

from hub.store import columns
from hub.store.migrations import kinds
from hub.store.schema import TABLES


def metadata() -> MetaData:
    """All tables of the hub."""
    made = MetaData()
    for table in TABLES.values():
        _add(table, made)
    return made


def _add(table: columns.Table, made: MetaData) -> None:
    Table(
        table.name,
        made,
        *(_column(each) for each in table.columns),
        *(UniqueConstraint(*each.columns) for each in table.uniques),
        *(_index(each) for each in table.indexes),
        sqlite_with_rowid=table.rowid,
    )


def _column(column: columns.Column) -> "Column[object]":
    match column.kind:
        case "number":
            return kinds.number(column.name, key=column.key, null=column.null, default=column.default)
        case "small":
            return kinds.small(column.name, key=column.key, default=column.default)
        case "row":
            return kinds.row(column.name, auto=column.counted)
        case "text":
            return kinds.text(column.name, key=column.key, null=column.null, unique=column.unique)
        case "blob":
            return kinds.blob(column.name, key=column.key, null=column.null, unique=column.unique)


def _index(index: columns.Index) -> Index:
    where = None if index.only is None else sql(index.only)
    return Index(index.name, *index.columns, sqlite_where=where, postgresql_where=where)
