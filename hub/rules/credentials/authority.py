"""The life of an authority's credential: held while any of its numbers is; its end closes by itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.rules.calendar import end_after
from hub.rules.credentials.numbers import Number
from hub.rules.credentials.periods import Stated
from hub.rules.credentials.words import CLOSING
from hub.rules.life import CredentialState, Life
from hub.rules.span import Span, Spans, united, without
from hub.rules.timeline import BEGINNING, END, Timeline
from hub.rules.values import Alarm, Event, EventKind
from schemas.credential import Status
from schemas.position import Provenance


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """What follows where the issuer's own review is missed, and how often it is where the issuer states no date."""

    missed: Literal["close", "tell"]
    every: str | None
    zone: ZoneInfo

    def dues(self, period: Stated) -> tuple[tuple[datetime, datetime], ...]:
        """From when which review is due in a period."""
        if period.reviews or self.every is None:
            return period.reviews
        return ((period.start, end_after(period.start, self.every, self.zone)),)

    def closed(self, period: Stated) -> Spans:
        """When a period is closed because a review was missed, until a later one is stated."""
        if self.missed == "tell":
            return ()
        dues = self.dues(period)
        nexts = [*(said for said, _due in dues[1:]), END][: len(dues)]
        return united(Span(due, later) for (_said, due), later in zip(dues, nexts, strict=True) if due < later)


def authority_life(
    credential: str, numbers: Sequence[Number], review: ReviewRule, *, must_end: bool, said: Sequence[str]
) -> Life:
    """The life of a credential that exists by its issuer's word alone. ``said`` are the facts that speak of it."""
    held = {each.number: without(each.held, _missed(each, review)) for each in numbers}
    holding = _holding(held)
    alarms = [alarm for each in numbers for alarm in each.alarms]
    if must_end:
        alarms += [Alarm("no_end", credential) for each in numbers if each.runs and each.runs[-1].end == END]
    runs = united(span for spans in held.values() for span in spans)

    def state(instant: datetime) -> CredentialState:
        return _state(credential, numbers, held, review, runs, instant, said)

    return Life(
        credential,
        False,
        holding,
        state,
        events=tuple(sorted(_events(credential, numbers, held, review, runs))),
        alarms=tuple(sorted(set(alarms))),
        looks=tuple(_changes(numbers, held, review, state)),
        runs=runs,
        ends=tuple(sorted((n, span.end) for n, spans in held.items() for span in spans if span.end < END)),
        closings=tuple(sorted(each.start for number in numbers for each in number.closures)),
    )


def _missed(number: Number, review: ReviewRule) -> Spans:
    return united(span for period in number.periods for span in review.closed(period))


def _holding(held: dict[str, Spans]) -> Timeline[tuple[str, ...]]:
    edges = {edge for spans in held.values() for span in spans for edge in (span.start, span.end)}
    return Timeline((), ((edge, _held_at(held, edge)) for edge in edges))


def _held_at(held: dict[str, Spans], instant: datetime) -> tuple[str, ...]:
    return tuple(number for number, spans in held.items() if any(span.holds(instant) for span in spans))


def _changes(
    numbers: Sequence[Number],
    held: dict[str, Spans],
    review: ReviewRule,
    state: Callable[[datetime], CredentialState],
) -> Iterable[datetime]:
    """When it stands otherwise, or for another reason: what is told of it is told until then."""
    edges = {edge for number in numbers for edge in _edges(number, held[number.number], review)}
    steps = Timeline(state(BEGINNING), ((edge, state(edge)) for edge in sorted(edges) if edge < END))
    return (start for start, _state in steps if start > BEGINNING)


def _edges(number: Number, held: Spans, review: ReviewRule) -> Iterable[datetime]:
    periods, closures = (each.span for each in number.periods), (each.span for each in number.closures)
    for span in (*held, *_missed(number, review), *periods, *closures):
        yield from (span.start, span.end)
    yield from (instant for period in number.periods for due in review.dues(period) for instant in due)


