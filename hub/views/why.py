"""Answers "may this person stand this post, and why": the standing with its clauses, figures and cures."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hub.clock import from_us, to_us
from hub.decision.kept import load
from hub.evidence.demanded import demands_told
from hub.evidence.dossier import Evidence
from hub.evidence.provenance import provenance
from hub.identity.directory import Directory
from hub.identity.links import OPEN
from hub.rules.calendar import add, last_valid_day
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.standing import Standing, standings
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.access import DesiredRow, desired_of
from hub.store.tables.cases import open_cases_of
from hub.store.tables.notices import NoticeRow, notices_of
from hub.store.tables.review import DecisionRow, StandingRow, decisions_of, due_of, standings_of
from hub.views.attended import Attended
from hub.views.kept_open import KeptOpen, kept_open
from hub.views.person import (
    DecisionView,
    DemandedView,
    EvidenceView,
    NoticeView,
    PersonsCaseView,
    PersonView,
    PositionView,
    TargetView,
)
from schemas.position import Bilingual, Credential, Position
from schemas.renewal import RenewalRule

_DECISIONS = 1000
_SHOWN = 5


class Why:
    """Views of one person, for the API and the command.

    ``old_tokens``: for how many seconds what a sink gave goes on after a closing there; nothing where nobody has said.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        evidence: Evidence,
        rulebook: Rulebook,
        positions: Mapping[str, Position],
        renewals: Mapping[str, RenewalRule],
        attended: Attended,
        old_tokens: Mapping[str, float | None],
        now: Callable[[], datetime],
    ) -> None:
        self._now = now
        self._old_tokens = old_tokens
        self._attended = attended
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._rulebook = rulebook
        self._positions = positions
        self._renewals = renewals

    def person(self, employee_no: str) -> PersonView | None:
        """The standing of a person as decided and as observed outside; nothing for an unknown number."""
        person = self._directory.person_by_number(employee_no)
        if person is None:
            return None
        with self._database.reading() as session:
            due = session.one(due_of, {"person": person})
            return PersonView(
                person=employee_no,
                name=self._name(person, session),
                positions=tuple(
                    self._decided(person, row, session) for row in session.all(standings_of, {"person": person})
                ),
                targets=self._targets(person, session),
                notices=tuple(map(_notice, session.all(notices_of, {"person": person}))),
                next_look=None if due is None else from_us(due.at),
                stuck=due is not None and due.tries > 0,
                behind=due is not None and due.at <= to_us(self._now()),
                cases=tuple(
                    PersonsCaseView(row.id, row.matter, row.unit, at, last_valid_day(at, self._rulebook.zone))
                    for row in session.all(open_cases_of, {"person": person})
                    for at in [from_us(row.due_at)]
                ),
                attended=self._attended.of(person, session),
            )

    def person_at(self, employee_no: str, at: datetime) -> PersonView | None:
        """The standing of a person at an instant, by what was known then and by the rules that were in force."""
        person = self._directory.person_by_number(employee_no)
        if person is None:
            return None
        with self._database.reading() as session:
            dossier = self._evidence.dossier(person, session, now=at, known_by=at)
            found = standings(dossier, self._rulebook, now=at)
            decisions = session.all(decisions_of, {"person": person, "limit": _DECISIONS})
            return PersonView(
                person=employee_no,
                name=self._name(person, session),
                positions=tuple(
                    replace(
                        PositionView(self._named(each.position), each, evidence=_evidence(person, each, session)),
                        named=self._parts_named(each),
                        demanded=self._demanded(person, each, at, session, to_us(at)),
                    )
                    for each in found
                ),
                at=at,
                attended=self._attended.among(dossier),
                decisions=tuple(_decision(row) for row in decisions if row.decided_at <= to_us(at))[:_SHOWN],
            )

    def _targets(self, person: str, session: Connection) -> tuple[TargetView, ...]:
        rows = session.all(desired_of, {"person": person})
        found = [load(row.body) for row in session.all(standings_of, {"person": person})]
        kept = kept_open(person, rows, found, self._rulebook, self._now(), session)
        return tuple(self._outlived(row, _target(row, kept.get((row.sink, row.target)))) for row in rows)

    def _outlived(self, row: DesiredRow, target: TargetView) -> TargetView:
        """The same, with how long what was given there before it was seen closed may still go on."""
        if row.wanted != "absent" or row.state != "confirmed" or target.observed_at is None:
            return target
        lifetime = self._old_tokens.get(row.sink, 0.0)
        if lifetime is None:
            return replace(target, old_tokens_unsaid=True)
        until = target.observed_at + timedelta(seconds=lifetime)
        return replace(target, old_tokens_until=until) if until > self._now() else target

    def _decided(self, person: str, row: StandingRow, session: Connection) -> PositionView:
        standing = load(row.body)
        return PositionView(
            name=self._named(row.position),
            standing=standing,
            evidence=_evidence(person, standing, session),
            named=self._parts_named(standing),
            demanded=self._demanded(person, standing, self._now(), session),
            decision=row.decision,
            decided_at=from_us(row.decided_at),
        )

    def _named(self, position: str) -> Bilingual:
        known = self._positions.get(position)
        return Bilingual(zh=position, en=position) if known is None else known.name

    def _parts_named(self, standing: Standing) -> Mapping[str, Bilingual]:
        """What people call its requirements, credentials and courses; of one name the requirement goes first.

        A credential is called so by its issuer's name of it, too.
        """
        courses = {each.course: self._attended.named(each.course) for each in standing.courses}
        known = self._positions.get(standing.position)
        if known is None:
            return courses
        schemes = {each.scheme: known.names[name] for name, each in known.credential.items() if each.scheme}
        return {**courses, **schemes, **known.names}

    def _demanded(
        self, person: str, standing: Standing, now: datetime, session: Connection, known_by: int = OPEN
    ) -> Mapping[str, DemandedView]:
        """What issuers demand for the credentials that are about to end or have, by what those are called here."""
        known = self._positions.get(standing.position)
        found: dict[str, DemandedView] = {}
        for state in standing.credentials:
            name = state.credential
            credential = None if known is None else known.credential.get(name)
            if credential is None or not self._ends(credential, state.bound, now):
                continue
            told = demands_told(person, credential.scheme or name, now, session, known_by)
            rule = self._renewals.get(credential.renewal_rule or "")
            if told or rule is not None:
                found[name] = DemandedView(told, rule)
        return found

    def _ends(self, credential: Credential, bound: datetime | None, now: datetime) -> bool:
        """Whether the first check of a credential has come, or its end."""
        if bound is None:
            return False
        zone = self._rulebook.zone
        return min([bound, *(add(bound, each.before, zone, -1) for each in credential.checks)]) <= now

    def _name(self, person: str, session: Connection) -> str:
        profile = self._directory.profile(person, session)
        return "" if profile is None else profile.name


