"""What an emergency class makes up for: it names a course, and replaces the earliest session of it that was missed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.rules.unit import Unit

_MISSED = ("absent", "incomplete", "unknown")
_SHORT = ("absent", "incomplete")


def with_missed_ones(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same units; each that makes up for a course names the session it replaces, or none where none was missed."""
    found = tuple(units)
    asking = [each for each in found if each.makes_up]
    if not asking:
        return found
    ids = {each.id for each in found}
    taken = {each.makes_up for each in asking if each.makes_up in ids and each.status not in _SHORT}
    named: dict[str, str] = {}
    for each in sorted(asking, key=lambda unit: (unit.over_at, unit.id)):
        if each.makes_up not in ids:
            named[each.id] = missed = _earliest(each, found, taken)
            if each.status not in _SHORT:
                taken.add(missed)
    return tuple(replace(each, makes_up=named[each.id]) if each.id in named else each for each in found)


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
