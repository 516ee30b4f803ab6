"""What is kept of each peer between requests: status, the adapter's memory, last contact. Cached."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from audit_log.kinds import is_peer
from connectors.port import PeerState
from hub.clock import from_us, to_us
from hub.identity.operators import Acting
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import connectors
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError, TrustError
from schemas.words import Words

MAX_PENDING = 100
MAX_REFUSED = 1000
"""Refused uploads that are remembered of peers that are not known; of those that are let in there are only so many."""
CONTACT_STEP = timedelta(seconds=30)
"""How old the stored last contact may become before a mere poll writes it again."""

_UNKNOWN = PeerState(status="unknown")


class Peers:
    """States of peers by connector and id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states: dict[tuple[str, str], PeerState] = {}
        self._stored: dict[tuple[str, str], PeerState] = {}
        self._refused: dict[tuple[str, str], datetime] = {}
        self.revision = 0
        """Grows when what was read before may no longer hold."""

    def invalidate(self) -> None:
        """Somebody else wrote: read again, and take nothing back that was read before."""
        self.revision += 1
        self._states, self._stored = {}, {}  # others: whoever is reading keeps what that finds in those of before

    def state(self, connector: str, peer: str, *, approval: bool) -> PeerState:
        """The state of a peer; where no approval is needed everybody whom the adapter trusts is approved."""
        states, stored = self._states, self._stored
        state = states.get((connector, peer))
        if state is None:
            with self._database.reading() as session:
                row = session.one(connectors.peer, {"connector": connector, "peer": peer})
            state = _state(row) if row is not None else (_UNKNOWN if approval else PeerState())
            if row is not None and state.status == "approved":
                states[connector, peer] = stored[connector, peer] = state
        since = self._refused.get((connector, peer)) if self._refused else None
        return state if since is None else state._replace(refused_at=since)

    def refused(self, connector: str, peer: str, at: datetime) -> None:
        """Something that a peer brought was not taken: what it holds is unknown until it was heard again."""
        if len(self._refused) < MAX_REFUSED or (connector, peer) in self._states:
            self._refused.setdefault((connector, peer), at)

    def confirm(self, connector: str, peer: str, *, approval: bool) -> None:
        """Return if a peer that was let in may still deliver, after another process has written.

        Raises:
            TrustError: ``device.retired``: it was approved when its request came, and is so no more.
        """
        if self.state(connector, peer, approval=approval).status != "approved":
            raise TrustError(
                "device.retired",
                Words(
                    "the device was approved when its request came, and is so no more",
                    "请求到达时终端已批准，现已不再批准",
                ),
            )

    def must_store(self, connector: str, peer: str, state: PeerState, *, may_wait: bool = False) -> bool:
        """Whether a new state is to be stored at once; one whose memory ``may_wait`` is so when a contact would be."""
        stored = self._stored.get((connector, peer))
        if stored is None or stored.status != state.status:
            return True
        if not may_wait and stored.memory is not state.memory and stored.memory != state.memory:
            return True
        then, now = stored.last_contact_at, state.last_contact_at
        return now is not None and (then is None or now - then >= CONTACT_STEP)

    def remember(self, connector: str, peer: str, state: PeerState, revision: int) -> None:
        """Hold a state in memory until the next one that must be stored; not one that was read before ``invalidate``.

        Whoever waits for an operator is read each time: the approval comes from another process.
        """
        if revision == self.revision and state.status == "approved":
            self._states[connector, peer] = state

    def store(self, connector: str, peer: str, state: PeerState, tx: Tx) -> None:
        """Write a state; a peer seen for the first time leaves an entry.

        Raises:
            TrustError: ``device.unknown``: too many unknown peers wait already, or an entry could not name it.
        """
        known = tx.session.one(connectors.peer, {"connector": connector, "peer": peer})
        if known is None and state.status == "pending":
            if not is_peer(peer):
                raise TrustError(
                    "device.unknown",
                    Words(
                        "no id of a device: expected letters, digits and . _ : / -",
                        "没有终端编号，应为字母、数字和 . _ : / -",
                    ),
                )
            self._make_room(connector, tx)
            tx.log("device", connector=connector, peer=peer, outcome="pending")
        tx.session.run(
            connectors.set_peer,
            {
                "connector": connector,
                "peer": peer,
                "status": state.status,
                "memory": orjson.dumps(dict(state.memory)).decode(),
                "first_seen_at": tx.now_us,
                "last_contact_at": None if state.last_contact_at is None else to_us(state.last_contact_at),
            },
        )
        if state.complete_until is not None:
            mark = {"connector": connector, "peer": peer, "complete_until": to_us(state.complete_until)}
            tx.session.run(connectors.set_watermark, mark)

    def _make_room(self, connector: str, tx: Tx) -> None:
        """Have the oldest give way that wait by the address that has most: inventions push out inventions."""
        waiting = [row for row in tx.session.all(connectors.peers, {}) if _waits(row, connector)]
        if len(waiting) < MAX_PENDING:
            return
        by_address: dict[str, list[connectors.PeerRow]] = {}
        for row in waiting:
            by_address.setdefault(_address(row), []).append(row)
        crowd = max(by_address.values(), key=len)
        oldest = min(crowd, key=lambda row: row.first_seen_at)
        tx.session.run(connectors.forget_pending_peer, {"of": connector, "which": oldest.peer})

    def decide(self, peer: str, status: str, acting: Acting, writer: Writer, uncalled: Sequence[str] = ()) -> list[str]:
        """Approve, reject or retire a peer wherever it has called; by which connectors that was.

        One that has not called may be approved before, at the one instance of ``uncalled``.

        Raises:
            CallError: No such peer has called.
        """
        with self._database.reading() as session:
            rows = session.all(connectors.peers, {})
        callers = [row.connector for row in rows if row.peer == peer]
        known = bool(callers)
        if not known and (status != "approved" or len(uncalled) != 1 or not is_peer(peer)):
            near = meant(peer, [row.peer for row in rows])
            raise CallError(
                Words(
                    f"no device {peer!r} has called yet; see `licet devices list`{near}",
                    f"没有终端 {peer!r} 的联系记录；见 `licet devices list`{near.zh}",
                )
            )
        callers = callers or list(uncalled)

        def unit(tx: Tx) -> None:
            actor = acting.member(tx)
            for connector in callers:
                if not known:
                    row = {"connector": connector, "peer": peer, "status": status, "memory": "{}"}
                    tx.session.run(connectors.set_peer, {**row, "first_seen_at": tx.now_us, "last_contact_at": None})
                tx.session.run(connectors.set_peer_status, {"of": connector, "which": peer, "status": status})
                tx.log("device", connector=connector, peer=peer, outcome=status, actor=actor)

        writer.call(unit)
        self.invalidate()
        return callers

    def stored(self, connector: str, peer: str, state: PeerState, revision: int) -> None:
        """The commit of ``store`` is durable."""
        self._refused.pop((connector, peer), None)
        if revision == self.revision:
            state = state._replace(refused_at=None)
            self._stored[connector, peer] = state
            self.remember(connector, peer, state, revision)


def _state(row: connectors.PeerState) -> PeerState:
    contact = None if row.last_contact_at is None else from_us(row.last_contact_at)
    return PeerState(row.status, orjson.loads(row.memory), contact)


def _waits(row: connectors.PeerRow, connector: str) -> bool:
    return row.connector == connector and row.status == "pending"


def _address(row: connectors.PeerRow) -> str:
    return str(orjson.loads(row.memory).get("address", ""))
