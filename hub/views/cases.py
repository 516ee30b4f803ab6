"""What people see of cases: those that wait, and one with all whom it concerns and what can be decided of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hub.cases.book import owner_of
from hub.cases.desk import found
from hub.cases.words import matter_word, owner_word, state_word
from hub.clock import Clock, from_us, to_us
from hub.identity.directory import Directory
from hub.rules.calendar import last_valid_day
from hub.rules.cases.matters import matter
from hub.rules.timeline import END
from hub.rules.workdays import Workdays
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import cases as sql
from hub.store.tables.cases import CaseRow, MemberRow

_MOST = 10_000
_SIDES = ("theirs", "ours")
_SPONSOR = "sponsor"
_OPEN, _ALL = '["open"]', '["open","decided","closed"]'


@dataclass(frozen=True, slots=True)
class MemberView:
    """One unit of one person in a case: how long is open, of which stretch, and how it was decided.

    ``last_day`` is the last day of a stretch of whole days (a post, a validity, a new due), whose bound is ``ends_at``.
    """

    person: str
    name: str
    unit: str
    topic: str
    open_minutes: int
    starts_at: datetime | None
    ends_at: datetime | None
    last_day: date | None
    state: str
    verdict: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case: what it is about, who has it, until when, how it stands, what can be decided, whom it concerns.

    ``due_on`` is the last day on which it is in time, ``due_at`` the bound of that day.
    """

    id: str
    matter: str
    place: Mapping[str, str]
    owner: str
    opened_at: datetime
    due_at: datetime
    due_on: date
    overdue: bool
    state: str
    outcome: str
    changed_at: datetime
    verdicts: tuple[str, ...]
    concerned: int
    members: tuple[MemberView, ...] = ()

    def json(self) -> dict[str, Any]:
        """The case for programs, with its words in both languages."""
        words = {
            f"{name}_{language}": word(value, language)
            for language in ("zh", "en")
            for name, word, value in (
                ("meaning", matter_word, self.matter),
                ("owner", owner_word, self.owner),
                ("state", state_word, self.state),
            )
        }
        return {**orjson.loads(orjson.dumps(self, option=orjson.OPT_UTC_Z)), **words}


class Cases:
    """Views of cases."""

    def __init__(
        self, database: Database, directory: Directory, workdays: Workdays, zone: ZoneInfo, clock: Clock
    ) -> None:
        self._database = database
        self._directory = directory
        self._workdays = workdays
        self._zone = zone
        self._clock = clock

    def all(self, *, over: bool = False, person: str = "") -> list[CaseView]:
        """Cases that wait, with ``over`` the others too, of everybody or of one employee number; due first first."""
        named = self._directory.named(person, "--person: ") if person else ""
        with self._database.reading() as session:
            rows = session.all(sql.cases_in, {"states": _ALL if over else _OPEN, "limit": _MOST})
            profile = self._directory.profile(named, session) if named else None
            views = [self._view(row, session) for row in rows]
        number = "" if profile is None else profile.employee_no
        return [each for each in views if not number or any(member.person == number for member in each.members)]

    def one(self, case: str) -> CaseView:
        """A case by its id, or the beginning of it.

        Raises:
            ConfigError: There is none, or several.
        """
        with self._database.reading() as session:
            return self._view(found(case, session), session)

    def _view(self, row: CaseRow, session: Connection) -> CaseView:
        now = self._clock.now()
        members = session.all(sql.members_of, {"case_id": row.id})
        concerned = [each for each in members if each.state != "gone"] or members
        return CaseView(
            id=row.id,
            matter=row.matter,
            place=self._place(row, session),
            owner=owner_of(row, to_us(now), self._workdays, self._zone),
            opened_at=from_us(row.opened_at),
            due_at=from_us(row.due_at),
            due_on=last_valid_day(from_us(row.due_at), self._zone),
            overdue=row.state == "open" and to_us(now) >= row.due_at,
            state=row.state,
            outcome=row.outcome,
            changed_at=from_us(row.changed_at),
            verdicts=matter(row.matter).verdicts,
            concerned=len({each.person for each in concerned}),
            members=tuple(self._members(concerned, matter(row.matter).in_days, session)),
        )

    def _place(self, row: CaseRow, session: Connection) -> Mapping[str, str]:
        """What a case is about; who answered for others by the employee number, as long as that can be read."""
        place: dict[str, str] = orjson.loads(row.place)
        if _SPONSOR in place:
            place[_SPONSOR] = self._directory.name_of(place[_SPONSOR], session)[1] or "-"
        return place

    def _members(self, rows: Iterable[MemberRow], in_days: bool, session: Connection) -> Iterable[MemberView]:
        for row in rows:
            profile = self._directory.profile(row.person, session)
            ends_at = None if row.ends_at is None or (end := from_us(row.ends_at)) == END else end
            yield MemberView(
                person="" if profile is None else profile.employee_no,
                name="" if profile is None else profile.name,
                unit=row.unit,
                topic=row.topic,
                open_minutes=row.open_seconds // 60,
                starts_at=None if row.starts_at is None else from_us(row.starts_at),
                ends_at=ends_at,
                last_day=last_valid_day(ends_at, self._zone) if ends_at is not None and in_days else None,
                state=row.state,
                verdict=row.verdict,
            )


def place_text(place: Mapping[str, str]) -> str:
    """What a case is about, on one line; of two sides each by its name."""
    return " ".join(f"{name}={value}" if name in _SIDES else value for name, value in place.items())
