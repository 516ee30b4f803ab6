"""What waits for the doors and can be claimed now, or when."""

from typing import NamedTuple

from hub.store.statement import Query


class ClaimableRow(NamedTuple):
    """A person and sink whose wanted targets wait to be delivered."""

    person: str
    sink: str
    lane: int
    epoch: int
    tries: int


class Waiting(NamedTuple):
    """Something waits."""

    waits: int


class NextDelivery(NamedTuple):
    """How long until something can be delivered, microseconds, if there is anything."""

    wait: int | None


# What can be delivered now to one sink in one lane, of a crowd or of the others, but for what is left to do at targets
# that others are at already.
# Nothing waits beyond the horizon: a clock was set back.
claimable = Query(
    ClaimableRow,
    """
    SELECT person, sink, lane, epoch, tries FROM outbox
    WHERE sink = :at_sink AND lane = :in_lane AND crowd = :crowd AND (next_at <= :now OR next_at > :horizon)
      AND (lease_until IS NULL OR lease_until < :now)
      AND NOT EXISTS (
        SELECT 1 FROM desired WHERE desired.person = outbox.person AND desired.sink = outbox.sink
          AND state <> 'confirmed' AND target IN (SELECT value FROM {each:taken})
      )
    ORDER BY next_at LIMIT :limit
    """,
)

# What waits for sinks that are not known.
claimable_elsewhere = Query(
    ClaimableRow,
    """
    SELECT person, sink, lane, epoch, tries FROM outbox
    WHERE next_at <= :now AND (lease_until IS NULL OR lease_until < :now)
      AND sink NOT IN (SELECT value FROM {each:known})
    ORDER BY lane, next_at LIMIT :limit
    """,
)

# How long until something can be delivered to one sink in one lane.
next_delivery = Query(
    NextDelivery,
    """
    SELECT (
      SELECT min(CASE WHEN lease_until IS NULL THEN next_at ELSE lease_until END)
      FROM outbox WHERE sink = :at_sink AND lane = :in_lane
    ) - now AS wait
    FROM store_clock
    """,
)

# The same, but for what is due already and only waits for others to end.
next_later = Query(
    NextDelivery,
    """
    SELECT (
      SELECT min(next_at) FROM outbox
      WHERE sink = :at_sink AND lane = :in_lane AND crowd IN (0, 1) AND lease_until IS NULL
        AND next_at > (SELECT now FROM store_clock)
    ) - now AS wait
    FROM store_clock
    """,
)

# Whether something in a lane of a sink is due, has never been begun, and is not now.
not_begun = Query(
    Waiting,
    """
    SELECT 1 AS waits FROM outbox
    WHERE sink = :at_sink AND lane = :in_lane AND crowd IN (0, 1) AND next_at <= :until AND lease_until IS NULL
      AND tries = 0
    LIMIT 1
    """,
)

# Whether something in a lane of a sink was due by an instant, and had no turn since; it may be having it.
due_by = Query(
    Waiting,
    """
    SELECT 1 AS waits FROM outbox
    WHERE sink = :at_sink AND lane = :in_lane AND crowd IN (0, 1) AND next_at <= :until LIMIT 1
    """,
)

# Whether something is to be closed somewhere, and is not yet.
revocations_wait = Query(Waiting, "SELECT 1 AS waits FROM outbox WHERE lane = 0 AND next_at <= :now LIMIT 1")
