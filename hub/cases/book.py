"""Keeps the cases that concern a person, in the commit of the review that found them; they close with their cause."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hub.cases.halves import is_of_the_class
from hub.cases.sponsors import Sponsors
from hub.clock import from_us, to_us
from hub.evidence.training_plan import TrainingPlan, planned
from hub.rules.cases.causes import (
    Cause,
    of_checks,
    of_deferrals,
    of_doubts,
    of_incidents,
    of_late_words,
    of_objections,
    of_rows_left_out,
    of_standings,
    of_units,
    of_unlisted,
    of_walk_ins,
    of_wave,
)
from hub.rules.cases.matters import HANDED_ON, LEAD, matter
from hub.rules.cases.partners import of_claims, of_closed, of_figures
from hub.rules.cases.sponsors import answered_for, next_departures, of_sponsors
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.standing import Standing
from hub.rules.workdays import Workdays
from hub.store.commit import Tx
from hub.store.sealing import Sealer
from hub.store.tables import cases as sql
from hub.store.tables import guarded
from hub.store.tables.cases import MemberRow


class Casebook:
    """Cases and whom they concern. The id of a case follows from its cause, so that a replay finds the same one."""

    def __init__(
        self, sealer: Sealer, plan: TrainingPlan, sponsors: Sponsors, workdays: Workdays, zone: ZoneInfo
    ) -> None:
        self._sealer = sealer
        self._sponsors = sponsors
        self._plan = plan
        self._workdays = workdays
        self._zone = zone

    def keep(self, person: str, dossier: Dossier, standings: Sequence[Standing], tx: Tx) -> list[datetime]:
        """Open what has a cause and has no case yet; what lost its cause is over. The instants to look again."""
        stints = answered_for(dossier.facts, tx.now)
        departures = self._sponsors.departures(person, stints, tx)
        causes = [
            *self._causes(person, dossier, standings, tx),
            *of_sponsors(stints, departures, tx.now, self._zone),
        ]
        self._keep(person, causes, tx)
        return next_departures(stints, departures, tx.now)

    def _keep(self, person: str, causes: Iterable[Cause], tx: Tx) -> None:
        found = {(self._id(each), each.unit): each for each in causes}
        known = {(row.case_id, row.unit): row for row in tx.session.all(sql.members_of_person, {"person": person})}
        touched: dict[str, Cause | None] = {}
        for (case, unit), cause in found.items():
            row = known.get((case, unit))
            if row is None or row.state == "gone" or (row.state == "decided" and not matter(cause.matter).stays):
                tx.session.run(sql.set_member, _member(case, person, cause))
                touched[case] = cause
            elif row.state == "open" and row._asdict() != (member := _member(case, person, cause)):
                tx.session.run(sql.set_member, member)
        for place, row in known.items():
            if row.state == "open" and place not in found:
                tx.session.run(sql.set_member, {**row._asdict(), "state": "gone"})
                touched.setdefault(row.case_id, None)
        for case, opened in touched.items():
            if self._settle(case, opened, tx) and opened is not None and matter(opened.matter).reach == "class":
                _look_at_others(person, opened, tx)

    def decided(self, case: str, members: Iterable[MemberRow], verdict: str, tx: Tx) -> None:
        """Keep that somebody decided about some whom a case concerns."""
        for each in members:
            tx.session.run(sql.set_member, {**each._asdict(), "state": "decided", "verdict": verdict})
        self._settle(case, None, tx)

    def _causes(self, person: str, dossier: Dossier, standings: Sequence[Standing], tx: Tx) -> Iterator[Cause]:
        def room_of(session: str) -> str:
            fact = self._plan.session(session, tx.session)
            return "" if fact is None else ",".join(sorted(planned(fact).devices))

        def is_shared(reason: str, session: str) -> bool:
            states = tx.session.all(sql.member_states, {"case_id": self._case_id(reason, session)})
            open_ = any(each.state == "open" for each in states)
            return open_ or is_of_the_class(reason, session, self._plan, tx.session)

        yield from of_units(person, dossier.units, room_of, is_shared, self._zone)
        yield from of_deferrals(person, dossier.facts)
        yield from of_objections(person, dossier.facts)
        yield from of_incidents(person, dossier.facts)
        yield from of_checks(person, dossier.facts, tx.now)
        yield from of_unlisted(dossier.facts, tx.now, self._zone)
        yield from of_rows_left_out(dossier.facts, tx.now, self._zone)
        yield from of_walk_ins(dossier.walk_ins)
        yield from of_late_words(dossier.late_withdrawals)
        yield from of_doubts(dossier.doubted)
        yield from of_standings(person, standings, dossier.facts, tx.now)
        yield from of_claims(person, dossier.facts, self._zone)
        yield from of_figures(person, dossier.facts, dossier.units, tx.now, self._zone)
        yield from of_closed(person, standings, dossier.facts, self._zone)
        for row in tx.session.all(guarded.guarded_of, {"person": person}):
            if row.state == "waiting":
                yield of_wave(row.position, row.cause, row.wave, from_us(row.at))

    def _id(self, cause: Cause) -> str:
        return self._case_id(cause.matter, *cause.key)

    def _case_id(self, *about: str) -> str:
        return self._sealer.case_id("\x1f".join(about))

    def _settle(self, case: str, opened: Cause | None, tx: Tx) -> bool:
        """Give a case the state that those whom it concerns have; where that is another one it has an entry.

        Whether it is open now and was not before.
        """
        states = tx.session.all(sql.member_states, {"case_id": case})
        row = tx.session.one(sql.case, {"id": case})
        state = _state({each.state for each in states})
        verdicts = sorted({each.verdict for each in states if each.state == "decided"})
        if row is None:
            assert opened is not None, "a case begins with its cause"
            kept = self._opened(case, opened)
        else:
            kept = {**row._asdict(), **(self._dates(opened) if opened is not None and row.state != "open" else {})}
        kept |= {"state": state, "outcome": ",".join(verdicts) if state == "decided" else "", "changed_at": tx.now_us}
        tx.session.run(sql.set_case, kept)
        if row is None or row.state != state:
            outcome = "opened" if state == "open" else state
            tx.log("case", case=case, matter=kept["matter"], outcome=outcome)
        return state == "open" and (row is None or row.state != state)

    def _opened(self, case: str, cause: Cause) -> dict[str, Any]:
        place = orjson.dumps(dict(cause.place)).decode()
        return {"id": case, "matter": cause.matter, "place": place, **self._dates(cause)}

    def _dates(self, cause: Cause) -> dict[str, int]:
        due_at = self._workdays.deadline(cause.since, matter(cause.matter).days, self._zone)
        return {"opened_at": to_us(cause.since), "due_at": to_us(due_at)}


def _member(case: str, person: str, cause: Cause) -> dict[str, Any]:
    return {
        "case_id": case,
        "person": person,
        "unit": cause.unit,
        "topic": cause.of,
        "open_seconds": cause.open,
        "starts_at": None if cause.starts_at is None else to_us(cause.starts_at),
        "ends_at": None if cause.ends_at is None else to_us(cause.ends_at),
        "state": "open",
        "verdict": "",
    }


def _look_at_others(person: str, cause: Cause, tx: Tx) -> None:
    """Have those looked at who have a case of their own of what may be one of the whole class now."""
    for row in tx.session.all(sql.persons_about, {"topic": cause.of, "matter": cause.matter}):
        if row.person != person:
            tx.due(row.person, at=tx.now, because="date")


def _state(states: set[str]) -> str:
    if "open" in states:
        return "open"
    return "decided" if "decided" in states else "closed"


def owner_of(case: sql.CaseRow, now_us: int, workdays: Workdays, zone: ZoneInfo) -> str:
    """Who has a case at an instant: it is handed on the longer nobody decides it."""
    about, opened_at, now = matter(case.matter), from_us(case.opened_at), from_us(now_us)
    if now >= workdays.deadline(opened_at, LEAD, zone):
        return "hr-lead"
    if about.owner == "source" and now < workdays.deadline(opened_at, HANDED_ON, zone):
        return "source"
    return "hr"
