"""Facts as the rules want them, from their rows: of what was said about one thing, the last word.

The id of a fact is the number of its row; that of a punch is its slice and its key.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson

from hub.clock import from_us
from hub.evidence.provenance import punch_id
from hub.rules.fact import Fact, Rank
from hub.store.tables.facts import FactRow
from hub.store.tables.punches import PunchRow
from schemas.attendance import Punch
from schemas.record import Record

OPENING = "opening"
"""The connector that opening files come by."""
LATE = timedelta(minutes=15)
"""So long after its terminal was complete a punch may still come, and count."""
BY_HAND = "by-hand"
"""The connector that the words of people of the house come by: corrections, decisions of cases."""


def that_hold(rows: Iterable[FactRow]) -> list[FactRow]:
    """The last word about each thing: by when it was said, then by when it arrived, then by content.

    What was withdrawn is none. A row that states no instant, or one ahead of its arrival, was said when it arrived.
    """
    return [row for row in last_words(rows) if row.body is not None]


def last_words(rows: Iterable[FactRow]) -> list[FactRow]:
    """The last word about each thing, a withdrawal too."""
    return list({row.about: row for row in sorted(rows, key=_said_last)}.values())


def _said_last(row: FactRow) -> tuple[int, int, bytes, str]:
    said_at = row.arrived_at if row.said_at is None else min(row.said_at, row.arrived_at)
    return said_at, row.arrived_at, row.digest, row.body or ""


def fact_of(row: FactRow, record: type[Record]) -> Fact:
    """The fact of a row that was not withdrawn and holds such a record."""
    assert row.body is not None
    arrived_at, known_at = from_us(row.arrived_at), from_us(row.known_at)
    rank = Rank.OPENING if row.connector == OPENING else Rank.ISSUER
    return Fact(str(row.id), row.connector or "", rank, arrived_at, known_at, record.model_validate_json(row.body))


def punch_of(row: PunchRow) -> Fact:
    """The fact of a punch. Its source is the device."""
    record = Punch(
        subject=row.subject,
        device=row.device,
        occurred_at=from_us(row.at),
        occurred_local=row.occurred_local,
        direction=row.direction,  # type: ignore[arg-type]
        verify=row.verify,  # type: ignore[arg-type]
        verify_raw=row.verify_raw,
    )
    id = punch_id(row.slice, row.key)
    arrived_at, known_at = from_us(row.arrived_at), from_us(row.known_at)
    doubt = _doubt(record.occurred_at, row.wire)
    return Fact(id, row.device, Rank.ISSUER, arrived_at, known_at, record, doubt=doubt)


def _doubt(occurred_at: datetime, wire: str | None) -> str:
    """Why the date of a punch proves nothing, by what its terminal was when it brought it."""
    if wire is None or ("clock_off" not in wire and "complete_until" not in wire):
        return ""
    known = orjson.loads(wire)["context"]
    if "clock_off" in known:
        return "clock_skew"
    complete = known.get("complete_until")
    return "behind_mark" if complete is not None and occurred_at < datetime.fromisoformat(complete) - LATE else ""
