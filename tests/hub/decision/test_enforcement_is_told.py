"""As enforcement begins, who holds less than the post has hears it once; who was stopped by nothing does not."""

from datetime import timedelta

import orjson
import pytest

from hub.store.tables.notices import notices_of
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, roster, send, status

AT = NOW + timedelta(days=1)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as made:
        for message in (*qualified("E1"), roster("E2"), roster("E3", ends="2026-01-20T00:00")):
            send(made, message, clock)
        yield made


def look(parts, clock, at):
    clock.at = at
    parts.deadlines.turn()


def told(parts, number):
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        rows = session.all(notices_of, {"person": person})
    return [row for row in rows if row.kind in ("restricted", "granted") and row.audience == "person"]


def enforce(parts, at=AT):
    parts.enforcement.enforce("dc-operations", at, ["wang", "li"])


def test_who_loses_access_hears_it_at_that_moment_and_nobody_before(parts, clock):
    enforce(parts)
    look(parts, clock, AT - timedelta(seconds=1))
    assert told(parts, "E2") == []
    look(parts, clock, AT)
    (notice,) = told(parts, "E2")
    assert notice.kind == "restricted" and "/enforced/none/" in notice.stage
    assert told(parts, "E1") == [] and told(parts, "E3") == [], "full scope, and a post that is over, lose nothing"


def test_it_is_told_once_whatever_is_looked_at_later(parts, clock):
    enforce(parts)
    look(parts, clock, AT)
    clock.at = AT + timedelta(days=2)
    send(parts, status("E2", "high", "active", 1), clock)
    look(parts, clock, AT + timedelta(days=3))
    assert len(told(parts, "E2")) == 1


def test_who_comes_after_it_began_is_told_of_no_loss(parts, clock):
    enforce(parts, NOW)
    look(parts, clock, AT)
    send(parts, roster("E4", as_of="2026-02-03T00:00"), clock)
    assert told(parts, "E4") == []


def test_the_message_says_the_scope_and_what_would_cure_it(parts, clock):
    enforce(parts)
    look(parts, clock, AT)
    person = parts.directory.person_by_number("E2")
    with parts.database.reading() as session:
        row = session.connection.execute("SELECT body FROM notices WHERE person = ? AND kind = 'restricted'", (person,))
        figures = orjson.loads(row.fetchone()[0])["figures"]
    names = [name for name, _value in figures]
    assert figures[0] == ["scope", "none"] and "from" not in names and "cure_zh" in names and "cure_en" in names
