"""What a reader of the store can rely on, on both databases."""

import pytest

from hub.store import queries as q
from schemas.errors import UnavailableError


def test_a_store_that_does_not_answer_is_said_in_our_words_and_the_next_reader_gets_a_good_connection(database):
    with pytest.raises(UnavailableError), database.reading() as session:
        session.connection.close()
        _fail(session)
    with database.reading() as session:
        assert session.one(q.head, {}) is not None


def _fail(session) -> None:
    import sqlite3

    import psycopg

    try:
        session.one(q.head, {})
    except (sqlite3.ProgrammingError, psycopg.OperationalError) as closed:
        raise sqlite3.OperationalError("away") from closed


def test_a_bug_of_the_reader_costs_no_connection(database):
    with pytest.raises(KeyError), database.reading():
        raise KeyError
    with database.reading() as session:
        assert session.one(q.head, {}) is not None
