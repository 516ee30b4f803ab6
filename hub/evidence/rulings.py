"""What HR decided of a person's units: decisions of cases, corrections, deferrals, by session or course."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.evidence.facts import fact_of
from hub.rules.attendance.decided import Decision
from hub.rules.attendance.session import Deferral
from hub.rules.fact import Fact
from hub.store.tables.facts import FactRow
from schemas.decision import Deferral as DeferralRecord
from schemas.decision import UnitDecision


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of the units of one session or course, in order, whether it is put off, and the facts."""

    decisions: tuple[Decision, ...] = ()
    deferral: Deferral | None = None
    facts: tuple[Fact, ...] = ()


NONE = Ruling()


def rulings(held: Iterable[FactRow]) -> Mapping[str, Ruling]:
    """The rulings by session or course, from the last words about each thing."""
    rows = [row for row in held if row.kind in (UnitDecision.KIND, DeferralRecord.KIND)]
    by_topic: dict[str, list[FactRow]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.arrived_at, row.digest, row.body or "")):
        by_topic.setdefault(row.topic, []).append(row)
    return {topic: _ruling(said) for topic, said in by_topic.items()}


def _ruling(rows: Iterable[FactRow]) -> Ruling:
    decisions: list[Decision] = []
    facts: list[Fact] = []
    deferral = None
    for row in rows:
        fact = fact_of(row, UnitDecision if row.kind == UnitDecision.KIND else DeferralRecord)
        facts.append(fact)
        if isinstance(fact.record, UnitDecision):
            stated = fact.record
            decisions.append(Decision(stated.verdict, stated.starts_at, stated.ends_at, fact.id, stated.unit))
        elif isinstance(fact.record, DeferralRecord):
            deferral = Deferral(fact.record.state, fact.record.until)
    return Ruling(tuple(decisions), deferral, tuple(facts))
