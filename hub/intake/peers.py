"""What is kept of each peer between requests: status, the adapter's memory, last contact. Cached."""

from datetime import timedelta

import orjson

from audit_log.kinds import is_peer
from connectors.port import PeerState
from hub.clock import from_us, to_us
from hub.identity.operators import Acting
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import connectors
from hub.store.writer import Writer
from schemas.errors import ConfigError, TrustError

MAX_PENDING = 100
CONTACT_STEP = timedelta(seconds=30)
"""How old the stored last contact may become before a mere poll writes it again."""

_UNKNOWN = PeerState(status="unknown")


class Peers:
    """States of peers by connector and id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states: dict[tuple[str, str], PeerState] = {}
        self._stored: dict[tuple[str, str], PeerState] = {}
        self.revision = 0
        """Grows when what was read before may no longer hold."""

    def invalidate(self) -> None:
        """Somebody else wrote: read again, and take nothing back that was read before."""
        self.revision += 1
        self._states.clear()
        self._stored.clear()

    def state(self, connector: str, peer: str, *, approval: bool) -> PeerState:
        """The state of a peer; where no approval is needed everybody whom the adapter trusts is approved."""
        state = self._states.get((connector, peer))
        if state is None:
            with self._database.reading() as session:
                row = session.one(connectors.peer, {"connector": connector, "peer": peer})
            state = _state(row) if row is not None else (_UNKNOWN if approval else PeerState())
            if row is not None and state.status == "approved":
                self._states[connector, peer] = self._stored[connector, peer] = state
        return state

    def confirm(self, connector: str, peer: str, *, approval: bool) -> None:
        """Return if a peer that was let in may still deliver, after another process has written.

        Raises:
            TrustError: ``device.retired``: it was approved when its request came, and is so no more.
        """
        if self.state(connector, peer, approval=approval).status != "approved":
            raise TrustError("device.retired", "the device was approved when its request came, and is so no more")

    def must_store(self, connector: str, peer: str, state: PeerState) -> bool:
        """Whether a new state needs a commit of its own."""
        stored = self._stored.get((connector, peer))
        if stored is None or stored.status != state.status:
            return True
        if stored.memory is not state.memory and stored.memory != state.memory:
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
                raise TrustError("device.unknown", "no id of a device: expected letters, digits and . _ : / -")
            waiting = tx.session.one(connectors.pending_peers, {"connector": connector})
            if waiting is not None and waiting.waiting >= MAX_PENDING:
                raise TrustError("device.unknown", f"{MAX_PENDING} devices wait for approval already")
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

    def decide(self, peer: str, status: str, acting: Acting, writer: Writer) -> list[str]:
        """Approve, reject or retire a peer wherever it has called; by which connectors that was.

        Raises:
            ConfigError: No such peer has called.
        """
        with self._database.reading() as session:
            callers = [row.connector for row in session.all(connectors.peers, {}) if row.peer == peer]
        if not callers:
            raise ConfigError(f"no device {peer!r} has called yet; see `licet devices list`")

        def unit(tx: Tx) -> None:
            actor = acting.member(tx)
            for connector in callers:
                tx.session.run(connectors.set_peer_status, {"of": connector, "which": peer, "status": status})
                tx.log("device", connector=connector, peer=peer, outcome=status, actor=actor)

        writer.call(unit)
        self.invalidate()
        return callers

    def stored(self, connector: str, peer: str, state: PeerState, revision: int) -> None:
        """The commit of ``store`` is durable."""
        if revision == self.revision:
            self._stored[connector, peer] = state
            self.remember(connector, peer, state, revision)


def _state(row: connectors.PeerState) -> PeerState:
    contact = None if row.last_contact_at is None else from_us(row.last_contact_at)
    return PeerState(row.status, orjson.loads(row.memory), contact)  # type: ignore[arg-type]
