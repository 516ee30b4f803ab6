"""Who is registered for which exam, as people read it: the list that an exam office works by."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from hub.clock import from_us
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import registrations as sql
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words


class Registered(NamedTuple):
    """One person's registration; ``told`` is how far the exam system knows of it."""

    exam: str
    person: str
    name: str
    position: str
    credential: str
    wanted: str
    since: datetime
    told: str
    by: str
    code: str


class Registrations:
    """Reads the list, and has refused words told once more; ``exams`` are those that positions name."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        operators: Operators,
        writer: Writer,
        exams: Collection[str],
    ) -> None:
        self._exams = exams
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer

    def listed(self, by: str, exam: str = "") -> list[Registered]:
        """Everybody who is registered or was withdrawn, by exam. Reading it leaves an entry: it names people."""
        actor = self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", actor=actor.member(tx)))
        with self._database.reading() as session:
            listed = session.all(sql.registrations_listed, {"kind": "exam"})
            rows = [row for row in listed if exam in ("", row.topic)]
            self._require_exam(exam, [row.topic for row in listed])
            profiles = [self._directory.profile(row.person, session) for row in rows]
        return [
            Registered(
                row.topic,
                profile.employee_no if profile else "",
                profile.name if profile else "",
                row.position,
                row.credential,
                row.wanted,
                from_us(row.decided_at),
                row.state,
                row.connector or "",
                row.code or "",
            )
            for row, profile in zip(rows, profiles, strict=True)
        ]

    def _require_exam(self, exam: str, listed: Iterable[str]) -> None:
        """Refuse the name of an exam that no position names and nobody is registered for."""
        known = sorted({*self._exams, *listed})
        if exam and exam not in known:
            raise CallError(
                Words(
                    f"--exam: found {exam!r}, expected one of {', '.join(known)}{meant(exam, known)}",
                    f"--exam：现为 {exam!r}，应为下列之一：{'、'.join(known)}{meant(exam, known).zh}",
                )
            )

    def retry(self) -> int:
        """Have what was refused told once more; how many words that are."""

        def again(tx: Tx) -> int:
            tx.wake_exams()
            return tx.session.run(sql.retry_registrations, {})

        return self._writer.call(again)
