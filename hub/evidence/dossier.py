"""Collects what is known of one person into a dossier."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from hub.clock import to_us
from hub.evidence.facts import fact_of, that_hold
from hub.evidence.folds import Folds
from hub.identity.links import OPEN
from hub.rules.dossier import Attended, Dossier, Fact
from hub.store.statement import Session as StoreSession
from hub.store.tables.facts import FactRow, statements_of
from schemas.credential import CredentialStatus
from schemas.learning import CreditedHours, Enrolment, Result
from schemas.people import Assignment, Leave
from schemas.record import Record

R = TypeVar("R", bound=Record)


class Evidence:
    """Dossiers of persons, from the facts."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds

    def dossier(
        self, person: str, store: StoreSession, *, now: datetime, known_by: datetime | None = None, keep: bool = False
    ) -> Dossier:
        """All that is known of a person (or was, by ``known_by``). ``keep``: store fresh folds, inside a commit."""
        asked = {"person": person, "known_by": OPEN if known_by is None else to_us(known_by)}
        by_kind: dict[str, list[FactRow]] = {}
        for row in that_hold(store.all(statements_of, asked)):
            by_kind.setdefault(row.kind, []).append(row)

        def said(record: type[R]) -> tuple[Fact[R], ...]:
            return tuple(fact_of(row, record) for row in by_kind.get(record.KIND, ()))

        folds = self._folds.of(asked, store, now, keep=keep, cached=known_by is None)
        opened = map(_opened, said(CreditedHours))
        gone = self._folds.plan.withdrawn(store)
        return Dossier(
            person=person,
            assignments=said(Assignment),
            leaves=_leaves(said(Leave)),
            credentials=said(CredentialStatus),
            attended=(*folds.sessions(_enrolled(said(Enrolment))), *folds.courses(), *opened),
            results=tuple(each for each in said(Result) if each.record.statement not in gone),
        )


def _enrolled(facts: Iterable[Fact[Enrolment]]) -> list[Fact[Enrolment]]:
    """Enrolments that hold, by session: of two statements the later one, by content where the instants agree."""
    holds = {each.record.session: each for each in sorted(facts, key=_enrolled_last)}
    return [each for _session, each in sorted(holds.items()) if not each.record.withdrawn]


def _enrolled_last(fact: Fact[Enrolment]) -> tuple[datetime, bool, str]:
    return fact.record.as_of, fact.record.withdrawn, fact.id


def _leaves(facts: Iterable[Fact[Leave]]) -> tuple[Fact[Leave], ...]:
    holds = {each.record.starts_at: each for each in sorted(facts, key=lambda f: (f.record.as_of, f.record.ends_at))}
    return tuple(each for _starts_at, each in sorted(holds.items()))


def _opened(fact: Fact[CreditedHours]) -> Attended:
    opened = fact.record
    return Attended(
        unit=f"opening/{opened.course}@{opened.occurred_at.isoformat()}",
        course=opened.course,
        mode="opening",
        starts_at=opened.occurred_at,
        ends_at=opened.occurred_at,
        required_seconds=opened.required_seconds,
        credited_seconds=opened.credited_seconds,
        status="complete",
        evidence=(fact.id,),
    )
