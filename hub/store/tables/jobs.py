"""Jobs: work that was asked for under a key, and how far it is."""

from typing import NamedTuple

from hub.store.columns import Index, Table, Unique, instant, number, small, text
from hub.store.statement import Query, RowChange, Statement

JOBS = Table(
    "jobs",
    text("id", key=True),
    text("key"),
    text("asked"),
    text("kind"),
    text("instance"),
    text("state"),
    small("attempt", default="1"),
    small("cancelled", default="0"),
    number("done", default="0"),
    number("total", default="0"),
    text("counts"),
    text("code", null=True),
    text("result", null=True),
    text("cursor", null=True),
    instant("retry_after", null=True),
    text("owner", null=True),
    instant("heartbeat_at", null=True),
    instant("lease_until", null=True),
    instant("asked_at"),
    instant("started_at", null=True),
    instant("ended_at", null=True),
    Unique("key"),
    Index("jobs_state", "state", "asked_at"),
)
"""``asked``: what was asked for, as canonical JSON. ``state``: queued, running, succeeded, failed, cancelled.
``done`` of ``total``: how far it is, where that is known. ``counts``: what was done, by word, a JSON object.
``result`` names people by their tokens alone. ``cursor``: where a job goes on whose place stands nowhere else,
sealed; it stays with one that did not succeed. ``retry_after``: seconds to leave the other side alone.
``heartbeat_at`` and ``lease_until`` are of the store's own clock; ``owner`` is who works at it."""


class JobRow(NamedTuple):
    """One job."""

    id: str
    key: str
    asked: str
    kind: str
    instance: str
    state: str
    attempt: int
    cancelled: int
    done: int
    total: int
    counts: str
    code: str | None
    retry_after: int | None
    has_result: int
    asked_at: int
    started_at: int | None
    ended_at: int | None


class JobResult(NamedTuple):
    """What a job found."""

    kind: str
    result: str | None


class JobCursor(NamedTuple):
    """Where a job goes on."""

    cursor: str | None


class JobCount(NamedTuple):
    """How many jobs of a kind are in a state."""

    kind: str
    state: str
    jobs: int


class WaitingJobs(NamedTuple):
    """How many jobs there are to do."""

    jobs: int


# One job by its id.
job = Query(
    JobRow,
    """
    SELECT id, key, asked, kind, instance, state, attempt, cancelled, done, total, counts, code, retry_after,
      CASE WHEN result IS NULL THEN 0 ELSE 1 END AS has_result, asked_at, started_at, ended_at
    FROM jobs WHERE id = :id
    """,
)

# One job by its key.
job_of_key = Query(
    JobRow,
    """
    SELECT id, key, asked, kind, instance, state, attempt, cancelled, done, total, counts, code, retry_after,
      CASE WHEN result IS NULL THEN 0 ELSE 1 END AS has_result, asked_at, started_at, ended_at
    FROM jobs WHERE key = :key
    """,
)

# The last jobs that were asked for before one of this id, newest first.
jobs_listed = Query(
    JobRow,
    """
    SELECT id, key, asked, kind, instance, state, attempt, cancelled, done, total, counts, code, retry_after,
      CASE WHEN result IS NULL THEN 0 ELSE 1 END AS has_result, asked_at, started_at, ended_at
    FROM jobs WHERE id < :before AND state LIKE :state ORDER BY id DESC LIMIT :limit
    """,
)

# What a job found.
job_result = Query(JobResult, "SELECT kind, result FROM jobs WHERE id = :id")

# Where a job goes on.
job_cursor = Query(JobCursor, "SELECT cursor FROM jobs WHERE id = :id")

# How many there are, by kind and state.
job_counts = Query(JobCount, "SELECT kind, state, count(*) AS jobs FROM jobs GROUP BY kind, state")

# How many are not over.
jobs_active = Query(WaitingJobs, "SELECT count(*) AS jobs FROM jobs WHERE state IN ('queued', 'running')")

