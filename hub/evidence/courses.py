"""One person's study of one online course: passes that were kept, and those that new statements have folded again.

A pass is kept under its course and its first instant, with what one must know to fold its neighbours without it. A
statement leaves a row of its own instant without a body: what was kept of that time is stale, and nothing else. The
row of the course itself names the settings by which all passes were folded; without it all of them are folded again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from hub.clock import from_us, to_us
from hub.evidence.facts import fact_of, that_hold
from hub.evidence.rulings import Ruling
from hub.evidence.settings import study_settings
from hub.evidence.sittings import is_activity, known_by, study_at, study_passes
from hub.evidence.taken import Parted
from hub.rules.attendance.study import NOTHING_YET, CoursePass, SoFar
from hub.rules.fact import Fact, gate
from hub.rules.unit import Unit
from hub.store.statement import Connection
from hub.store.tables import facts
from schemas.learning import Study
from schemas.position import Course

_UNITS = TypeAdapter(tuple[Unit, ...])
_FIRST, _LAST = -(1 << 62), 1 << 62


class PassKey(NamedTuple):
    """The course of a pass and an instant of it, in stored microseconds."""

    course: str
    at: int


def pass_key(course: str, occurred_at: int, arrived_at: int) -> str:
    """Under what a statement has its pass folded again: by the instant for which it counts."""
    return _key(course, to_us(gate(from_us(occurred_at), from_us(arrived_at)).at))


def _key(course: str, at: int) -> str:
    return f"{course} {at}"  # no identifier holds a blank


def pass_of(unit: str) -> PassKey | None:
    """The pass that is kept under a key; nothing for a session or a course."""
    course, blank, at = unit.partition(" ")
    return PassKey(course, int(at)) if blank else None


class _Kept(NamedTuple):
    """A pass as it is kept: whether its time holds activity, when it was left completed, its units as JSON."""

    starts_at: int
    active: bool
    done_at: int | None
    units: str

    @property
    def left(self) -> SoFar:
        return SoFar(True, None if self.done_at is None else from_us(self.done_at))

    @property
    def body(self) -> str:
        return f"{int(self.active)}\n{'' if self.done_at is None else self.done_at}\n{self.units}"


def _kept(starts_at: int, body: str) -> _Kept:
    active, done_at, units = body.split("\n", 2)
    return _Kept(starts_at, active == "1", int(done_at) if done_at else None, units)


class _Heard(NamedTuple):
    """What was said of a stretch of time, and of what is said no more: for when it counted, and since when."""

    facts: Sequence[Fact]
    taken: Sequence[tuple[datetime, datetime]]


class StudiedCourse:
    """The passes of one online course that one person studied.

    ``asked`` names person, course and what was known; ``digest`` the settings of the course; ``head`` and ``passes``
    are what was kept, a pass by its first instant.
    """

    def __init__(
        self,
        asked: Mapping[str, object],
        course: Course,
        digest: str,
        ruling: Ruling,
        withdrawn: Mapping[bytes, int],
        parted: Parted,
        zone: ZoneInfo,
        store: Connection,
        *,
        head: str | None,
        passes: Mapping[int, str | None],
        keep: bool,
    ) -> None:
        self._asked = asked
        self._topic = str(asked["topic"])
        self._course = course
        self._digest = digest
        self._ruling = ruling
        self._withdrawn = withdrawn
        self._parted = parted
        self._zone = zone
        self._store = store
        self._head = head
        self._rows = passes
        self._keep = keep

    def units(self) -> tuple[Unit, ...]:
        """A unit for each local day of each pass."""
        units = (each.units.removeprefix("[").removesuffix("]") for each in self.folded())
        return _UNITS.validate_json(f"[{','.join(filter(None, units))}]")

    def folded(self) -> list[_Kept]:
        """The passes in the order of time: those that still hold, and the others folded again."""
        digest, _, active = (self._head or "").partition(" ")
        if digest == self._digest:
            found = self._again(active == "1")
            if _active(found) == (active == "1"):
                return self._made(found)
        said = self._said(_FIRST, _LAST)
        return self._made(self._fold(said, any(map(is_activity, said.facts)), NOTHING_YET, completed_later=False))

    def _again(self, active: bool) -> list[_Kept]:
        """The kept passes, with those folded again of which a statement came or was withdrawn, the latest first."""
        passes = sorted(_kept(at, body) for at, body in self._rows.items() if body is not None)
        settled = _LAST
        for at in sorted((at for at, body in self._rows.items() if body is None), reverse=True):
            if at < settled:
                settled = self._mend(passes, at, active)
        return passes

    def _mend(self, passes: list[_Kept], at: int, active: bool) -> int:
        """Fold the pass of an instant again, and those after it that no longer begin where they did; where that begins.

        The first pass alone may be without a completion of its own, so that another before it would be the end of it.
        """
        low = max(sum(each.starts_at <= at for each in passes) - 1, 0)
        before = passes[low - 1].left if low else NOTHING_YET
        start = passes[low].starts_at if low else _FIRST
        settings = study_settings(self._course.versions[0], reports_activity=active)
        for high, until in enumerate((*(each.starts_at for each in passes[low + 1 :]), _LAST), low + 1):
            found = self._fold(self._said(start, until), active, before, completed_later=until != _LAST)
            left = found[-1].left if found else before
            if until == _LAST or left.begins_at(from_us(until), settings):
                passes[low:high] = found
                break
        return start

    def _fold(self, said: _Heard, active: bool, so_far: SoFar, *, completed_later: bool) -> list[_Kept]:
        passes = study_passes(
            self._topic,
            self._course,
            said.facts,
            self._ruling,
            self._zone,
            reports_activity=active,
            so_far=so_far,
            completed_later=completed_later,
        )
        busy = [study_at(fact) for fact in said.facts if is_activity(fact)]
        ends = _ends(passes)
        taken = [_last_of(said.taken, since, until) for since, until in zip([None, *ends], ends, strict=False)]
        dated = [self._dated(each, at) for each, at in zip(passes, taken, strict=True)]
        return [_laid_out(each, busy, until) for each, until in zip(dated, ends, strict=True)]

    def _dated(self, found: CoursePass, taken: datetime | None) -> CoursePass:
        """A pass whose units are known to stand so since what was taken from it, too."""
        units = (known_by(each, taken, self._parted.known_at(each.over_at)) for each in found.units)
        return found._replace(units=tuple(units))

    def _said(self, start: int, until: int) -> _Heard:
        """What was said of a stretch of time, by the instants for which it counts."""
        rows = that_hold(self._store.all(facts.studies_within, {**self._asked, "from": start, "until": until}))
        said = [(fact_of(row, Study), self._withdrawn.get(row.about)) for row in rows]
        within = [(fact, gone) for fact, gone in said if start <= to_us(study_at(fact)) < until]
        taken = [(study_at(fact), from_us(gone)) for fact, gone in within if gone is not None]
        return _Heard([fact for fact, gone in within if gone is None], taken)

    def _made(self, passes: list[_Kept]) -> list[_Kept]:
        if self._keep:
            self._store_changes(
                {each.starts_at: each.body for each in passes}, f"{self._digest} {int(_active(passes))}"
            )
        return passes

    def _store_changes(self, bodies: Mapping[int, str], head: str) -> None:
        changed = [(at, body) for at, body in bodies.items() if self._rows.get(at) != body]
        self._set([(_key(self._topic, at), body) for at, body in changed])
        self._set([(self._topic, head)] if head != self._head else [])
        gone = [
            {"person": self._asked["person"], "unit": _key(self._topic, at)} for at in self._rows if at not in bodies
        ]
        if gone:
            self._store.many(facts.drop_fold, gone)

    def _set(self, folds: Iterable[tuple[str, str]]) -> None:
        rows = [{"person": self._asked["person"], "unit": unit, "body": body} for unit, body in folds]
        if rows:
            self._store.many(facts.set_fold, rows)


def _active(passes: Iterable[_Kept]) -> bool:
    return any(each.active for each in passes)


def _ends(passes: list[CoursePass]) -> list[datetime | None]:
    """Until when what was said is kept with a pass: until the next begins; what only looks back goes with the last."""
    return [*(each.starts_at for each in passes[1:]), None][: len(passes)]


def _last_of(
    taken: Iterable[tuple[datetime, datetime]], since: datetime | None, until: datetime | None
) -> datetime | None:
    """When the last was known of what was taken from a stretch of time."""
    within = (known for at, known in taken if (since is None or since <= at) and (until is None or at < until))
    return max(within, default=None)


def _laid_out(found: CoursePass, busy: Iterable[datetime], until: datetime | None) -> _Kept:
    active = any(found.starts_at <= at and (until is None or at < until) for at in busy)
    done_at = None if found.left.done_at is None else to_us(found.left.done_at)
    return _Kept(to_us(found.starts_at), active, done_at, orjson.dumps(found.units).decode())
