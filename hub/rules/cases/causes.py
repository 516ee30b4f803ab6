"""Which cases concern one person: open time of units, what a person asked, what contradicts itself in the standings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import day_of
from hub.rules.cases.checks import checks_of
from hub.rules.cases.matters import MATTERS, Reach, matter
from hub.rules.demands.results import sat_at, stood
from hub.rules.fact import Fact, of_kind
from hub.rules.people.stints import left_out, rows_left_out, stints
from hub.rules.posts.dossier import DoubtedWord, LateWord, WalkIn
from hub.rules.posts.standing import Standing
from hub.rules.unit import Unit
from hub.rules.values import Verdict
from schemas.decision import Deferral, Incident, Objection
from schemas.learning import Result
from schemas.people import Assignment

_ASKED = "deferral_asked"
_LISTED = ("backdated", "dated_ahead")
"""What is listed about evidence that counts."""
_CONTRADICTED = ("sat_before_eligible", "contradicting_results", "disputed_date")


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why somebody has to decide about a person: the matter, what it is about, and since when.

    ``key`` is the same for all whom one cause concerns; ``place`` says what it is about, without naming anybody.
    ``unit`` is what is decided of, ``of`` its session or course.
    """

    matter: str
    key: tuple[str, ...]
    place: tuple[tuple[str, str], ...]
    unit: str
    of: str
    since: datetime
    open: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def of_units(
    person: str,
    units: Sequence[Unit],
    room_of: Callable[[str], str],
    is_shared: Callable[[str, str], bool],
    zone: ZoneInfo,
) -> Iterator[Cause]:
    """The units of a person with time that somebody has to decide about: each is in one case, of its first reason.

    ``room_of`` gives the terminals of a session's room; ``is_shared`` says of a reason and a session whether the whole
    class has that trouble.
    """
    for unit in units:
        reason = _reason(unit)
        if not reason or reason == _ASKED or unit.kind not in ("session", "study"):
            continue
        of = unit.id if unit.kind == "session" else unit.course
        since = max(unit.open_since or unit.over_at, unit.known_at)
        reach = matter(reason).reach
        if reach == "class":
            reach = "session" if is_shared(reason, of) else "person"
        key, place = _place(person, reach, unit, of, room_of, zone)
        doubt = next((each for each in unit.deducted if each.reason == reason), None)
        bounds = (None, None) if doubt is None else (doubt.starts_at, doubt.ends_at)
        yield Cause(reason, key, place, unit.id, of, since, unit.open, *bounds)


def _reason(unit: Unit) -> str:
    """Why somebody has to decide about a unit, the strongest reason; empty where nobody has to."""
    if unit.settled_by == "retired":
        return "not_recorded"
    if unit.status == "pending" or not (unit.status == "unknown" or unit.open) or not unit.reasons:
        return ""
    if _ASKED in unit.reasons:
        return _ASKED
    return next((each for each in unit.reasons if each not in _LISTED), "")


