"""Units of the recordings of classes that a person saw, from what was said of each."""

from collections.abc import Iterable, Iterator, Sequence

from hub.evidence.facts import fact_of
from hub.evidence.sittings import in_force
from hub.evidence.training_plan import TrainingPlan
from hub.rules.attendance.recordings import Played, recording_unit
from hub.rules.fact import Fact, gate
from hub.rules.unit import Unit
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow
from schemas.learning import RecordingSeen
from schemas.stretches import stretches_of


def recorded(held: Iterable[FactRow], units: Sequence[Unit], plan: TrainingPlan, store: Connection) -> Iterator[Unit]:
    """A unit for each recording of a course that is held in a room; ``units`` are those of the person's sessions.

    Whatever else plays is study of an online course, and no name of a course that nobody knows counts.
    """
    by_recording: dict[tuple[str, str], list[Fact]] = {}
    for row in held:
        if row.kind == RecordingSeen.KIND:
            fact = fact_of(row, RecordingSeen)
            by_recording.setdefault((_said(fact).course, _said(fact).recording), []).append(fact)
    for (course, recording), facts in sorted(by_recording.items()):
        if course in plan.courses and plan.courses[course].mode == "room":
            yield _unit(course, recording, facts, units, plan, store)


def _unit(
    course: str, recording: str, facts: Sequence[Fact], units: Sequence[Unit], plan: TrainingPlan, store: Connection
) -> Unit:
    shown = plan.shown_by(recording, store)
    played = [_played(fact) for fact in facts]
    version = in_force(plan.courses[course], max(each.at for each in played), plan.zone)
    return recording_unit(
        recording,
        course,
        played,
        [unit for unit in units if unit.kind == "session" and unit.id in shown and unit.course == course],
        counts=version.recordings,
        category=version.category or "",
    )


def _played(fact: Fact) -> Played:
    said = _said(fact)
    gated = gate(said.occurred_at, fact.arrived_at)
    return Played(
        gated.at,
        stretches_of(said.played),
        float(said.length_seconds),
        fact.id,
        fact.known_at,
        gated.flag,
        gated.disputed,
    )


def _said(fact: Fact) -> RecordingSeen:
    assert isinstance(fact.record, RecordingSeen)
    return fact.record
