"""The figures of one person over a window of days, as of an instant: what was attended and studied, by course.

Least data: sums and no more, of whom the one who asks may ask. Nobody, somebody whom it may not ask about, and
somebody who is not known are answered alike.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.port import FiguresAsked
from hub.clock import to_us
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.identity.links import links_in
from hub.rules.calendar import bound_of, start_of
from hub.rules.demands.trained import Sums, sums_in
from hub.rules.fact import of_kind
from hub.rules.people.stints import leaving
from hub.rules.posts.dossier import Dossier
from hub.rules.timeline import END
from hub.rules.values import Period
from hub.store.database import Database
from hub.store.statement import Connection
from schemas.errors import PayloadError, RejectedError
from schemas.people import Assignment
from schemas.position import Course
from schemas.words import Words

NO_RIGHT = "ask.no-right"
LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may ask: of the holders of these posts, by the identifiers of a source."""

    identifiers: str
    positions: Collection[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a person, ready to be told; ``person`` is the token that entries name."""

    person: str
    content: Mapping[str, Any]


class FiguresOf:
    """Makes figures of what is known."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        evidence: Evidence,
        courses: Mapping[str, Course],
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._courses = courses
        self._zone = zone
        self._now = now

    def of(self, asked: FiguresAsked, right: Right) -> Figures:
        """The figures that are asked for.

        Raises:
            RejectedError: ``ask.no-right``: nobody is known by that, or of them it may not ask.
            PayloadError: The window is too long, or the instant lies ahead.
        """
        now = self._now()
        as_of = asked.as_of or now
        if as_of > now:
            raise PayloadError(
                "time.invalid",
                Words(
                    f"found {as_of.isoformat()}, expected an instant that is over",
                    f"现为 {as_of.isoformat()}，应为已过去的时刻",
                ),
                "/asOf",
            )
        if (asked.until_on - asked.from_on).days > LONGEST_DAYS:
            raise PayloadError(
                "schema.range",
                Words(f"expected a window of at most {LONGEST_DAYS} days", f"时段应不超过 {LONGEST_DAYS} 天"),
                "/to",
            )
        with self._database.reading() as session:
            person = self._person(asked.subject, right.identifiers, now, session)
            known_by = None if asked.as_of is None else as_of
            dossier = self._evidence.dossier(person, session, now=as_of, known_by=known_by)
        start, end = start_of(asked.from_on, self._zone), bound_of(asked.until_on, self._zone)
        window = Period(start, end, end)
        if not _holds(dossier, right.positions, window, as_of):
            raise _no_right()
        found = sums_in(dossier.units, window, as_of)
        told = {name: sums for name, sums in sorted(found.items()) if not asked.courses or name in asked.courses}
        return Figures(person, self._content(asked, told, as_of))

    def _person(self, subject: str, source: str, now: datetime, session: Connection) -> str:
        known = self._directory.find(source, subject)
        links = () if known is None else links_in(known.token, session)
        holders = {link.person for link in links if link.holds(to_us(now))}
        if len(holders) != 1:
            raise _no_right()
        return holders.pop()

    def _content(self, asked: FiguresAsked, told: Mapping[str, Sums], as_of: datetime) -> Mapping[str, Any]:
        every = Sums()
        for sums in told.values():
            every = every.together(sums)
        return {
            "person": asked.subject,
            "from": asked.from_on.isoformat(),
            "to": asked.until_on.isoformat(),
            "asOf": as_of.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "total": _told(every),
            "courses": [{"course": name, **self._named(name), **_told(sums)} for name, sums in told.items()],
        }

    def _named(self, course: str) -> Mapping[str, str]:
        known = self._courses.get(course)
        name = None if known is None else known.name
        return {"nameZh": course, "nameEn": course} if name is None else {"nameZh": name.zh, "nameEn": name.en}


def _holds(dossier: Dossier, positions: Collection[str], window: Period, at: datetime) -> bool:
    """Whether somebody held one of these posts within the window, and by an instant: of nobody else it is asked."""
    stated = (said for _fact, said in of_kind(dossier.facts, Assignment) if said.position in positions)
    left = leaving(dossier.facts)
    out = END if left is None else left.at
    return any(
        each.starts_at <= at and each.starts_at < min(window.end, out) and min(each.ends_at or END, out) > window.start
        for each in stated
    )


def _told(sums: Sums) -> Mapping[str, Any]:
    rate = ""
    if sums.required:
        rate = str((Decimal(sums.counted) / sums.required).quantize(Decimal("0.0001"), ROUND_DOWN))
    return {
        "creditedSeconds": sums.credited,
        "attendedSeconds": sums.counted,
        "requiredSeconds": sums.required,
        "openSeconds": sums.open,
        "rate": rate,
    }


def _no_right() -> RejectedError:
    return RejectedError(
        NO_RIGHT, Words("nobody of whom this may be asked is known by that identifier", "没有可查询的人员使用该标识")
    )
