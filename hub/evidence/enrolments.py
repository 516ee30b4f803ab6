"""Which sessions a person must come to: by the training plan, and by what people at HR said beside it."""

from collections.abc import Iterable
from datetime import datetime

from hub.clock import from_us, to_us
from hub.evidence.facts import BY_HAND, fact_of, last_words
from hub.evidence.training_plan import TrainingPlan, planned
from hub.rules.fact import Fact
from hub.rules.posts.dossier import LateWord
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow
from schemas.learning import Enrolment


def enrolled(last: Iterable[FactRow], withdrawn: Iterable[bytes]) -> list[Fact]:
    """Enrolments that hold, by session, from the last words about each; some statements are withdrawn.

    HR's word stands over that of the plan, which says every day what it said before. Of two others the later one
    holds, by content where the instants agree.
    """
    gone = set(withdrawn)
    rows = [row for row in last if row.kind == Enrolment.KIND and row.about not in gone]
    by_hand = {row.topic for row in rows if row.connector == BY_HAND}
    said = [row for row in rows if row.connector == BY_HAND or row.topic not in by_hand]
    facts = [fact_of(row, Enrolment) for row in said if row.body is not None]
    holds = {_enrolment(each).session: each for each in sorted(facts, key=_said_last)}
    return [each for _session, each in sorted(holds.items()) if not _enrolment(each).withdrawn]


def late_withdrawals(rows: Iterable[FactRow], enrolments: Iterable[Fact]) -> list[LateWord]:
    """Sessions that a person still must have come to, though the plan's last word took them out when it was over."""
    kept = {_enrolment(each).session for each in enrolments if each.source != BY_HAND}
    last = [row for row in last_words(rows) if row.kind == Enrolment.KIND and row.body is None]
    return [LateWord(row.topic, from_us(row.known_at)) for row in last if row.topic in kept]


def taken_out_at(session: str, rows: Iterable[FactRow]) -> datetime | None:
    """When it was known that a person must come to a session no more: by HR's word, where there is one."""
    said = [row for row in rows if row.kind == Enrolment.KIND and row.topic == session]
    known = sorted([row for row in said if row.connector == BY_HAND] or said, key=lambda row: row.known_at)
    found = None
    for row in known:
        found = (found or row) if row.body is None else None
    return None if found is None else from_us(found.known_at)


def is_in_time(row: FactRow, plan: TrainingPlan, store: Connection) -> bool:
    """Whether a word counts: who was enrolled until a session was over is taken off it afterwards by HR alone."""
    if row.kind != Enrolment.KIND or row.body is not None or row.said_at is None or row.connector == BY_HAND:
        return True
    session = plan.session(row.topic, store)
    return session is None or row.said_at < to_us(planned(session).ends_at)


def _said_last(fact: Fact) -> tuple[datetime, bool, str]:
    return _enrolment(fact).as_of, _enrolment(fact).withdrawn, fact.id


def _enrolment(fact: Fact) -> Enrolment:
    assert isinstance(fact.record, Enrolment)
    return fact.record
