"""Jobs as they are asked for, read and cancelled; the same key is one job, whoever asks and however often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from audit_log.entry import Actor
from hub.clock import from_us, to_us
from hub.identity.directory import Directory
from hub.identity.operators import Acting
from hub.jobs.wanted import Reading, Wanted
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import jobs as sql
from hub.store.tables.jobs import JobRow
from hub.store.writer import Writer
from schemas.errors import CODES, ConflictError, UnavailableError
from schemas.words import Words

MOST_ACTIVE = 100
"""Jobs that may wait or be done at once; more are not taken."""
KEPT = timedelta(days=45)
"""How long what is over, and its key, is kept."""
LISTED = 100
STATES = ("queued", "running", "succeeded", "failed", "cancelled")
_NAMING = ("lockouts", "effects")
"""Members of results whose rows are about a person each."""
_LAST = "~"
"""After every id."""
_FULL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """One job: what was asked for, of which instance if of one, and how far it is. ``progress`` goes from 0 to 1."""

    id: str
    key: str
    asked: Mapping[str, Any]
    instance: str
    state: str
    attempt: int
    cancelling: bool
    progress: float
    counts: Mapping[str, int]
    code: str | None
    retry_after: int | None
    has_result: bool
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def place(self) -> str:
        """Where it is found in the API."""
        return f"/api/v1/jobs/{self.id}"

    @property
    def over(self) -> bool:
        """Whether nothing happens to it by itself any more."""
        return self.state not in ("queued", "running")

    def json(self) -> dict[str, Any]:
        """The job for programs."""
        instants = {name: getattr(self, name) for name in ("asked_at", "started_at", "ended_at")}
        return {
            "id": self.id,
            "key": self.key,
            **self.asked,
            "state": self.state,
            "attempt": self.attempt,
            "cancelling": self.cancelling,
            "progress": self.progress,
            "counts": dict(self.counts),
            "error": self._error(),
            "result": f"{self.place}/result" if self.has_result else None,
            **{name: at and at.isoformat() for name, at in instants.items()},
        }

    def _error(self) -> dict[str, Any] | None:
        if self.code is None:
            return None
        known = CODES[self.code]
        words = {"title": known.en, "title_zh": known.zh}
        return {"code": self.code, **words, "retryable": known.status == 503, "retry_after": self.retry_after}


class Counted(NamedTuple):
    """How many jobs of a kind are in a state."""

    kind: str
    state: str
    jobs: int


class Jobs:
    """Keeps what is asked for; who does it is ``hub/jobs/runner.py``."""

    def __init__(self, reading: Reading, database: Database, writer: Writer, directory: Directory) -> None:
        self._reading = reading
        self._database = database
        self._writer = writer
        self._directory = directory

    def ask(self, asked: Mapping[str, Any]) -> tuple[Job, bool]:
        """The job of what is asked for, durable; and whether something begins by that.

        Under a known key nothing begins, but where that job failed or was cancelled: then it is done once more.

        Raises:
            PayloadError: It cannot be done.
            ConflictError: The key is that of another job.
            UnavailableError: Too many jobs wait, or nothing can be written now.
        """
        wanted = self._reading.wanted(asked)
        row, begun = self._writer.call(lambda tx: _keep(wanted, tx))
        return _job(row), begun

    def one(self, job: str) -> Job | None:
        """A job by its id."""
        with self._database.reading() as session:
            row = session.one(sql.job, {"id": job})
        return None if row is None else _job(row)

    def listed(self, state: str = "", before: str = "") -> list[Job]:
        """The last jobs, newest first: of one state, and asked for before that of an id."""
        with self._database.reading() as session:
            rows = session.all(sql.jobs_listed, {"state": state or "%", "before": before or _LAST, "limit": LISTED})
        return [_job(row) for row in rows]

    def cancel(self, job: str, by: Acting | None = None) -> Job | None:
        """End a job: at once if it waits, before its next item if it is being done. What it has done stays."""
        row = self._writer.call(lambda tx: _cancel(job, by, tx))
        return None if row is None else _job(row)

    def result(self, job: str) -> Any:
        """What a job found, with the people it names; nothing where it has no result."""
        with self._database.reading() as session:
            row = session.one(sql.job_result, {"id": job})
            if row is None or row.result is None:
                return None
            return self._named(orjson.loads(row.result), session)

    def _named(self, result: Mapping[str, Any], session: Connection) -> Mapping[str, Any]:
        naming = {member: result[member] for member in _NAMING if member in result}
        named = {
            member: [{**each, **self._person(each["person"], session)} for each in rows]
            for member, rows in naming.items()
        }
        return {**result, **named}

    def _person(self, token: str, session: Connection) -> Mapping[str, str]:
        profile = self._directory.profile(token, session)
        return {"person": token, "name": ""} if profile is None else _names(profile.employee_no, profile.name)

    def counts(self) -> Sequence[Counted]:
        """How many jobs there are, by kind and state."""
        with self._database.reading() as session:
            return [Counted(*row) for row in session.all(sql.job_counts, {})]


def _names(person: str, name: str) -> Mapping[str, str]:
    return {"person": person, "name": name}


def _job(row: JobRow) -> Job:
    share = 1.0 if row.state == "succeeded" else row.done / row.total if row.total else 0.0
    return Job(
        id=row.id,
        key=row.key,
        asked=orjson.loads(row.asked),
        instance=row.instance,
        state=row.state,
        attempt=row.attempt,
        cancelling=bool(row.cancelled) and row.state == "running",
        progress=round(share, 3),
        counts=orjson.loads(row.counts),
        code=row.code,
        retry_after=row.retry_after,
        has_result=bool(row.has_result),
        asked_at=from_us(row.asked_at),
        started_at=None if row.started_at is None else from_us(row.started_at),
        ended_at=None if row.ended_at is None else from_us(row.ended_at),
    )


def _keep(wanted: Wanted, tx: Tx) -> tuple[JobRow, bool]:
    known = tx.session.one(sql.job_of_key, {"key": wanted.key})
    if known is not None and known.asked != wanted.content:
        raise ConflictError(
            Words(
                "found a key that is known with other content; expected a new key, or the same content",
                "该 key 已用于其他内容；应使用新的 key，或提交相同内容",
            )
        )
    if known is not None and known.state not in ("failed", "cancelled"):
        return known, False
    _require_room(tx)
    if known is not None:
        tx.session.run(sql.repeat_job, {"of": known.id, "at": tx.now_us})
    else:
        about = {"asked": wanted.content, "kind": wanted.kind, "instance": wanted.instance}
        tx.session.run(sql.insert_job, {"id": tx.new_id(), "key": wanted.key, **about, "at": tx.now_us})
        tx.session.run(sql.forget_jobs, {"before": to_us(tx.now - KEPT)})
    row = tx.session.one(sql.job_of_key, {"key": wanted.key})
    assert row is not None
    auth = {"method": "token", "result": "verified"}
    enter(row, "asked", tx, auth=auth)
    tx.wake_jobs()
    return row, True


def _require_room(tx: Tx) -> None:
    active = tx.session.one(sql.jobs_active, {})
    if active is not None and active.jobs >= MOST_ACTIVE:
        raise UnavailableError(
            "job.full",
            Words(f"found {active.jobs} jobs that are not over", f"尚有 {active.jobs} 个任务未结束"),
            _FULL_SECONDS,
        )


def _cancel(job: str, by: Acting | None, tx: Tx) -> JobRow | None:
    row = tx.session.one(sql.job, {"id": job})
    if row is None or row.cancelled or not tx.session.run(sql.cancel_job, {"of": job, "at": tx.now_us}):
        return row
    said: Mapping[str, Any] = {"auth": {"method": "token", "result": "verified"}} if by is None else _by(by.member(tx))
    enter(row, "cancelled", tx, **said)
    return tx.session.one(sql.job, {"id": job})


def _by(actor: Actor) -> Mapping[str, Any]:
    return {"actor": actor}


def enter(row: JobRow, outcome: str, tx: Tx, **more: Any) -> None:
    """Leave the entry of what became of a job."""
    tx.log("job", connector=row.instance or None, job=row.id, task=row.kind, outcome=outcome, **more)
