"""The store as it would be with other facts: seen by one connection alone, in temporary tables that go with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.store.database import Database
from hub.store.statement import Connection, Query, Statement
from hub.store.tables.facts import FACTS
from hub.store.tables.punches import PUNCHES

_FACT, _PUNCH = (", ".join(column.name for column in table.columns) for table in (FACTS, PUNCHES))
_SETUP = """
    CREATE TEMPORARY TABLE gone_facts (id BIGINT PRIMARY KEY);
    CREATE TEMPORARY TABLE gone_punches (slice BIGINT, subject TEXT, key {bytes}, PRIMARY KEY (slice, subject, key));
    CREATE TEMPORARY TABLE drafted_facts AS SELECT {fact} FROM {schema}.facts WHERE 1 = 0;
    CREATE TEMPORARY TABLE drafted_punches AS SELECT {punch} FROM {schema}.punches WHERE 1 = 0;
    CREATE TEMPORARY TABLE folded AS SELECT person, unit, body FROM {schema}.folded WHERE 1 = 0;
    CREATE INDEX drafted_facts_subject ON drafted_facts (subject);
    CREATE INDEX drafted_punches_subject ON drafted_punches (subject, slice);
    CREATE TEMPORARY VIEW facts AS
      SELECT {fact} FROM {schema}.facts WHERE id NOT IN (SELECT id FROM gone_facts)
      UNION ALL SELECT {fact} FROM drafted_facts;
    CREATE TEMPORARY VIEW punches AS
      SELECT {punch} FROM {schema}.punches AS kept WHERE NOT EXISTS (SELECT 1 FROM gone_punches AS gone
        WHERE gone.slice = kept.slice AND gone.subject = kept.subject AND gone.key = kept.key)
      UNION ALL SELECT {punch} FROM drafted_punches
"""
"""A name without a schema is looked up among temporary tables first, in both databases."""
_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
_LATER = 1 << 40
"""Numbers of facts that nobody has: no row of the store gets there."""

_GONE_FACT = Statement("INSERT INTO gone_facts (id) VALUES (:id) ON CONFLICT DO NOTHING")
_GONE_PUNCH = Statement("""
    INSERT INTO gone_punches (slice, subject, key) VALUES (:slice, :subject, :key) ON CONFLICT DO NOTHING
""")
_FACT_ROW, _PUNCH_ROW = (
    Statement(f"INSERT INTO drafted_{table.name} ({names}) VALUES (:{names.replace(', ', ', :')})")  # noqa: S608 - ours
    for table, names in ((FACTS, _FACT), (PUNCHES, _PUNCH))
)


class StoredFact(NamedTuple):
    """A fact that is stored: its number, what brought it, and its content as a digest."""

    id: int
    transmission: str
    digest: bytes


# The fact of a key, with its number.
stored_fact = Query(StoredFact, "SELECT id, transmission, digest FROM facts WHERE key = :key")


@dataclass(slots=True)
class OtherFacts:
    """Facts that are there otherwise: those of these numbers and punches of these keys are gone, these rows new."""

    gone: list[int] = field(default_factory=list)
    gone_punches: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def with_other_facts(database: Database, other: OtherFacts) -> Iterator[Connection]:
    """A connection that sees the store with other facts. Nothing of the store is written, and nobody waits for it."""
    connection = database.beside()
    try:
        _arrange(connection, other)
        yield connection
    finally:
        connection.connection.close()


def _arrange(connection: Connection, other: OtherFacts) -> None:
    schema = "main"
    if connection.dialect == "postgresql":
        (schema,) = connection.connection.execute("SELECT quote_ident(current_schema())").fetchone()
    setup = _SETUP.format(fact=_FACT, punch=_PUNCH, schema=schema, bytes=_BYTES[connection.dialect])
    for command in setup.split(";"):
        connection.control(command)
    _fill(connection, _GONE_FACT, [{"id": each} for each in other.gone])
    _fill(connection, _GONE_PUNCH, other.gone_punches)
    words = [row for row in other.rows if "slice" not in row]
    _fill(connection, _FACT_ROW, [{**row, "id": _LATER + n} for n, row in enumerate(words)])
    _fill(connection, _PUNCH_ROW, [row for row in other.rows if "slice" in row])


def _fill(connection: Connection, statement: Statement, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.many(statement, rows)
