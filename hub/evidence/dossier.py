"""Collects what is known of one person into a dossier."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from hub.clock import from_us, to_us
from hub.evidence.away import Absences
from hub.evidence.doubts import doubted_of
from hub.evidence.enrolments import enrolled, is_in_time, late_withdrawals
from hub.evidence.facts import fact_of, last_words
from hub.evidence.folds import Folds, PersonFolds
from hub.evidence.issues import issued_to
from hub.evidence.mentors import mentors_of
from hub.evidence.recordings import recorded
from hub.evidence.rulings import rulings
from hub.evidence.taken import grounds_gone
from hub.evidence.training_plan import TrainingPlan
from hub.evidence.warned import warned_of
from hub.identity.links import OPEN
from hub.rules.attendance.across import each_second_once
from hub.rules.attendance.made_up import with_missed_ones
from hub.rules.fact import Fact
from hub.rules.people.leaves import leaves
from hub.rules.posts.dossier import Dossier, WalkIn
from hub.rules.unit import Unit
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow, statements_of
from schemas.credential import CredentialClaim, CredentialStatus
from schemas.decision import (
    Block,
    Deferral,
    Incident,
    Mentoring,
    Objection,
    Override,
    RegisterEntry,
    RenewalAct,
    Reopened,
    ResultDecision,
)
from schemas.learning import CreditedHours, HeldFigures, Practical, Result
from schemas.people import Assignment, AssignmentsListed, Leave, LeavesListed, Person, Unlisted
from schemas.record import Record

_RECORDS: tuple[type[Record], ...] = (
    Person,
    Assignment,
    Leave,
    LeavesListed,
    AssignmentsListed,
    Unlisted,
    CredentialStatus,
    Result,
    Practical,
    Deferral,
    Objection,
    Incident,
    Mentoring,
    RegisterEntry,
    ResultDecision,
    Reopened,
    RenewalAct,
    Block,
    Override,
    HeldFigures,
    CredentialClaim,
)
"""What the rules read as it was said."""
_EVERY_WORD = (Assignment.KIND, AssignmentsListed.KIND)
"""Of which the rules want the earlier words too: when a post was announced first, and when a list first left it out."""


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
        said = list(store.all(statements_of, asked))
        rows = [row for row in said if is_in_time(row, plan, store)]
        words, withdrawn = last_words(rows), plan.withdrawn(store)
        last = [row for row in words if row.body is not None]
        held = [row for row in last if row.about not in withdrawn]
        facts = [*_facts(held, rows), *issued_to(person, by_us, store), *warned_of(person, by_us, store)]
        folds = self._folds.of(
            asked,
            plan,
            store,
            now,
            rulings=rulings(held),
            absences=Absences(rows),
            keep=keep,
            cached=known_by is None,
        )
        enrolments = enrolled(words, withdrawn)
        came = folds.walk_ins(enrolments)
        counted = [unit for unit in came if self._counts(unit)]
        units = [*counted, *_units(folds, facts, enrolments, held, rows)]
        units += recorded(held, units, plan, store)
        units = list(with_missed_ones(each_second_once(units)))
        gone = {("fact", str(row.id)): from_us(withdrawn[row.about]) for row in last if row.about in withdrawn}
        return Dossier(
            person=person,
            facts=facts,
            units=units,
            walk_ins=[_walk_in(unit) for unit in came if not self._counts(unit)],
            late_withdrawals=late_withdrawals(said, enrolments) if len(rows) < len(said) else (),
            doubted=doubted_of(said, store),
            mentors=mentors_of(facts, by_us, store),
            settings=self._folds.settings,
            gone={**grounds_gone(facts, units, rows, asked, plan, store), **gone},
        )

    def _counts(self, came: Unit) -> bool:
        """Whether the hours of who came without being enrolled count without asking anybody."""
        return self._plan.courses[came.course].walk_in == "count"


def _walk_in(unit: Unit) -> WalkIn:
    return WalkIn(unit.id, unit.credited, unit.over_at, unit.known_at)


def _units(
    folds: PersonFolds,
    facts: Iterable[Fact],
    enrolments: Iterable[Fact],
    held: Sequence[FactRow],
    rows: Iterable[FactRow],
) -> Iterator[Unit]:
    yield from folds.sessions(enrolments, leaves(facts))
    yield from folds.courses()
    yield from _opened([row for row in held if row.kind == CreditedHours.KIND], rows)


def _facts(held: Sequence[FactRow], rows: Iterable[FactRow]) -> Iterator[Fact]:
    """The facts that the rules read: the last word about each thing, of some things every word."""
    known = {record.KIND: record for record in _RECORDS}
    holding = {row.about for row in held}
    for row in held:
        if row.kind in known and row.kind not in _EVERY_WORD:
            yield fact_of(row, known[row.kind])
    for row in rows:
        if row.kind in _EVERY_WORD and row.about in holding and row.body is not None:
            yield fact_of(row, known[row.kind])


def _opened(last: Iterable[FactRow], rows: Iterable[FactRow]) -> Iterator[Unit]:
    """Credited hours. A balance that was corrected counts from the instant of the first word about it."""
    first: dict[bytes, int] = {}
    for row in rows:
        if row.kind == CreditedHours.KIND:
            first[row.about] = min(row.at, first.get(row.about, row.at))
    for row in last:
        fact = fact_of(row, CreditedHours)
        assert isinstance(fact.record, CreditedHours)
        at = fact.record.occurred_at if fact.record.id else from_us(first[row.about])
        yield _credited(fact, fact.record, at)


def _credited(fact: Fact, credit: CreditedHours, at: datetime) -> Unit:
    return Unit(
        id=f"credit/{credit.id or credit.course}@{at.isoformat()}",
        kind="credited" if credit.id else "opening",
        course=credit.course,
        starts_at=at,
        over_at=at,
        required=credit.required_seconds,
        credited=credit.credited_seconds,
        refs=(fact.id,),
        known_at=fact.known_at,
    )
