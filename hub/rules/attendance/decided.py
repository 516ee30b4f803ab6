"""What a person at HR decided of a unit, and the units of an online course as they stand after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Literal

from hub.rules.unit import Unit

Ruled = Literal["credited", "rejected", "partly", "excused", "sign_out_assumed"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a unit; ``partly`` credits the part from ``start`` to ``end`` and no other."""

    kind: Ruled
    start: datetime | None = None
    end: datetime | None = None
    ref: str = ""
    unit: str = ""
    """The unit of an online course; a session has one unit."""
    at: datetime | None = None
    """When it was decided."""


def ruled_at(decisions: Iterable[Decision]) -> datetime | None:
    """When the last decision was made by which something does not count."""
    return max((each.at for each in decisions if each.at and each.kind in ("rejected", "partly")), default=None)


def ruled_study(units: Sequence[Unit], decisions: Sequence[Decision]) -> tuple[Unit, ...]:
    """The units of an online course, after the decisions about each of them."""
    return tuple(reduce(_ruled, (each for each in decisions if each.unit == unit.id), unit) for unit in units)


def _ruled(unit: Unit, decision: Decision) -> Unit:
    refs = (*unit.refs, decision.ref) if decision.ref else unit.refs
    settled = replace(unit, open=0, reasons=(), refs=refs, decided=decision.kind, ruled_at=ruled_at([decision]))
    if decision.kind == "excused":
        return replace(settled, status="excused", required=settled.credited, completion=_not_open(unit, "none"))
    if decision.kind == "rejected":
        return replace(settled, status="incomplete", completion=_not_open(unit, "none"))
    credited = unit.credited + unit.open
    completion = _not_open(unit, "counted")
    required = credited if completion == "counted" else unit.required
    return replace(settled, status="complete", credited=credited, required=required, completion=completion)


def _not_open(unit: Unit, instead: Literal["none", "counted"]) -> Literal["none", "counted"]:
    return instead if unit.completion == "open" else unit.completion
