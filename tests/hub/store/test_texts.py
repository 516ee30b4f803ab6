"""Every text of the store is one that both databases can run, and its rows are of the type that it names."""

import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.schema import TABLES
from hub.store.statement import _PARAMETER, Reading, Statement
from hub.store.tables import (
    access,
    alarms,
    cases,
    commands,
    connectors,
    erased,
    errands,
    facts,
    hub,
    identity,
    inbox,
    intake,
    jobs,
    log,
    looks,
    manned,
    notices,
    partners,
    punches,
    registrations,
    review,
    words,
)

AGGREGATES = (
    access,
    alarms,
    cases,
    commands,
    connectors,
    erased,
    errands,
    facts,
    hub,
    identity,
    inbox,
    intake,
    jobs,
    log,
    looks,
    manned,
    notices,
    partners,
    punches,
    registrations,
    review,
    words,
)
STATEMENTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": each
    for module in AGGREGATES
    for name, each in vars(module).items()
    if isinstance(each, Statement)
}
ROOT = Path(__file__).resolve().parents[3]
POSTGRESQL_TYPES = {20: int, 23: int, 25: str, 17: bytes}
NULLABLE = {(table.name, column.name) for table in TABLES.values() for column in table.columns if column.null}


def made(url):
    migrate(url)
    return Database(url)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    database = made(f"sqlite:///{tmp_path_factory.mktemp('texts') / 'licet.db'}")
    with database.reading() as connection:
        yield connection
    database.close()


@pytest.fixture(scope="module")
def postgresql(postgres):
    postgres.psql("CREATE DATABASE texts;")
    database = made(postgres.get_uri(database="texts").replace("postgresql://", "postgresql+psycopg://"))
    with database.reading() as connection:
        yield connection
    database.close()


def type_of(hint):
    """A row's annotation as (type, may be nothing)."""
    if isinstance(hint, UnionType):
        (only,) = [each for each in get_args(hint) if each is not NoneType]
        return type_of(only)[0], True
    if get_origin(hint) is Literal:  # a text of which only some words are ever written
        (only,) = {type(word) for word in get_args(hint)}
        return only, False
    return hint, False


def described(connection, statement):
    """What PostgreSQL says of a text once it is prepared: its columns, the types of its parameters."""
    names, text = [], statement.of("postgresql")
    for name in _PARAMETER.findall(text):
        if name not in names:
            names.append(name)
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    server = connection.connection.pgconn
    for answer in (server.prepare(b"", numbered.encode()), server.describe_prepared(b"")):
        assert not answer.error_message, f"{numbered}\n{answer.error_message.decode()}"
    return answer


@pytest.mark.parametrize("name", STATEMENTS)
def test_sqlite_prepares_it(sqlite, name):
    statement = STATEMENTS[name]
    text, arrange = statement.prepared("sqlite")
    given = arrange(dict.fromkeys(_PARAMETER.findall(statement.of("sqlite")), 0))
    sqlite.connection.execute(f"EXPLAIN {text}", given)
    if isinstance(statement, Reading):
        columns = sqlite.connection.execute(f"SELECT * FROM ({text}) LIMIT 0", given).description
        assert tuple(column[0] for column in columns) == statement.owners + statement.row._fields


@pytest.mark.parametrize("name", STATEMENTS)
def test_postgresql_prepares_it_and_its_types_are_those_of_the_row(postgresql, name):
    statement = STATEMENTS[name]
    answer = described(postgresql, statement)
    if not isinstance(statement, Reading):
        assert answer.nfields == 0
        return
    found = {answer.fname(n).decode(): POSTGRESQL_TYPES[answer.ftype(n)] for n in range(answer.nfields)}
    of = dict.fromkeys(statement.owners, str)
    hints = of | {field: type_of(hint)[0] for field, hint in get_type_hints(statement.row).items()}
    assert list(found.items()) == list(hints.items())


@pytest.mark.parametrize("name", [name for name, each in STATEMENTS.items() if isinstance(each, Reading)])
def test_what_may_be_nothing_is_said_so(postgresql, name):
    query = STATEMENTS[name]
    answer = described(postgresql, query)
    tables = {row[0]: row[1] for row in postgresql.connection.execute("SELECT oid::int8, relname FROM pg_class")}
    for n, (field, hint) in enumerate(get_type_hints(query.row).items(), len(query.owners)):
        table = tables.get(answer.ftable(n))
        if table is not None:  # a column as it stands in its table
            optional = (table, field) in NULLABLE or f"LEFT JOIN {table} " in query.text
            assert type_of(hint)[1] == optional, field


def test_no_text_is_kept_that_nobody_runs():
    own = ROOT / "hub" / "store" / "tables"
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "hub").rglob("*.py") if path.parent != own)
    used = set(re.findall(r"\w+", code))
    assert [name for name in STATEMENTS if name.partition(".")[2] not in used] == []
