"""Certificates as people read them: a person's, one by its number, its page, and whether what somebody shows holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.access.modes import Modes
from hub.certificates.document import page_of
from hub.certificates.facts import page_place, signed_place
from hub.certificates.signature import published, unproven, verified
from hub.certificates.standing import CertificateStanding, standing_of
from hub.clock import Clock
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.standing import standings
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import certificates as sql
from hub.store.tables.certificates import CertificateRow
from hub.store.writer import Writer
from schemas.certificate import Certificate
from schemas.decision import Issued
from schemas.errors import CallError
from schemas.words import Words

_NONE_YET = Words("its holder was erased, or it is written within seconds", "持有人的信息已删除，或证书将在数秒内写出")
_SEVERAL = Words("two people have it", "有两人持有此编号")


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate of the hub: its facts as they are signed, and how it stands now."""

    person: str
    certificate: Certificate
    signed: str
    standing: CertificateStanding
    page: bytes | None = None


class Certificates:
    """Reads certificates. Reading one leaves an entry: it names somebody."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        operators: Operators,
        writer: Writer,
        evidence: Evidence,
        rulebook: Rulebook,
        clock: Clock,
        key: Ed25519PublicKey,
        fonts: Path | None,
    ) -> None:
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer
        self._evidence = evidence
        self._rulebook = rulebook
        self._clock = clock
        self.key = key
        self._fonts = fonts

    def of_person(self, employee_no: str, by: str) -> list[Kept]:
        """All certificates of a person, the earliest first.

        Raises:
            CallError: Nobody has this employee number.
        """
        person = self._directory.named(employee_no)
        with self._database.reading() as session:
            rows = session.all(sql.certificates_of, {"person": person})
        return self._read(rows, by)

    def numbered(self, number: str, by: str) -> Kept:
        """The certificate of a number.

        Raises:
            CallError: There is none, it is not written yet, or two people have it.
        """
        with self._database.reading() as session:
            rows = session.all(sql.certificates_numbered, {"number": number})
        if not rows:
            raise CallError(
                Words(
                    f"found no certificate {number[:128]!r}; `licet certificate list PERSON` shows the numbers",
                    f"没有证书 {number[:128]!r}；用 `licet certificate list 工号` 查看证书编号",
                )
            )
        found = self._read(rows, by)
        if len(found) != 1:
            why = _SEVERAL if found else _NONE_YET
            raise CallError(
                Words(
                    f"{number[:128]!r}: {why}; expected one certificate", f"{number[:128]!r}：{why.zh}；应恰有一份证书"
                )
            )
        return found[0]

    def page(self, kept: Kept) -> bytes:
        """The PDF of a certificate: as it was exported first, and so the same bytes for ever.

        Raises:
            CallError: ``certificate.font``: no font here has a letter that it must show.
        """
        if kept.page is not None:
            return kept.page
        page = page_of(kept.certificate, kept.signed, self.kid, self._fonts)
        number = kept.certificate.number

        def keep(tx: Tx) -> None:
            sealed = self._directory.seal_for(kept.person, page, page_place(number), tx.session)
            tx.session.run(sql.keep_page, {"person": kept.person, "number": number, "page": sealed})

        self._writer.call(keep)
        with self._database.reading() as session:
            rows = session.all(sql.certificates_numbered, {"number": number})
            [row] = [row for row in rows if row.person == kept.person]
            found = self._opened(row, row.page, page_place(number), session)
        assert found is not None
        return found

    def shown(self, signed: str, by: str) -> Kept | None:
        """The certificate that somebody shows, as the hub has it; nothing if it gave no such one.

        Raises:
            TrustError: This hub did not sign it.
        """
        with self._database.reading() as session:
            rows = session.all(sql.certificates_numbered, {"number": unproven(signed).number})
        found = self._read(rows, by)
        kept = next((each for each in found if each.signed == signed), None)
        if kept is None:
            verified(signed, [self.key])
        return kept

    @property
    def kid(self) -> str:
        """The name of the key that signs."""
        return str(published(self.key)["keys"][0]["kid"])

    def _read(self, rows: Sequence[CertificateRow], by: str) -> list[Kept]:
        actor = self._operators.one(by)

        def enter(tx: Tx) -> None:
            for person in dict.fromkeys(row.person for row in rows):
                tx.log("access", person=person, actor=actor.member(tx))

        self._writer.call(enter)
        with self._database.reading() as session:
            found = [self._kept(row, session) for row in rows]
        return [kept for kept in found if kept is not None]

    def _kept(self, row: CertificateRow, session: Connection) -> Kept | None:
        signed = self._opened(row, row.signed, signed_place(row.number), session)
        if signed is None:
            return None
        text = signed.decode("ascii")
        issued = Issued.model_validate_json(row.body)
        return Kept(
            row.person,
            unproven(text),
            text,
            self._standing(row.person, issued, session),
            self._opened(row, row.page, page_place(row.number), session),
        )

    def _standing(self, person: str, issued: Issued, session: Connection) -> CertificateStanding:
        now = self._clock.now()
        dossier, modes = self._evidence.dossier(person, session, now=now), Modes.read(session)
        since = {position: modes.enforced_since(position) for position in self._rulebook.positions}
        enforced = {position: at for position, at in since.items() if at is not None}
        return standing_of(issued, standings(dossier, self._rulebook, now=now, enforced=enforced), now)

    def _opened(self, row: CertificateRow, sealed: bytes | None, place: str, session: Connection) -> bytes | None:
        return None if sealed is None else self._directory.open_for(row.person, sealed, place, session)
