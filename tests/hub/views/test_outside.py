"""A punch in a room of the plan while no session was on there is shown, and changes nothing."""

from datetime import timedelta

import orjson
import pytest

from hub.store.tables import log
from tests.conftest import HandClock
from tests.hub.cases.test_cases import DAY, a_class, seen, standing_of
from tests.hub.decision.test_law import opened, roster, send, t


@pytest.fixture
def clock():
    return HandClock(t("2026-01-08T09:00"))


@pytest.fixture
def parts(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as made:
        yield made


def listed(parts, days=7):
    return [(each.person, each.device, each.at) for each in parts.outside.listed("hr", days)]


def test_what_belongs_to_no_session_is_listed_with_whose_it_is(parts, clock):
    a_class(parts, clock, ["E1"])
    send(parts, roster("E2"), clock)
    seen(parts, clock, "E1", "in 13:55", "out 17:01")
    seen(parts, clock, "E2", "in 13:56", "out 17:02")
    seen(parts, clock, "E2", "in 09:00", "out 10:00")
    before = standing_of(parts, "E1")
    assert listed(parts) == [("E2", "A", t(f"{DAY}T09:00")), ("E2", "A", t(f"{DAY}T10:00"))]
    assert standing_of(parts, "E1") == before
    clock.advance(timedelta(days=7))
    assert listed(parts) == [] and len(listed(parts, 31)) == 2


def test_the_other_half_of_a_session_is_none_though_it_lies_beyond_its_window(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 13:55", "out 18:20")
    assert standing_of(parts, "E1")["S1"][1] == 180
    assert listed(parts) == []


def test_a_terminal_of_no_session_is_a_door_and_nothing_of_it_is_listed(parts, clock):
    a_class(parts, clock, ["E1"])
    seen(parts, clock, "E1", "in 09:00", device="DOOR")
    assert listed(parts) == []


def test_reading_it_leaves_an_entry(parts, clock):
    listed(parts)
    with parts.database.reading() as session:
        kinds = [orjson.loads(row.body)["kind"] for row in session.all(log.entries_after, {"seq": -1, "limit": 999})]
    assert kinds.count("access") == 1
