"""A list of those present beside what terminals saw: it counts once two people signed it; where both differ, the
difference is open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.attendance.sightings import Presence
from hub.rules.span import Span, Spans, shared, united, without
from hub.rules.unit import Noted

SIGNATURES = 2


@dataclass(frozen=True, slots=True)
class ListRow:
    """Somebody signed that the person was there from ``start`` to ``end``; nobody signs a row of their own."""

    start: datetime
    end: datetime
    signer: str


def signed(rows: Iterable[ListRow]) -> Spans:
    """The times that two different people signed."""
    signers: dict[Span, set[str]] = {}
    for each in rows:
        signers.setdefault(Span(each.start, each.end), set()).add(each.signer)
    return united(span for span, names in signers.items() if len(names) >= SIGNATURES)


def with_list(found: Presence, rows: Sequence[ListRow]) -> Presence:
    """What was seen of a person together with what was signed."""
    if not rows:
        return found
    listed = signed(rows)
    settled = _with_signed(found, listed) if listed else found
    once = united(Span(each.start, each.end) for each in rows)
    waiting = without(once, united([*settled.certain, *listed]))
    return replace(settled, doubts=(*settled.doubts, *_noted("not_countersigned", waiting)))


def _with_signed(found: Presence, listed: Spans) -> Presence:
    """What was seen of a person together with times that two people signed."""
    seen = united([*found.certain, *_spans(found.doubts)]) if found.sightings else listed
    differing = united([*without(listed, seen), *without(found.certain, listed)])
    left = tuple(note for each in found.doubts for note in _left(each, listed))
    return replace(found, certain=shared(listed, seen), doubts=(*left, *_noted("list_differs", differing)))


def _spans(doubts: Iterable[Noted]) -> Iterable[Span]:
    return (Span(each.starts_at, each.ends_at) for each in doubts)


def _left(doubt: Noted, listed: Spans) -> Iterable[Noted]:
    """What of a doubt the list does not settle."""
    return _noted(doubt.reason, without([Span(doubt.starts_at, doubt.ends_at)], listed))


def _noted(reason: str, spans: Spans) -> list[Noted]:
    return [Noted(reason, each.start, each.end) for each in spans]
