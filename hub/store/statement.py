"""SQL written once in SQLAlchemy Core, compiled once per dialect, run on the plain driver.

Building and compiling an expression costs ten times what SQLite needs to run it, so it is done at first use only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Params = Mapping[str, Any]
Row = tuple[Any, ...]
Arrange = Callable[[Params], Any]


class InsertBuilder(Protocol):
    """The dialect's own ``insert``: both know ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""

    def __call__(self, table: Any) -> Any:
        """An insert into ``table``."""
        ...


_INSERTS: dict[str, InsertBuilder] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Statement:
    """One statement; ``build`` gets the dialect's ``insert`` and returns the expression."""

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[InsertBuilder], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Arrange]] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, Arrange]:
        """The text for the driver, and what lays out named parameters as the driver wants them."""
        known = self._compiled.get(dialect.name)
        if known is None:
            compiled = self._build(_INSERTS[dialect.name]).compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)
            assert all(bind.required for bind in compiled.binds.values()), f"a constant hides in {compiled}"
            known = str(compiled), _arrange(compiled.positiontup)
            self._compiled[dialect.name] = known
        return known


def _arrange(names: Sequence[str] | None) -> Arrange:
    # By position a driver binds without looking up a name; psycopg takes the names as they are.
    if names is None:
        return _as_is
    if not names:
        return _nothing
    if len(names) == 1:
        only = names[0]
        return lambda params: (params[only],)
    return itemgetter(*names)


def _as_is(params: Params) -> Params:
    return params


def _nothing(_params: Params) -> tuple[()]:
    return ()


class Session:
    """One driver connection and its dialect; belongs to one thread at a time."""

    __slots__ = ("_cursor", "connection", "dialect")

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect
        self._cursor = connection.cursor()

    def run(self, statement: Statement, params: Params) -> int:
        """Execute; the number of rows it touched."""
        text, arrange = statement.compiled(self.dialect)
        self._cursor.execute(text, arrange(params))
        return int(self._cursor.rowcount)

    def many(self, statement: Statement, rows: Iterable[Params]) -> int:
        """Execute once per row of parameters; the number of rows touched in all."""
        text, arrange = statement.compiled(self.dialect)
        self._cursor.executemany(text, map(arrange, rows))
        return int(self._cursor.rowcount)

    def all(self, statement: Statement, params: Params) -> list[Row]:
        """All rows."""
        text, arrange = statement.compiled(self.dialect)
        self._cursor.execute(text, arrange(params))
        return list(self._cursor.fetchall())

    def one(self, statement: Statement, params: Params) -> Row | None:
        """The first row, or nothing."""
        text, arrange = statement.compiled(self.dialect)
        self._cursor.execute(text, arrange(params))
        row: Row | None = self._cursor.fetchone()
        return row

    def control(self, command: str) -> None:
        """Transaction control, in words that both databases share."""
        self._cursor.execute(command)
