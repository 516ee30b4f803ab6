"""Facts as the rules want them, from their rows: of what was said about one thing, the last word.

The id of a fact is the number of its row.
"""

from collections.abc import Iterable, Mapping

from hub.clock import from_us
from hub.rules.fact import Fact, Rank
from hub.store.tables.facts import FactRow
from schemas.credential import CredentialStatus
from schemas.decision import RegisterEntry
from schemas.position import Provenance
from schemas.record import Record

OPENING = "opening"
"""The connector that opening files come by."""
BY_HAND = "by-hand"
"""The connector that the words of people of the house come by: corrections, decisions of cases, register entries."""
_OF_CREDENTIALS: Mapping[str, type[CredentialStatus] | type[RegisterEntry]] = {
    CredentialStatus.KIND: CredentialStatus,
    RegisterEntry.KIND: RegisterEntry,
}
_RANKS = {OPENING: Rank.OPENING, BY_HAND: Rank.REGISTER}


def that_hold(rows: Iterable[FactRow]) -> list[FactRow]:
    """The last word about each thing: by when it was said, then by when it arrived, then by content.

    What was withdrawn is none. A row that states no instant, or one ahead of its arrival, was said when it arrived.
    """
    return [row for row in last_words(rows) if row.body is not None]


def last_words(rows: Iterable[FactRow]) -> list[FactRow]:
    """The last word about each thing, a withdrawal too; what one statement says of an exam and a recording is two."""
    return list({(row.about, row.kind): row for row in sorted(rows, key=_said_last)}.values())


def _said_last(row: FactRow) -> tuple[int, int, bytes, str]:
    said_at = row.arrived_at if row.said_at is None else min(row.said_at, row.arrived_at)
    return said_at, row.arrived_at, row.digest, row.body or ""


def fact_of(row: FactRow, record: type[Record]) -> Fact:
    """The fact of a row that was not withdrawn and holds such a record."""
    assert row.body is not None
    arrived_at, known_at = from_us(row.arrived_at), from_us(row.known_at)
    said, rank = record.model_validate_json(row.body), _RANKS.get(row.connector or "", Rank.ISSUER)
    whence = str(row.id), row.connector or "", rank, arrived_at, known_at
    if isinstance(said, RegisterEntry):
        return Fact(*whence, _status(said), said.entered_by)
    return Fact(*whence, said, said.provenance if isinstance(said, CredentialStatus) else None)


def known_by(kind: str, connector: str | None, body: str | None) -> Provenance | None:
    """How it is known what a fact says of a credential, by what of its row says so; of anything else nothing."""
    record = _OF_CREDENTIALS.get(kind)
    if record is None or body is None:
        return None
    said, rank = record.model_validate_json(body), _RANKS.get(connector or "", Rank.ISSUER)
    stated = said.entered_by if isinstance(said, RegisterEntry) else said.provenance
    return Fact("", "", rank, said.at, said.at, said, stated).known_by


def _status(entry: RegisterEntry) -> CredentialStatus:
    """What the register says of a number, as issuers say it."""
    return CredentialStatus(
        subject=entry.subject,
        credential=entry.credential,
        number=entry.number,
        status=entry.status,
        changed_at=entry.changed_at,
        said_at=entry.as_of,
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        check_by=entry.check_by,
    )
