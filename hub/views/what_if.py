"""What a draft of rules would change: who would lose or gain which scope, when, and by which clause."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.access.modes import Modes
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.rules.posts.differing import Comparison, Difference, Stood, Target
from hub.rules.posts.dossier import Rulebook
from hub.rules.span import Span
from hub.store.database import Database
from hub.store.drafted import OtherFacts, with_other_facts
from hub.store.statement import Connection
from hub.store.tables import access, review
from hub.store.tables.identity import all_people

Progress = Callable[[int, int], None]
"""Hears how many people of how many are done."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft would change for one person; ``person`` is the employee number, or the token of one without.

    ``token`` is by what the store knows the person.
    """

    person: str
    name: str
    difference: Difference
    token: str

    def json(self, now: datetime) -> dict[str, Any]:
        """The effect for programs."""
        found = self.difference
        return {
            "person": self.person,
            "name": self.name,
            "position": found.position,
            "effect": "loses" if found.loses else "gains",
            "before": found.before,
            "after": found.after,
            "since": found.span.start.isoformat(),
            "until": found.span.end.isoformat(),
            "now": found.span.holds(now),
            "clauses": orjson.loads(orjson.dumps(found.holds)),
            "targets_lost": ["/".join(each) for each in found.lost],
            "targets_gained": ["/".join(each) for each in found.gained],
        }


@dataclass(frozen=True, slots=True)
class Effects:
    """All that a draft would change, what it takes first; ``people`` is how many were looked at."""

    now: datetime
    within: Span
    people: int
    all: tuple[Effect, ...]

    def losing(self) -> int:
        """How many people would lose something at some time."""
        return len({each.person for each in self.all if each.difference.loses})

    def gaining(self) -> int:
        """How many people would gain something at some time."""
        return len({each.person for each in self.all if not each.difference.loses})

    def json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "at": self.now.isoformat(),
            "since": self.within.start.isoformat(),
            "until": self.within.end.isoformat(),
            "people": self.people,
            "losing": self.losing(),
            "gaining": self.gaining(),
            "effects": [each.json(self.now) for each in self.all],
        }


class WhatIf:
    """Judges stored history by the rules that hold and by a draft of them. It reads, and writes nothing."""

    def __init__(
        self, database: Database, directory: Directory, present: tuple[Evidence, Rulebook], *, kept: bool = False
    ) -> None:
        """``kept``: nobody can judge by the rules that hold; compared is with the standings as they are kept."""
        self._kept = kept
        self._database = database
        self._directory = directory
        self._evidence, self._rulebook = present

    def effects(
        self,
        draft: tuple[Evidence, Rulebook],
        begins: Mapping[str, datetime],
        within: Span,
        now: datetime,
        *,
        people: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Effects:
        """What a draft changes within a stretch of time, for these employee numbers or for everybody.

        Raises:
            ConfigError: Nobody has one of the numbers.
        """
        evidence, rulebook = draft
        found: list[Effect] = []
        with self._database.reading() as session:
            comparison = Comparison(
                self._rulebook, rulebook, within, _enforced((self._rulebook, rulebook), session), begins
            )
            chosen = self._chosen(people, session)
            for done, person in enumerate(chosen, 1):
                found += self._of(person, comparison, evidence, now, session)
                if progress is not None:
                    progress(done, len(chosen))
        return Effects(now, within, len(chosen), _in_order(found))

    def _chosen(self, people: Sequence[str], session: Connection) -> list[str]:
        if not people:
            return [row.person for row in session.all(all_people, {})]
        return [self._directory.named(number) for number in dict.fromkeys(people)]

    def of_facts(
        self,
        other: OtherFacts,
        people: Collection[str],
        evidence: Evidence,
        within: Span,
        now: datetime,
        progress: Progress,
    ) -> Effects:
        """What would differ for some persons if other facts were stored, by the rules that hold.

        ``evidence`` is for these facts alone: it has kept nothing of those that are stored.
        """
        found: list[Effect] = []
        with self._database.reading() as session, with_other_facts(self._database, other) as drafted:
            comparison = Comparison(self._rulebook, self._rulebook, within, _enforced((self._rulebook,), session), {})
            for done, person in enumerate(sorted(people), 1):
                present = self._evidence.dossier(person, session, now=now)
                differences = comparison.of(present, evidence.dossier(person, drafted, now=now))
                found += self._named(person, differences, session)
                progress(done, len(people))
        return Effects(now, within, len(people), _in_order(found))

    def _of(
        self, person: str, comparison: Comparison, evidence: Evidence, now: datetime, session: Connection
    ) -> Iterator[Effect]:
        present = self._evidence.dossier(person, session, now=now)
        draft = present if evidence is self._evidence else evidence.dossier(person, session, now=now)
        stood = stood_of(person, session) if self._kept else None
        return self._named(person, comparison.of(present, draft, stood), session)

    def _named(self, person: str, differences: Sequence[Difference], session: Connection) -> Iterator[Effect]:
        if differences:
            profile = self._directory.profile(person, session)
            number, name = (person, "") if profile is None else (profile.employee_no, profile.name)
            yield from (Effect(number, name, each, person) for each in differences)


def stood_of(person: str, session: Connection) -> Stood:
    """Where a person stands in each post, and what that opens, as the last review left it."""
    scopes = {row.position: row.scope for row in session.all(review.standings_of, {"person": person})}
    opened: dict[str, set[Target]] = {}
    for row in session.all(access.desired_of, {"person": person}):
        for post in row.positions.split(",") if row.wanted == "present" else ():
            opened.setdefault(post, set()).add((row.sink, row.target))
    return Stood(scopes, {post: frozenset(of) for post, of in opened.items()})


def _in_order(found: Sequence[Effect]) -> tuple[Effect, ...]:
    """What a draft takes first, then by time."""
    return tuple(sorted(found, key=lambda each: (not each.difference.loses, each.difference.span.start, each.person)))


def _enforced(rulebooks: Iterable[Rulebook], session: Connection) -> dict[str, datetime]:
    modes = Modes.read(session)
    since = {position: modes.enforced_since(position) for each in rulebooks for position in each.positions}
    return {position: at for position, at in since.items() if at is not None}
