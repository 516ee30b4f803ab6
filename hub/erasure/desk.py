"""Where a person is erased: the rows, the bodies, the keys and the files that name them; the log stays as it is.

The commit that takes the rows out says with its entry what was taken, so that the log verifies still, and writes down
which keys and files are to be destroyed after it. Whoever ends in between is followed by who finishes it.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from hub.audit.enclosures import Enclosures
from hub.clock import Clock, from_us
from hub.erasure.conditions import Duty, kept_until, last_day, latest, open_matters
from hub.erasure.files import files_that_name
from hub.erasure.traces import Found, Traces, caught_up, find, with_later
from hub.erasure.whole import Whole, whole
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.intake.basis import is_called
from hub.register.conditions import require_two
from hub.register.shelf import Shelf
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.scrubbing import empty_log, overwrite
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import erased as sql
from hub.store.tables import log
from hub.store.tables.documents import documents_of
from hub.store.tables.erased import FromTransmission
from hub.store.tables.identity import LinkedSubject
from hub.store.tables.sponsors import forget_sponsored
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words

MOST = 256
"""So many bodies and entries one entry names; more take more entries."""
_ERASES = Words("it destroys what is known of somebody", "销毁人员资料")

logger = logging.getLogger(__name__)


class Erased(NamedTuple):
    """What was destroyed of a person, who has a token alone from now on."""

    person: str
    at: datetime
    entry: str
    bodies: int = 0
    asides: int = 0
    enclosures: int = 0
    documents: int = 0
    keys: int = 0
    files: tuple[str, ...] = ()
    """Files that the hub reads from and that name the person still."""

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {**self._asdict(), "at": self.at.isoformat()}


class Erasure:
    """Erases people."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        evidence: Evidence,
        operators: Operators,
        enclosures: Enclosures,
        sealer: Sealer,
        writer: Writer,
        shelf: Shelf,
        clock: Clock,
        duty: Duty,
        folders: Sequence[Path],
    ) -> None:
        """``folders`` are those from which the hub reads files of others."""
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._operators = operators
        self._enclosures = enclosures
        self._sealer = sealer
        self._writer = writer
        self._shelf = shelf
        self._clock = clock
        self._duty = duty
        self._folders = folders

    def erase(self, employee_no: str, reason: str, by: Sequence[str]) -> Erased:
        """Destroy what names a person. Two people say so, with a reason that does not name them.

        Raises:
            CallError: Nobody has the number, not two other people say it, or something hinders it: each is told.
        """
        self.finish()
        with self._database.reading() as session:
            person = whole(self._directory.named(employee_no), self._directory, self._sealer, session)
        require_two(by, reason, _ERASES)
        self._require_others(person, by)
        traces = Traces(person.words)
        if traces.in_text(reason):
            raise CallError(
                Words("the reason names the person: it would outlive them", "理由中含有该人员信息，将被保留"),
                cure=Words(
                    "write --reason anew, without name, number or address", "请改写 --reason，不写姓名、工号或地址"
                ),
            )
        found = self._found(person, traces)
        self._require_free(person, found)

        def unit(tx: Tx) -> Erased:
            self._require_silence(person, traces, found, tx)
            return self._erase(person, found, reason, by, tx)

        erased = self._writer.call(unit)
        self._directory.invalidate()
        self.finish()
        return erased._replace(files=tuple(map(str, files_that_name(traces, self._folders))))

    def of(self, person: str) -> Erased | None:
        """When a person was erased, by the token; nothing for whoever was not."""
        with self._database.reading() as session:
            row = session.one(sql.erased_of, {"person": person})
        return None if row is None else Erased(row.person, from_us(row.at), row.entry)

    def finish(self) -> int:
        """Destroy keys and files of those whose rows are gone, whoever died after that; how many people."""
        with self._database.reading() as session:
            due = session.all(sql.erased_due, {})
        for row in due:
            for document in json.loads(row.documents):
                self._shelf.remove(document)
            self._sealer.keys.destroy(*json.loads(row.keys))
        if due and empty_log(self._database):
            self._writer.call(lambda tx: [tx.session.run(sql.settle_erased, {"of": row.person}) for row in due])
        return len(due)

    # --- who it is, and what hinders it ------------------------------------------------------------------------

    def _require_others(self, person: Whole, by: Sequence[str]) -> None:
        if any(is_called(person.profile, name) for name in by):
            raise CallError(
                Words(
                    f"{person.profile.employee_no}: nobody erases themselves; two others have to",
                    f"{person.profile.employee_no}：不得销毁本人资料，须由另外两人操作",
                )
            )

    def _found(self, person: Whole, traces: Traces) -> Found:
        """What names the person: what is written there, and what brought anything that was known of them."""
        found = caught_up(traces, find(traces, self._database, self._sealer), self._database, self._sealer)
        with self._database.reading() as session:
            rows = _brought(person, session)
            filed = session.one(sql.last_filed, {"person": person.token})
            entries = session.all(log.entries_of_person, {"person": person.token, "limit": 1 << 40})
        brought = {row.transmission for row in rows}
        instants = [found.last_at, filed and filed.at, *(row.at for row in rows)]
        last = max((each for each in instants if each is not None), default=None)
        own = {orjson.loads(row.body)["id"] for row in entries}
        return found._replace(transmissions=found.transmissions | brought, last_at=last, entries=found.entries | own)

    def _require_free(self, person: Whole, found: Found) -> None:
        now, zone = self._clock.now(), self._duty.zone
        with self._database.reading() as session:
            facts = self._evidence.dossier(person.token, session, now=now).facts
            hindrances = list(open_matters(person.token, facts, now, zone, session))
        if person.reports:
            hindrances.append(
                Words(
                    f"the roster names them as the manager of {person.reports} people",
                    f"人员名册中仍是 {person.reports} 人的直属上级",
                )
            )
        ended = last_day(facts, zone)
        hindrances += kept_until(
            latest(found.last_at, None if ended is None or ended > now else ended), now, self._duty
        )
        if hindrances:
            number = person.profile.employee_no
            en, zh = "; ".join(str(each) for each in hindrances), "；".join(f"{each.zh}" for each in hindrances)
            raise CallError(
                Words(f"{number} cannot be erased: {en}", f"{number} 的资料不能销毁：{zh}"),
                cure=Words(
                    "settle what is named, or wait for the day, then the same command again",
                    "处理所列事项或待期限届满后，再次执行该命令",
                ),
            )

    # --- in one commit -----------------------------------------------------------------------------------------

    def _require_silence(self, person: Whole, traces: Traces, found: Found, tx: Tx) -> None:
        """Return if nothing was said of the person, or in their name, since what names them was looked for.

        Raises:
            CallError: Something was, be it by another unit of this commit.
        """
        rows = tx.session.all(log.entries_after, {"seq": found.size - 1, "limit": 1 << 40})
        entries = [*(row.body for row in rows), *(each.body.decode() for each in tx.before)]
        now = with_later(traces, found, entries, tx.session, self._sealer)
        is_known = all(row.transmission in found.transmissions for row in _brought(person, tx.session))
        if (now.transmissions, now.entries) != (found.transmissions, found.entries) or not is_known:
            number = person.profile.employee_no
            raise CallError(
                Words(f"{number}: something was said of them just now", f"{number}：刚收到该人员的新记录"),
                cure=Words("look at it, then the same command again", "核对新记录后，再次执行该命令"),
            )

    def _erase(self, person: Whole, found: Found, reason: str, by: Sequence[str], tx: Tx) -> Erased:
        overwrite(tx.session)
        documents = [row.id for row in tx.session.all(documents_of, {"person": person.token}) if row.state == "kept"]
        kept = {row.entry for row in _enclosed(found.entries, tx)}
        for each in person.subjects:
            _take_words(each, shared=each not in person.own, tx=tx)
        for name in person.words:
            tx.session.run(sql.forget_sponsor, _sponsored(name))
            tx.session.run(forget_sponsored, {"sponsor": self._sealer.lookup(self._directory.roster, name)})
        for statement in (sql.erase_decisions, sql.erase_documents, sql.erase_certificates, *sql.OF_A_PERSON):
            tx.session.run(statement, {"person": person.token})
        _take_sealed(found, tx)
        entry = self._enter(person, sorted(found.transmissions), sorted(kept), reason, by, tx)
        row = {"person": person.token, "at": tx.now_us, "entry": entry}
        left = {"keys": orjson.dumps(person.keys).decode(), "documents": orjson.dumps(documents).decode()}
        tx.session.run(sql.insert_erased, {**row, **left})
        counts = len(found.transmissions), len(found.asides), len(kept), len(documents), len(person.keys)
        return Erased(person.token, tx.now, entry, *counts)

    def _enter(
        self, person: Whole, bodies: list[str], entries: list[str], reason: str, by: Sequence[str], tx: Tx
    ) -> str:
        """The entries that say it, the last one's id."""
        actor, entry = self._operators.named(by).member(tx), ""
        for at in range(0, max(len(bodies), len(entries), 1), MOST):
            entry = tx.new_id()
            why = self._enclosures.keep(entry, "reason", reason.encode(), tx)
            gone: dict[str, Any] = {"evidence": bodies[at : at + MOST], "enclosed": entries[at : at + MOST]}
            tx.log("erased", entry=entry, person=person.token, actor=actor, reason=why, **gone)
        return entry


