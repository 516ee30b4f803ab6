"""Study of one online course by one person: passes of the course, and a unit for each local day of a pass.

A pass is one study of the course from its first activity; activity later than some days after completion begins a new
one, a mere look back does not. Its nominal length is required once, on its first day, and it never credits more.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.rules.attendance.statements import Counted, Statement, StudySettings, counted, is_whole, moments
from hub.rules.calendar import day_of, start_of
from hub.rules.span import Span, Spans, seconds, shared, united, without
from hub.rules.timeline import BEGINNING, END
from hub.rules.unit import Completion, Noted, Unit, UnitStatus

_DISPUTED = "disputed_date"
"""What is dated far ahead of its arrival: it counts once a person says so."""


class SoFar(NamedTuple):
    """Where the passes of a course stand at an instant: whether one was begun, when the last one was completed."""

    begun: bool = False
    done_at: datetime | None = None

    def begins_at(self, at: datetime, settings: StudySettings) -> bool:
        """Whether activity at an instant is of a new pass; a later one counts as such only if it is completed."""
        return not self.begun or (self.done_at is not None and at - self.done_at > timedelta(days=settings.resume_days))


NOTHING_YET = SoFar()


class CoursePass(NamedTuple):
    """One study of a course: its first activity, where it leaves the passes, and a unit for each local day."""

    starts_at: datetime
    left: SoFar
    units: tuple[Unit, ...]


def units_of(course: str, said: Iterable[Statement], settings: StudySettings, zone: ZoneInfo) -> tuple[Unit, ...]:
    """The units of a course in the order of time, whatever the order in which things were said, and how often."""
    return tuple(unit for each in passes_of(course, said, settings, zone) for unit in each.units)


def passes_of(
    course: str,
    said: Iterable[Statement],
    settings: StudySettings,
    zone: ZoneInfo,
    *,
    so_far: SoFar = NOTHING_YET,
    completed_later: bool = False,
) -> list[CoursePass]:
    """The passes of a course in the order of time, or those of a stretch of it.

    Of a stretch, which begins where a pass does, ``so_far`` says what went before it, and ``completed_later`` that
    the course was completed after it once more.
    """
    whole = sorted(set(said), key=lambda each: (each.at, each.meaning, each.media or 0, each.ref))
    return [
        CoursePass(of_pass[0].at, left, tuple(_Pass(course, of_pass, settings, zone).units()))
        for of_pass, left in _passes(whole, settings, so_far, completed_later)
    ]


def _passes(
    said: Sequence[Statement], settings: StudySettings, so_far: SoFar, completed_later: bool
) -> Iterable[tuple[list[Statement], SoFar]]:
    last_completion = max((each.at for each in said if each.meaning == "completed"), default=BEGINNING)
    of_pass: list[Statement] = []
    for at, together in groupby(said, key=attrgetter("at")):
        now = list(together)
        if so_far.begins_at(at, settings):
            if so_far.begun and not completed_later and last_completion < at:
                continue  # somebody only looked back into it
            if of_pass:
                yield of_pass, so_far
            of_pass, so_far = [], SoFar(begun=True)
        of_pass += now
        so_far = SoFar(True, _done({each.meaning for each in now}, at, so_far.done_at))
    if of_pass:
        yield of_pass, so_far


def _done(said: Container[str], at: datetime, done_at: datetime | None) -> datetime | None:
    """When a course was completed, after what was said at one instant; a completion beats its opposite."""
    if "completed" in said:
        return done_at or at
    return None if "uncompleted" in said else done_at


def completed_at(said: Sequence[Statement]) -> datetime | None:
    """When a course was completed; an uncompleted takes that back, unless both are of one second."""
    done: datetime | None = None
    for each in moments(said):
        done = _done(each.said, each.at, done)
    return done


@dataclass(frozen=True, slots=True)
class _Judged:
    completion: Completion
    at: datetime | None
    reason: str = ""


class _Pass:
    """One study of a course."""

    def __init__(self, course: str, said: Sequence[Statement], settings: StudySettings, zone: ZoneInfo) -> None:
        self._course = course
        self._said = said
        self._settings = settings
        self._zone = zone
        self._sure = [each for each in said if not each.disputed]
        self._done_at = completed_at(self._sure)
        self._breaks = tuple(self._long_breaks())

    def units(self) -> list[Unit]:
        """A unit for each local day."""
        time = self._counted()
        days = self._days(time.certain)
        judged = self._judge(time)
        left = self._settings.nominal
        found: list[Unit] = []
        for day in days:
            unit = self._unit(day, time, judged, most=left, first=not found)
            left -= unit.credited
            found.append(unit)
        return self._required(found, judged)

    def _counted(self) -> Counted:
        """The study time; what only a disputed statement would add is open."""
        sure = counted(self._sure, self._settings)
        if len(self._sure) == len(self._said):
            return sure
        more = without(counted(self._said, self._settings).certain, sure.certain)
        return replace(sure, doubts=(*sure.doubts, *(Noted(_DISPUTED, each.start, each.end) for each in more)))

    def _required(self, units: list[Unit], judged: _Judged) -> list[Unit]:
        """What is completed was not missed: a completion that counts requires what was credited, day by day."""
        if judged.completion != "counted" or not self._settings.needs_time:
            return units
        return [replace(each, required=each.credited) for each in units]

    def _days(self, certain: Spans) -> list[date]:
        days = {day_of(each.at, self._zone) for each in self._said}
        for each in certain:
            first, last = day_of(each.start, self._zone), day_of(each.end - timedelta(microseconds=1), self._zone)
            days |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
        return sorted(days)

    def _unit(self, day: date, time: Counted, judged: _Judged, *, most: int, first: bool) -> Unit:
        span = Span(start_of(day, self._zone), start_of(day + timedelta(days=1), self._zone))
        own = shared(time.certain, [span])
        spoken = [each for each in self._said if span.holds(each.at)]
        edges = [*(each.at for each in spoken), *(edge for each in own for edge in (each.start, each.end))]
        broken = tuple(each for each in self._breaks if span.holds(each.starts_at))
        completed = judged.at is not None and (span.holds(judged.at) or judged.at == span.end)
        doubts = tuple(each for each in time.doubts if span.holds(each.starts_at))
        return Unit(
            id=f"{self._course}@{self._said[0].at:%Y%m%dT%H%M%SZ}@{day.isoformat()}",
            kind="study",
            course=self._course,
            starts_at=min(edges),
            over_at=max(edges),
            required=self._settings.nominal if first else 0,
            credited=min(seconds(own), max(most, 0)),
            open=seconds(united(Span(each.starts_at, each.ends_at) for each in doubts)),
            status=_status(broken, judged),
            intervals=own,
            deducted=tuple(each for each in (*time.taken, *broken, *doubts) if span.holds(each.starts_at)),
            reasons=_reasons(broken, judged, doubts, spoken),
            open_since=max(edges) if doubts else None,
            refs=tuple(dict.fromkeys(each.ref for each in spoken if each.ref)),
            category=self._settings.category,
            study=f"{self._course}@{self._said[0].at:%Y%m%dT%H%M%SZ}",
            repeats=self._settings.repeats,
            completion=judged.completion if completed else "none",
            completed_at=judged.at if completed else None,
        )

    def _judge(self, time: Counted) -> _Judged:
        """Whether the completion counts: it needs study behind it, and every long break cleared."""
        if self._done_at is None:
            disputed_at = completed_at(self._said)
            return _Judged("none", None) if disputed_at is None else _Judged("open", disputed_at, _DISPUTED)
        cleared = self._cleared(time.certain)
        if cleared is None:
            return _Judged("none", None, "long_break")
        if not self._settings.needs_time:
            return _Judged("counted", max(self._done_at, cleared))
        reached = _reached(time.certain, self._settings.nominal * self._settings.min_share)
        if reached is None:
            return _Judged("open", self._done_at, "completed_too_fast")
        return _Judged("counted", max(self._done_at, cleared, reached))

    def _cleared(self, certain: Spans) -> datetime | None:
        """Since when no break stands in the way; none while the last one is not cleared by later clean study."""
        if not self._breaks:
            return self._said[0].at
        day = start_of(day_of(self._breaks[-1].ends_at, self._zone) + timedelta(days=1), self._zone)
        after = shared(certain, [Span(day, END)])
        return _reached(after, self._settings.nominal)

    def _long_breaks(self) -> Iterable[Noted]:
        """Breaks before completion: too long within a local day, or not resumed within the days allowed."""
        settings = self._settings
        for before, after in pairwise(moments(self._said)):
            if is_whole(before, after, settings) or (self._done_at is not None and after.at > self._done_at):
                continue
            gap = after.at - before.at
            if gap > timedelta(days=settings.resume_days):
                yield Noted("resumed_late", before.at, after.at)
            elif gap > timedelta(seconds=settings.longest_break) and self._is_one_day(before.at, after.at):
                yield Noted("long_break", before.at, after.at)

    def _is_one_day(self, one: datetime, other: datetime) -> bool:
        return day_of(one, self._zone) == day_of(other, self._zone)


def _reasons(
    broken: Iterable[Noted], judged: _Judged, doubts: Iterable[Noted], spoken: Iterable[Statement]
) -> tuple[str, ...]:
    """Why a day stands so, the strongest first; what is listed about dates, whatever they count, comes last."""
    why = (*(each.reason for each in broken), judged.reason, *(each.reason for each in doubts))
    return tuple(dict.fromkeys(each for each in (*why, *(each.flag for each in spoken)) if each))


def _status(broken: Sequence[Noted], judged: _Judged) -> UnitStatus:
    if judged.completion == "open":
        return "unknown"
    return "complete" if judged.completion == "counted" and not broken else "incomplete"


def _reached(spans: Spans, wanted: float) -> datetime | None:
    """When so many seconds were together."""
    total = 0.0
    for each in spans:
        if total + each.seconds >= wanted:
            return each.start + timedelta(seconds=max(wanted - total, 0))
        total += each.seconds
    return None
