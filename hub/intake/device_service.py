"""Devices in and out of service: once one is retired, nobody waits any more for what it had not delivered."""

from collections.abc import Sequence
from datetime import datetime

from hub.identity.operators import Operators
from hub.intake.basis import Basis
from hub.intake.by_hand import ByHand, Word
from hub.intake.peers import Peers
from hub.store.database import Database
from hub.store.tables import connectors
from hub.store.writer import Writer
from schemas.attendance import DeviceRetired


class DeviceService:
    """Approves, rejects and retires devices."""

    def __init__(self, peers: Peers, by_hand: ByHand, operators: Operators, database: Database, writer: Writer) -> None:
        self._peers = peers
        self._by_hand = by_hand
        self._operators = operators
        self._database = database
        self._writer = writer

    def decide(self, device: str, status: str, by: str, now: datetime, uncalled: Sequence[str] = ()) -> list[str]:
        """Approve, reject or retire a device wherever it has called; by which connectors that was.

        Raises:
            ConfigError: No such device has called.
        """
        was_retired = self._is_retired(device)
        found = self._peers.decide(device, status, self._operators.one(by), self._writer, uncalled)
        if (status == "retired") != was_retired:
            said = DeviceRetired(subject=device, back=was_retired, as_of=now)
            self._by_hand.keep(
                Word("device_retired", [said]), Basis(f"the device is {status}", b"", (by,)), now, (), ()
            )
        return found

    def _is_retired(self, device: str) -> bool:
        with self._database.reading() as session:
            return any(row.status == "retired" for row in session.all(connectors.peers, {}) if row.peer == device)
