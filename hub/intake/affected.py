"""Finds whom new facts concern and marks them: units to fold again, persons to look at, items that wait."""

from collections.abc import Iterable, Sequence

import orjson

from audit_log.entry import Actor
from hub.clock import to_us
from hub.evidence.courses import pass_key
from hub.evidence.device_clocks import offsets_of
from hub.evidence.stale import forget_folds
from hub.evidence.training_plan import TrainingPlan, planned
from hub.identity.directory import Directory, Subject
from hub.identity.links import ALWAYS, OPEN, Link, Links, link_bounds
from hub.intake.facts import Fact, id_key
from hub.intake.tally import ItemTally
from hub.store.commit import Tx
from hub.store.tables import connectors, facts, intake, punches
from hub.store.tables.punches import within
from hub.store.tables.sponsors import sponsored_by
from schemas.attendance import ClockOffset, DeviceRetired
from schemas.learning import Enrolment
from schemas.people import Person, Unlisted

_OF_A_UNIT = ("enrolment", "unit_decision", "deferral", "list_row", "witness_mark")
"""Kinds of facts whose topic is the session or course that must be folded again."""


class Affected:
    """Whom the new facts of one commit concern."""

    def __init__(self, directory: Directory, links: Links, plan: TrainingPlan, tx: Tx) -> None:
        self._directory = directory
        self._links = links
        self._plan = plan
        self._tx = tx
        self._because = ""
        self._stale: set[tuple[str, str]] = set()
        self._plan_changed: dict[str, str] = {}
        self._clocks: list[tuple[ClockOffset, str]] = []
        self._meanwhile: dict[tuple[str, str], set[str]] = {}
        self._held: dict[tuple[str, str], int] = {}

    def mark(self, fact: Fact, tally: ItemTally) -> str:
        """Mark whom a new fact concerns; the token of the subject whose link it must wait for, or empty text."""
        record, kind = fact.record, fact.record.KIND
        self._because = tally.prepared.id
        if kind == "session":
            self._plan_changed[record.topic] = self._because
            return ""
        if isinstance(record, ClockOffset | DeviceRetired):
            self._of_device(record)
            return ""
        assert fact.subject is not None
        if isinstance(record, Person):
            self._person(record, fact.subject, tally)
            return ""
        if kind == "voided":
            self._voided(record.topic, tally.prepared.origin.source)
            return ""
        if isinstance(record, Unlisted):
            self._answered_for(fact.subject)
        token, at = fact.subject.token, fact.row["at"]
        if isinstance(record, Enrolment) and record.withdrawn and not tally.prepared.origin.by_hand:
            self._alarm_if_late(record, tally)
        links = self._links.of(token, self._tx.session)
        for link in links:
            if link.valid_from <= at < link.valid_until:
                self._mark(kind, fact.row["topic"], at, links, fact.row["arrived_at"])
                return ""
        return "" if isinstance(record, Unlisted) else token  # whom no roster brings any more nobody waits for

    def hold(self, subject: str, connector: str) -> None:
        """One more item waits for a link of this subject."""
        self._held[subject, connector] = self._held.get((subject, connector), 0) + 1

    def write(self) -> None:
        """Store what was marked."""
        if self._plan_changed:
            self._plan.invalidate()
            self._mark_enrolled()
        for stated, because in self._clocks:
            self._because = because
            self._mark_seen(stated)
        for (person, because), sessions in self._meanwhile.items():
            self._because = because
            self._fold_again(person, sessions)
        if self._stale:
            rows = [{"person": person, "unit": unit, "body": None} for person, unit in sorted(self._stale)]
            self._tx.session.many(facts.set_fold, rows)
        self._write_held()

    def _mark(self, kind: str, topic: str, at: int, links: Sequence[Link], arrived_at: int) -> None:
        if kind == "punch":
            units = self._plan.sessions_over(topic, at, self._tx.now_us, self._tx.session)
            self._mark_meanwhile(links, at)
            if not units:
                return
        elif kind == "study":
            units = [pass_key(topic, at, arrived_at)]
        else:
            units = [topic] if kind in _OF_A_UNIT else []
        for link in links:
            if link.valid_from <= at < link.valid_until:
                self._stale.update((link.person, unit) for unit in units or self._of_leave(kind, link.person))
                self._look_at(link.person)

    def _mark_seen(self, stated: ClockOffset) -> None:
        """Whoever was seen at a device in a time of which it is said how far its clock was off, then and in truth."""
        session, start, end = self._tx.session, to_us(stated.starts_at), to_us(stated.ends_at)
        asked = {"device": stated.subject, "from": start, "until": end, "slices": within(start, end)}
        said = offsets_of(stated.subject, session)
        for seen in session.all(punches.punched_at, asked):
            for offset in said:
                units = self._plan.sessions_over(stated.subject, seen.at + offset, self._tx.now_us, session)
                self._stale.update((seen.person, unit) for unit in units)
                meanwhile = self._plan.sessions_meanwhile(seen.at + offset, self._tx.now_us, session)
                self._fold_again(seen.person, meanwhile)
                self._look_at(seen.person)

    def _of_device(self, record: ClockOffset | DeviceRetired) -> None:
        """What was said of a clock; or that nobody waits any more for what a terminal had not delivered: its sessions
        since then are folded again."""
        if isinstance(record, ClockOffset):
            self._clocks.append((record, self._because))
            return
        device = record.subject
        mark = self._tx.session.one(connectors.watermark_of_peer, {"peer": device})
        since = ALWAYS if mark is None else mark.complete_until
        for session in self._plan.sessions_at(device, since, self._tx.session):
            self._plan_changed.setdefault(session, self._because)

    def _mark_meanwhile(self, links: Sequence[Link], at: int) -> None:
        """Sessions in any room that ended and to which the person may have come: nobody is in two rooms at once."""
        sessions = self._plan.sessions_meanwhile(at, self._tx.now_us, self._tx.session)
        for link in links if sessions else ():
            if link.holds(at):
                self._meanwhile.setdefault((link.person, self._because), set()).update(sessions)

    def _fold_again(self, person: str, units: Iterable[str]) -> None:
        """Have those of some units folded again that were folded for a person before."""
        asked = {"person": person, "units": orjson.dumps(sorted(units)).decode()}
        folded = [row.topic for row in self._tx.session.all(facts.folded_among, asked)]
        self._stale.update((person, unit) for unit in folded)
        if folded:
            self._look_at(person)

    def _of_leave(self, kind: str, person: str) -> list[str]:
        """The units of a person that a leave may excuse: all that were folded."""
        if kind not in ("leave", "leaves_listed"):
            return []
        return [row.unit for row in self._tx.session.all(facts.folds_of, {"person": person})]

    def _look_at(self, person: str) -> None:
        self._tx.due(person, at=self._tx.now, because=self._because)

    def _alarm_if_late(self, record: Enrolment, tally: ItemTally) -> None:
        """Absence is not edited away: who is taken off a session that is over stays enrolled until HR decides."""
        session = self._plan.session(record.session, self._tx.session)
        if session is not None and planned(session).ends_at <= record.as_of:
            connector = tally.prepared.origin.connector
            self._tx.log("alarm", code="meaning.late", connector=connector, transmission=tally.prepared.id)

    def _voided(self, statement: str, source: str) -> None:
        """A withdrawn statement concerns the person of the statement, not the one who withdrew it."""
        self._plan.invalidate()
        for kind in ("study", "recording", "result"):
            row = self._tx.session.one(facts.fact_subject, {"key": id_key(source, kind, statement)})
            if row is not None:
                self._mark(kind, row.topic, row.at, self._links.of(row.subject, self._tx.session), row.arrived_at)

    def _person(self, record: Person, subject: Subject, tally: ItemTally) -> None:
        self._write_held()  # what came in this very commit may wait for this person
        if record.leaves_at is not None or subject.token not in tally.first_seen:
            self._answered_for(subject)
        person = self._directory.person_of(subject, record, self._tx)
        links = [(subject.token, Link(person, ALWAYS, OPEN))]
        for other in record.identifiers:
            token = tally.prepared.subjects[other.source, other.subject].token
            links.append((token, Link(person, *link_bounds(other))))
        for token, link in links:
            if token in tally.first_seen:  # in this very message: nothing can wait for it, nobody else has it yet
                tally.first_seen.discard(token)
                self._links.add(token, link, self._tx, trigger=self._because)
            else:
                self._link(token, link, to_us(record.as_of))
        self._look_at(person)

    def _answered_for(self, sponsor: Subject) -> None:
        """Have those looked at for whom somebody answers of whom something was said."""
        for row in self._tx.session.all(sponsored_by, {"sponsor": sponsor.lookup}):
            self._look_at(row.person)

    def _link(self, token: str, wanted: Link, said_at: int) -> None:
        link, losers = self._links.reconcile(token, wanted, said_at, self._tx, trigger=self._because)
        for person in losers:
            forget_folds(token, person, self._tx)
            self._look_at(person)
        if link is not None:
            identify(self._links, token, link, self._because, self._tx)

    def _write_held(self) -> None:
        held, self._held = self._held, {}
        for (subject, connector), items in held.items():
            row = {"subject": subject, "connector": connector, "items": items, "since": self._tx.now_us}
            self._tx.session.run(intake.add_held, row)

    def _mark_enrolled(self) -> None:
        for session, because in self._plan_changed.items():
            self._because = because
            for row in self._tx.session.all(facts.enrolled_in, {"topic": session}):
                for link in self._links.of(row.subject, self._tx.session):
                    self._stale.add((link.person, session))
                    self._look_at(link.person)


def identify(links: Links, subject: str, link: Link, because: str, tx: Tx, actor: Actor | None = None) -> None:
    """Link an identifier to a person; all that was held for it applies now, by itself."""
    if not links.add(subject, link, tx, trigger=because, actor=actor):
        return
    for row in tx.session.all(intake.held_of_subject, {"subject": subject}):
        tx.count(row.connector, "held", -row.items)
        tx.count(row.connector, "applied", row.items)
        tx.log("released", connector=row.connector, person=link.person, count=row.items, triggers=[because])
    tx.session.run(intake.delete_held, {"subject": subject})
    forget_folds(subject, link.person, tx)
    tx.due(link.person, at=tx.now, because=because)
