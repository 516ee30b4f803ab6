"""What people said of a person's units: decisions of cases, corrections, deferrals, lists of those present and marks
of witnesses, by session or course."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.evidence.facts import fact_of
from hub.rules.attendance.decided import Decision
from hub.rules.attendance.listed import ListRow
from hub.rules.attendance.session import Deferral
from hub.rules.fact import Fact
from hub.store.tables.facts import FactRow
from schemas.attendance import ListRow as ListRowRecord
from schemas.attendance import WitnessMark
from schemas.decision import Deferral as DeferralRecord
from schemas.decision import UnitDecision
from schemas.record import Record


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of the units of one session or course, in order, and whether it is put off; the rows of a list,
    one for each signature; when witnesses saw the person; and the facts."""

    decisions: tuple[Decision, ...] = ()
    rows: tuple[ListRow, ...] = ()
    witnessed: tuple[datetime, ...] = ()
    deferral: Deferral | None = None
    facts: tuple[Fact, ...] = ()


NONE = Ruling()
_RECORDS: Mapping[str, type[Record]] = {
    record.KIND: record for record in (UnitDecision, DeferralRecord, ListRowRecord, WitnessMark)
}


def rulings(held: Iterable[FactRow]) -> Mapping[str, Ruling]:
    """The rulings by session or course, from the last words about each thing."""
    rows = [row for row in held if row.kind in _RECORDS]
    by_topic: dict[str, list[FactRow]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.arrived_at, row.digest, row.body or "")):
        by_topic.setdefault(row.topic, []).append(row)
    return {topic: _ruling(said) for topic, said in by_topic.items()}


def _ruling(rows: Iterable[FactRow]) -> Ruling:
    decisions: list[Decision] = []
    facts: list[Fact] = []
    listed: list[ListRow] = []
    witnessed: list[datetime] = []
    deferral = None
    for row in rows:
        fact = fact_of(row, _RECORDS[row.kind])
        facts.append(fact)
        if isinstance(fact.record, UnitDecision):
            stated = fact.record
            decisions.append(
                Decision(stated.verdict, stated.starts_at, stated.ends_at, fact.id, stated.unit, stated.as_of)
            )
        elif isinstance(fact.record, DeferralRecord):
            deferral = Deferral(fact.record.state, fact.record.until)
        elif isinstance(fact.record, ListRowRecord):
            listed.append(ListRow(fact.record.starts_at, fact.record.ends_at, fact.record.signer))
        elif isinstance(fact.record, WitnessMark):
            witnessed.append(fact.record.occurred_at)
    return Ruling(tuple(decisions), tuple(listed), tuple(witnessed), deferral, tuple(facts))
