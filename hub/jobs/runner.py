"""Does jobs, on threads of their own: each leased, one at a time of a kind and instance, gone on with after a death."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event
from typing import Any

import orjson

from hub.access.leases import DECIDERS, LEASE_SECONDS, Key, Leases, store_us, us
from hub.backoff import UNTIL_KEPT
from hub.clock import Clock
from hub.jobs.desk import enter
from hub.jobs.steps import Done, Ended, Steps, Work, added
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import jobs as sql
from hub.store.tables.jobs import JobRow
from hub.store.writer import Writer
from hub.workers import Activator, WorkerPool
from schemas.errors import LicetError, UnavailableError

WORKERS = 2
IDLE_SECONDS = 1.0
FAILED = "job.failed"

log = logging.getLogger(__name__)


class JobRunner:
    """Takes up what waits and does it with a few threads; ``works`` says how, by kind."""

    def __init__(
        self,
        works: Mapping[str, Work],
        *,
        writer: Writer,
        database: Database,
        clock: Clock,
        activator: Activator,
        owner: str,
    ) -> None:
        self._works = works
        self._writer = writer
        self._database = database
        self._clock = clock
        self._leases = Leases(owner, clock)
        self._ending = Event()
        self._pool = WorkerPool(WORKERS, "jobs", freed=activator)

    def recover(self) -> None:
        """Have what was being done when the last process ended wait again."""
        self._writer.call(self._lose)

    @property
    def ending(self) -> bool:
        """Whether nothing more is begun."""
        return self._ending.is_set()

    def break_off(self) -> None:
        """Have what is being done end before its next item, to go on at the next start."""
        self._ending.set()

    def stop(self, seconds: float) -> bool:
        """Break off; whether everything had ended by then."""
        self.break_off()
        return self._pool.stop(seconds)

    def turn(self) -> float:
        """Claim what waits and hand it out; the seconds until there may be more."""
        self._leases.beat(lambda keys: self._writer.call(lambda tx: self._renew(keys, tx)))
        free = self._pool.free
        if free and not self._ending.is_set() and self._some_wait():
            for job in self._writer.call(lambda tx: self._claim(free, tx)):
                self._leases.hold((job.id,))
                self._pool.take(partial(self._do, job))
        return IDLE_SECONDS

    def _some_wait(self) -> bool:
        with self._database.reading() as session:
            row = session.one(sql.jobs_to_take, {})
        return row is not None and row.jobs > 0

    def _lose(self, tx: Tx) -> None:
        owners = {"owner": self._leases.owner, "seat": DECIDERS}
        tx.session.run(sql.lose_jobs, {**owners, "now": store_us(tx.session)})

    def _claim(self, limit: int, tx: Tx) -> list[JobRow]:
        self._lose(tx)
        lease = self._lease(tx)
        claimed: dict[tuple[str, str], JobRow] = {}
        for row in tx.session.all(sql.jobs_now, {"limit": limit + WORKERS}):
            what = (row.kind, row.instance)
            if len(claimed) < limit and what not in claimed and not self._leases.holds((row.id,)):
                tx.session.run(sql.lease_job, {"of": row.id, "at": tx.now_us, **lease})
                claimed[what] = row
        return list(claimed.values())

    def _renew(self, keys: Sequence[Key], tx: Tx) -> None:
        lease = self._lease(tx)
        tx.session.many(sql.beat_job, [{"of": key[0], **lease} for key in keys])

    def _lease(self, tx: Tx) -> dict[str, str | int]:
        now = store_us(tx.session)
        return {"owner": self._leases.owner, "now": now, "until": now + us(LEASE_SECONDS)}

    # --- on a worker's thread -------------------------------------------------------------------------------

    def _do(self, job: JobRow) -> None:
        try:
            UNTIL_KEPT(self._writer.call, self._conclusion(job))
        except UnavailableError as error:
            log.warning("job %s: %s; it goes on when its lease ends", job.id, error.message)
        except Exception:  # nobody waits for this thread: a bug must be loud here, and its lease ends by itself
            log.exception("a job could not be ended; it goes on when its lease ends")
        finally:
            self._leases.release((job.id,))

    def _conclusion(self, job: JobRow) -> Callable[[Tx], None]:
        """Do a job; what is to be kept of it."""
        try:
            steps = Steps(job, self._leases.owner, self._ending, self._writer, self._clock)
            if job.cancelled:
                raise Ended
            done = self._works[job.kind](steps)
        except Ended:
            return partial(self._broken_off, job)
        except LicetError as error:
            if error.code.startswith("store."):
                raise
            rest = error.retry_after if isinstance(error, UnavailableError) else None
            return partial(self._end, job, "failed", Done(code=error.code, retry_after=rest))
        except Exception:  # whoever asked must hear that it is over, and the next job is done
            log.exception("job %s failed by a bug", job.id)
            return partial(self._end, job, "failed", Done(code=FAILED))
        return partial(self._end, job, "failed" if done.code else "succeeded", done)

    def _broken_off(self, job: JobRow, tx: Tx) -> None:
        """One that was cancelled is over; any other waits again, if it is still ours."""
        row = tx.session.one(sql.job, {"id": job.id})
        if row is not None and row.cancelled:
            self._end(job, "cancelled", Done(), tx)
        else:
            tx.session.run(sql.give_back_job, {"of": job.id, "owner": self._leases.owner})

    def _end(self, job: JobRow, state: str, done: Done, tx: Tx) -> None:
        told: dict[str, Any] = {"state": state, "code": done.code, "counts": added(job.id, done.counts, tx.session)}
        told |= {"result": None if done.result is None else orjson.dumps(done.result).decode()}
        told |= {"retry_after": None if done.retry_after is None else max(round(done.retry_after), 1)}
        touched = tx.session.run(sql.end_job, {"of": job.id, "owner": self._leases.owner, "at": tx.now_us, **told})
        if touched and state != "cancelled":  # that it is wanted no more was entered when somebody said so
            enter(job, state, tx, code=done.code)
