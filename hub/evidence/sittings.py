"""One person at one session of the plan, and in one online course: from facts to what the rules fold into units."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.evidence.rulings import Ruling
from hub.evidence.settings import room_settings, study_settings
from hub.evidence.watermarks import Completeness
from hub.rules.attendance.decided import ruled_study
from hub.rules.attendance.listed import signed, with_list
from hub.rules.attendance.punches import sighting_of
from hub.rules.attendance.room import Frame
from hub.rules.attendance.session import Sitting, unit_of
from hub.rules.attendance.sightings import Presence, Sighting, in_one_place, presence, witnessed
from hub.rules.attendance.statements import Meaning, Statement
from hub.rules.attendance.study import CoursePass, SoFar, passes_of
from hub.rules.calendar import last_valid_day
from hub.rules.fact import Fact, gate
from hub.rules.span import Span, Spans, seconds
from hub.rules.unit import Unit
from schemas.attendance import Punch
from schemas.learning import Session, Study
from schemas.position import Course, CourseVersion

_SPOKEN: dict[str, Meaning] = {
    "opened": "opened",
    "closed": "closed",
    "asked": "asked",
    "answered": "proved",
    "answered_wrong": "failed",
    "played": "played",
    "paused": "paused",
    "face": "proved",
    "no_face": "no_face",
    "not_self": "not_self",
}
_OF_THE_COURSE: dict[str, Meaning] = {"completed": "completed", "uncompleted": "uncompleted"}
"""What a study statement says beside a point of activity; some of it only of the course as a whole."""
_HERE = ""
_ACTIVITY = frozenset({"point", "asked", "answered", "answered_wrong"})


def session_unit(
    planned: Fact,
    session: Session,
    course: CourseVersion,
    punches: Sequence[Fact],
    *,
    block: Span,
    room_of: Callable[[str], str],
    site_of: Callable[[str], str],
    min_travel: timedelta,
    leaves: Spans,
    ruling: Ruling,
    complete: Completeness,
    now: datetime,
) -> Unit:
    """A person's session by all punches of the block of sessions in its room, and those elsewhere meanwhile.

    ``room_of`` gives the room of a terminal, or nothing where no session is held at it: only who was in two rooms at
    once was in one of them for nobody knows how long. ``site_of`` gives where a room is, as far as the plan says it;
    nobody goes from one site to another in less than ``min_travel``.
    """
    here = [fact for fact in punches if _punch(fact).device in session.devices]
    elsewhere = any(_punch(fact).device not in session.devices and block.holds(_punch(fact).at) for fact in punches)
    placed = tuple(Span(each.start, each.end) for each in session.pauses)
    unplaced = max(session.break_seconds - seconds(placed), 0)
    frame = Frame(session.starts_at, session.ends_at, placed, unplaced, leaves)

    def where(room: str) -> str:
        return site_of(room) if room != _HERE else session.site

    seen, beside = _in_one_room(here, punches, course, block, room_of, where, min_travel, ruling.witnessed)
    found = with_list(seen, ruling.rows)
    sitting = Sitting(
        session.subject,
        session.course,
        frame,
        found,
        elsewhere=elsewhere and not found.sightings,
        complete_until=complete.until if session.devices or not signed(ruling.rows) else block.end,
        retired=complete.retired,
        decisions=ruling.decisions,
        deferral=ruling.deferral,
        makes_up=session.makes_up,
        category=course.category or "",
    )
    unit = unit_of(sitting, room_settings(course), now=now)
    return with_facts(unit, [planned, *(fact for fact in here if fact.id in unit.refs), *beside, *ruling.facts])


def _in_one_room(
    here: Sequence[Fact],
    punches: Sequence[Fact],
    course: CourseVersion,
    block: Span,
    room_of: Callable[[str], str],
    site_of: Callable[[str], str],
    min_travel: timedelta,
    marks: Sequence[datetime],
) -> tuple[Presence, Sequence[Fact]]:
    """The presence at the terminals ``here``, open where the person was in another room too, and what shows that."""
    alone = presence(_sightings(here, course, marks), block)
    rooms = _by_room(punches, here, room_of)
    if not alone.certain or not rooms:
        return alone, ()
    others = [(room, _beside(_sightings(facts, course), block)) for room, facts in rooms.items()]
    found = in_one_place([(_HERE, alone), *others], site_of, min_travel)[_HERE]
    return found, () if found == alone else [fact for facts in rooms.values() for fact in facts]


def _beside(seen: Sequence[Sighting], block: Span) -> Presence:
    """The presence in another room over a block, with every sighting there: a way between sites reaches beyond it."""
    return replace(presence(seen, block), sightings=tuple(seen))


def _by_room(punches: Sequence[Fact], here: Sequence[Fact], room_of: Callable[[str], str]) -> dict[str, list[Fact]]:
    """Punches in other rooms than that of those ``here``, by room."""
    own = {_HERE, *(room_of(_punch(fact).device) for fact in here)}
    found: dict[str, list[Fact]] = {}
    for fact in punches:
        room = room_of(_punch(fact).device)
        if room not in own:
            found.setdefault(room, []).append(fact)
    return found


def study_passes(
    course_id: str,
    course: Course,
    facts: Sequence[Fact],
    ruling: Ruling,
    zone: ZoneInfo,
    *,
    reports_activity: bool,
    so_far: SoFar,
    completed_later: bool,
) -> list[CoursePass]:
    """The passes of one online course, or of a stretch of it; what is dated far ahead of its arrival is open.

    Each unit is counted by the version of the course in force on its day. Versions that part the passes otherwise have
    all of the stretch as one.
    """
    said = [_statement(fact) for fact in facts]
    by_id = {fact.id: fact for fact in (*facts, *ruling.facts)}
    by_version = [
        passes_of(
            course_id,
            said,
            study_settings(version, reports_activity=reports_activity),
            zone,
            so_far=so_far,
            completed_later=completed_later,
        )
        for version in course.versions
    ]
    if len({version.resume_days for version in course.versions}) > 1:
        by_version = [_as_one(passes) for passes in by_version]
    return [
        together[0]._replace(units=_with_rulings(_in_force(course, together, zone), ruling, by_id))
        for together in zip(*by_version, strict=True)
    ]


def _as_one(passes: Sequence[CoursePass]) -> list[CoursePass]:
    units = tuple(unit for each in passes for unit in each.units)
    return [CoursePass(passes[0].starts_at, passes[-1].left, units)] if passes else []


def _in_force(course: Course, by_version: Sequence[CoursePass], zone: ZoneInfo) -> list[Unit]:
    """Of one pass, as each version folds it, the units of the days of that version."""
    return [
        unit
        for version, found in zip(course.versions, by_version, strict=True)
        for unit in found.units
        if in_force(course, unit.over_at, zone) is version
    ]


def _with_rulings(units: Sequence[Unit], ruling: Ruling, by_id: Mapping[str, Fact]) -> tuple[Unit, ...]:
    ruled = ruled_study(units, ruling.decisions)
    return tuple(with_facts(unit, [by_id[ref] for ref in unit.refs]) for unit in ruled)


def study_at(fact: Fact) -> datetime:
    """When a study statement counts."""
    return gate(_study(fact).occurred_at, fact.arrived_at).at


def is_activity(fact: Fact) -> bool:
    """Whether a study statement says what happened between opening and closing."""
    return _study(fact).meaning in _ACTIVITY


def in_force(course: Course, over_at: datetime, zone: ZoneInfo) -> CourseVersion:
    """The version by which what is over at an instant is counted; what ends with a day belongs to that day."""
    return course.in_force(last_valid_day(over_at, zone))


def with_facts(unit: Unit, facts: Collection[Fact]) -> Unit:
    """A unit that names these facts too, and when the last of all was known."""
    named = (ref for fact in facts for ref in (fact.id, *fact.beside))
    refs = tuple(dict.fromkeys((*unit.refs, *named)))
    return replace(unit, refs=refs, known_at=max([unit.known_at, *(fact.known_at for fact in facts)]))


def known_by(unit: Unit, *words: datetime | None) -> Unit:
    """A unit that is known to stand so since the last of these instants, if that is later."""
    return replace(unit, known_at=max([unit.known_at, *(at for at in words if at is not None)]))


def is_at(fact: Fact, devices: Collection[str]) -> bool:
    """Whether a punch is of one of some terminals."""
    return _punch(fact).device in devices


def _sightings(punches: Iterable[Fact], course: CourseVersion, marks: Sequence[datetime] = ()) -> list[Sighting]:
    verified = {fact.id: _punch(fact).verify for fact in punches}
    seen = [sighting_of(fact, _punch(fact)) for fact in punches]
    return witnessed(seen, lambda sighting: verified[sighting.ref] in course.needs_witness, marks)


def _statement(fact: Fact) -> Statement:
    said = _study(fact)
    gated = gate(said.occurred_at, fact.arrived_at)
    until = None if said.until is None else said.until - (said.occurred_at - gated.at)
    media = None if said.position is None else int(float(said.position))
    return Statement(gated.at, _meaning(said), media, until, fact.id, gated.flag, gated.disputed)


def _meaning(said: Study) -> Meaning:
    """What a statement says of the course: a page, a module or a quiz that is completed is activity in it."""
    of_the_course = _OF_THE_COURSE.get(said.meaning) if said.of_the_course else None
    return of_the_course or _SPOKEN.get(said.meaning, "point")


def _punch(fact: Fact) -> Punch:
    assert isinstance(fact.record, Punch)
    return fact.record


def _study(fact: Fact) -> Study:
    assert isinstance(fact.record, Study)
    return fact.record
