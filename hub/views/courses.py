"""Who has to take which course for a post, as people read it: the list that a training office plans by."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from hub.decision.kept import load
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.rules.posts.standing import Standing
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables.registrations import ListedRegistration, registrations_listed
from hub.store.tables.review import standings_with_courses
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words

_HAVING = '%"courses":[{%'
"""How the text of a standing begins the courses that it names."""


class CourseToTake(NamedTuple):
    """One course of one person, by which requirement of which post, and from when they hold it.

    ``told`` is how far the learning system ``by`` knows of it, ``code`` why it does not; empty where the post is not
    carried out yet.
    """

    course: str
    person: str
    name: str
    position: str
    requirement: str
    needed_at: datetime
    told: str = ""
    by: str = ""
    code: str = ""


class CoursesToTake:
    """Reads the list; ``courses`` are those of the hub's folder."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        operators: Operators,
        writer: Writer,
        courses: Collection[str],
    ) -> None:
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer
        self._courses = courses

    def listed(self, by: str, course: str = "") -> list[CourseToTake]:
        """Everybody who has a course to take, by course. Reading it leaves an entry: it names people.

        Raises:
            CallError: The folder has no such course.
        """
        if course and course not in self._courses:
            known = sorted(self._courses)
            raise CallError(
                Words(
                    f"--course: found {course!r}, expected one of {', '.join(known)}{meant(course, known)}",
                    f"--course：现为 {course!r}，应为下列之一：{'、'.join(known)}{meant(course, known).zh}",
                )
            )
        actor = self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", actor=actor.member(tx)))
        with self._database.reading() as session:
            told = {(row.person, row.topic): row for row in session.all(registrations_listed, {"kind": "course"})}
            rows = session.all(standings_with_courses, {"having": _HAVING})
            found = [each for row in rows for each in self._of(row.person, load(row.body), told, session)]
        return sorted(each for each in found if course in ("", each.course))

    def _of(
        self, person: str, standing: Standing, told: Mapping[tuple[str, str], ListedRegistration], session: Connection
    ) -> Iterator[CourseToTake]:
        profile = self._directory.profile(person, session)
        for each in standing.courses:
            word = told.get((person, each.course))
            yield CourseToTake(
                each.course,
                profile.employee_no if profile else "",
                profile.name if profile else "",
                standing.position,
                each.requirement,
                each.needed_at,
                *((word.state, word.connector or "", word.code or "") if word is not None else ()),
            )
