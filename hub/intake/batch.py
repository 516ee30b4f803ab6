"""Reads and keeps all pushes of a commit together: each then costs a fraction of what it costs alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from connectors.port import Kept, PeerState
from hub.intake.active_mappings import ActiveMappings
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.peers import Peers
from hub.intake.prepare import Prepared, Preparer, Reading
from hub.intake.proof import SenderProof
from hub.intake.slices import slices
from hub.store.commit import Tx
from mappings.reading import whole_fault
from schemas.errors import PayloadError
from schemas.transmission import Transmission


@dataclass(slots=True)
class Push:
    """What one request brought, on its way through the writer.

    Attributes:
        origin: The instance that was asked.
        approval: Whether its peers wait for an operator.
        peer: Who sent it.
        revision: That of the peers when the request was let in.
        state: The peer's new state, if it must be stored.
        transmissions: What is to be kept.
        proof: What proves who sent it.
        alarms: Codes of what a person must hear about who sent it.
        prepared: The same, once they are read.
    """

    origin: Origin
    approval: bool
    peer: str
    revision: int
    state: PeerState | None
    transmissions: Sequence[Transmission]
    proof: SenderProof
    alarms: tuple[str, ...] = ()
    prepared: list[Prepared] | None = None

    def carry(self, prepared: list[Prepared]) -> None:
        """Take what was read of each transmission along."""
        self.prepared = prepared


class PushBatch:
    """Prepares pushes before the transaction and keeps those of one commit as one."""

    def __init__(self, mappings: ActiveMappings, preparer: Preparer, keeper: Keeper, peers: Peers) -> None:
        self._mappings = mappings
        self._preparer = preparer
        self._keeper = keeper
        self._peers = peers

    def prepare(self, pushes: Sequence[Push]) -> None:
        """Read, digest and seal what was pushed, unless that was done before."""
        unread = [push for push in pushes if push.prepared is None]
        prepared = iter(self._preparer.prepare_all([each for push in unread for each in self._readings(push)]))
        for push in unread:
            push.carry(list(islice(prepared, len(push.transmissions))))

    def _readings(self, push: Push) -> list[Reading]:
        origin, proof = push.origin, push.proof
        mapping = self._mappings.of(origin.connector)
        return [Reading(each, mapping.read(each), origin, mapping, proof) for each in push.transmissions]

    def parts(self, transmission: Transmission, origin: Origin) -> list[Transmission]:
        """What of a long body is kept with a commit of its own: its lines in slices, anything else as it is.

        Raises:
            PayloadError: ``text.size``: no body may have so many lines.
        """
        if origin.batch == "each" and self._mappings.of(origin.connector).in_lines(transmission):
            return list(slices(transmission))
        return [transmission]

    def set_aside(self, push: Push, error: PayloadError) -> None:
        """Have what was pushed wait in quarantine: it is proven, but not of the protocol's form."""
        origin, faults = replace(push.origin, batch="all"), (whole_fault(error),)
        push.carry([self._preparer.prepare(each, faults, origin, proof=push.proof) for each in push.transmissions])

    def keep(self, pushes: Sequence[Push], tx: Tx) -> list[list[Kept]]:
        """Store all of it: what became of the transmissions of each push.

        Raises:
            ConflictError: One of them says an id again with other content.
            TrustError: One of them is of a peer too many, or of one that was retired meanwhile.
        """
        for push in pushes:
            connector = push.origin.connector
            if push.revision != self._peers.revision:
                self._peers.confirm(connector, push.peer, approval=push.approval)
            if push.state is not None:
                self._peers.store(connector, push.peer, push.state, tx)
            for code in push.alarms:
                tx.log("alarm", connector=connector, peer=push.peer, code=code)
        kept = iter(self._keeper.keep([each for push in pushes for each in push.prepared or ()], tx))
        return [list(islice(kept, len(push.prepared or ()))) for push in pushes]

    def committed(self, push: Push) -> None:
        """The commit of a push is durable."""
        for prepared in push.prepared or ():
            self._keeper.committed(prepared)