def _state(
    credential: str,
    numbers: Sequence[Number],
    held: dict[str, Spans],
    review: ReviewRule,
    runs: Spans,
    instant: datetime,
    said: Sequence[str],
) -> CredentialState:
    run = next((span for span in runs if span.holds(instant)), None)
    if run is not None:
        number, period = _present(numbers, held, run, instant)
        refs = tuple(fact.id for fact in period.said)
        bound = _told_end(period, run, review, instant)
        return CredentialState(
            credential,
            False,
            "active",
            number.number,
            period.start,
            bound,
            since=run.start,
            stated_at=_stated_at(period),
            refs=refs,
            known_by=period.known_by,
        )
    ends = [end for number in numbers if (end := _ended(number, held[number.number], review, instant)) is not None]
    if not ends:
        return CredentialState(
            credential, False, "unknown", reason="credential_missing", refs=tuple(said), unknown=bool(said)
        )
    end = max(ends, key=_ended_at)
    reason = f"credential_{end.reason}"
    return CredentialState(
        credential,
        False,
        end.status,
        end.number,
        None,
        end.until,
        reason,
        end.at,
        end.explicit,
        refs=end.refs,
        known_by=end.known_by,
    )


def _present(numbers: Sequence[Number], held: dict[str, Spans], run: Span, instant: datetime) -> tuple[Number, Stated]:
    """The number and period that reach furthest of those that hold."""
    found = [
        (number, period)
        for number in numbers
        if any(span.holds(instant) for span in held[number.number])
        for period in number.periods
        if period.span.holds(instant)
    ]
    return max(found, key=lambda pair: (pair[1].end, pair[0].number))


def _stated_at(period: Stated) -> datetime:
    """When the word arrived that states its end, or the last one that states its review."""
    said = [said for said, _due in period.reviews]
    return max([period.said[0].arrived_at, *said[-1:]])


def _told_end(period: Stated, run: Span, review: ReviewRule, instant: datetime) -> datetime | None:
    """The end that is told: of the unbroken run, or the review that comes before it."""
    dues = [due for said, due in review.dues(period) if said <= instant < due]
    end = min([run.end, *dues[-1:]])
    return None if end == END else end


@dataclass(frozen=True, slots=True)
class _End:
    number: str
    at: datetime
    reason: str
    status: Status
    until: datetime | None
    refs: tuple[str, ...]
    known_by: Provenance
    explicit: bool = False


def _ended_at(end: _End) -> tuple[datetime, str]:
    return end.at, end.number


def _ended(number: Number, held: Spans, review: ReviewRule, instant: datetime) -> _End | None:
    """Why a number does not hold at an instant: closed in so many words, its review missed, over, or not proven."""
    known = number.runs[-1].end if number.runs else None
    until = None if known == END else known
    closed = [each for each in number.closures if each.span.holds(instant)]
    if closed:
        worst = max(closed, key=lambda each: (CLOSING.index(each.kind), each.start))
        return _End(
            number.number, worst.start, worst.kind, worst.kind, until, (worst.ref,), worst.known_by, explicit=True
        )
    begun = [period for period in number.periods if period.start <= instant]
    if not begun:
        return None
    refs, known_by = tuple(fact.id for fact in begun[-1].said), begun[-1].known_by
    missed = [span.start for span in _missed(number, review) if span.holds(instant)]
    if missed:
        return _End(number.number, missed[0], "review_missed", "expired", until, refs, known_by)
    if begun[-1].end <= instant:
        return _End(number.number, begun[-1].end, "expired", "expired", begun[-1].end, refs, known_by)
    return _End(number.number, begun[-1].start, "unproven", "unknown", until, refs, known_by)


_CLOSED: dict[str, EventKind] = {"suspended": "suspended", "revoked": "revoked", "superseded": "superseded"}


def _events(
    credential: str, numbers: Sequence[Number], held: dict[str, Spans], review: ReviewRule, runs: Spans
) -> Iterable[Event]:
    lifted = {each.end for number in numbers for each in number.closures if each.end != END}
    for run in runs:
        yield Event(run.start, "reinstated" if run.start in lifted else "granted", credential, _until(run.end))
        if run.end < END:
            yield _ending(credential, numbers, held, review, run)
        starts = {period.start for number in numbers for period in number.periods}
        for start in sorted(start for start in starts if run.start < start < run.end and start not in lifted):
            yield Event(start, "dates_changed", credential, _until(run.end))


def _ending(credential: str, numbers: Sequence[Number], held: dict[str, Spans], review: ReviewRule, run: Span) -> Event:
    ends = (_ended(number, held[number.number], review, run.end) for number in numbers)
    end = max((each for each in ends if each is not None), key=_ended_at)
    return Event(run.end, _CLOSED.get(end.reason, "expired"), credential, end.until, (), end.refs)


def _until(end: datetime) -> datetime | None:
    return None if end == END else end
