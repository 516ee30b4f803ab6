"""What people at HR say of somebody: hours, excuses, enrolments, deferrals, objections, the outcome of a case.

Each is a fact that the rules read like any other, and leaves an entry of each whom it concerns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.port import Kept
from hub.intake.basis import Basis, Weight, check
from hub.intake.by_hand import ByHand, Upon, Word
from hub.intake.typed import TypedNames
from hub.rules.posts.deferring import askable_until
from hub.rules.posts.dossier import Rulebook
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.wording import meant
from schemas.decision import Deferral, Objection, UnitDecision
from schemas.errors import CallError
from schemas.learning import CreditedHours, Enrolment
from schemas.position import Course
from schemas.record import Record
from schemas.words import Words


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that somebody says: a verdict, and of each person, by employee number, what is from now on.

    ``case`` is what it decides; what has no record changes nothing but the case.
    """

    verdict: str
    said: Sequence[tuple[str, Record | None]]
    weight: Weight
    case: str | None = None


class Corrections:
    """Keeps what people at HR say, each in one commit; who is concerned is looked at in the same one."""

    def __init__(self, by_hand: ByHand, names: TypedNames, courses: Mapping[str, Course], rules: Rulebook) -> None:
        self._by_hand = by_hand
        self._names = names
        self._courses = courses
        self._rules = rules

    # --- what is said of one person --------------------------------------------------------------------------

    def credit(
        self, number: str, course: str, time: timedelta, required: timedelta, at: datetime, basis: Basis, now: datetime
    ) -> Kept:
        """Credit hours of a course to a person, as of an instant; the same course and instant again replaces it."""
        if course not in self._courses:
            raise CallError(
                Words(
                    f"found no course {course!r}{meant(course, self._courses)}",
                    f"没有课程 {course!r}{meant(course, self._courses).zh}",
                ),
                cure=Words(
                    "name a course of courses.toml; `licet check --json` lists them",
                    "改为 courses.toml 中的课程；用 `licet check --json` 查看",
                ),
            )
        if time <= timedelta():
            raise CallError(Words(f"found {time}, expected time to credit", f"现为 {time}，应为可计入的时长"))
        hours = CreditedHours(
            subject=number,
            id=f"{course}@{at:%Y%m%dT%H%M%SZ}",
            course=course,
            credited_seconds=int(time.total_seconds()),
            required_seconds=int(required.total_seconds()),
            occurred_at=at,
            as_of=now,
        )
        return self.keep(Correction("credited", [(number, hours)], Weight(time, at)), basis, now)

    def excuse(self, number: str, session: str, basis: Basis, now: datetime) -> Kept:
        """Say that nothing more is required of a person in a session; what was attended stays credited."""
        found = self._names.session(session)
        said = UnitDecision(subject=number, id="excuse", of=session, unit=session, verdict="excused", as_of=now)
        weight = Weight(found.ends_at - found.starts_at, min(found.ends_at, now))
        return self.keep(Correction("excused", [(number, said)], weight), basis, now)

    def enrol(self, number: str, session: str, basis: Basis, now: datetime) -> Kept:
        """Say that a person must come to a session, or had to; HR's word stands over that of the plan."""
        found = self._names.session(session)
        said = Enrolment(subject=number, session=session, as_of=now)
        return self.keep(Correction("enrolled", [(number, said)], Weight(at=min(found.ends_at, now))), basis, now)

    def withdraw(self, number: str, session: str, basis: Basis, now: datetime) -> Kept:
        """Take a person out of a session; of one that is over two people have to say it."""
        found = self._names.session(session)
        said = Enrolment(subject=number, session=session, withdrawn=True, as_of=now)
        weight = Weight(at=min(found.ends_at, now), is_over=found.ends_at <= now)
        return self.keep(Correction("withdrawn", [(number, said)], weight), basis, now)

    def defer(self, number: str, session: str, until: datetime, basis: Basis, now: datetime) -> Kept:
        """Ask for a person to do a session later, until a new due: unknown until somebody has decided the case."""
        found, _person = self._names.session(session), self._names.person(number)
        if until <= max(found.ends_at, now):
            raise CallError(
                Words(
                    f"--until: found {until.isoformat()}, expected an instant after the session that is ahead",
                    f"--until：现为 {until.isoformat()}，应为培训场次之后的将来时刻",
                )
            )
        last = askable_until(self._rules, found.course, found.ends_at, now)
        if now >= last:
            raise CallError(
                Words(
                    f"{session}: found a deferral asked for at {now.isoformat()}, "
                    f"expected one before {last.isoformat()} "
                    "(`deferral.ask_within` of the position file); plan a session that makes up for it",
                    f"{session}：培训延期于 {now.isoformat()} 提出，应早于 {last.isoformat()}"
                    "（岗位文件 `deferral.ask_within`）；请安排补训",
                )
            )
        said = Deferral(subject=number, session=session, state="asked", until=until, as_of=now)
        return self.keep(Correction("deferral", [(number, said)], Weight()), basis, now, asks=True)

    def object(
        self, number: str, session: str, start: datetime | None, end: datetime | None, basis: Basis, now: datetime
    ) -> Kept:
        """Object, as a person may about themselves, to how a session was counted; it changes nothing by itself."""
        self._names.session(session)
        said = Objection(subject=number, session=session, starts_at=start, ends_at=end, as_of=now)
        return self.keep(Correction("objection", [(number, said)], Weight()), basis, now, asks=True)

    # --- what all have in common -----------------------------------------------------------------------------

    def keep(
        self,
        correction: Correction,
        basis: Basis,
        now: datetime,
        *,
        asks: bool = False,
        then: Sequence[Callable[[Tx], None]] = (),
        upon: Upon | None = None,
        weighed: Callable[[Connection], Weight] | None = None,
    ) -> Kept:
        """Keep a correction; ``asks``: somebody only asks, also for themselves.

        ``then`` and ``upon`` are done in the same commit, in which it is ``weighed`` once more by what is known then.

        Raises:
            CallError: A person is unknown, or reason, document or the second person is missing.
        """
        known = {number: self._names.profile(number) for number, _record in correction.said}
        persons = [self._names.person(number) for number in known]
        managers = [] if asks else [each for one in known.values() if (each := self._names.manager(one)) is not None]
        concerned = () if asks else tuple(known.values())
        check(basis, correction.weight, concerned, now, managers)
        word = Word(correction.verdict, [record for _who, record in correction.said if record], correction.case)
        entries = [partial(_enter, correction, person) for person in persons]

        def weigh(tx: Tx) -> None:
            if weighed is not None:
                check(basis, weighed(tx.session), concerned, now, managers)

        return self._by_hand.keep(word, basis, now, entries, [partial(_look_at, persons), *then], upon, weigh)


def _enter(correction: Correction, person: str, entry: str, said: Mapping[str, Any], tx: Tx) -> None:
    tx.log("corrected", entry=entry, person=person, verdict=correction.verdict, case=correction.case, **said)


def _look_at(persons: Iterable[str], tx: Tx) -> None:
    for person in persons:
        tx.due(person, at=tx.now, because="operator")