def _place(
    person: str, reach: Reach, unit: Unit, of: str, room_of: Callable[[str], str], zone: ZoneInfo
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    place = ("session" if unit.kind == "session" else "course", of)
    if reach == "session":
        return (of,), (place,)
    day = day_of(unit.starts_at, zone).isoformat()
    if reach == "person day":
        return (person, day), (("day", day),)
    room = ("device", room_of(of))
    if reach == "room":
        return room, (room,)
    if reach == "room day":
        return (*room, day), (room, ("day", day))
    return (person, unit.id), (place,)


def of_deferrals(person: str, facts: Iterable[Fact]) -> Iterator[Cause]:
    """What somebody asks to do later; ``ends_at`` is the due that is asked for."""
    for fact, said in of_kind(facts, Deferral):
        if said.state == "asked":
            place = (("session", said.session),)
            key = (person, said.session)
            yield Cause(_ASKED, key, place, said.session, said.session, fact.known_at, ends_at=said.until)


def of_unlisted(facts: Sequence[Fact], now: datetime, zone: ZoneInfo) -> Iterator[Cause]:
    """The posts, present and to come, of a person whom a whole roster names no more: one case for all whom it left out.

    No post ends by that.
    """
    missed = left_out(facts)
    if missed is None:
        return
    place = (("unlisted_on", day_of(missed.said_at, zone).isoformat()),)
    for position in sorted({said.position for _fact, said in of_kind(facts, Assignment)}):
        for stint in stints(facts, position, zone):
            if stint.end > now:
                unit, key = f"{position}@{stint.start.isoformat()}", (missed.said_at.isoformat(),)
                yield Cause("not_listed", key, place, unit, position, missed.known_at, 0, stint.start, stint.end)


def of_rows_left_out(facts: Sequence[Fact], now: datetime, zone: ZoneInfo) -> Iterator[Cause]:
    """The rows of posts, present and to come, that a file no longer has though it has the person: one case for a file.

    No post ends by that. Of whom it has no more there is a case already.
    """
    if left_out(facts) is not None:
        return
    for position in sorted({said.position for _fact, said in of_kind(facts, Assignment)}):
        for span, missed in rows_left_out(facts, position, now):
            place = (("unlisted_on", day_of(missed.said_at, zone).isoformat()),)
            unit, key = f"{position}@{span.start.isoformat()}", (missed.said_at.isoformat(),)
            yield Cause("post_not_listed", key, place, unit, position, missed.known_at, 0, span.start, span.end)


def of_objections(person: str, facts: Iterable[Fact]) -> Iterator[Cause]:
    """What a person objects to."""
    for fact, said in of_kind(facts, Objection):
        place = (("session", said.session),)
        key = (person, said.session, said.as_of.isoformat())
        yield Cause("objection", key, place, said.session, said.session, fact.known_at, 0, said.starts_at, said.ends_at)


def of_incidents(person: str, facts: Iterable[Fact]) -> Iterator[Cause]:
    """What happened at work: each for HR to look at, with the course that it concerns."""
    for fact, said in of_kind(facts, Incident):
        place = (("position", said.position), *((("course", said.course),) if said.course else ()))
        key = (person, said.position, said.occurred_at.isoformat())
        unit = f"{said.position}@{said.occurred_at.isoformat()}"
        yield Cause("incident", key, place, unit, said.course or said.position, fact.known_at, 0, said.occurred_at)


def of_checks(person: str, facts: Iterable[Fact], now: datetime) -> Iterator[Cause]:
    """Certificates that a person should have looked up again by now."""
    for credential, number, by, _known_by in checks_of(facts):
        if by <= now:
            key = (person, credential, number, by.isoformat())
            yield Cause(
                "check_due", key, (("credential", credential),), f"{credential}@{by.isoformat()}", credential, by
            )


def of_walk_ins(walk_ins: Iterable[WalkIn]) -> Iterator[Cause]:
    """Sessions in which a person was who is not enrolled there."""
    for each in walk_ins:
        place = (("session", each.session),)
        since = max(each.over_at, each.known_at)
        yield Cause("walk_in", (each.session,), place, each.session, each.session, since, each.seconds)


def of_late_words(words: Iterable[LateWord]) -> Iterator[Cause]:
    """Sessions that the plan took a person out of when they were over."""
    for each in words:
        place = (("session", each.session),)
        yield Cause("late_withdrawal", (each.session,), place, each.session, each.session, each.known_at)


def of_doubts(words: Iterable[DoubtedWord]) -> Iterator[Cause]:
    """What was said under a key that leaked: one case a key, whomever it concerns."""
    for each in words:
        place = (("connector", each.owner), ("key", each.kid))
        unit = f"{each.kind}:{each.topic}"
        yield Cause("key_revoked", (each.owner, each.kid), place, unit, each.topic, each.known_at)


def of_wave(position: str, cause: str, wave: str, at: datetime) -> Cause:
    """A closing that waits with others: one case for all of a wave, with the post and what closes there."""
    place = (("position", position), ("cause", cause))
    return Cause("closing_wave", (position, cause, wave), place, position, wave, at)


def of_standings(person: str, standings: Iterable[Standing], facts: Sequence[Fact], now: datetime) -> Iterator[Cause]:
    """What contradicts itself, or was given on grounds that are gone, by position."""
    results = dict(_results(facts))
    for standing in standings:
        place = ("position", standing.position)
        for alarm in standing.alarms:
            if alarm.code in MATTERS:
                about = (place, ("credential", alarm.subject))
                yield Cause(alarm.code, (person, alarm.subject, *alarm.refs), about, alarm.subject, alarm.subject, now)
        for event in standing.events:
            if event.kind == "ground_lost":
                about = (place, ("credential", event.subject))
                gone = (person, event.subject, event.at.isoformat())
                yield Cause(event.kind, gone, about, event.subject, event.subject, event.at)
        for verdict in _verdicts(standing):
            for exam, at, said in {results[ref] for ref in verdict.refs if ref in results}:
                if verdict.reason in _CONTRADICTED:
                    about = (place, ("requirement", verdict.requirement))
                    unit = f"{exam}@{at.isoformat()}={said}"
                    key = (person, exam, at.isoformat())
                    yield Cause(verdict.reason, key, about, unit, exam, now, starts_at=at)


def _results(facts: Sequence[Fact]) -> Iterator[tuple[str, tuple[str, datetime, str]]]:
    """Each result by its fact: the exam, when it counts, and all that was said of that sitting."""
    by_sitting: dict[tuple[str, datetime], list[tuple[Fact, Result]]] = {}
    for fact, said in of_kind(facts, Result):
        by_sitting.setdefault((said.exam, sat_at(fact).at), []).append((fact, said))
    for (exam, at), found in by_sitting.items():
        together = stood((said.passed, said.score) for _fact, said in found)
        yield from ((fact.id, (exam, at, together)) for fact, _said in found)


def _verdicts(standing: Standing) -> Iterator[Verdict]:
    waiting = [*standing.verdicts, *(part for each in standing.credentials for part in each.parts)]
    while waiting:
        verdict = waiting.pop()
        yield verdict
        waiting += verdict.parts