def _evidence(person: str, standing: Standing, session: Connection) -> tuple[EvidenceView, ...]:
    return tuple(
        EvidenceView(
            fact=each.fact,
            kind=each.kind,
            topic=each.topic,
            at=from_us(each.at),
            transmission=each.transmission,
            connector=each.connector,
            arrived_at=from_us(each.arrived_at),
            known_by=each.known_by,
        )
        for each in provenance(person, standing.evidence, session)
    )


def _target(row: DesiredRow, kept: KeptOpen | None) -> TargetView:
    return TargetView(
        sink=row.sink,
        target=row.target,
        wanted=row.wanted,
        explicit=bool(row.explicit),
        positions=tuple(row.positions.split(",")),
        mode=row.mode,
        epoch=row.epoch,
        state=row.state,
        decision=row.decision,
        decided_at=from_us(row.decided_at),
        observed=row.observed,
        observed_at=None if row.observed_at is None else from_us(row.observed_at),
        code=_why_accepted(row),
        kept_by=kept and kept.by,
        kept_until=kept and kept.until,
        kept_decides=kept and kept.decides,
        kept_case=kept and kept.case,
    )


def _why_accepted(row: DesiredRow) -> str | None:
    if row.state == "held":
        return "sink.closed-by-hand"
    if row.state != "accepted":
        return None
    if row.observed is None:
        return "sink.no-read-back"
    if row.settles_at is not None:
        return "sink.settling"
    return "sink.uncalibrated" if row.observed == row.wanted == "absent" else None


def _notice(row: NoticeRow) -> NoticeView:
    return NoticeView(row.kind, row.audience, row.cause, row.stage, row.state, from_us(row.decided_at))


def _decision(row: DecisionRow) -> DecisionView:
    return DecisionView(row.id, row.position, from_us(row.decided_at), row.after)
