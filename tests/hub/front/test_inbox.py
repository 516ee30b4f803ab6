"""What a front tells of the inbox: what it has seen lately, or nothing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from hub.front.inbox import FRESH_SECONDS, Inbox
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.passing import Passing
from tests.conftest import CountedIds, HandClock
from tests.site import until

NAMES = ["licet_inbox_waiting", "licet_inbox_bytes", "licet_inbox_seconds"]


def told(inbox: Inbox) -> dict[str, float]:
    return {each.name: each.samples[0].value for each in inbox.collect()}


@contextmanager
def away(postgres: Any, url: str) -> Iterator[None]:
    """The store takes nobody in, and has sent away who was there."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres.get_uri(database="postgres"), autocommit=True) as session:
        session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        session.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
        yield
        session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.fixture
def inbox(postgresql_url: str, clock: HandClock) -> Iterator[Inbox]:
    migrate(postgresql_url)
    with closing(Database(postgresql_url)) as database:
        made = Inbox(database, Passing(bytes(32)), "front", CountedIds(), clock)
        yield made
        made.stop()


def test_figures_of_the_inbox_are_those_of_the_last_seconds_or_none(inbox, clock, postgres, postgresql_url):
    assert told(inbox) == {}, "it has not seen the store"
    inbox.start()
    until(lambda: told(inbox) == dict.fromkeys(NAMES, 0.0), "it has")
    with away(postgres, postgresql_url):
        assert list(told(inbox)) == NAMES, "seen a moment ago"
        clock.advance(timedelta(seconds=FRESH_SECONDS))
        assert list(told(inbox)) == NAMES
        clock.advance(timedelta(milliseconds=1))
        assert told(inbox) == {}, "the store is away, and how it looks there is not known"
    until(lambda: list(told(inbox)) == NAMES, "it is back")
