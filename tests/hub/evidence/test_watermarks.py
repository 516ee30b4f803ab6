"""Missing evidence is unknown until its source is complete, as its adapter says, by instance and peer."""

from datetime import timedelta

import pytest

from connectors.port import PeerState
from hub.clock import to_us
from hub.evidence.watermarks import complete_until
from hub.store.tables.connectors import set_watermark
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, plan, roster, send, t
from tests.hub.store.connections import writing

ENDS = t("2026-01-06T12:30")
"""The end of the session, and of the half hour in which somebody may punch out."""
TICK = timedelta(microseconds=1)


def heard(parts, device, until, connector="gate"):
    """What the hub keeps once a request of this terminal was answered."""
    state = PeerState(last_contact_at=NOW, complete_until=until)
    parts.writer.call(lambda tx: parts.peers.store(connector, device, state, tx))


def attended(parts, now=NOW):
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [found] = parts.evidence.dossier(person, session, now=now).units
    return found.status


@pytest.mark.parametrize(
    ("until", "status"), [(None, "unknown"), (ENDS - TICK, "unknown"), (ENDS, "absent"), (NOW, "absent")]
)
def test_who_was_not_seen_is_absent_only_once_the_terminal_is_complete_until_the_end(until, status, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in (roster("E1"), plan("E1")):
            send(parts, message, clock)
        heard(parts, "A", until)
        assert attended(parts) == status


def test_a_silence_that_is_found_later_makes_it_unknown_again(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in (roster("E1"), plan("E1")):
            send(parts, message, clock)
        heard(parts, "A", NOW)
        assert attended(parts) == "absent"
        heard(parts, "A", ENDS - timedelta(hours=1))
        assert attended(parts) == "unknown"


def test_terminals_are_complete_together_and_one_that_moved_as_where_it_was_heard_last(database):
    early, late = NOW - timedelta(hours=2), NOW
    with writing(database) as store:
        for connector, peer, until in (("gate", "A", early), ("gate", "B", late), ("hall", "B", early)):
            store.run(set_watermark, {"connector": connector, "peer": peer, "complete_until": to_us(until)})
        assert complete_until(["A"], store) == early
        assert complete_until(["B"], store) == late
        assert complete_until(["A", "B"], store) == early
        assert complete_until(["B", "C"], store) is None, "nobody ever heard of C"
        assert complete_until([], store) is None
