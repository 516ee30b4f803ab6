"""What a command signs beside the hub: heads follow each other, whoever signs them, and each stands beside the log."""

import pytest

from audit_log.signer import Signer
from hub.audit.keys import log_key
from hub.audit.signing import Signing
from hub.store.tables import log
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened


@pytest.fixture
def hub(tmp_path):
    with opened(tmp_path / "hub", HandClock(NOW)) as parts:
        yield parts


def other_signer(hub) -> Signer:
    """That of another process, with what the memory says now."""
    return Signer(hub.signer.name, log_key(hub.folder.path), hub.folder.path / "data" / "signer.json")


def grow(hub) -> int:
    """How many entries the log has after two more."""
    for _ in range(2):
        hub.writer.call(lambda tx: tx.log("alarm", code="disk.low"))
    return hub.trail.size()


def kept(hub) -> int:
    """How many entries the last head covers that stands beside the log."""
    with hub.database.reading() as session:
        last = session.one(log.last_checkpoint, {})
    return 0 if last is None else last.size


def test_a_command_that_began_before_the_hub_signed_goes_on_from_there(hub):
    signer = other_signer(hub)
    command = Signing(signer, hub.database, hub.writer, hub.clock)
    grow(hub)
    hub.signing.sign(at_once=True)
    size = grow(hub)
    command.sign(at_once=True)
    assert (kept(hub), signer.signed, other_signer(hub).signed.size) == (size, other_signer(hub).signed, size)
    assert grow(hub) == size + 2
    hub.signing.sign(at_once=True)
    assert (kept(hub), hub.signer.signed.size) == (size + 2, size + 2)
    assert hub.trail.verify().good


@pytest.mark.parametrize("who", ["the hub", "a new process"])
def test_a_head_whose_process_ended_before_it_stood_beside_the_log_is_put_there(hub, who):
    hub.signing.sign(at_once=True)
    size, signer = grow(hub), other_signer(hub)
    with hub.database.reading() as session:
        signer.extend([row.leaf for row in session.all(log.leaves_from, {"seq": signer.size, "limit": size})])
    assert signer.sign() is not None and kept(hub) < size
    fresh = Signing(other_signer(hub), hub.database, hub.writer, hub.clock)
    signing = hub.signing if who == "the hub" else fresh
    signing.sign(at_once=True)
    assert (kept(hub), signing.signed.size) == (size, size)
    assert hub.trail.verify().good
