"""Requests that the writer's thread looks at: what one of them is refused for, or breaks, is its own affair."""

import asyncio
import threading

import pytest

from connectors.port import PeerState, Reception, Reply
from hub.intake.batch import Arrival, Push
from hub.intake.proof import SenderProof
from hub.store.tables import connectors
from schemas.errors import TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, opened, prepare, status

PROOF = SenderProof({"method": "serial", "result": "verified"}, b"")


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as parts:
        yield parts


def met(parts, *looks):
    """What the writer made of requests that came while it was busy, so that they meet in one commit."""
    entered, free = threading.Event(), threading.Event()

    def busy(_tx):
        entered.set()
        free.wait(10)

    arrivals = [Arrival(look) for look in looks]

    async def ask():
        waits = [asyncio.ensure_future(parts.writer.submit_push(each)) for each in arrivals]
        free.set()
        return await asyncio.gather(*waits, return_exceptions=True)

    parts.writer.submit(busy)
    assert entered.wait(10)
    return list(zip(arrivals, asyncio.run(ask()), strict=True))


def good(parts, clock, number, threads):
    """A request that brings the word of an authority, and a new state of who sent it."""

    def look():
        threads.append(threading.current_thread().name)
        name, _records = message = status(f"E{number}", "high", "active", number)
        prepared = prepare(parts, message, clock)
        state = PeerState("approved", {"n": number}, clock.now())
        push = Push(ORIGINS[name], False, f"P-{number}", parts.peers.revision, state, (prepared.transmission,), PROOF)
        push.carry([prepared])
        return push, Reception(push.transmissions, state, lambda _kept, _commands: Reply())

    return look


def refused():
    raise TrustError("auth.token", "a wrong key")


def broken():
    raise ZeroDivisionError


def kept_peers(parts):
    with parts.database.reading() as session:
        return {row.peer for row in session.all(connectors.peers, {})}


def test_who_is_refused_hears_it_and_the_neighbours_are_kept(parts, clock):
    threads = []
    first, bad, last = met(parts, good(parts, clock, 1, threads), refused, good(parts, clock, 2, threads))
    assert threads == ["writer", "writer"], "one after the other, each once"
    assert bad[1] == [], "nothing of it was kept"
    with pytest.raises(TrustError, match="a wrong key"):
        bad[0].found()
    for arrival, kept in (first, last):
        push, reception = arrival.found()
        assert [each.total for each in kept] == [1] and reception.transmissions == push.transmissions
    assert kept_peers(parts) == {"P-1", "P-2"}, "their states came with the same commit"


def test_a_bug_in_an_adapter_spoils_its_own_request_only(parts, clock):
    first, bad, last = met(parts, good(parts, clock, 1, []), broken, good(parts, clock, 2, []))
    assert isinstance(bad[1], ZeroDivisionError)
    assert [each.total for _arrival, kept in (first, last) for each in kept] == [1, 1]


def test_requests_of_which_none_is_let_in_leave_nothing(parts, clock):
    ((arrival, kept),) = met(parts, refused)
    assert kept == [] and not kept_peers(parts)
    with pytest.raises(TrustError):
        arrival.found()
    ((_arrival, kept),) = met(parts, good(parts, clock, 3, []))
    assert [each.total for each in kept] == [1], "the next ones are kept"
