"""Where a person decides a case: the decision is a fact of each whom it concerns, and wakes their review."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.cases import partners, waves
from hub.cases.book import Casebook
from hub.cases.weighing import weight
from hub.clock import from_us
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.directory import Directory
from hub.intake.basis import Basis
from hub.intake.corrections import Correction, Corrections
from hub.rules.cases.matters import matter
from hub.rules.cases.partners import DATES, HOURS
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import cases as sql
from hub.store.tables.cases import CaseRow, MemberRow
from hub.wording import meant
from schemas.decision import Deferral, ResultDecision, UnitDecision
from schemas.errors import CallError
from schemas.learning import CreditedHours, Enrolment
from schemas.record import Record
from schemas.words import Words

_NEAR = 1000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided: a verdict, of which stretch (``partly``), until when (``approved``), about whom of the case.

    ``persons`` are employee numbers, ``sessions`` those of the plan, or courses; none: all that the case concerns.
    """

    verdict: str
    persons: Sequence[str] = ()
    sessions: Sequence[str] = ()
    start: datetime | None = None
    end: datetime | None = None
    until: datetime | None = None


class CaseDesk:
    """Takes decisions of cases."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        corrections: Corrections,
        book: Casebook,
        plan: TrainingPlan,
    ) -> None:
        self._database = database
        self._directory = directory
        self._corrections = corrections
        self._book = book
        self._plan = plan

    def decide(self, case: str, ruling: Ruling, basis: Basis, now: datetime) -> CaseRow:
        """Decide a case, or some whom it concerns; the case as it stands after that.

        Raises:
            CallError: No such case, its cause is gone, or it takes no such verdict; or what ``Corrections`` refuse.
        """
        with self._database.reading() as session:
            row = found(case, session)
            members = self._chosen(row, ruling, session)
            numbers = {each.person: self._number(each.person, session) for each in members}
            said = [
                (numbers[each.person], self._record(row, ruling, each, numbers[each.person], now, session))
                for each in members
            ]
        correction = Correction(
            ruling.verdict, said, weight(row, ruling.verdict, ruling.start, ruling.end, members), row.id
        )
        open_until = waves.open_until(ruling.verdict, ruling.until, now) if row.matter == waves.MATTER else None

        def close(tx: Tx) -> None:
            self._book.decided(row.id, members, ruling.verdict, tx)
            if row.matter == waves.MATTER:
                waves.decide_wave(members, ruling.verdict, open_until, tx)

        self._corrections.keep(correction, basis, now, then=[close])
        with self._database.reading() as session:
            return found(row.id, session)

    def _chosen(self, row: CaseRow, ruling: Ruling, session: Connection) -> list[MemberRow]:
        """The members that a ruling is about: those who are named, or all who are open, or all who were decided."""
        verdicts = matter(row.matter).verdicts
        if ruling.verdict not in verdicts:
            near = meant(ruling.verdict, verdicts)
            raise CallError(
                Words(
                    f"found {ruling.verdict!r}, expected for {row.matter}: {', '.join(verdicts)}{near}",
                    f"{row.matter} 不能决定为 {ruling.verdict!r}；可用：{'、'.join(verdicts)}{near.zh}",
                )
            )
        if ruling.verdict == "partly" and not _is_stretch(ruling):
            raise CallError(
                Words(
                    "partly needs the stretch that counts: --from INSTANT --to INSTANT",
                    "partly 须注明计入的时段：--from 时刻 --to 时刻",
                )
            )
        members = [each for each in session.all(sql.members_of, {"case_id": row.id}) if each.state != "gone"]
        if not members:
            raise CallError(
                Words(f"case {row.id[:8]} is over: its cause went away", f"事项 {row.id[:8]} 已结束：其事由已消失"),
                cure=Words("`licet cases list` shows which are open", "用 `licet cases list` 查看待决定的事项"),
            )
        if ruling.sessions:
            topics = {each.topic for each in members}
            for name in ruling.sessions:
                if name not in topics:
                    near = meant(name, topics)
                    raise CallError(
                        Words(f"the case is not about {name!r}{near}", f"该事项与 {name!r} 无关{near.zh}"),
                        cure=Words(
                            "`licet cases show CASE` lists what it is about", "用 `licet cases show 编号` 查看涉及内容"
                        ),
                    )
            members = [each for each in members if each.topic in ruling.sessions]
        if ruling.persons:
            return self._named(members, ruling.persons, session)
        return [each for each in members if each.state == "open"] or members

    def _named(self, members: Sequence[MemberRow], persons: Sequence[str], session: Connection) -> list[MemberRow]:
        by_number: dict[str, list[MemberRow]] = {}
        for each in members:
            by_number.setdefault(self._number(each.person, session), []).append(each)
        for number in persons:
            if number not in by_number:
                near = meant(number, by_number)
                raise CallError(
                    Words(f"the case does not concern {number!r}{near}", f"该事项不涉及 {number!r}{near.zh}"),
                    cure=Words(
                        "`licet cases show CASE` lists whom it concerns", "用 `licet cases show 编号` 查看涉及人员"
                    ),
                )
        return [each for number in dict.fromkeys(persons) for each in by_number[number]]

    def _number(self, person: str, session: Connection) -> str:
        profile = self._directory.profile(person, session)
        if profile is None:
            raise CallError(
                Words(
                    "somebody whom the case concerns was erased; name the others: --person NUMBER",
                    "事项所涉人员中有人的信息已删除；请逐一指定其余人员：--person 工号",
                )
            )
        return profile.employee_no

    def _record(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        """The fact that a decision is; none where it changes nothing but the case."""
        make = _RECORDS.get(row.matter)
        if make is not None:
            return make(self, row, ruling, member, number, now, session)
        if ruling.verdict == "noted" or row.matter == waves.MATTER:
            return None
        return _of_unit(row, ruling, member, number, now)

    def _walk_in(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        fact = self._plan.session(member.topic, session)
        if ruling.verdict != "credited" or fact is None:
            return None
        return CreditedHours(
            subject=number,
            id=f"case/{row.id}/{member.unit}",
            course=planned(fact).course,
            credited_seconds=member.open_seconds,
            required_seconds=0,
            occurred_at=planned(fact).ends_at,
            as_of=now,
        )

    def _late_word(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        del row, session
        return Enrolment(subject=number, session=member.topic, withdrawn=ruling.verdict == "withdrawn", as_of=now)

    def _deferral(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        del row, session
        asked = None if member.ends_at is None else from_us(member.ends_at)
        until = ruling.until or asked
        if until is None or until <= now:
            raise CallError(
                Words("found no due that lies ahead; expected one: --until DAY", "没有将来的期限；请指定：--until 日期")
            )
        state: Literal["approved", "refused"] = "approved" if ruling.verdict == "approved" else "refused"
        return Deferral(subject=number, session=member.topic, state=state, until=until, as_of=now)

    def _objection(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        """What is objected to a stretch is decided of that stretch."""
        del session
        if ruling.verdict == "credited" and member.starts_at is not None and member.ends_at is not None:
            ruling = Ruling("partly", start=from_us(member.starts_at), end=from_us(member.ends_at))
        return None if ruling.verdict == "rejected" else _of_unit(row, ruling, member, number, now)

    def _result(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        """A result counts or not; a day of an online course is decided of like any other."""
        del session
        _exam, _, said = member.unit.partition("=")
        if not said or member.starts_at is None:
            return _of_unit(row, ruling, member, number, now)
        return ResultDecision(
            subject=number,
            id=row.id,
            exam=member.topic,
            sat_at=from_us(member.starts_at),
            stood=said,
            verdict="credited" if ruling.verdict == "credited" else "rejected",
            as_of=now,
        )

    def _dates(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        del row
        return partners.dates(ruling.verdict, member, number, now, session)

    def _hours(
        self, row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime, session: Connection
    ) -> Record | None:
        del session
        return partners.hours(row, ruling.verdict, member, number, now)


_Make = Callable[[CaseDesk, CaseRow, Ruling, MemberRow, str, datetime, Connection], Record | None]
_RECORDS: dict[str, _Make] = {
    "walk_in": CaseDesk._walk_in,
    "late_withdrawal": CaseDesk._late_word,
    "deferral_asked": CaseDesk._deferral,
    "objection": CaseDesk._objection,
    "sat_before_eligible": CaseDesk._result,
    "contradicting_results": CaseDesk._result,
    "disputed_date": CaseDesk._result,
    DATES: CaseDesk._dates,
    HOURS: CaseDesk._hours,
}


def found(case: str, session: Connection) -> CaseRow:
    """The case of an id, or of the beginning of one.

    Raises:
        CallError: There is none, or the beginning is that of several.
    """
    asked = case.strip().casefold()
    rows = session.all(sql.cases_like, {"low": asked, "high": f"{asked}g"}) if asked else []
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise CallError(
            Words(
                f"found several cases that begin with {case[:64]!r}; expected more of the id",
                f"有多个事项的编号以 {case[:64]!r} 开头；请输入更多位",
            )
        )
    known = session.all(sql.cases_in, {"states": '["open"]', "limit": _NEAR})
    near = meant(asked, [each.id[: len(asked)] for each in known])
    raise CallError(
        Words(
            f"found no case {case[:64]!r}; `licet cases list` shows the ids{near}",
            f"没有编号为 {case[:64]!r} 的事项；用 `licet cases list` 查看编号{near.zh}",
        )
    )


def _of_unit(row: CaseRow, ruling: Ruling, member: MemberRow, number: str, now: datetime) -> UnitDecision:
    return UnitDecision(
        subject=number,
        id=row.id,
        of=member.topic,
        unit=member.unit,
        verdict=ruling.verdict,  # type: ignore[arg-type]  # a Ruling has one of its verdicts
        starts_at=ruling.start,
        ends_at=ruling.end,
        as_of=now,
    )


def _is_stretch(ruling: Ruling) -> bool:
    return ruling.start is not None and ruling.end is not None and ruling.start < ruling.end
