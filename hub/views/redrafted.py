"""What a draft of a mapping document would change: records of what came, and whose standing, when, by which clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.identity.links import links_in
from hub.intake.facts import Origin
from hub.intake.redraft import Progress, RecordChange, Redraft, Redrafting
from hub.rules.span import Span
from hub.store.database import Database
from hub.store.drafted import with_other_facts
from hub.store.statement import Connection
from hub.store.tables import facts
from hub.views.what_if import Effects, WhatIf
from mappings import MappingDocument

KINDS = ("lost", "added", "changed")


@dataclass(frozen=True, slots=True)
class NamedChange:
    """A record that would differ, and whose it is: employee number and name, or the identifier of nobody known."""

    change: RecordChange
    person: str
    name: str

    def json(self) -> dict[str, Any]:
        """The change for programs."""
        found = self.change
        return {
            "change": found.what,
            "record": found.record,
            "key": found.key,
            "person": self.person,
            "name": self.name,
            "transmission": found.transmission,
            "arrived_at": found.arrived_at.isoformat(),
            "fields": [{"field": name, "before": old, "after": new} for name, old, new in found.fields],
        }


@dataclass(frozen=True, slots=True)
class Differing:
    """Records of what one instance brought that two documents give differently."""

    connector: str
    draft: MappingDocument
    found: Redraft
    changes: tuple[NamedChange, ...]

    def counted(self) -> dict[str, int]:
        """How many records would be lost, added, changed."""
        return {kind: sum(each.change.what == kind for each in self.changes) for kind in KINDS}

    def json(self) -> dict[str, Any]:
        """All of it for programs."""
        before, after = self.found.unreadable
        return {
            "connector": self.connector,
            "mapping": self.draft.identity,
            "looked_at": self.found.looked_at,
            "erased": self.found.erased,
            "differing": self.found.differing,
            "unreadable": {"before": before, "after": after},
            **self.counted(),
            "changes": [each.json() for each in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Redrafted:
    """All that a draft would change of what one instance brought: records, and decisions."""

    records: Differing
    effects: Effects

    def json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {**self.records.json(), "decisions": self.effects.json()}


class MappingWhatIf:
    """Reads what came by a draft, and judges by the facts that it would have given. It writes nothing."""

    def __init__(self, database: Database, directory: Directory, redrafting: Redrafting, what_if: WhatIf) -> None:
        self._database = database
        self._directory = directory
        self._redrafting = redrafting
        self._what_if = what_if

    def of(
        self,
        draft: MappingDocument,
        origin: Origin,
        within: Span,
        evidence: Evidence,
        now: datetime,
        progress: Progress,
    ) -> Redrafted:
        """What a draft would change of what an instance brought since the start of a span, decisions up to its end."""
        found = self._redrafting.of(draft, origin, within.start, progress)
        people = self._people(found) if found.differing else set()
        effects = self._what_if.of_facts(found.facts, people, evidence, within, now, progress)
        return Redrafted(self._differing(draft, origin, found), effects)

    def between(
        self, present: MappingDocument, draft: MappingDocument, origin: Origin, since: datetime, progress: Progress
    ) -> Differing:
        """The records that two documents give differently of what an instance brought since an instant."""
        return self._differing(draft, origin, self._redrafting.of(draft, origin, since, progress, present=present))

    def _differing(self, draft: MappingDocument, origin: Origin, found: Redraft) -> Differing:
        with self._database.reading() as session:
            changes = tuple(self._named(each, session) for each in found.changes)
        return Differing(origin.connector, draft, found, changes)

    def _people(self, found: Redraft) -> set[str]:
        """Whom it concerns: those of the identifiers, of the sessions, and of the statements that differ."""
        with self._database.reading() as session, with_other_facts(self._database, found.facts) as drafted:
            concerned = {*found.concerned, *_of_statements(found, session), *_of_statements(found, drafted)}
            enrolled = {*_enrolled(found, session), *_enrolled(found, drafted)}
            links = [(link, at) for token, at in concerned for link in links_in(token, session)]
            people = {link.person for link, at in links if link.valid_from <= at < link.valid_until}
            return people | {link.person for token in enrolled for link in links_in(token, session)}

    def _named(self, change: RecordChange, session: Connection) -> NamedChange:
        known = self._directory.find(change.source, change.subject) if change.subject else None
        links = () if known is None else links_in(known.token, session)
        profile = self._directory.profile(links[-1].person, session) if links else None
        return NamedChange(change, *((change.subject, "") if profile is None else (profile.employee_no, profile.name)))


def _of_statements(found: Redraft, session: Connection) -> Iterator[tuple[str, int]]:
    for key in found.statements:
        row = session.one(facts.fact_subject, {"key": key})
        if row is not None:
            yield row.subject, row.at


def _enrolled(found: Redraft, session: Connection) -> Iterator[str]:
    for each in found.sessions:
        yield from (row.subject for row in session.all(facts.enrolled_in, {"topic": each}))
