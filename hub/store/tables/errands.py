"""Errands: single calls to other systems that other processes carry out for the decider, and who holds its seat."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, text
from hub.store.statement import Query, RowChange, Statement

SEATS = Table(
    "seats",
    text("name", key=True),
    text("holder"),
    number("term"),
    instant("since"),
    rowid=False,
)
"""Who holds the seat of the decider of a PostgreSQL store, or held it last; ``term`` grows with each that takes it."""

ERRANDS = Table(
    "errands",
    text("id", key=True),
    text("asker"),
    text("port"),
    text("instance"),
    text("state"),
    instant("asked_at"),
    text("owner", null=True),
    instant("lease_until", null=True),
    blob("question"),
    blob("answer", null=True),
    Index("errands_state", "state", "id"),
)
"""``state``: waiting, taken, answered; left: somebody is at it, and nobody waits for it. What is asked and answered
stands sealed. Nothing here outlives a crash of the database server: who asked then hears that nobody knows. Instants
are of the store's own clock (``store_clock``)."""


class SeatRow(NamedTuple):
    """Who decides, or did last."""

    holder: str


class WaitingErrand(NamedTuple):
    """What is to be asked of a system."""

    id: str
    port: str
    instance: str
    question: bytes


class AnsweredErrand(NamedTuple):
    """What came of an errand."""

    id: str
    answer: bytes | None


class ErrandState(NamedTuple):
    """How far an errand is."""

    id: str
    state: str


# Who decides, or did last.
seat = Query(SeatRow, "SELECT holder FROM seats WHERE name = 'decider'")

# From now on this process decides.
take_seat = Statement("""
    INSERT INTO seats (name, holder, term, since) SELECT 'decider', :holder, 1, now FROM store_clock WHERE true
    ON CONFLICT (name) DO UPDATE SET
      holder = excluded.holder, since = excluded.since,
      term = CASE WHEN seats.holder = excluded.holder THEN seats.term ELSE seats.term + 1 END
""")

# Have a call carried out.
ask = Statement("""
    INSERT INTO errands (id, asker, port, instance, state, asked_at, question)
    SELECT :id, :asker, :port, :instance, 'waiting', now, :question FROM store_clock
""")

# What waits longest, of ports and instances that one serves, and nobody else is about to take; only what the holder of
# the seat asks for, and of no instance with a call under way that nobody waits for: who asks anew would else look at a
# system that is still about to change, and have it changed twice.
ripe = Query(
    WaitingErrand,
    """
    SELECT id, port, instance, question FROM errands
    WHERE state = 'waiting' AND asker = (SELECT holder FROM seats WHERE name = 'decider')
      AND port IN (SELECT value FROM {each:ports}) AND instance IN (SELECT value FROM {each:instances})
      AND NOT EXISTS (
        SELECT 1 FROM errands AS other, store_clock
        WHERE other.port = errands.port AND other.instance = errands.instance AND other.lease_until >= now
          AND (other.state = 'left' OR (other.state = 'taken' AND other.asker <> errands.asker)))
    ORDER BY id LIMIT :limit {for_claim}
    """,
)

# Take an errand for oneself.
take = RowChange("""
    UPDATE errands SET state = 'taken', owner = :owner, lease_until = (SELECT now FROM store_clock) + :lease
    WHERE id = :of AND state = 'waiting'
""")

# Right before a call that changes something: touches no row where it is somebody else's by now, or nobody's.
hold_errand = Statement("""
    UPDATE errands SET lease_until = (SELECT now FROM store_clock) + :lease
    WHERE id = :of AND owner = :owner AND state = 'taken'
      AND asker = (SELECT holder FROM seats WHERE name = 'decider')
""")

# Say of these that somebody is at them.
beat_errands = Statement("""
    UPDATE errands SET lease_until = (SELECT now FROM store_clock) + :lease
    WHERE id IN (SELECT value FROM {each:ids}) AND owner = :owner AND state IN ('taken', 'left')
""")

# Say what came of it; touches no row where it was taken away.
answer = Statement("""
    UPDATE errands SET state = 'answered', answer = :answer
    WHERE id = :of AND owner = :owner AND state IN ('taken', 'left')
""")

# What came of one's errands.
answered = Query(AnsweredErrand, "SELECT id, answer FROM errands WHERE asker = :asker AND state = 'answered'")

# How far one's errands are; ``lost``: nobody is at it any more, ``late``: nobody has taken it in time.
of_asker = Query(
    ErrandState,
    """
    SELECT id, CASE
        WHEN state = 'taken' AND lease_until < now THEN 'lost'
        WHEN state = 'waiting' AND asked_at < now - :patience THEN 'late'
        ELSE state END AS state
    FROM errands, store_clock WHERE asker = :asker
    """,
)

# Forget errands, but those that somebody is at and nobody waits for.
forget_errands = Statement("DELETE FROM errands WHERE id IN (SELECT value FROM {each:ids}) AND state <> 'left'")

# Forget one that nobody has taken; touches no row once somebody has.
call_off = Statement("DELETE FROM errands WHERE id = :id AND state = 'waiting'")

# Nobody waits for these any more; what somebody is at stays until it is over.
leave_errands = Statement("""
    UPDATE errands SET state = 'left' WHERE id IN (SELECT value FROM {each:ids}) AND state = 'taken'
""")

# The same for what was asked for under an earlier seat; nothing unless one holds it.
leave_former_errands = Statement("""
    UPDATE errands SET state = 'left'
    WHERE asker <> :asker AND state = 'taken'
      AND EXISTS (SELECT 1 FROM seats WHERE name = 'decider' AND holder = :asker)
""")

# Forget what was asked for under an earlier seat, and what was left and is over; nothing unless one holds it.
forget_former_errands = Statement("""
    DELETE FROM errands
    WHERE ((asker <> :asker AND state <> 'left')
        OR (state = 'left' AND lease_until < (SELECT now FROM store_clock)))
      AND EXISTS (SELECT 1 FROM seats WHERE name = 'decider' AND holder = :asker)
""")
