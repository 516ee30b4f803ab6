"""What an emergency class makes up for: it names a course, and replaces the earliest session of it that was missed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.rules.unit import Unit

_MISSED = ("absent", "incomplete", "unknown")


def with_missed_ones(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same units; each that makes up for a course names the session it replaces, or none where none was missed."""
    found = tuple(units)
    asking = [each for each in found if each.makes_up]
    if not asking:
        return found
    ids = {each.id for each in found}
    taken = {each.makes_up for each in asking if each.makes_up in ids}
    named: dict[str, str] = {}
    for each in sorted(asking, key=lambda unit: (unit.over_at, unit.id)):
        if each.makes_up not in ids:
            named[each.id] = missed = _earliest(each, found, taken)
            taken.add(missed)
    return tuple(replace(each, makes_up=named[each.id]) if each.id in named else each for each in found)


def _earliest(asking: Unit, units: Sequence[Unit], taken: set[str]) -> str:
    """The earliest session of the course that was missed before, and that nothing else makes up for."""
    missed = (
        each
        for each in units
        if each.kind == "session" and each.course == asking.makes_up and each.status in _MISSED and not each.makes_up
    )
    free = (each for each in missed if each.id not in taken and each.id != asking.id)
    first = min(free, key=lambda unit: (unit.over_at, unit.id), default=None)
    return "" if first is None else first.id
