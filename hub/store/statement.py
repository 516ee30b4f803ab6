"""SQL as plain text, the same for both databases, run on the plain driver; rows come back with names."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

Params = Mapping[str, Any]
Arrange = Callable[[Params], Any]
R = TypeVar("R", bound=NamedTuple)

_PARAMETER = re.compile(r"(?<![\w:]):(\w+)")
_EACH = re.compile(r"\{each:(\w+)\}")
_ROWS_OF_JSON = {"sqlite": r"json_each(:\1)", "postgresql": r"json_array_elements_text(CAST(:\1 AS JSON))"}
_LOCKED = {"sqlite": "", "postgresql": "FOR UPDATE"}
_CLAIMED = {"sqlite": "", "postgresql": "FOR UPDATE SKIP LOCKED"}


class NoSuchRowError(Exception):
    """A statement that names a row did not find it: what its caller believes is not so."""


class Statement:
    """A text that changes rows. Parameters are named ``:name``; three placeholders stand where the databases differ.

    ``{each:name}`` is a parameter that holds a JSON array, as a table with one column ``value``: numbers or texts in
    SQLite, always texts in PostgreSQL. ``{for_update}`` locks the rows that were read, ``{for_claim}`` reads only those
    that nobody has locked, and locks them; SQLite locks all by itself.
    """

    __slots__ = ("_prepared", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._prepared: dict[str, tuple[str, Arrange]] = {}

    def prepared(self, dialect: str) -> tuple[str, Arrange]:
        """The text for the driver of ``sqlite`` or ``postgresql``, and what lays out named parameters for it."""
        known = self._prepared.get(dialect)
        if known is None:
            known = self._prepared[dialect] = _DRIVERS[dialect](self.of(dialect))
        return known

    def of(self, dialect: str) -> str:
        """The text as a database reads it, with named parameters."""
        text = _EACH.sub(_ROWS_OF_JSON[dialect], self.text)
        return text.replace("{for_update}", _LOCKED[dialect]).replace("{for_claim}", _CLAIMED[dialect])


class RowChange(Statement):
    """A text that changes a row which is there; to touch none is a fault."""

    __slots__ = ()


class Reading(Statement, Generic[R]):
    """A text that reads rows, and the type of a row."""

    __slots__ = ("make", "row")
    owners: tuple[str, ...] = ()
    """The columns before those of a row."""

    def __init__(self, row: type[R], text: str) -> None:
        super().__init__(text)
        self.row = row
        self.make: Callable[[Sequence[Any]], R] = partial(tuple.__new__, row)
        """What the driver gave, with names: the type's own constructor would take the row apart first."""


class Query(Reading[R]):
    """A text that reads rows."""

    __slots__ = ()


class OfPeople(Reading[R]):
    """A text that reads rows of many people: whose each is stands before it."""

    __slots__ = ()
    owners = ("person",)


def _by_position(text: str) -> tuple[str, Arrange]:
    # By position SQLite binds without looking up a name.
    names = _PARAMETER.findall(text)
    if not names:
        return text, _nothing
    arrange: Arrange = partial(_only, names[0]) if len(names) == 1 else itemgetter(*names)
    return _PARAMETER.sub("?", text), arrange


def _by_name(text: str) -> tuple[str, Arrange]:
    return _PARAMETER.sub(r"%(\1)s", text.replace("%", "%%")), _as_is


_DRIVERS = {"sqlite": _by_position, "postgresql": _by_name}


def _as_is(params: Params) -> Params:
    return params


def _only(name: str, params: Params) -> tuple[Any]:
    return (params[name],)


def _nothing(_params: Params) -> tuple[()]:
    return ()


class Connection:
    """One connection of a driver; belongs to one thread at a time. ``dialect`` is ``sqlite`` or ``postgresql``."""

    __slots__ = ("_cursor", "connection", "dialect")

    def __init__(self, connection: Any, dialect: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self._cursor = connection.cursor()

    def run(self, statement: Statement, params: Params) -> int:
        """Execute; the number of rows it touched.

        Raises:
            NoSuchRowError: A ``RowChange`` touched none.
        """
        text, arrange = statement.prepared(self.dialect)
        self._cursor.execute(text, arrange(params))
        touched = int(self._cursor.rowcount)
        if not touched and isinstance(statement, RowChange):
            raise NoSuchRowError(f"no row was touched by: {' '.join(statement.text.split())}")
        return touched

    def many(self, statement: Statement, rows: Sequence[Params]) -> int:
        """Execute once per row of parameters; the number of rows touched in all.

        Raises:
            NoSuchRowError: A ``RowChange`` touched fewer than were given.
        """
        text, arrange = statement.prepared(self.dialect)
        self._cursor.executemany(text, map(arrange, rows))
        touched = int(self._cursor.rowcount)
        if touched < len(rows) and isinstance(statement, RowChange):
            raise NoSuchRowError(f"{touched} of {len(rows)} rows were touched by: {' '.join(statement.text.split())}")
        return touched

    def all(self, query: Query[R], params: Params) -> list[R]:
        """All rows."""
        text, arrange = query.prepared(self.dialect)
        self._cursor.execute(text, arrange(params))
        return list(map(query.make, self._cursor.fetchall()))

    def by_person(self, query: OfPeople[R], params: Params) -> Mapping[str, list[R]]:
        """All rows by person, of whom there are any; nothing of anybody else."""
        text, arrange = query.prepared(self.dialect)
        self._cursor.execute(text, arrange(params))
        found = defaultdict[str, list[R]](list)
        for person, *row in self._cursor.fetchall():
            found[person].append(query.make(row))
        return found

    def one(self, query: Query[R], params: Params) -> R | None:
        """The first row, or nothing."""
        text, arrange = query.prepared(self.dialect)
        self._cursor.execute(text, arrange(params))
        row = self._cursor.fetchone()
        return None if row is None else query.make(row)

    def control(self, command: str) -> None:
        """Transaction control, in words that both databases share."""
        self._cursor.execute(command)
