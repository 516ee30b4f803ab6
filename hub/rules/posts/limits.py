"""What people do to a scope beside the ladder: mentors named and lost, blocks, overrides, return after an absence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.credentials.demanded import Days
from hub.rules.fact import Fact, of_kind
from hub.rules.people.stints import Stint
from hub.rules.span import Span, Spans, inside, shared, united, while_true, without
from hub.rules.timeline import END, Timeline
from schemas.decision import Block, Mentoring, Override, Warned


def mentored(
    facts: Iterable[Fact], position: str, mentors: Mapping[tuple[str, str], Timeline[bool]], wanted: int
) -> Timeline[bool]:
    """True while a person has so many named mentors who hold full scope in the post."""
    spans: list[Spans] = []
    for _fact, named in _latest(facts):
        if named.position == position:
            full = mentors.get((named.mentor, position), Timeline(False))
            spans.append(shared([Span(named.starts_at, named.ends_at or END)], while_true(full)))
    edges = sorted({edge for each in spans for span in each for edge in (span.start, span.end)})

    def enough(instant: datetime) -> bool:
        return sum(any(span.holds(instant) for span in each) for each in spans) >= wanted

    return Timeline(False, ((edge, enough(edge)) for edge in edges))


def with_grace(has: Timeline[bool], grace: str, days: Days) -> Timeline[bool]:
    """True also for the grace after a mentor was lost."""
    spans = while_true(has)
    return inside(Span(span.start, _after(span.end, grace, days)) for span in spans)


def _after(instant: datetime, grace: str, days: Days) -> datetime:
    if instant == END:
        return END
    return days.after(instant, grace)


def _latest(facts: Iterable[Fact]) -> Sequence[tuple[Fact, Mentoring]]:
    found = {(said.id or f"{said.mentor}@{said.starts_at}"): (fact, said) for fact, said in of_kind(facts, Mentoring)}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Limit:
    """A highest scope that a person or a rule sets for a stretch of time."""

    span: Span
    scope: str
    reason: str
    ref: str = ""
    review_at: datetime | None = None


def blocks(facts: Iterable[Fact], position: str) -> list[Limit]:
    """Blocks by a person, each until another lifts it."""
    found: dict[str, tuple[Fact, Block]] = {}
    for fact, said in of_kind(facts, Block):
        if said.position == position:
            found[said.id or said.starts_at.isoformat()] = (fact, said)
    return [
        Limit(Span(said.starts_at, said.lifted_at or END), said.scope, "blocked", fact.id, said.review_at)
        for fact, said in found.values()
    ]


def overrides(facts: Iterable[Fact], position: str) -> list[tuple[str, Override]]:
    """Overrides by two people, the later word of each id."""
    found: dict[str, tuple[str, Override]] = {}
    for fact, said in of_kind(facts, Override):
        if said.position == position:
            found[said.id or said.starts_at.isoformat()] = (fact.id, said)
    return list(found.values())


def returns(stints: Sequence[Stint], leaves: Spans, after: str, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """When a person came back to the post after an absence of at least a length: leave, or no stint."""
    if not stints:
        return []
    first = stints[0].start
    posts = united(span for each in stints for span in each.spans)
    away = united((*leaves, *without([Span(first, END)], posts)))
    back = (span for span in away if span.start >= first or span.end > first)
    return [
        span.end
        for span in back
        if span.end <= now and add(span.start, after, zone) <= span.end and any(each.holds(span.end) for each in posts)
    ]


def warned_ends(facts: Iterable[Fact], position: str) -> set[tuple[str, datetime]]:
    """The ends of credentials of which a channel accepted a warning before them."""
    found = (said for _fact, said in of_kind(facts, Warned) if said.position == position)
    return {(said.credential, said.ends_at) for said in found if said.accepted_at < said.ends_at}
