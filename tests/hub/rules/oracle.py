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
    """Credited, counted, required and open seconds of a period by an instant; of passes of a course the best one."""
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
    return _credited(found), _counted(found), sum(u.required for u in found), sum(u.open for u in found)


def _repeated(unit: Unit, units: Sequence[Unit]) -> bool:
    mine = {each.study for each in units if each.course == unit.course and each.study and not each.open}
    return bool(unit.study) and not unit.repeats and not unit.open and len(mine) > 1


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


# --- the whole life of a credential of our own ---------------------------------------------------------------

CYCLE, GRACE, HR_MAY_TAKE = 60 * 24, 72, 30 * 24
"""In hours."""
HOURS_DEMANDED = 4


@dataclass(frozen=True)
class Happening:
    """Something that happens in an hour, counted from the beginning: a class, an exam, an act, an issuer's word."""

    hour: int
    what: str
    amount: int = 0


class OwnLife:
    """A credential held from hour 0 for one cycle, lived from hour to hour: each cycle asks four hours, then an exam.

    After each closing, lapse or cure it is asked again what the rules say, of all that has happened so far.
    """

    def __init__(self, happened: Sequence[Happening], *, waits_for_hr: bool) -> None:
        self._happened = happened
        self._waits_for_hr = waits_for_hr
        self._state, self._start, self._end = "held", 0, CYCLE
        self._until = self._lapsed_at = 0
        self._suspended = False
        self.steps: list[tuple[int, bool]] = [(0, True)]
        """Whether it is held, from which hour on."""

    def live(self, until: int) -> "OwnLife":
        """To an hour, by each in which something happens and by each midnight: cycles and graces end then."""
        for hour in sorted({*range(0, until + 1, 24), *(each.hour for each in self._happened)}):
            self._hear(hour)
            self._judge(hour)
            held = self._state in ("held", "waits for HR", "is unclear") and not self._suspended
            if held != self.steps[-1][1]:
                self.steps.append((hour, held))
        return self

    def _hear(self, hour: int) -> None:
        if self._in("revoked", hour - 1, hour):
            self._state = "revoked"
        if self._in("suspended", hour - 1, hour):
            self._suspended = True
        if self._in("active", hour - 1, hour):
            self._suspended = False

    def _judge(self, hour: int) -> None:
        if self._state == "held" and hour == self._end:
            self._at_the_end()
        if self._state == "waits for HR" and self._in("act", self._start, hour):
            self._state, self._start, self._end = "held", self._end, self._end + CYCLE
        if self._state in ("waits for HR", "is unclear") and hour == self._until:
            self._state, self._lapsed_at = "lapsed", hour
        if (self._state == "lapsed" and self._is_made_good(hour)) or (
            self._state == "revoked" and self._in("intro", hour - 1, hour)
        ):
            midnight = -(-(hour + CYCLE) // 24) * 24
            self._state, self._start, self._end = "held", hour, midnight

    def _at_the_end(self) -> None:
        if self._done(self._end) < HOURS_DEMANDED or not self._in("exam", self._start, self._end):
            self._state, self._lapsed_at = "lapsed", self._end
        elif not self._passed(self._end):  # sat before the hours were done: somebody has to say what that is
            self._state, self._until = "is unclear", self._end + GRACE
        elif self._waits_for_hr:
            self._state, self._until = "waits for HR", self._end + HR_MAY_TAKE
        else:
            self._start, self._end = self._end, self._end + CYCLE

    def _is_made_good(self, hour: int) -> bool:
        acted = not self._waits_for_hr or bool(self._in("act", self._lapsed_at - 1, hour))
        return acted and self._done(hour) >= HOURS_DEMANDED and self._passed(hour)

    def _passed(self, hour: int) -> bool:
        sat = (each.hour for each in self._in("exam", self._start, hour))
        return any(self._done(at) >= HOURS_DEMANDED for at in sat)

    def _done(self, hour: int) -> int:
        return sum(each.amount for each in self._in("class", self._start, hour))

    def _in(self, what: str, after: int, until: int) -> list[Happening]:
        return [each for each in self._happened if each.what == what and after < each.hour <= until]
