"""A slow and obvious model of the life of an own credential: it asks at one instant, by all that is known by then.

Each cycle asks four hours of a course, and then an exam. Instants are hours, counted from the beginning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

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


class OwnLife:
    """A credential held from hour 0 for one cycle, by what is known by an hour: whether it is held then."""

    def __init__(self, happened: Sequence[Happening], now: int, *, waits_for_hr: bool) -> None:
        self._now = now
        self._happened = [each for each in happened if each.known_by(now)]
        self._waits_for_hr = waits_for_hr

    def is_held(self) -> bool:
        """Whether it is held now."""
        said = [each.what for each in self._happened if each.what in ("suspended", "active")]
        return said[-1:] != ["suspended"] and self._given(0, CYCLE)

    def _given(self, start: int, end: int) -> bool:
        """Whether what was given from one hour to another is held now, or what follows it is."""
        stop, follows = self._until(start, end)
        restored = self._restored(start, end, stop) if follows is None and stop <= self._now else NEVER
        revoked = next(self._hours("revoked", start, min(self._now, restored if follows is None else stop)), None)
        if revoked is not None:
            return self._granted_anew(revoked)
        if follows is not None:
            return self._given(end, follows)
        if stop > self._now:
            return True
        return restored <= self._now and self._given(restored, _midnight(restored + CYCLE))

    def _granted_anew(self, revoked: int) -> bool:
        """After its issuer has ended it, only what happens later gives it again."""
        again = next(self._hours("intro", revoked, self._now), None)
        twice = next(self._hours("revoked", revoked, self._now), None)
        if twice is not None and (again is None or twice < again):
            return self._granted_anew(twice)
        return again is not None and self._given(again, _midnight(again + CYCLE))

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
        if self._done(start, end, due) >= HOURS_DEMANDED:
            return "renews", end
        if self._now < due:
            return "waits", due
        best = self._done(start, end, due) + self._open(start, end, due)
        return self._unless_told("unknown" if best >= HOURS_DEMANDED else "not met", due)

    def _of_the_exam(self, start: int, end: int) -> tuple[str, int]:
        found = {self._read(each, start, end) for each in self._exams(start, end)}
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
        happened = {lapsed, *(hour for each in self._happened for hour in (each.hour, each.made_up))}
        for hour in sorted(hour for hour in happened if lapsed <= hour <= self._now):
            exams = [each for each in self._exams(start, hour) if self._read(each, start, end) == "passed"]
            acts = list(self._hours("act", lapsed - 1, hour))
            if self._done(start, NEVER, hour) >= HOURS_DEMANDED and exams and (acts or not self._waits_for_hr):
                return hour
        return NEVER

    # --- what was done -----------------------------------------------------------------------------------------

    def _read(self, exam: Happening, start: int, end: int) -> str:
        """What an exam is worth: only who had the hours could sit it, unless HR has decided."""
        if exam.decided <= self._now:
            return "passed" if exam.credited else "does not count"
        within = end if exam.hour <= end else NEVER
        return "passed" if self._done(start, within, exam.hour) >= HOURS_DEMANDED else "unclear"

    def _done(self, start: int, end: int, by: int) -> int:
        """The hours that are certain of a period, by an hour."""
        return sum(self._counts(each, start, end, by) for each in self._happened)

    def _counts(self, each: Happening, start: int, end: int, by: int) -> int:
        within = start < each.hour <= min(end, by)
        if each.what == "class":
            return each.amount if within else 0
        if each.what == "open":
            return each.amount if within and each.decided <= self._now and each.credited else 0
        if each.what == "missed" and each.made_up <= min(by, self._now):
            return each.amount if self._makes_up(each, start, end) else 0
        return 0

    def _makes_up(self, missed: Happening, start: int, end: int) -> bool:
        """Whether what makes up for a missed class counts in a period: in that of the class up to its due, or later."""
        due = missed.due if missed.decided <= self._now else 0
        if start < missed.hour <= end:
            return missed.made_up <= max(min(due, end + PUT_OFF_AT_MOST), end)
        return missed.hour <= start < missed.made_up <= end and missed.made_up > min(due, start + PUT_OFF_AT_MOST)

    def _open(self, start: int, end: int, by: int) -> int:
        """The hours that cannot be told by then: nobody has decided, and they are not settled by age."""
        return sum(
            each.amount
            for each in self._happened
            if each.what == "open" and start < each.hour <= min(end, by) and each.decided > self._now
            if by < each.hour + SETTLED_AFTER
        )

    def _exams(self, start: int, by: int) -> list[Happening]:
        return [each for each in self._happened if each.what == "exam" and start < each.hour <= by]

    def _hours(self, what: What, after: int, until: int) -> Iterator[int]:
        return (each.hour for each in self._happened if each.what == what and after < each.hour <= until)


def _midnight(hour: int) -> int:
    return -(-hour // 24) * 24
