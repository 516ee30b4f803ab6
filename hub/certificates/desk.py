"""Writes the certificate of whatever was issued within a second or two: signed, sealed, on record."""

import logging
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.enclosures import Enclosures
from hub.certificates.facts import Issuer, facts_of, signed_place
from hub.certificates.signature import sign
from hub.clock import from_us
from hub.identity.directory import Directory
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import certificates as sql
from hub.store.tables.certificates import DueCertificate
from hub.store.writer import Writer
from schemas.decision import Issued
from schemas.position import Position

IDLE_SECONDS = 1.0
AT_ONCE = 64

log = logging.getLogger(__name__)


class CertificateDesk:
    """Works off what was issued and has no certificate yet."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        enclosures: Enclosures,
        positions: Mapping[str, Position],
        key: Ed25519PrivateKey,
        hub: Issuer,
        zone: ZoneInfo,
    ) -> None:
        self._writer = writer
        self._database = database
        self._directory = directory
        self._enclosures = enclosures
        self._positions = positions
        self._key = key
        self._hub = hub
        self._zone = zone

    def turn(self) -> float:
        """Write some; the seconds until there may be more."""
        with self._database.reading() as session:
            due = session.all(sql.certificates_due, {"limit": 1})
        written = self._writer.call(self._write) if due else 0
        return 0.0 if written else IDLE_SECONDS

    def _write(self, tx: Tx) -> int:
        return sum(self._one(row, tx) for row in tx.session.all(sql.certificates_due, {"limit": AT_ONCE}))

    def _one(self, row: DueCertificate, tx: Tx) -> bool:
        with tx.savepoint("certificate") as tried:
            self._keep(row, tx)
        if tried.error is not None:
            log.error("a certificate cannot be written; it is tried again", exc_info=tried.error)
        return tried.error is None

    def _keep(self, row: DueCertificate, tx: Tx) -> None:
        place = {"person": row.person, "number": row.number, "at": tx.now_us}
        profile = self._directory.profile(row.person, tx.session)
        if profile is None:  # erased: there is nobody whom it could name
            tx.session.run(sql.write_certificate, {**place, "state": "nobody", "signed": None, "place": None})
            return
        issued = Issued.model_validate_json(row.body)
        position = self._positions.get(issued.position)
        [last] = tx.session.all(sql.last_place, {})
        status = 0 if last.place is None else last.place + 1
        facts = facts_of(
            issued, from_us(row.issued_at), profile, position, hub=self._hub, place=status, zone=self._zone
        )
        signed = sign(facts, self._key).encode()
        sealed = self._directory.seal_for(row.person, signed, signed_place(row.number), tx.session)
        tx.session.run(sql.write_certificate, {**place, "state": "written", "signed": sealed, "place": status})
        entry = tx.new_id()
        kept = self._enclosures.commit(entry, "certificate", signed, tx)
        tx.log("certified", entry=entry, person=row.person, position=issued.position, certificate=kept)
