"""Recordings of classes that somebody saw: each second counts once, and nearly all of it must be seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.rules.span import Span, Spans, united
from hub.rules.timeline import BEGINNING
from hub.rules.unit import Unit

_SHARE, _OF = 95, 100
UNFINISHED, NOT_COUNTED, NOT_NEEDED = "recording_unfinished", "recording_not_counted", "recording_not_needed"


@dataclass(frozen=True, slots=True)
class Played:
    """Stretches of one recording that were played by an instant, in seconds of its own clock.

    ``flag`` names what is listed about its date; ``disputed``: so far ahead that it proves nothing.
    """

    at: datetime
    parts: tuple[tuple[float, float], ...]
    length: float
    ref: str
    known_at: datetime
    flag: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of a recording was seen, whole seconds; when that was nearly all of it, if it was."""

    seconds: int
    length: int
    done_at: datetime | None


def seen(played: Sequence[Played]) -> Seen:
    """What was seen of one recording. Its length is the longest that anybody said."""
    length = max((each.length for each in played), default=0.0)
    known: Spans = ()
    done_at = None
    for each in sorted(played, key=lambda one: (one.at, one.ref)):
        if not each.disputed:
            known = united((*known, *_spans(each.parts, length)))
            if done_at is None and length > 0 and _time(known) * _OF >= length * _SHARE:
                done_at = each.at
    return Seen(int(_time(known)), int(length), done_at)


def _time(spans: Spans) -> float:
    return sum((each.end - each.start).total_seconds() for each in spans)


def _spans(parts: Iterable[tuple[float, float]], length: float) -> Iterable[Span]:
    for start, end in parts:
        if start < min(end, length):
            yield Span(BEGINNING + timedelta(seconds=start), BEGINNING + timedelta(seconds=min(end, length)))


def recording_unit(
    recording: str,
    course: str,
    played: Sequence[Played],
    sessions: Sequence[Unit],
    *,
    counts: bool,
    category: str = "",
) -> Unit:
    """The unit of one recording of a course.

    ``sessions`` are those of the person that the plan says it shows: seen, it makes up for the first that was missed,
    whole, and for none that was come to; without any it counts as long as it is. ``counts``: whether the course lets
    recordings count.
    """
    found = seen(played)
    in_order = sorted(played, key=lambda one: (one.at, one.ref))
    over_at = found.done_at or in_order[-1].at
    missed = _missed(sessions)
    why = NOT_COUNTED if not counts else UNFINISHED if found.done_at is None else ""
    why = why or (NOT_NEEDED if sessions and missed is None else "")
    credited = 0 if why else missed.required if missed is not None else found.seconds
    return Unit(
        id=f"recording/{recording}",
        kind="study",
        course=course,
        starts_at=in_order[0].at,
        over_at=over_at,
        required=credited,
        credited=credited,
        status="incomplete" if why in (NOT_COUNTED, UNFINISHED) else "complete",
        reasons=tuple(dict.fromkeys(each for each in (why, *(one.flag for one in in_order)) if each)),
        refs=tuple(dict.fromkeys(each.ref for each in in_order)),
        known_at=max(each.known_at for each in in_order),
        category=category,
        makes_up="" if why or missed is None else missed.id,
    )


def _missed(sessions: Sequence[Unit]) -> Unit | None:
    """The first session that was not come to in full; what is excused for good needs nothing."""
    return min(
        (each for each in sessions if each.status not in ("complete", "excused") or each.deferred_until is not None),
        key=lambda unit: (unit.over_at, unit.id),
        default=None,
    )
