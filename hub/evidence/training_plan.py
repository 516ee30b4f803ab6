"""The training plan as it holds: which session runs at which terminal when. Cached; small beside the people."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from threading import Lock
from typing import NamedTuple

from hub.clock import to_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.dossier import Fact
from hub.store.statement import Connection
from hub.store.tables import facts
from schemas.learning import Session
from schemas.position import Course


class PunchWindow(NamedTuple):
    """From when until when punches belong to a session (both inclusive), when it ends; stored microseconds."""

    opens: int
    closes: int
    ends: int
    session: str


_NO_SESSIONS: tuple[PunchWindow, ...] = ()


class TrainingPlan:
    """Sessions by id and by terminal. Of two statements about a session the later ``as_of`` holds.

    ``known_by``: as it was known at an instant of the past, in stored microseconds.
    """

    def __init__(self, courses: Mapping[str, Course], known_by: int = OPEN) -> None:
        self.courses = courses
        self._asked = {"known_by": known_by}
        self._lock = Lock()
        self._sessions: dict[str, Fact[Session]] | None = None
        self._by_device: dict[str, tuple[PunchWindow, ...]] = {}
        self._withdrawn: frozenset[bytes] | None = None

    def invalidate(self) -> None:
        """Read the plan again at the next question."""
        self._sessions = None
        self._withdrawn = None

    def as_known(self, known_by: int) -> "TrainingPlan":
        """The plan as it was known at an instant; this one for now."""
        return self if known_by >= OPEN else TrainingPlan(self.courses, known_by)

    def withdrawn(self, store: Connection) -> frozenset[bytes]:
        """Ids of the statements that their source withdrew."""
        if self._withdrawn is None:
            self._withdrawn = frozenset(row.about for row in store.all(facts.all_voided, self._asked))
        return self._withdrawn

    def sessions_over(self, device: str, at_us: int, now_us: int, store: Connection) -> list[str]:
        """Ids of the sessions that are over and to which a punch at this terminal and instant belongs.

        One that still runs counts for nothing before its end, and everyone enrolled is looked at then.
        """
        self._load(store)
        windows = self._by_device.get(device, _NO_SESSIONS)
        upto = bisect_right(windows, at_us, key=attrgetter("opens"))
        return [each.session for each in windows[:upto] if at_us <= each.closes and each.ends <= now_us]

    def session(self, session: str, store: Connection) -> Fact[Session] | None:
        """A session of the plan as it holds, unless it was cancelled."""
        fact = self._load(store).get(session)
        return None if fact is None or fact.record.cancelled else fact

    def _load(self, store: Connection) -> dict[str, Fact[Session]]:
        sessions = self._sessions
        if sessions is None:
            with self._lock:
                sessions = self._read(store)
                self._by_device = self._index(sessions)
                self._sessions = sessions
        return sessions

    def _read(self, store: Connection) -> dict[str, Fact[Session]]:
        words = (fact_of(row, Session) for row in that_hold(store.all(facts.sessions, self._asked)))
        return {each.record.subject: each for each in sorted(words, key=_said_last)}

    def _index(self, sessions: dict[str, Fact[Session]]) -> dict[str, tuple[PunchWindow, ...]]:
        by_device: dict[str, list[PunchWindow]] = {}
        for each in (fact.record for fact in sessions.values()):
            if each.cancelled:
                continue
            course = self.courses.get(each.course)
            before = timedelta(minutes=course.enter_before_minutes if course else 30)
            after = timedelta(minutes=course.leave_after_minutes if course else 30)
            opens, closes = to_us(each.starts_at - before), to_us(each.ends_at + after)
            window = PunchWindow(opens, closes, to_us(each.ends_at), each.subject)
            for device in each.devices:
                by_device.setdefault(device, []).append(window)
        return {device: tuple(sorted(windows)) for device, windows in by_device.items()}


def _said_last(fact: Fact[Session]) -> tuple[datetime, str]:
    return fact.record.as_of, fact.record.model_dump_json()