def _brought(person: Whole, session: Connection) -> list[FromTransmission]:
    """What brought anything that is known of a person, and when."""
    return [*session.all(sql.facts_brought, person.asked), *session.all(sql.punches_brought, person.asked)]


def _enclosed(entries: Iterable[str], tx: Tx) -> list[Any]:
    return tx.session.all(log.enclosures_of, {"ids": orjson.dumps(list(entries)).decode()})


def _take_words(subject: LinkedSubject, *, shared: bool, tx: Tx) -> None:
    """Take out what was said under an identifier; where others have it too, while it was the person's."""
    bounds = (subject.valid_from, subject.valid_until) if shared else (-(1 << 62), 1 << 62)
    about = {"subject": subject.token, "since": bounds[0], "until": bounds[1]}
    for statement in (sql.erase_facts, sql.erase_punches):
        tx.session.run(statement, about)
    if not shared:
        tx.session.run(sql.erase_held, {"subject": subject.token})
        tx.session.run(sql.erase_subjects, {"key": subject.key})


def _sponsored(name: str) -> dict[str, str]:
    """The member of others' posts that says who answers for them, with the name and without."""
    named = f'"sponsor":{orjson.dumps(name).decode()}'
    return {"named": named, "unnamed": '"sponsor":"-"', "like": f"%{named}%"}


def _take_sealed(found: Found, tx: Tx) -> None:
    ids, asides, entries = (
        orjson.dumps(sorted(each)).decode() for each in (found.transmissions, found.asides, found.entries)
    )
    tx.session.run(sql.erase_bodies, {"ids": ids, "nothing": b""})
    tx.session.run(sql.erase_asides_of, {"ids": ids, "nothing": b""})
    tx.session.run(sql.erase_asides, {"ids": asides, "nothing": b""})
    tx.session.run(sql.erase_receipts, {"ids": ids})
    tx.session.run(sql.erase_enclosures, {"entries": entries})
