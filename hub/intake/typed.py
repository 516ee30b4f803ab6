"""What a person typed, found: somebody by number, a session of the plan by its id; with near names where it fails."""

from collections.abc import Collection

from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.directory import Directory
from hub.identity.profiles import Profile
from hub.store.database import Database
from hub.wording import meant
from schemas.errors import CallError
from schemas.learning import Session
from schemas.words import Words


class TypedNames:
    """Finds what was typed. Raises ``ConfigError`` where there is no such thing.

    ``sources``: whose identifiers there can be.
    """

    def __init__(self, directory: Directory, database: Database, plan: TrainingPlan, sources: Collection[str]) -> None:
        self._sources = sources
        self._directory = directory
        self._database = database
        self._plan = plan

    def person(self, number: str, option: str = "") -> str:
        """The person of an employee number; ``option`` is where it was typed."""
        return self._directory.named(number, option)

    def number(self, certificate: str) -> str:
        """By what a certificate number is spoken of in facts."""
        return self._directory.number_token(certificate)

    def profile(self, number: str) -> Profile:
        """How the person of an employee number is called."""
        person = self.person(number)
        with self._database.reading() as session:
            profile = self._directory.profile(person, session)
        return Profile(number, "", "", {}) if profile is None else profile

    def manager(self, profile: Profile) -> Profile | None:
        """How the line manager of a person is called; nothing where the roster names none whom it knows."""
        person = self._directory.person_by_number(profile.manager) if profile.manager else None
        if person is None:
            return None
        with self._database.reading() as session:
            return self._directory.profile(person, session)

    def identifier(self, source: str, name: str) -> None:
        """Return if an identifier's source is one that an instance has, or something came by it before."""
        if source not in self._sources and self._directory.find(source, name) is None:
            known = sorted(self._sources)
            raise CallError(
                Words(
                    f"found source {source!r}, expected one of {', '.join(known)}{meant(source, known)}",
                    f"来源为 {source!r}，应为下列之一：{'、'.join(known)}{meant(source, known).zh}",
                )
            )

    def session(self, name: str) -> Session:
        """The session of an id, as the plan has it."""
        with self._database.reading() as session:
            known = self._plan.sessions(session)
        if name not in known:
            raise CallError(
                Words(
                    f"found no session {name!r} in the training plan{meant(name, known)}",
                    f"培训计划中没有场次 {name!r}{meant(name, known).zh}",
                ),
                cure=Words(
                    "name a session of the plan; `licet people import` reads plan.csv anew",
                    "改为培训计划中的场次；用 `licet people import` 重新读取 plan.csv",
                ),
            )
        return planned(known[name])