# How many may be taken up now: those that wait, and those whose lease has ended.
jobs_to_take = Query(
    WaitingJobs,
    """
    SELECT count(*) AS jobs FROM jobs, store_clock
    WHERE state = 'queued' OR (state = 'running' AND lease_until < now)
    """,
)

# Those that wait, longest first; none of a kind and instance of which one is being done.
jobs_now = Query(
    JobRow,
    """
    SELECT id, key, asked, kind, instance, state, attempt, cancelled, done, total, counts, code, retry_after,
      CASE WHEN result IS NULL THEN 0 ELSE 1 END AS has_result, asked_at, started_at, ended_at
    FROM jobs
    WHERE state = 'queued' AND NOT EXISTS (
      SELECT 1 FROM jobs AS other
      WHERE other.state = 'running' AND other.kind = jobs.kind AND other.instance = jobs.instance)
    ORDER BY asked_at, id LIMIT :limit
    """,
)

# Keep a job; touches no row where its key is known.
insert_job = Statement("""
    INSERT INTO jobs (id, key, asked, kind, instance, state, counts, asked_at)
    VALUES (:id, :key, :asked, :kind, :instance, 'queued', '{}', :at) ON CONFLICT DO NOTHING
""")

# Have a job that failed or was cancelled done once more, from where it stands.
repeat_job = RowChange("""
    UPDATE jobs SET state = 'queued', attempt = attempt + 1, cancelled = 0, done = 0, total = 0, counts = '{}',
      code = NULL, result = NULL, retry_after = NULL, asked_at = :at, started_at = NULL, ended_at = NULL
    WHERE id = :of AND state IN ('failed', 'cancelled')
""")

# Take a job for oneself.
lease_job = RowChange("""
    UPDATE jobs SET state = 'running', owner = :owner, heartbeat_at = :now, lease_until = :until,
      started_at = CASE WHEN started_at IS NULL THEN :at ELSE started_at END
    WHERE id = :of AND state = 'queued'
""")

# Say that somebody is still at it; touches no row once somebody else is.
beat_job = Statement("""
    UPDATE jobs SET heartbeat_at = :now, lease_until = :until WHERE id = :of AND owner = :owner AND state = 'running'
""")

# What owners that are gone were at waits again: their leases have ended, or they held the seat of ``:owner``.
lose_jobs = Statement("""
    UPDATE jobs SET state = 'queued', owner = NULL
    WHERE state = 'running' AND (lease_until < :now OR (owner <> :owner AND owner LIKE :seat))
""")

# Give a job back that goes on at the next start.
give_back_job = Statement("""
    UPDATE jobs SET state = 'queued', owner = NULL WHERE id = :of AND owner = :owner AND state = 'running'
""")

# Say how far a job is; touches no row once it is to end, or somebody else is at it.
step_job = Statement("""
    UPDATE jobs SET done = :done, total = :total
    WHERE id = :of AND owner = :owner AND state = 'running' AND cancelled = 0
""")

# Say what was done so far.
count_job = Statement("""
    UPDATE jobs SET counts = :counts WHERE id = :of AND owner = :owner AND state = 'running'
""")

# Say where a job goes on; touches no row once somebody else is at it.
move_job = Statement("""
    UPDATE jobs SET cursor = :cursor WHERE id = :of AND owner = :owner AND state = 'running'
""")

# A job is over.
end_job = Statement("""
    UPDATE jobs SET state = :state, counts = :counts, code = :code, retry_after = :retry_after, result = :result,
      cursor = CASE WHEN :state = 'succeeded' THEN NULL ELSE cursor END, ended_at = :at, owner = NULL
    WHERE id = :of AND owner = :owner AND state = 'running'
""")

# A job is wanted no more: one that waits is over, one that is being done ends before its next item.
cancel_job = Statement("""
    UPDATE jobs SET cancelled = 1, ended_at = CASE WHEN state = 'queued' THEN :at ELSE ended_at END,
      state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
    WHERE id = :of AND state IN ('queued', 'running')
""")

# Forget what was over long ago.
forget_jobs = Statement("""
    DELETE FROM jobs WHERE state IN ('succeeded', 'failed', 'cancelled') AND ended_at < :before
""")
