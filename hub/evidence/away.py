"""When somebody is on leave, by what was said of it, and since when that is known."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import groupby

from hub.clock import from_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.people.leaves import leaves
from hub.rules.span import Span, Spans, shared
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow, statements_of
from schemas.people import Leave, LeavesListed

_KINDS = {each.KIND: each for each in (Leave, LeavesListed)}


class Absences:
    """The leave of one person, from every word about it."""

    def __init__(self, rows: Iterable[FactRow]) -> None:
        self._rows = [row for row in rows if row.kind in _KINDS]

    def known_at(self, span: Span) -> datetime | None:
        """When the last word was known that changed how much of a time was leave; nothing where none ever did."""
        before: Spans = ()
        found = None
        for known_at, spans in self._steps:
            of_it = shared(spans, (span,))
            if of_it != before:
                before, found = of_it, known_at
        return found

    @cached_property
    def _steps(self) -> list[tuple[datetime, Spans]]:
        """The leave as it was known from each instant on."""
        known: list[FactRow] = []
        steps = []
        for at, rows in groupby(sorted(self._rows, key=lambda row: row.known_at), lambda row: row.known_at):
            known += rows
            steps.append((from_us(at), _leaves(known)))
        return steps


def is_away(person: str, store: Connection, now: datetime) -> bool:
    """Whether a person is on leave now, by the leave alone: asked of those who would be left in a post."""
    said = store.all(statements_of, {"person": person, "known_by": OPEN})
    return any(span.holds(now) for span in _leaves(row for row in said if row.kind in _KINDS))


def _leaves(rows: Iterable[FactRow]) -> Spans:
    return leaves(fact_of(row, _KINDS[row.kind]) for row in that_hold(rows))
