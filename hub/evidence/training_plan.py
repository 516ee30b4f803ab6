"""The training plan as it holds: which session runs at which terminal when. Cached; small beside the people."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from threading import Lock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.clock import from_us, to_us
from hub.evidence.facts import fact_of, that_hold
from hub.evidence.sittings import in_force
from hub.identity.links import OPEN
from hub.rules.attendance.sightings import BEYOND
from hub.rules.fact import Fact
from hub.rules.span import Span
from hub.store.statement import Connection
from hub.store.tables import facts
from schemas.learning import Session
from schemas.position import Course, CourseVersion


class PunchWindow(NamedTuple):
    """From when until when punches belong to a session (both inclusive), when it ends; stored microseconds."""

    opens: int
    closes: int
    ends: int
    session: str


_BEYOND_US = BEYOND // timedelta(microseconds=1)
"""How far beyond its window the other half of a lone punch may be."""
_NO_SESSIONS: tuple[PunchWindow, ...] = ()
_LONGEST_US = timedelta(days=3) // timedelta(microseconds=1)
"""No window of a session is longer: a day before, a day, and a day after."""


class TrainingPlan:
    """Sessions by id and by terminal. Of two statements about a session the later ``as_of`` holds.

    ``known_by``: as it was known at an instant of the past, in stored microseconds.
    """

    def __init__(self, courses: Mapping[str, Course], zone: ZoneInfo, known_by: int = OPEN) -> None:
        self.courses = courses
        self.zone = zone
        self._asked = {"known_by": known_by}
        self._lock = Lock()
        self._sessions: dict[str, Fact] | None = None
        self._by_device: dict[str, tuple[PunchWindow, ...]] = {}
        self._windows: tuple[PunchWindow, ...] = ()
        self._rooms: dict[str, str] = {}
        self._sites: dict[str, str] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._withdrawn: dict[bytes, int] | None = None

    def invalidate(self) -> None:
        """Read the plan again at the next question."""
        self._sessions = None
        self._withdrawn = None

    def as_known(self, known_by: int) -> "TrainingPlan":
        """The plan as it was known at an instant; this one for now."""
        return self if known_by >= OPEN else TrainingPlan(self.courses, self.zone, known_by)

    def withdrawn(self, store: Connection) -> Mapping[bytes, int]:
        """Statements that their source withdrew, and when that was known first; stored microseconds."""
        if self._withdrawn is None:
            self._withdrawn = {row.about: row.known_at for row in store.all(facts.all_voided, self._asked)}
        return self._withdrawn

    def block(self, session: Session) -> Span:
        """The punch windows of the sessions of its room that touch, one after the other: punches are paired over it."""
        opens, closes = self._window(session)
        windows = [window for device in session.devices for window in self._by_device.get(device, _NO_SESSIONS)]
        grown = True
        while grown:
            touching = [each for each in windows if each.opens <= closes and opens <= each.closes]
            before = opens, closes
            opens = min([opens, *(each.opens for each in touching)])
            closes = max([closes, *(each.closes for each in touching)])
            grown = (opens, closes) != before
        return Span(from_us(opens), from_us(closes))

    def window(self, session: Session) -> Span:
        """The punch window of a session."""
        opens, closes = self._window(session)
        return Span(from_us(opens), from_us(closes))

    def sessions_at(self, device: str, since_us: int, store: Connection) -> list[str]:
        """Ids of the sessions at a terminal whose windows were open at an instant or later."""
        self._load(store)
        return [each.session for each in self._by_device.get(device, _NO_SESSIONS) if each.closes >= since_us]

    def is_on(self, device: str, at_us: int, store: Connection) -> bool:
        """Whether an instant lies in the punch window of a session at a terminal."""
        self._load(store)
        return any(each.opens <= at_us <= each.closes for each in self._by_device.get(device, _NO_SESSIONS))

    def course_of(self, session: Session) -> CourseVersion | None:
        """The version of its course by which a session is counted: that of the day on which it is over."""
        course = self.courses.get(session.course)
        return None if course is None else in_force(course, session.ends_at, self.zone)

    def settles_at(self, session: Session) -> datetime:
        """When it settles: its punch window has closed, and what terminals still had to say has had its time."""
        course = self.course_of(session)
        after = course.leave_after_minutes + course.settle_minutes if course else 45
        return session.ends_at + timedelta(minutes=after)

    def sessions_over(self, device: str, at_us: int, now_us: int, store: Connection) -> list[str]:
        """Ids of the sessions that are over and to which a punch at this terminal and instant may belong.

        One that still runs counts for nothing before its end, and everyone enrolled is looked at then.
        """
        self._load(store)
        windows = self._by_device.get(device, _NO_SESSIONS)
        upto = bisect_right(windows, at_us + _BEYOND_US, key=attrgetter("opens"))
        return [each.session for each in windows[:upto] if at_us <= each.closes + _BEYOND_US and each.ends <= now_us]

    def sessions_meanwhile(self, at_us: int, now_us: int, store: Connection) -> list[str]:
        """Ids of the sessions, in any room, that are over and whose unit a punch of this instant may change."""
        self._load(store)
        first = bisect_left(self._windows, at_us - _LONGEST_US - _BEYOND_US, key=attrgetter("opens"))
        last = bisect_right(self._windows, at_us + _BEYOND_US, key=attrgetter("opens"))
        near = self._windows[first:last]
        return [each.session for each in near if at_us <= each.closes + _BEYOND_US and each.ends <= now_us]

    def room_of(self, device: str) -> str:
        """The room of a terminal: the same for all that one session names; empty for one that no session names."""
        return self._rooms.get(device, "")

    def site_of(self, room: str) -> str:
        """Where a room is, by the last session in it that says so; empty where none does."""
        return self._sites.get(room, "")

    def session(self, session: str, store: Connection) -> Fact | None:
        """A session of the plan as it holds, unless it was cancelled."""
        fact = self._load(store).get(session)
        return None if fact is None or planned(fact).cancelled else fact

    def shown_by(self, recording: str, store: Connection) -> frozenset[str]:
        """Ids of the sessions of which something is the recording, but for those that were cancelled."""
        self._load(store)
        return self._shown.get(recording, frozenset())

    def sessions(self, store: Connection) -> dict[str, Fact]:
        """Every session of the plan as it holds, cancelled ones too."""
        return self._load(store)

    def _load(self, store: Connection) -> dict[str, Fact]:
        sessions = self._sessions
        if sessions is None:
            with self._lock:
                sessions = self._read(store)
                self._by_device = self._index(sessions)
                self._windows = tuple(sorted({each for windows in self._by_device.values() for each in windows}))
                self._rooms = _rooms(sessions.values())
                self._sites = _sites(sessions.values(), self._rooms)
                self._shown = _shown(sessions.values())
                self._sessions = sessions
        return sessions

    def _read(self, store: Connection) -> dict[str, Fact]:
        words = (fact_of(row, Session) for row in that_hold(store.all(facts.sessions, self._asked)))
        return {each.record.subject: each for each in sorted(words, key=_said_last)}

    def _window(self, session: Session) -> tuple[int, int]:
        course = self.course_of(session)
        before = timedelta(minutes=course.enter_before_minutes if course else 30)
        after = timedelta(minutes=course.leave_after_minutes if course else 30)
        return to_us(session.starts_at - before), to_us(session.ends_at + after)

    def _index(self, sessions: dict[str, Fact]) -> dict[str, tuple[PunchWindow, ...]]:
        by_device: dict[str, list[PunchWindow]] = {}
        for each in map(planned, sessions.values()):
            if each.cancelled:
                continue
            opens, closes = self._window(each)
            window = PunchWindow(opens, closes, to_us(each.ends_at), each.subject)
            for device in each.devices:
                by_device.setdefault(device, []).append(window)
        return {device: tuple(sorted(windows)) for device, windows in by_device.items()}


def planned(fact: Fact) -> Session:
    """The session that a fact of the plan states."""
    assert isinstance(fact.record, Session)
    return fact.record


def _rooms(sessions: Iterable[Fact]) -> dict[str, str]:
    """The room of each terminal, named by one of its terminals."""
    found: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for devices in {planned(each).devices for each in sessions}:
        joined = {found.get(device, device) for device in devices}
        name = min(joined, default="")
        for device in [device for old in joined for device in members.pop(old, [old])]:
            found[device] = name
            members.setdefault(name, []).append(device)
    return found


def _sites(sessions: Iterable[Fact], rooms: Mapping[str, str]) -> dict[str, str]:
    """The site of each room of which a session names one, the latest last."""
    named = sorted((each for each in map(planned, sessions) if each.site), key=attrgetter("starts_at", "subject"))
    return {rooms[device]: each.site for each in named for device in each.devices}


def _shown(sessions: Iterable[Fact]) -> dict[str, frozenset[str]]:
    """The sessions of each recording."""
    found: dict[str, set[str]] = {}
    for each in map(planned, sessions):
        if each.recording and not each.cancelled:
            found.setdefault(each.recording, set()).add(each.subject)
    return {recording: frozenset(ids) for recording, ids in found.items()}


def _said_last(fact: Fact) -> tuple[datetime, str]:
    return planned(fact).as_of, fact.record.model_dump_json()
