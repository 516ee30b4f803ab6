"""Makes the outside what it must be: claim, resolve, observe, apply, observe. Revocations have their own lane.

Before anything leaves, the attempt is on record. A time-out means unknown: look before trying again. Nothing
is confirmed but by an observation after the write, and a revocation is never given up.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from zoneinfo import ZoneInfo

from tenacity import RetryCallState, Retrying, wait_random_exponential

from connectors.port import Change, Messenger
from hub.access.desired import GRANT_LANE, REVOKE_LANE, Desired, read
from hub.access.modes import Modes
from hub.access.sinks import NOBODY, Sink, View
from hub.clock import Clock
from hub.identity.directory import Directory, SinkIdentifier
from hub.notification.notices import key_of, render
from hub.store import queries as q
from hub.store.database import Database
from hub.store.writer import Tx, Writer
from schemas.access import Presence
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.position import Position

CLAIM = 16
MAILERS = 2
"""Threads for mail, apart from those for doors: a mail server that does not answer holds up no revocation."""
LEASE_SECONDS = 60.0
TARGET_SECONDS = 25.0
"""What a lease lasts longer for each target: looks and a write, each as slow as a door may be."""
SETTLE_SECONDS = 1.0
"""After a crash a request may still be under way at the other side; it is given this long before anybody looks."""
LATE_SECONDS = 4.0
"""A grant whose answer was lost may still land: what it might have opened is seen closed twice, so far apart."""
IDLE_SECONDS = 1.0

_BACKOFF = {
    REVOKE_LANE: wait_random_exponential(multiplier=0.2, max=30),
    GRANT_LANE: wait_random_exponential(multiplier=0.2, max=300),
}
_RETRYING = Retrying()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """A messenger of the hub, where HR reads, and in which language."""

    name: str
    messenger: Messenger
    hr: str = ""
    hr_language: str = "zh"


@dataclass(slots=True)
class Job:
    """What one worker does under one lease: all targets of one person at one sink."""

    person: str
    sink: str
    lane: int
    epoch: int
    tries: int
    known: Sequence[SinkIdentifier]
    """The person's identifiers at this sink; one that is theirs no more opens nothing."""
    targets: tuple[Desired, ...]
    doubted: frozenset[str]
    """Targets to close which a grant of unknown outcome may still open."""
    claimed_at: float


@dataclass(slots=True)
class Outcome:
    """What a job found and did: per target the state and the last observation, and what went wrong."""

    states: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Presence] = field(default_factory=dict)
    applied: dict[str, list[str]] = field(default_factory=dict)
    """Targets that were written, by the id under which that was done."""
    evidence: dict[str, Mapping[str, str]] = field(default_factory=dict)
    error: LicetError | None = None

    def sees(self, view: View, row: Desired) -> bool:
        """Take down how a target was seen; whether that is as it must be."""
        if view.trouble is not None:
            return False  # who cannot be told may have it open
        other = view.otherwise(row)
        self.observed[row.target] = other or ("present" if row.wanted == "present" else "absent")
        self.evidence[row.target] = view.evidence(row.target)
        return other is None

    def wrote(self, target: str) -> bool:
        """Whether a target was written."""
        return any(target in targets for targets in self.applied.values())

    @property
    def done(self) -> bool:
        """Whether every target was seen as it must be."""
        return self.error is None and bool(self.states) and all(each == "confirmed" for each in self.states.values())


