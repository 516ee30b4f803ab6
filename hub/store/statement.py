"""SQL written once in SQLAlchemy Core, compiled once per dialect, run on the plain driver.

Building and compiling an expression costs ten times what SQLite needs to run it, so it is done at first use only.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Params = Mapping[str, Any]
Row = tuple[Any, ...]


class InsertBuilder(Protocol):
    """The dialect's own ``insert``: both know ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""

    def __call__(self, table: Any) -> Any:
        """An insert into ``table``."""
        ...


_INSERTS: dict[str, InsertBuilder] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Statement:
    """One statement; ``build`` gets the dialect's ``insert`` and returns the expression."""

    __slots__ = ("_build", "_sql")

    def __init__(self, build: Callable[[InsertBuilder], ClauseElement]) -> None:
        self._build = build
        self._sql: dict[str, str] = {}

    def sql(self, dialect: Dialect) -> str:
        """The text for the driver, with named parameters."""
        text = self._sql.get(dialect.name)
        if text is None:
            compiled = self._build(_INSERTS[dialect.name]).compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)
            assert all(bind.required for bind in compiled.binds.values()), f"a constant hides in {compiled}"
            text = str(compiled)
            self._sql[dialect.name] = text
        return text


class Session:
    """One driver connection and its dialect; belongs to one thread at a time."""

    __slots__ = ("_cursor", "connection", "dialect")

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect
        self._cursor = connection.cursor()

    def run(self, statement: Statement, params: Params) -> int:
        """Execute; the number of rows it touched."""
        self._cursor.execute(statement.sql(self.dialect), params)
        return int(self._cursor.rowcount)

    def many(self, statement: Statement, rows: Iterable[Params]) -> int:
        """Execute once per row of parameters; the number of rows touched in all."""
        self._cursor.executemany(statement.sql(self.dialect), rows)
        return int(self._cursor.rowcount)

    def all(self, statement: Statement, params: Params) -> list[Row]:
        """All rows."""
        self._cursor.execute(statement.sql(self.dialect), params)
        return list(self._cursor.fetchall())

    def one(self, statement: Statement, params: Params) -> Row | None:
        """The first row, or nothing."""
        self._cursor.execute(statement.sql(self.dialect), params)
        row: Row | None = self._cursor.fetchone()
        return row

    def control(self, command: str) -> None:
        """Transaction control, in words that both databases share."""
        self._cursor.execute(command)
