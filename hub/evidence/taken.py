"""What took evidence of a person away, and when that was known: the loss of what was issued on it is of that instant.

A unit that still is says itself since when it stands so; here is what is no more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from hub.clock import from_us, to_us
from hub.evidence.enrolments import taken_out_at
from hub.evidence.training_plan import TrainingPlan
from hub.rules.fact import Fact, of_kind
from hub.rules.unit import Unit
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow, studies_within
from hub.store.tables.identity import PartedRow, parted_from
from schemas.decision import Issued

_FIRST, _LAST = -(1 << 62), 1 << 62


class Parted:
    """Identifiers that were a person's and are no more."""

    def __init__(self, asked: Mapping[str, object], store: Connection) -> None:
        self._asked = asked
        self._store = store

    def known_at(self, at: datetime) -> datetime | None:
        """When the last word was known by which an identifier was not theirs any more at an instant."""
        until = to_us(at)
        return max((from_us(row.known_at) for row in self._rows if row.valid_until <= until), default=None)

    @cached_property
    def _rows(self) -> Sequence[PartedRow]:
        asked = {"person": self._asked["person"], "known_by": self._asked["known_by"]}
        return list(self._store.all(parted_from, asked))

    def first_after(self, issued_at: datetime) -> datetime | None:
        """When the first such word was known that came after an instant."""
        return min((at for row in self._rows if (at := from_us(row.known_at)) > issued_at), default=None)


def grounds_gone(
    facts: Sequence[Fact],
    units: Iterable[Unit],
    rows: Sequence[FactRow],
    asked: Mapping[str, object],
    plan: TrainingPlan,
    store: Connection,
) -> dict[tuple[str, str], datetime]:
    """What something was issued upon and that is no more, by its kind and reference, and when that was known.

    A class whose course no file describes any more was not taken away: no setting takes what was issued.
    """
    words = of_kind(facts, Issued)
    here = {("unit", unit.id) for unit in units} | {("fact", fact.id) for fact in facts} if words else set()
    found: dict[tuple[str, str], datetime] = {}
    for fact, issued in words:
        for ground in issued.grounds:
            place, course = (ground.kind, ground.ref), ground.stood.partition(":")[0]
            if place in here or not ground.stood or (ground.kind == "unit" and course not in plan.courses):
                continue
            at = _known_at(ground.ref, course, rows, asked, plan, store) if ground.kind == "unit" else None
            found[place] = at or Parted(asked, store).first_after(fact.known_at) or fact.known_at
    return found


def _known_at(
    unit: str,
    course: str,
    rows: Iterable[FactRow],
    asked: Mapping[str, object],
    plan: TrainingPlan,
    store: Connection,
) -> datetime | None:
    return taken_out_at(unit, rows) or max(_withdrawn(course, asked, plan, store), default=None)


def _withdrawn(course: str, asked: Mapping[str, object], plan: TrainingPlan, store: Connection) -> Iterator[datetime]:
    """When statements of a person's study were withdrawn that had counted."""
    withdrawn = plan.withdrawn(store)
    if plan.courses[course].mode != "online" or not withdrawn:
        return
    for row in store.all(studies_within, {**asked, "topic": course, "from": _FIRST, "until": _LAST}):
        if withdrawn.get(row.about, 0) > row.known_at:
            yield from_us(withdrawn[row.about])
