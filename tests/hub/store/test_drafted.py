"""Other facts are seen by who drafts them alone, in both databases; the store stays as it is and nobody waits."""

from contextlib import contextmanager

import pytest

from hub.store.database import Database
from hub.store.drafted import OtherFacts, with_other_facts
from hub.store.migrate import migrate
from hub.store.statement import Query
from hub.store.tables import facts, punches


def fact(n, key=None):
    at = n * 1_000_000
    return {
        "key": (key or f"key-{n}").encode(),
        "about": f"about-{n}".encode(),
        "digest": b"d",
        "kind": "result",
        "subject": "s",
        "topic": f"exam-{n}",
        "at": at,
        "said_at": None,
        "arrived_at": at,
        "known_at": at,
        "transmission": f"t-{n}",
        "body": "{}",
    }


def punch(n):
    at = n * 1_000_000
    words = {"occurred_local": "", "direction": "in", "verify": "card", "verify_raw": ""}
    row = {"slice": n, "subject": "s", "key": f"punch-{n}".encode(), "device": "SN", "at": at, **words}
    return row | {"arrived_at": at, "known_at": at, "transmission": f"t-{n}"}


TOPICS = Query(facts.Topic, "SELECT topic FROM facts ORDER BY topic")
DEVICES = Query(facts.Topic, "SELECT transmission AS topic FROM punches ORDER BY transmission")
NUMBERS = Query(facts.LastWord, "SELECT id FROM facts WHERE topic = 'exam-1'")


def seen(connection):
    return tuple([row.topic for row in connection.all(query, {})] for query in (TOPICS, DEVICES))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'licet.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        postgres.psql("CREATE DATABASE drafted;")
        url = postgres.get_uri(database="drafted").replace("postgresql://", "postgresql+psycopg://")
    migrate(url)
    database = Database(url)
    yield database
    database.close()


@contextmanager
def writer(database):
    connection = database.writing()
    yield connection
    connection.connection.close()


def test_other_facts_are_seen_by_one_connection_alone_and_who_writes_does_not_wait(database):
    with writer(database) as writing:
        writing.many(facts.insert_fact, [fact(1), fact(2)])
        writing.many(punches.insert_punch, [punch(1), punch(2)])
        with database.reading() as reading:
            [row] = reading.all(NUMBERS, {})
            other = OtherFacts(
                [row[0]], [{"slice": 2, "subject": "s", "key": b"punch-2"}], [fact(3), punch(3), fact(1)]
            )
            with with_other_facts(database, other) as drafted:
                assert seen(drafted) == (["exam-1", "exam-2", "exam-3"], ["t-1", "t-3"])
                assert seen(reading) == (["exam-1", "exam-2"], ["t-1", "t-2"])
                writing.control("BEGIN")
                writing.many(facts.insert_fact, [fact(4)])
                writing.control("COMMIT")
                assert seen(drafted)[0] == ["exam-1", "exam-2", "exam-3", "exam-4"]
        with database.reading() as reading:
            assert seen(reading) == (["exam-1", "exam-2", "exam-4"], ["t-1", "t-2"])
            assert reading.all(Query(facts.FoldRow, "SELECT unit, body FROM folded"), {}) == []
