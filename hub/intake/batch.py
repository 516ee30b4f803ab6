"""Reads and keeps all pushes of a commit together: each then costs a fraction of what it costs alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from connectors.port import Kept, PeerState, Reception
from hub.intake.active_mappings import ActiveMappings
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.peers import Peers
from hub.intake.prepare import Prepared, Preparer, Reading
from hub.intake.proof import SenderProof
from hub.intake.slices import slices
from hub.keys.book import KeyBook
from hub.store.commit import Tx
from mappings.reading import whole_fault
from schemas.errors import LicetError, PayloadError
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


class Arrival:
    """A request that its adapter has not seen yet: it sees those of a commit one after the other, on the writer's
    thread.

    ``look`` makes a push of a request, beside what else the adapter made of it, or raises why it is refused.
    """

    __slots__ = ("_found", "_look", "_refusal")

    def __init__(self, look: Callable[[], tuple[Push, Reception]]) -> None:
        self._look = look
        self._found: tuple[Push, Reception] | None = None
        self._refusal: LicetError | None = None

    def push(self) -> Push | None:
        """What it brought; nothing where it is refused."""
        if self._found is None and self._refusal is None:
            try:
                self._found = self._look()
            except LicetError as error:
                self._refusal = error
        return None if self._found is None else self._found[0]

    def found(self) -> tuple[Push, Reception]:
        """What it brought, and what else its adapter made of it.

        Raises:
            LicetError: It is refused.
        """
        if self._refusal is not None:
            raise self._refusal
        assert self._found is not None, "the writer has looked at it"
        return self._found


class PushBatch:
    """Prepares pushes before the transaction and keeps those of one commit as one."""

    def __init__(
        self, mappings: ActiveMappings, preparer: Preparer, keeper: Keeper, peers: Peers, keys: KeyBook
    ) -> None:
        self._mappings = mappings
        self._preparer = preparer
        self._keeper = keeper
        self._peers = peers
        self._keys = keys

    def prepare(self, jobs: Sequence[Push | Arrival]) -> None:
        """Look at what arrived; read, digest and seal what was pushed, unless that was done before."""
        unread = [push for push in map(_push_of, jobs) if push is not None and push.prepared is None]
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

    def keep(self, jobs: Sequence[Push | Arrival], tx: Tx) -> list[list[Kept]]:
        """Store all of it: what became of the transmissions of each push; nothing of what is refused.

        Raises:
            ConflictError: One of them says an id again with other content.
            TrustError: One of them is of a peer too many, of one that was retired meanwhile, or proven by a key that
                was revoked meanwhile.
        """
        pushes = list(map(_push_of, jobs))
        for push in pushes:
            if push is None:
                continue
            connector = push.origin.connector
            if push.revision != self._peers.revision:
                self._peers.confirm(connector, push.peer, approval=push.approval)
                if kid := push.proof.auth.get("key_id"):
                    self._keys.confirm(connector, kid, tx.now)
            if push.state is not None:
                self._peers.store(connector, push.peer, push.state, tx)
            for code in push.alarms:
                tx.log("alarm", connector=connector, peer=push.peer, code=code)
        prepared = [() if push is None else push.prepared or () for push in pushes]
        kept = iter(self._keeper.keep([each for of_one in prepared for each in of_one], tx))
        return [list(islice(kept, len(of_one))) for of_one in prepared]

    def committed(self, push: Push) -> None:
        """The commit of a push is durable."""
        for prepared in push.prepared or ():
            self._keeper.committed(prepared)


def _push_of(job: Push | Arrival) -> Push | None:
    return job if isinstance(job, Push) else job.push()
