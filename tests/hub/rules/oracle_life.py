"""A slow and obvious model of the life of an own credential: it asks at one instant, by all that is known by then.

Each cycle asks four hours of a course, perhaps nine tenths of what was required, and then an exam. Instants are hours,
counted from the beginning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple

CYCLE, GRACE, HR_MAY_TAKE, PUT_OFF_AT_MOST, SETTLED_AFTER = 60 * 24, 72, 30 * 24, 30 * 24, 30 * 24
HOURS_DEMANDED = 4
NEVER = 1 << 40

What = Literal["class", "open", "missed", "exam", "act", "intro", "revoked", "suspended", "active"]


@dataclass(frozen=True)
class Happening:
    """Something that happens in an hour.

    A class of so many hours that was attended, that cannot be told (``open``) or that was ``missed``; an exam that was
    passed; an act of HR; what an issuer says.
    """

    hour: int
    what: What
    amount: int = 0
    of: int = 0
    """The hours of an attended class that were required, where that is more."""
    known: int = 0
    """When it came to be known; at its own hour, if that is later."""
    decided: int = NEVER
    """When HR decides: of open hours, or of the exam whether it counts; when a missed class was put off."""
    credited: bool = False
    """How HR decides."""
    due: int = 0
    """Until when a missed class was put off."""
    made_up: int = NEVER
    """When another class makes up for a missed one."""
    voided: int = NEVER
    """When its source takes an exam back."""

    def known_by(self, hour: int) -> bool:
        """Whether it is known by an hour."""
        return max(self.hour, self.known) <= hour < self.voided


class Sum(NamedTuple):
    """Hours: certain ones, those of the required that were attended, the required ones, and those that are open."""

    done: int = 0
    counted: int = 0
    required: int = 0
    open: int = 0


class OwnLife:
    """A credential held from hour 0 for one cycle, by what is known by an hour: until when it is held then."""

    def __init__(self, happened: Sequence[Happening], now: int, *, waits_for_hr: bool, rate: bool = False) -> None:
        self._now = now
        self._happened = [each for each in happened if each.known_by(now)]
        self._waits_for_hr = waits_for_hr
        self._rate = rate

    def held_to(self) -> int:
        """The end of the cycle for which it is held now; zero, if it is not."""
        said = [each.what for each in self._happened if each.what in ("suspended", "active")]
        return 0 if said[-1:] == ["suspended"] else self._given(0, CYCLE)

    def _given(self, start: int, end: int) -> int:
        """The end of what was given from one hour to another, if it is held now, or of what follows it."""
        stop, follows = self._until(start, end)
        restored = self._restored(start, end, stop) if follows is None and stop <= self._now else NEVER
        revoked = next(self._hours("revoked", start, min(self._now, restored if follows is None else stop)), None)
        if revoked is not None:
            return self._granted_anew(revoked)
        if follows is not None:
            return self._given(end, follows)
        if stop > self._now:
            return end
        return self._given(restored, _midnight(restored + CYCLE)) if restored <= self._now else 0

    def _granted_anew(self, revoked: int) -> int:
        """After its issuer has ended it, only what happens later gives it again."""
        again = next(self._hours("intro", revoked, self._now), None)
        twice = next(self._hours("revoked", revoked, self._now), None)
        if twice is not None and (again is None or twice < again):
            return self._granted_anew(twice)
        return 0 if again is None else self._given(again, _midnight(again + CYCLE))

    # --- the end of a cycle ------------------------------------------------------------------------------------

    def _until(self, start: int, end: int) -> tuple[int, int | None]:
        """Until when a cycle holds, and the end of the next one, if one follows without a gap."""
        if self._now < end:
            return NEVER, None
        parts = [self._of_the_hours(start, end), self._of_the_exam(start, end)]
        lapses = [at for state, at in parts if state == "lapses"]
        if lapses:
            return min(lapses), None
        if any(state == "waits" for state, _at in parts):
            return NEVER, None
        acted = not self._waits_for_hr or any(self._hours("act", start, min(end + HR_MAY_TAKE, self._now)))
        if acted:
            return end, end + CYCLE
        return end + HR_MAY_TAKE, None

    def _of_the_hours(self, start: int, end: int) -> tuple[str, int]:
        missed = [each for each in self._happened if each.what == "missed" and start < each.hour <= end]
        put_off = [min(each.due, end + PUT_OFF_AT_MOST) for each in missed if each.decided <= self._now]
        due = max([end, *put_off])
        found = self._sum(start, end, due, (start, end))
        if self._suffices(found):
            return "renews", end
        if self._now < due:
            return "waits", due
        counted = min(found.counted + found.open, max(found.required, found.counted))
        best = found._replace(done=found.done + found.open, counted=counted)
        return self._unless_told("unknown" if found.open and self._suffices(best) else "not met", due)

    def _of_the_exam(self, start: int, end: int) -> tuple[str, int]:
        found = {self._read(each, start, end, end) for each in self._exams(start, end)}
        if "passed" in found:
            return "renews", end
        return self._unless_told("unknown" if "unclear" in found else "not met", end)

    def _unless_told(self, state: str, due: int) -> tuple[str, int]:
        """What cannot be told waits for a grace."""
        if state == "not met":
            return "lapses", due
        return ("waits" if self._now < due + GRACE else "lapses"), due + GRACE

    # --- after a lapse -----------------------------------------------------------------------------------------

    def _restored(self, start: int, end: int, lapsed: int) -> int:
        """The first hour at which all that the lapsed cycle asked is made good."""
        happened = {lapsed, *(hour for each in self._happened for hour in (each.hour, each.made_up, each.due))}
        for hour in sorted(hour for hour in happened if lapsed <= hour <= self._now):
            exams = [each for each in self._exams(start, hour) if self._read(each, start, end, lapsed) == "passed"]
            acts = list(self._hours("act", lapsed - 1, hour))
            if self._made_good(start, end, lapsed, hour) and exams and (acts or not self._waits_for_hr):
                return hour
        return NEVER

    def _made_good(self, start: int, end: int, lapsed: int, hour: int) -> bool:
        """The hours since the cycle began; the rate of all that time, or of that since the lapse, if it is much."""
        cycle = start, end
        short = self._sum(start, end, end, cycle)
        lacking = max(HOURS_DEMANDED - short.done, ceil(0.9 * short.required * 3600) / 3600 - short.counted, 1 / 3600)
        whole, since = self._sum(start, NEVER, hour, cycle), self._sum(lapsed, NEVER, hour, cycle)
        fair = self._is_fair(whole) or (since.required >= lacking and self._is_fair(since))
        return whole.done >= HOURS_DEMANDED and fair

    # --- what was done -----------------------------------------------------------------------------------------

    def _read(self, exam: Happening, start: int, end: int, lapsed: int) -> str:
        """What an exam is worth: only who had the hours could sit it, unless HR has decided."""
        if exam.decided <= self._now:
            return "passed" if exam.credited else "does not count"
        if exam.hour <= end:
            eligible = self._suffices(self._sum(start, end, exam.hour, (start, end)))
        else:
            eligible = self._made_good(start, end, lapsed if exam.hour >= lapsed else end, exam.hour)
        return "passed" if eligible else "unclear"

    def _suffices(self, found: Sum) -> bool:
        return found.done >= HOURS_DEMANDED and self._is_fair(found)

    def _is_fair(self, found: Sum) -> bool:
        """Whether the rate is met; where nothing was required it is nobody's fault."""
        return not self._rate or found.counted * 10 >= found.required * 9

    def _sum(self, start: int, end: int, by: int, cycle: tuple[int, int]) -> Sum:
        """What was done in a period by an hour; by the end of ``cycle`` follows how long things are put off."""
        found = [part for each in self._happened for part in self._parts(each, start, end, by, cycle)]
        return Sum(*(sum(part[n] for part in found) for n in range(4)))

    def _parts(self, each: Happening, start: int, end: int, by: int, cycle: tuple[int, int]) -> Iterator[Sum]:
        within, n = start < each.hour <= min(end, by), each.amount
        if each.what == "class" and within:
            yield Sum(n, n, max(n, each.of))
        elif each.what == "open" and within:
            if each.decided <= self._now:
                yield Sum(n, n, n) if each.credited else Sum(required=n)
            elif by < each.hour + SETTLED_AFTER:  # after that it is settled: nothing is required
                yield Sum(required=n, open=n)
        elif each.what == "missed":
            yield from self._of_missed(each, start, end, by, cycle)

    def _of_missed(self, each: Happening, start: int, end: int, by: int, cycle: tuple[int, int]) -> Iterator[Sum]:
        """A class that was missed is required from its hour, or from when it is due; what makes up for it counts."""
        due, made_up = self._due(each, cycle), each.made_up if each.made_up <= self._now else NEVER
        in_time = due is not None and made_up <= due
        if start < each.hour <= end:
            counts = made_up <= by and (in_time or made_up <= end)
            if counts:
                yield Sum(each.amount, each.amount)
            if each.hour <= by if due is None else (by >= due or (counts and in_time)):
                yield Sum(required=each.amount)
        elif each.hour <= start < made_up <= min(end, by) and not in_time:
            yield Sum(each.amount, each.amount, each.amount)

    def _due(self, missed: Happening, cycle: tuple[int, int]) -> int | None:
        """Until when it was put off, if it was: at most so long after the period in which it was missed."""
        if missed.decided > self._now:
            return None
        ends = [edge for edge in cycle if missed.hour <= edge]
        return min(missed.due, ends[0] + PUT_OFF_AT_MOST) if ends else missed.due

    def _exams(self, start: int, by: int) -> list[Happening]:
        return [each for each in self._happened if each.what == "exam" and start < each.hour <= by]

    def _hours(self, what: What, after: int, until: int) -> Iterator[int]:
        return (each.hour for each in self._happened if each.what == what and after < each.hour <= until)


def _midnight(hour: int) -> int:
    return -(-hour // 24) * 24
