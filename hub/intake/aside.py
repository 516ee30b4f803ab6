"""What is set aside of a body whose other items are taken: few bad items one by one, many as ranges under one seal."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.transmission import Fault

APART = 16
"""Bad items of one body and code that each wait by themselves; of more, all wait together."""
_SHOWN = 20
_TOGETHER = re.compile(r"([0-9]+) items: ")


class Aside(NamedTuple):
    """What waits as one: the first item's number and fault, the bytes of all, and how many they are."""

    item: int
    fault: Fault
    raw: bytes
    items: int


def asides(faults: Sequence[tuple[int, Fault]]) -> list[Aside]:
    """What waits of these bad items; together wait those of one code whose own bytes are known."""
    by_code: dict[str, list[tuple[int, Fault]]] = {}
    for n, fault in faults:
        by_code.setdefault(fault.code if fault.raw else "", []).append((n, fault))
    found = []
    for code, bad in by_code.items():
        if code and len(bad) > APART:
            found.append(_together(bad))
        else:
            found += [Aside(n, fault, fault.raw, 1) for n, fault in bad]
    return sorted(found, key=lambda each: each.item)


def items_of(place: str) -> int:
    """How many items wait as one, from the place that is kept with them."""
    told = _TOGETHER.match(place)
    return int(told[1]) if told else 1


def _together(bad: Sequence[tuple[int, Fault]]) -> Aside:
    first, fault = bad[0]
    header, _, _rest = fault.raw.rpartition(b"\n")  # with its header a line can be read again
    lines = [each.raw.rpartition(b"\n")[2] for _n, each in bad]
    raw = b"\n".join([header, *lines] if header else lines)
    place = f"{len(bad)} items: lines {_ranges(n + 1 for n, _fault in bad)}"
    return Aside(first, Fault(fault.code, place, fault.found, fault.expected, raw), raw, len(bad))


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers as ranges, the first of them: ``3-9, 12``."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        elif len(runs) == _SHOWN:
            return ", ".join([*map(_run, runs), "…"])
        else:
            runs.append([n, n])
    return ", ".join(map(_run, runs))


def _run(run: Sequence[int]) -> str:
    return str(run[0]) if run[0] == run[1] else f"{run[0]}-{run[1]}"
