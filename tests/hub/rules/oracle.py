"""A slow and obvious model of the core rules: it asks at one instant, by going through everything again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hub.rules.unit import Unit


@dataclass(frozen=True)
class Word:
    """What an issuer says of a number on one day: a status, and perhaps a period ``[start, end)``."""

    said: datetime
    status: str
    acts: datetime
    start: datetime | None = None
    end: datetime | None = None


def held(words: Sequence[Word], instant: datetime) -> bool:
    """Whether a number holds at an instant, by all that was said of it in this order."""
    periods = {word.start: word.end for word in words if word.status == "active" and word.start}
    begun = [start for start in periods if start <= instant]
    if not begun or instant >= periods[max(begun)]:
        return False
    return not any(_closes(words, n, instant) for n in range(len(words)))


def _closes(words: Sequence[Word], n: int, instant: datetime) -> bool:
    word = words[n]
    if word.status == "active" or word.acts > instant:
        return False
    if word.status == "revoked":
        return True
    for later in words[n + 1 :]:
        if later.status == "active" and max(later.said, later.acts) >= word.acts:
            return instant < max(later.acts, word.acts)  # the first word that lifts it says from when
    return True


def sums(units: Sequence[Unit], start: datetime, end: datetime, instant: datetime) -> tuple[int, int, int, int]:
    """Credited, counted, required and open seconds of a period by an instant; of passes of a course the best one.

    What is open of any pass may still be credited, so that it is open beside the best one.
    """
    over = [unit for unit in units if start < unit.over_at <= end and unit.over_at <= instant]
    single = [unit for unit in over if not _repeated(unit, units)]
    groups = [single]
    for course in {unit.course for unit in over if _repeated(unit, units)}:
        passes: dict[str, list[Unit]] = {}
        for unit in over:
            if unit.course == course and _repeated(unit, units):
                passes.setdefault(unit.study, []).append(unit)
        groups.append(max(passes.values(), key=lambda p: (_credited(p), _counted(p), -sum(u.required for u in p))))
    found = [unit for group in groups for unit in group]
    return _credited(found), _counted(found), sum(u.required for u in found), sum(u.open for u in over)


def _repeated(unit: Unit, units: Sequence[Unit]) -> bool:
    mine = {each.study for each in units if each.course == unit.course and each.study}
    return bool(unit.study) and not unit.repeats and len(mine) > 1


def _credited(units: Sequence[Unit]) -> int:
    return sum(unit.credited for unit in units)


def _counted(units: Sequence[Unit]) -> int:
    return sum(min(unit.credited, unit.required) for unit in units)


def state(found: tuple[int, int, int, int], demanded: int, rate: Fraction | None) -> str:
    """Met, not met, or unknown; a rate of nothing required is not met."""
    credited, counted, required, hidden = found

    def enough(credited: int, counted: int) -> bool:
        if credited < demanded:
            return False
        return rate is None or (required > 0 and Fraction(counted, required) >= rate)

    if enough(credited, counted):
        return "met"
    most = min(counted + hidden, max(required, counted))
    return "unknown" if hidden and enough(credited + hidden, most) else "not_met"


def owed(hours_by_year: Sequence[Sequence[int]], demanded: int, closed: int) -> int:
    """What is owed at the end of some years, hour by hour: ``hours_by_year`` has the hours of each, in order.

    Of a later year the first hours are its own demand; each one beyond that pays the earliest debt. Years after the
    closed ones run on: all their hours pay.
    """
    debts: list[int] = []
    for year, classes in enumerate(hours_by_year):
        own = demanded if year < closed else 0
        for _hour in range(sum(classes)):
            if own:
                own -= 1
            elif debts:
                debts[0] -= 1
                debts = [debt for debt in debts if debt]
        if year < closed and own:
            debts.append(own)
    return sum(debts)
