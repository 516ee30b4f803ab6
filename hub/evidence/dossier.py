"""Collects what is known of one person into a dossier."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from hub.clock import from_us, to_us
from hub.evidence.facts import fact_of, that_hold
from hub.evidence.folds import Folds
from hub.evidence.leaves import leaves_that_hold
from hub.evidence.training_plan import TrainingPlan
from hub.identity.links import OPEN
from hub.rules.dossier import Attended, Dossier, Fact
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow, statements_of
from schemas.credential import CredentialStatus
from schemas.learning import CreditedHours, Enrolment, Result
from schemas.people import Assignment, Leave, LeavesListed
from schemas.record import Record

R = TypeVar("R", bound=Record)


class Evidence:
    """Dossiers of persons, from the facts."""

    def __init__(self, plan: TrainingPlan, folds: Folds) -> None:
        self._plan = plan
        self._folds = folds

    def dossier(
        self, person: str, store: Connection, *, now: datetime, known_by: datetime | None = None, keep: bool = False
    ) -> Dossier:
        """All that is known of a person (or was, by ``known_by``). ``keep``: store fresh folds, inside a commit."""
        by_us = OPEN if known_by is None else to_us(known_by)
        asked, plan = {"person": person, "known_by": by_us}, self._plan.as_known(by_us)
        rows = [row for row in store.all(statements_of, asked) if _is_in_time(row, plan, store)]
        gone = plan.withdrawn(store)
        by_kind: dict[str, list[FactRow]] = {}
        for row in that_hold(rows):
            if row.about not in gone:
                by_kind.setdefault(row.kind, []).append(row)

        def said(record: type[R]) -> tuple[Fact[R], ...]:
            return tuple(fact_of(row, record) for row in by_kind.get(record.KIND, ()))

        folds = self._folds.of(asked, plan, store, now, keep=keep, cached=known_by is None)
        opened = _opened(by_kind.get(CreditedHours.KIND, ()), rows)
        return Dossier(
            person=person,
            assignments=said(Assignment),
            leaves=leaves_that_hold(said(Leave), said(LeavesListed)),
            credentials=said(CredentialStatus),
            attended=(*folds.sessions(_enrolled(said(Enrolment))), *folds.courses(), *opened),
            results=said(Result),
        )


def _is_in_time(row: FactRow, plan: TrainingPlan, store: Connection) -> bool:
    """Whether a word counts: who was enrolled until a session was over is not taken off it afterwards."""
    if row.kind != Enrolment.KIND or row.body is not None or row.said_at is None:
        return True
    session = plan.session(row.topic, store)
    return session is None or row.said_at < to_us(session.record.ends_at)


def _enrolled(facts: Iterable[Fact[Enrolment]]) -> list[Fact[Enrolment]]:
    """Enrolments that hold, by session: of two statements the later one, by content where the instants agree."""
    holds = {each.record.session: each for each in sorted(facts, key=_enrolled_last)}
    return [each for _session, each in sorted(holds.items()) if not each.record.withdrawn]


def _enrolled_last(fact: Fact[Enrolment]) -> tuple[datetime, bool, str]:
    return fact.record.as_of, fact.record.withdrawn, fact.id


def _opened(last: Iterable[FactRow], rows: Iterable[FactRow]) -> Iterator[Attended]:
    """Credited hours. A balance that was corrected counts from the instant of the first word about it."""
    first: dict[bytes, int] = {}
    for row in rows:
        if row.kind == CreditedHours.KIND:
            first[row.about] = min(row.at, first.get(row.about, row.at))
    for row in last:
        fact = fact_of(row, CreditedHours)
        yield _credited(fact, fact.record.occurred_at if fact.record.id else from_us(first[row.about]))


def _credited(fact: Fact[CreditedHours], at: datetime) -> Attended:
    credit = fact.record
    return Attended(
        unit=f"opening/{credit.course}@{at.isoformat()}",
        course=credit.course,
        mode="opening",
        starts_at=at,
        ends_at=at,
        required_seconds=credit.required_seconds,
        credited_seconds=credit.credited_seconds,
        status="complete",
        evidence=(fact.id,),
    )
