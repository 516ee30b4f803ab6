"""What an emergency class makes up for: it names a course, and replaces the earliest session of it that was missed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hub.rules.unit import Unit

_MISSED = ("absent", "incomplete", "unknown")
_FILLS = ("complete", "unknown")
"""How a class stands that makes up for another one, or may yet be told to."""


def with_missed_ones(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same units; each that makes up for a course names the session it replaces, or none where none was missed.

    What makes up for a session is one of the course of that session: it replaces it wherever it counts.
    """
    found = tuple(units)
    asking = [each for each in found if each.makes_up]
    if not asking:
        return found
    known = {each.id: each for each in found}
    taken = {each.makes_up for each in asking if each.makes_up in known and each.status in _FILLS}
    for each in sorted(asking, key=lambda unit: (unit.over_at, unit.id)):
        if each.makes_up not in known:
            missed = _earliest(each, found, taken)
            known[each.id] = replace(each, makes_up=missed)
            if each.status in _FILLS:
                taken.add(missed)
    return tuple(_of_its_course(known[each.id], known) if each.makes_up else each for each in found)


def _of_its_course(unit: Unit, known: Mapping[str, Unit]) -> Unit:
    missed, seen = unit, {unit.id}
    while missed.makes_up in known and missed.makes_up not in seen:
        missed = known[missed.makes_up]
        seen.add(missed.id)
    if (missed.course, missed.category) == (unit.course, unit.category):
        return unit
    return replace(unit, course=missed.course, category=missed.category)


def _earliest(asking: Unit, units: Sequence[Unit], taken: set[str]) -> str:
    """The earliest session of the course that was missed, and that nothing else makes up for.

    What was put off was missed too: it may be made up until its new due.
    """
    missed = (each for each in units if each.course == asking.makes_up and not each.makes_up and _is_missed(each))
    free = (each for each in missed if each.id not in taken and each.id != asking.id)
    first = min(free, key=lambda unit: (unit.over_at, unit.id), default=None)
    return "" if first is None else first.id


def _is_missed(unit: Unit) -> bool:
    put_off = unit.deferred_until is not None and unit.credited < unit.required
    return unit.kind == "session" and (put_off or unit.status in _MISSED)
