"""What people will lose within some days unless something happens, and what each would have to do."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.rules.posts.dossier import Rulebook
from hub.rules.posts.foreseen import Foreseen, foreseen
from hub.store.database import Database
from hub.store.tables.identity import all_people


@dataclass(frozen=True, slots=True)
class Lockout:
    """A scope that one person will lose; ``person`` is the employee number, or the token of one without.

    ``token`` is by what the store knows the person.
    """

    person: str
    name: str
    foreseen: Foreseen
    token: str

    def json(self) -> dict[str, Any]:
        """The lockout for programs."""
        found = self.foreseen
        return {
            "person": self.person,
            "name": self.name,
            "position": found.position,
            "at": found.at.isoformat(),
            "before": found.before,
            "after": found.after,
            "causes": orjson.loads(orjson.dumps(found.holds)),
            "lacking": [
                {"requirement": name, "courses": list(courses), "seconds": seconds}
                for name, courses, seconds in found.lacking
            ],
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that will be lost up to an instant, the earliest first; ``people`` is how many were looked at."""

    now: datetime
    until: datetime
    people: int
    lockouts: tuple[Lockout, ...]

    def seats(self) -> dict[str, int]:
        """How many people need a seat, by course; who may choose between courses is counted in each."""
        needed = {
            (each.person, course)
            for each in self.lockouts
            for _name, courses, _seconds in each.foreseen.lacking
            for course in courses
        }
        return dict(sorted(Counter(course for _person, course in needed).items()))

    def json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "at": self.now.isoformat(),
            "until": self.until.isoformat(),
            "people": self.people,
            "seats": self.seats(),
            "lockouts": [each.json() for each in self.lockouts],
        }


class Forecast:
    """Judges everybody as of a later day by what is known now. It reads, and writes nothing."""

    def __init__(self, database: Database, directory: Directory, evidence: Evidence, rulebook: Rulebook) -> None:
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._rulebook = rulebook

    def outlook(self, now: datetime, until: datetime, *, progress: Callable[[int, int], None] | None = None) -> Outlook:
        """What everybody will lose after now and up to an instant."""
        found: list[Lockout] = []
        with self._database.reading() as session:
            people = [row.person for row in session.all(all_people, {})]
            for done, person in enumerate(people, 1):
                dossier = self._evidence.dossier(person, session, now=now)
                ahead = foreseen(dossier, self._rulebook, now=now, until=until)
                profile = self._directory.profile(person, session) if ahead else None
                number, name = (person, "") if profile is None else (profile.employee_no, profile.name)
                found += [Lockout(number, name, each, person) for each in ahead]
                if progress is not None:
                    progress(done, len(people))
        ordered = sorted(found, key=lambda each: (each.foreseen.at, each.person, each.foreseen.position))
        return Outlook(now, until, len(people), tuple(ordered))
