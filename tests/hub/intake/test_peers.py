"""Who waits for approval: strangers give way to strangers, and a person may be quicker than a terminal."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from connectors.port import PeerState
from hub.intake import peers as module
from hub.store.tables import connectors
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened


@pytest.fixture
def parts(tmp_path):
    with opened(tmp_path / "hub", HandClock(NOW)) as parts:
        yield parts


def waits(parts, serial, address, at=NOW):
    state = PeerState("pending", {"address": address}, at)
    parts.writer.call(lambda tx: parts.peers.store("terminals", serial, state, tx))


def known(parts):
    with parts.database.reading() as session:
        return {row.peer: row.status for row in session.all(connectors.peers, {}) if row.connector == "terminals"}


def test_inventions_push_out_inventions_and_never_the_terminal_of_another_address(parts):
    waits(parts, "REAL-1", "192.0.2.1")
    for n in range(module.MAX_PENDING + 20):
        waits(parts, f"FAKE-{n}", "198.51.100.9")
    found = known(parts)
    assert len(found) == module.MAX_PENDING and "REAL-1" in found
    waits(parts, "REAL-2", "192.0.2.2")
    assert {"REAL-1", "REAL-2"} <= set(known(parts)), "a newcomer gets a place"


def test_a_device_may_be_approved_before_its_first_call(parts):
    acting = parts.operators.one("Wang")
    assert parts.peers.decide("SN-EARLY", "approved", acting, parts.writer, ["terminals"]) == ["terminals"]
    assert parts.peers.state("terminals", "SN-EARLY", approval=True).status == "approved"
    for status, uncalled in (("rejected", ["terminals"]), ("approved", []), ("approved", ["a", "b"])):
        with pytest.raises(ConfigError, match="has called"):
            parts.peers.decide("SN-OTHER", status, acting, parts.writer, uncalled)


def test_an_upload_that_was_refused_is_remembered_until_the_peer_was_heard_again(parts):
    waits(parts, "SN-1", "192.0.2.1")
    parts.peers.decide("SN-1", "approved", parts.operators.one("Wang"), parts.writer)
    state = parts.peers.state("terminals", "SN-1", approval=True)
    assert state.refused_at is None
    parts.peers.refused("terminals", "SN-1", NOW)
    parts.peers.refused("terminals", "SN-1", NOW + timedelta(minutes=1))
    held = parts.peers.state("terminals", "SN-1", approval=True)
    assert held.refused_at == NOW, "the first one"
    parts.peers.stored("terminals", "SN-1", held, parts.peers.revision)
    assert parts.peers.state("terminals", "SN-1", approval=True).refused_at is None


def test_what_may_wait_is_stored_with_the_next_thing_that_may_not_or_after_a_while(parts):
    waits(parts, "SN-1", "192.0.2.1")
    parts.peers.decide("SN-1", "approved", parts.operators.one("Wang"), parts.writer)
    peers, revision = parts.peers, parts.peers.revision
    peers.stored("terminals", "SN-1", PeerState("approved", {"rows": 1}, NOW), revision)
    counted = PeerState("approved", {"rows": 2}, NOW + timedelta(seconds=29))
    assert not peers.must_store("terminals", "SN-1", counted, may_wait=True)
    peers.remember("terminals", "SN-1", counted, revision)
    assert peers.state("terminals", "SN-1", approval=True).memory == {"rows": 2}
    assert peers.must_store("terminals", "SN-1", counted), "the next request that changes nothing brings it along"
    later = counted._replace(last_contact_at=NOW + module.CONTACT_STEP)
    assert peers.must_store("terminals", "SN-1", later, may_wait=True)


class _Interrupted:
    """The store, and what another process does between somebody's look at it and what they make of that."""

    def __init__(self, database, meanwhile):
        self._database, self._meanwhile = database, meanwhile

    @contextmanager
    def reading(self):
        with self._database.reading() as session:
            yield session
        self._meanwhile()


def test_who_was_retired_while_somebody_read_that_they_are_approved_is_not_remembered_so(parts):
    def retired():
        peers.invalidate()  # as the next commit does that finds another one's

    state = PeerState("approved", {}, NOW)
    parts.writer.call(lambda tx: parts.peers.store("terminals", "T-1", state, tx))
    peers = module.Peers(_Interrupted(parts.database, retired))
    assert peers.state("terminals", "T-1", approval=True).status == "approved", "as it was when it was read"
    parts.writer.call(
        lambda tx: tx.session.run(connectors.set_peer_status, {"of": "terminals", "which": "T-1", "status": "retired"})
    )
    assert peers.state("terminals", "T-1", approval=True).status == "retired"