class _Hands:
    """A few threads of their own for one kind of work, and how many of them are free."""

    def __init__(self, workers: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._lock = Lock()
        self.free = workers

    def take(self, work: Callable[[], None]) -> None:
        with self._lock:
            self.free -= 1
        self._pool.submit(work)

    def done(self) -> None:
        with self._lock:
            self.free += 1

    def stop(self) -> None:
        self._pool.shutdown(wait=True)


class Delivery:
    """Works off the outbox with a few threads per hub; one lease per person and sink."""

    def __init__(
        self,
        *,
        writer: Writer,
        database: Database,
        directory: Directory,
        positions: Mapping[str, Position],
        sinks: Mapping[str, Sink],
        posts: Mapping[str, Post],
        clock: Clock,
        zone: ZoneInfo,
        workers: int = 8,
    ) -> None:
        self._writer = writer
        self._database = database
        self._directory = directory
        self._positions = positions
        self._sinks = sinks
        self._posts = posts
        self._clock = clock
        self._zone = zone
        self._doors = _Hands(workers, "delivery")
        self._letters = _Hands(MAILERS, "mail")
        self._wake = Event()
        self._stopping = False
        self._halted = False
        self._thread = Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin. What was under way when the last process ended is unknown now, and is looked at first."""
        self._writer.call(self._recover)
        self._writer.on_wake["delivery"] = self._wake.set
        self._thread.start()

    def halt(self) -> None:
        """Claim nothing any more."""
        self._halted = True

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._doors.stop()
        self._letters.stop()

    def _us(self, seconds_from_now: float = 0.0) -> int:
        return int((self._clock.monotonic() + seconds_from_now) * 1_000_000)

    def _recover(self, tx: Tx) -> None:
        tx.session.run(q.rearm_all, {})
        for person, sink in tx.session.all(q.leases_left, {}):
            for row in read(person, tx):
                if row.sink == sink and row.state == "sent":
                    _set_state(person, row, "unknown", row.observed, tx)
        tx.session.run(q.settle_leases, {"at": self._us(SETTLE_SECONDS)})
        tx.session.run(q.wake_notices, {})

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._wake.wait(timeout=self._pause())
                self._wake.clear()
                while not self._stopping and self._round():
                    pass
            except UnavailableError:
                log.warning("the store is busy; deliveries wait")
                time.sleep(IDLE_SECONDS)
            except Exception:  # nobody waits for this thread either, and without it no revocation is carried out
                log.exception("deliveries failed by a bug; they go on")
                time.sleep(IDLE_SECONDS)

    def _pause(self) -> float:
        with self._database.reading() as session:
            row = session.one(q.next_delivery, {})
        if row is None or row[0] is None:
            return IDLE_SECONDS
        seconds: float = row[0] / 1_000_000 - self._clock.monotonic()
        return min(max(seconds, 0.001), IDLE_SECONDS)

    def _round(self) -> bool:
        """Claim and hand out once; whether there may be more."""
        if self._halted:
            return False
        free, idle = min(self._doors.free, CLAIM), self._letters.free
        jobs = self._writer.call(lambda tx: self._claim(free, tx)) if self._sinks and free else []
        mails = self._writer.call(lambda tx: self._claim_notices(idle, tx)) if self._posts and idle else []
        for job in jobs:
            self._doors.take(lambda job=job: self._work(self._doors, lambda: self._deliver(job)))  # type: ignore[misc]
        for mail in mails:
            self._letters.take(lambda mail=mail: self._work(self._letters, lambda: self._send(*mail)))  # type: ignore[misc]
        return bool(jobs or mails)

    def _work(self, hands: "_Hands", work: Callable[[], None]) -> None:
        try:
            work()
        except UnavailableError:
            log.warning("the store is busy; this delivery is tried again when its lease ends")
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a delivery failed by a bug; it is tried again when its lease ends")
        finally:
            hands.done()
            self._wake.set()

    # --- doors -----------------------------------------------------------------------------------------------

    def _claim(self, limit: int, tx: Tx) -> list[Job]:
        now = self._us()
        modes = Modes.read(tx.session)
        jobs = []
        for row in tx.session.all(q.claimable, {"now": now, "limit": limit}):
            with tx.savepoint("job") as tried:
                job = self._job(row, modes, tx)
            if tried.error is not None:
                self._put_off(row, tried.error, tx)
            elif job is not None:
                jobs.append(job)
        return jobs

    def _put_off(self, row: tuple[str, str, int, int, int], error: Exception, tx: Tx) -> None:
        """A delivery that cannot even begin waits, so that it holds up no other."""
        person, sink, lane, epoch, tries = row
        log.error("a delivery cannot begin", exc_info=error)
        tx.log("failed", connector=sink, person=person, epoch=epoch, error=type(error).__name__, attempt=tries + 1)
        later = self._us(_wait(lane, tries + 1))
        retry = {"of": person, "at_sink": sink, "of_epoch": epoch, "at": later, "tries": tries + 1}
        tx.session.run(q.retry, retry)

    def _job(self, row: tuple[str, str, int, int, int], modes: Modes, tx: Tx) -> Job | None:
        person, sink, lane, epoch, tries = row
        waiting = [each for each in read(person, tx) if each.sink == sink and _waits(each, modes, tx)]
        if not waiting or sink not in self._sinks:
            tx.session.run(q.delivered, {"person": person, "sink": sink, "epoch": epoch})
            return None
        targets = tuple(self._fenced(person, each, tx) for each in waiting)
        unknown = {each.target for each in waiting if each.wanted == "absent" and each.state == "unknown"}
        doubted = frozenset(unknown if tries == 0 else ())
        known = self._directory.identifiers(person, self._sinks[sink].source, tx.now_us, tx.session)
        ends = self._us(LEASE_SECONDS + TARGET_SECONDS * len(targets) * max(1, len(known)))
        tx.session.run(q.lease, {"of": person, "at_sink": sink, "until": ends})
        for each in targets:
            tx.log(
                "attempt",
                connector=sink,
                person=person,
                target=each.target,
                wanted=each.wanted,
                epoch=each.epoch,
                decision=each.decision,
                attempt=tries + 1,
            )
            _set_state(person, each, "sent", each.observed, tx)
        return Job(person, sink, lane, epoch, tries, known, targets, doubted, self._clock.monotonic())

    def _fenced(self, person: str, row: Desired, tx: Tx) -> Desired:
        """A target that was written and seen otherwise afterwards: another attempt is another epoch."""
        if row.state not in ("accepted", "drifted"):
            return row
        tx.session.run(q.grow_epoch, {"of": person})
        found = tx.session.one(q.person, {"person": person})
        assert found is not None
        tx.session.run(q.set_epoch, {"of": person, "at_sink": row.sink, "for_target": row.target, "epoch": found.epoch})
        return replace(row, epoch=found.epoch)

    def _deliver(self, job: Job) -> None:
        outcome = Outcome()
        try:
            self._carry_out(job, outcome)
        except LicetError as error:
            outcome.error = error
        self._writer.call(lambda tx: self._finish(job, outcome, tx))

    def _carry_out(self, job: Job, outcome: Outcome) -> None:
        view = View(self._sinks[job.sink], job.known)
        for subject in view.subjects:
            view.look(subject, [each.target for each in job.targets])
        for each in job.targets:
            if outcome.sees(view, each):
                outcome.states[each.target] = "unknown" if each.target in job.doubted else "confirmed"
        for presence, each, subject in view.writes(job.targets):
            self._apply(view, presence, each, subject, job, outcome)
        for subject, written in outcome.applied.items():
            view.look(subject, written)
        for each in job.targets:
            if outcome.wrote(each.target) and outcome.sees(view, each):
                outcome.states[each.target] = "confirmed"
        if (refused := view.refusal(job.targets)) is not None:
            raise refused

    def _apply(self, view: View, presence: Presence, row: Desired, subject: str, job: Job, outcome: Outcome) -> None:
        if presence == "present" and not self._still_wanted(job.person, row):
            outcome.states[row.target] = "decided"  # a newer epoch is on its way; this grant opens nothing
            return
        whose = f"{job.person[:16]}.{view.subjects[subject].token[:16]}"
        key = f"{job.sink}/{row.target}/{whose}/{row.epoch}/{presence}"
        outcome.states[row.target] = "unknown"
        self._sinks[job.sink].door.apply(Change(subject, row.target, presence, key), fence=row.epoch)
        outcome.states[row.target] = "accepted"
        outcome.applied.setdefault(subject, []).append(row.target)

    def _still_wanted(self, person: str, row: Desired) -> bool:
        with self._database.reading() as session:
            for newest in (Desired(*each) for each in session.all(q.desired_of, {"person": person})):
                if (newest.sink, newest.target) == (row.sink, row.target):
                    return (newest.wanted, newest.epoch) == (row.wanted, row.epoch)
        return False

    def _finish(self, job: Job, outcome: Outcome, tx: Tx) -> None:
        ms = round((self._clock.monotonic() - job.claimed_at) * 1000)
        newest = {row.target: row for row in read(job.person, tx) if row.sink == job.sink}
        for each in job.targets:
            state = outcome.states.get(
                each.target, "unknown" if outcome.error is None else _state_after(outcome.error, each)
            )
            seen = outcome.observed.get(each.target)
            if newest[each.target].epoch == each.epoch:
                _set_state(job.person, each, state, seen, tx)
            elif each.wanted == "present" and state == "unknown":
                _set_state(job.person, newest[each.target], "unknown", seen, tx)
            self._enter(job, each, state, seen, outcome, ms, tx)
        if outcome.done:
            if not tx.session.run(q.delivered, {"person": job.person, "sink": job.sink, "epoch": job.epoch}):
                tx.session.run(q.unlease, {"of": job.person, "at_sink": job.sink})  # a newer wish waits
                tx.wake("delivery")
            return
        self._retry(job, outcome, tx)

    def _enter(
        self, job: Job, row: Desired, state: str, seen: Presence | None, outcome: Outcome, ms: int, tx: Tx
    ) -> None:
        written = outcome.wrote(row.target)
        if written:
            tx.log("accepted", connector=job.sink, person=job.person, target=row.target, epoch=row.epoch)
        kinds = {"confirmed": "confirmed", "accepted": "drifted", "unknown": "unknown", "drifted": "drifted"}
        tx.log(
            kinds.get(state, "failed" if outcome.error is not None else "unknown"),
            connector=job.sink,
            person=job.person,
            target=row.target,
            wanted=row.wanted,
            observed=seen,
            epoch=row.epoch,
            decision=row.decision,
            code=None if outcome.error is None or state == "confirmed" else outcome.error.code,
            latency_ms=ms,
            outcome="applied" if written else "noop" if state == "confirmed" else "unknown",
            evidence=outcome.evidence.get(row.target) if state == "confirmed" else None,
        )
        if state == "confirmed" and row.observed == "present" and NOBODY in outcome.evidence.get(row.target, ()):
            # Deleted there, most likely; but it had this door open, and under another name it still may.
            tx.session.run(q.connector_error, {"of": job.sink, "code": NOBODY, "at": tx.now_us})
            tx.log("alarm", connector=job.sink, person=job.person, target=row.target, epoch=row.epoch, code=NOBODY)

    def _retry(self, job: Job, outcome: Outcome, tx: Tx) -> None:
        error = outcome.error
        wait = LATE_SECONDS if job.doubted and error is None else _wait(job.lane, job.tries + 1)
        if isinstance(error, UnavailableError) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, 3600.0))
        if error is not None:
            tx.session.run(q.connector_error, {"of": job.sink, "code": error.code, "at": tx.now_us})
        row = {"of": job.person, "at_sink": job.sink, "of_epoch": job.epoch, "at": self._us(wait)}
        if not tx.session.run(q.retry, {**row, "tries": job.tries + 1}):
            tx.session.run(q.unlease, {"of": job.person, "at_sink": job.sink})  # a newer wish waits for nobody
        tx.wake("delivery")

    # --- messages --------------------------------------------------------------------------------------------

    def _claim_notices(self, limit: int, tx: Tx) -> list[tuple[str, str, bytes, int]]:
        mails = []
        for row in tx.session.all(q.notices_now, {"now": self._us(), "limit": limit}):
            notice, person, position, _kind, audience, _cause, body, tries, _state = row
            mail = None
            with tx.savepoint("letter") as tried:
                mail = self._letter(person, position, audience, body, tx)
            if tried.error is not None:
                log.error("a notice cannot be written", exc_info=tried.error)
                later = self._us(_wait(GRANT_LANE, tries + 1))
                self._set_notice(notice, "decided", later, tries + 1, type(tried.error).__name__, tx)
                continue
            if mail is None:
                self._close_notice(notice, "failed", "no address", tries, tx)
                continue
            self._set_notice(notice, "sent", self._us(LEASE_SECONDS), tries + 1, None, tx)
            mails.append((notice, mail[0], mail[1], tries + 1))
        return mails

    def _letter(self, person: str, position: str, audience: str, body: str, tx: Tx) -> tuple[str, bytes] | None:
        profile = self._directory.profile(person, tx.session)
        post = next(iter(self._posts.values()))
        if profile is None or position not in self._positions:
            return None
        to, language = (post.hr, post.hr_language) if audience == "hr" else (profile.mail, profile.language)
        return (to, render(body, self._positions[position], profile.name, language, self._zone)) if to else None

    def _send(self, notice: str, to: str, message: bytes, tries: int) -> None:
        post = next(iter(self._posts.values()))
        try:
            receipt = post.messenger.send(message, to=to, key=key_of(notice))
        except (UnavailableError, UnknownOutcomeError) as error:
            later = self._us(_wait(GRANT_LANE, tries))
            state, code = ("unknown" if isinstance(error, UnknownOutcomeError) else "decided"), error.code
            self._writer.call(lambda tx: self._set_notice(notice, state, later, tries, code, tx))
        except RejectedError as error:
            code = error.code
            self._writer.call(lambda tx: self._close_notice(notice, "failed", code, tries, tx))
        else:
            self._writer.call(lambda tx: self._close_notice(notice, "accepted", receipt.id, tries, tx))

    def _set_notice(self, notice: str, state: str, next_at: int, tries: int, receipt: str | None, tx: Tx) -> None:
        row = {"of": notice, "state": state, "next_at": next_at, "tries": tries, "receipt": receipt}
        tx.session.run(q.set_notice, row)

    def _close_notice(self, notice: str, state: str, receipt: str, tries: int, tx: Tx) -> None:
        self._set_notice(notice, state, 0, tries, receipt, tx)
        post = next(iter(self._posts))
        tx.log("notified", connector=post, notice=notice, outcome=state, receipt=receipt or None, attempt=tries)


def _waits(row: Desired, modes: Modes, tx: Tx) -> bool:
    """Whether a target must be looked at now: enforced, not confirmed, and not frozen unless an issuer said so."""
    if row.mode != "enforce" or row.state == "confirmed":
        return False
    explicit = bool(row.explicit) and row.wanted == "absent"
    return explicit or not modes.frozen(row.sink, row.positions.split(","), tx.now)


def _set_state(person: str, row: Desired, state: str, seen: str | None, tx: Tx) -> None:
    tx.session.run(
        q.set_delivery,
        {
            "of": person,
            "at_sink": row.sink,
            "for_target": row.target,
            "state": state,
            "observed": seen if seen is not None else row.observed,
            "observed_at": tx.now_us if seen is not None else row.observed_at,
        },
    )


def _state_after(error: LicetError, row: Desired) -> str:
    """What a target is after a failure before its own write: a refused grant failed, a revocation never does."""
    if isinstance(error, RejectedError) and row.wanted == "present":
        return "failed"
    return "unknown" if isinstance(error, UnknownOutcomeError) else row.state if row.state != "sent" else "decided"


def _wait(lane: int, tries: int) -> float:
    state = RetryCallState(retry_object=_RETRYING, fn=None, args=(), kwargs={})
    state.attempt_number = tries
    return float(_BACKOFF[lane](state))
