"""The balance of a connector as it is shown, also of one that was never heard of."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from connectors.attendance.zkteco_push import Settings, ZktecoPush
from hub.clock import to_us
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.statement import Connection
from hub.store.tables import connectors as tables
from hub.views.devices import devices
from hub.views.status import BALANCE_WORDS, connectors, metrics

AT = datetime(2026, 3, 1, 1, tzinfo=UTC)
COUNTS = dict.fromkeys(("applied", "duplicate", "ignored", "held", "quarantined", "discarded", "refused"), 0)


@pytest.fixture
def store(tmp_path):
    migrate(f"sqlite:///{tmp_path / 'licet.db'}")
    database = Database(f"sqlite:///{tmp_path / 'licet.db'}")
    yield database
    database.close()


def counted(store, **counts):
    with closing(store.writing().connection) as connection:
        Connection(connection, "sqlite").run(tables.add_counts, {"connector": "lms", "received": 0, **COUNTS, **counts})


def test_what_came_in_is_what_became_of_it(store):
    counted(store, received=5, applied=2, duplicate=1, held=1, quarantined=1, refused=7)
    [lms] = connectors(store, {"lms": "Learning"})
    assert lms.balanced and lms.json()["balanced"] is True
    assert lms.json()["balance"] == {**COUNTS, "received": 5, "applied": 2, "duplicate": 1} | {
        "held": 1,
        "quarantined": 1,
        "refused": 7,
        "in_flight": 0,
    }


@pytest.mark.parametrize("lost", ["applied", "duplicate", "ignored", "held", "quarantined", "discarded"])
def test_one_item_without_an_outcome_or_with_two_is_seen(store, lost):
    counted(store, **{**dict.fromkeys(COUNTS, 1), "received": 6})
    assert connectors(store, {"lms": "Learning"})[0].balanced
    counted(store, **{lost: 1})
    assert not connectors(store, {"lms": "Learning"})[0].balanced
    counted(store, **{lost: -2})
    assert not connectors(store, {"lms": "Learning"})[0].balanced


def test_a_connector_that_was_never_heard_of_has_its_row_of_zeros(store):
    [unheard] = connectors(store, {"roster": "Roster"})
    shown = unheard.json()
    assert (shown["name"], shown["adapter"], shown["balanced"], shown["backlog"]) == ("roster", "Roster", True, 0)
    assert set(shown["balance"]) == {*BALANCE_WORDS, "refused"} and set(shown["balance"].values()) == {0}
    assert shown["last_contact_at"] is None and shown["watermark"] is None


def test_a_connector_is_as_complete_as_the_least_complete_of_the_devices_that_it_lets_in(store):
    peer = {"connector": "terminals", "memory": "{}", "first_seen_at": to_us(AT), "last_contact_at": to_us(AT)}
    marks = [("SN-1", "approved", 5), ("SN-2", "approved", 3), ("SN-3", "retired", 1)]
    with closing(store.writing().connection) as connection:
        written = Connection(connection, "sqlite")
        written.run(tables.ensure_connector, {"connector": "terminals"})
        written.run(tables.ensure_connector, {"connector": "roster"})
        for serial, status, hour in marks:
            written.run(tables.set_peer, {**peer, "peer": serial, "status": status})
            until = to_us(AT.replace(hour=hour))
            written.run(tables.set_watermark, {"connector": "terminals", "peer": serial, "complete_until": until})
        written.run(tables.set_watermark, {"connector": "roster", "peer": "", "complete_until": to_us(AT)})
    shown = {each.name: each.watermark for each in connectors(store, {"terminals": "T", "roster": "R", "lms": "L"})}
    assert shown == {"terminals": AT.replace(hour=3), "roster": AT, "lms": None}


def test_the_contact_of_a_device_counts_for_its_connector(store):
    row = {"connector": "terminals", "status": "approved", "memory": '{"dialect":"att2"}', "first_seen_at": to_us(AT)}
    later = AT.replace(hour=5)
    with closing(store.writing().connection) as connection:
        for peer, heard in (("SN-1", to_us(AT)), ("SN-2", to_us(later)), ("SN-3", None)):
            Connection(connection, "sqlite").run(tables.set_peer, {**row, "peer": peer, "last_contact_at": heard})
    [terminals] = connectors(store, {"terminals": "Terminals"})
    assert terminals.last_contact_at == later and terminals.watermark is None, "to be heard is not to be complete"
    found = {each.device: each for each in devices(store, {"terminals": ZktecoPush("terminals", Settings())})}
    assert found["SN-3"].last_contact_at is None and found["SN-3"].json()["last_contact_at"] is None
    assert found["SN-1"].json() == {
        "connector": "terminals",
        "device": "SN-1",
        "status": "approved",
        "dialect": "att2",
        "first_seen_at": "2026-03-01T01:00:00+00:00",
        "last_contact_at": "2026-03-01T01:00:00+00:00",
        "remarks": [],
    }


def test_metrics_count_by_connector_and_word(store):
    counted(store, received=3, applied=3)
    text = metrics(store, {"lms": "Learning"}).decode()
    assert 'licet_items{connector="lms",result="applied"} 3.0' in text
    assert 'licet_backlog{connector="lms"} 0.0' in text
    assert "licet_log_entries 0.0" in text and "licet_people_stuck 0.0" in text
