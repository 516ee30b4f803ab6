"""Collects what is known of one person into a dossier."""

from collections.abc import Iterable
from datetime import datetime

from hub.clock import to_us
from hub.evidence.folds import Folds
from hub.identity.links import OPEN
from hub.rules.dossier import Attended, Dossier
from hub.store import queries as q
from hub.store.statement import Session as StoreSession
from schemas.credential import CredentialStatus
from schemas.learning import CreditedHours, Enrolment, Result
from schemas.people import Assignment, Leave


class Evidence:
    """Dossiers of persons, from the facts."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds

    def dossier(
        self, person: str, store: StoreSession, *, now: datetime, known_by: datetime | None = None, keep: bool = False
    ) -> Dossier:
        """All that is known of a person (or was, by ``known_by``). ``keep``: store fresh folds, inside a commit."""
        asked = {"person": person, "known_by": OPEN if known_by is None else to_us(known_by)}
        by_kind: dict[str, list[str]] = {}
        for fact in store.all(q.statements_of, asked):
            if fact.body is not None:
                by_kind.setdefault(fact.kind, []).append(fact.body)
        enrolled = _enrolled(by_kind.get("enrolment", ()))
        folds = self._folds.of(asked, store, now, keep=keep, cached=known_by is None)
        attended = (*folds.sessions(enrolled), *folds.courses(), *_opening(by_kind.get("credited_hours", ())))
        gone = self._folds.plan.withdrawn(store)
        results = (Result.model_validate_json(body) for body in by_kind.get("result", ()))
        return Dossier(
            person=person,
            assignments=tuple(Assignment.model_validate_json(body) for body in by_kind.get("assignment", ())),
            leaves=_leaves(by_kind.get("leave", ())),
            credentials=tuple(CredentialStatus.model_validate_json(b) for b in by_kind.get("credential_status", ())),
            attended=attended,
            results=tuple(each for each in results if each.statement not in gone),
        )


def _enrolled(bodies: Iterable[str]) -> list[str]:
    """Sessions that hold: of two statements the later one, by content where the instants agree."""
    holds: dict[str, Enrolment] = {}
    for each in sorted((Enrolment.model_validate_json(b) for b in bodies), key=lambda e: (e.as_of, e.withdrawn)):
        holds[each.session] = each
    return sorted(session for session, each in holds.items() if not each.withdrawn)


def _leaves(bodies: Iterable[str]) -> tuple[Leave, ...]:
    holds: dict[datetime, Leave] = {}
    for each in sorted((Leave.model_validate_json(b) for b in bodies), key=lambda a: (a.as_of, a.ends_at)):
        holds[each.starts_at] = each
    return tuple(holds[starts_at] for starts_at in sorted(holds))


def _opening(bodies: Iterable[str]) -> Iterable[Attended]:
    for each in sorted((CreditedHours.model_validate_json(b) for b in bodies), key=lambda c: (c.occurred_at, c.course)):
        yield Attended(
            unit=f"opening/{each.course}@{each.occurred_at.isoformat()}",
            course=each.course,
            mode="opening",
            starts_at=each.occurred_at,
            ends_at=each.occurred_at,
            required_seconds=each.required_seconds,
            credited_seconds=each.credited_seconds,
            status="complete",
        )
