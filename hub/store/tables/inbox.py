"""The inbox: requests that fronts took, on their way to the process that decides, and what that answers."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, text
from hub.store.statement import Query, Statement

INBOX = Table(
    "inbox",
    text("id", key=True),
    text("front"),
    number("place"),
    text("instance"),
    text("kind"),
    text("source"),
    text("state"),
    instant("arrived_at"),
    blob("question"),
    blob("answer", null=True),
    Index("inbox_state", "state", "arrived_at"),
)
"""``state``: waiting, answered. What was brought stands sealed, on the disk before its sender hears of it. ``place``
orders what one front took; ``source`` is the same for all of one peer of an instance, and tells nothing of it;
``arrived_at`` is of the store's own clock (``store_clock``)."""


class Handed(NamedTuple):
    """What a front took."""

    id: str
    instance: str
    kind: str
    source: str
    question: bytes


class InboxAnswer(NamedTuple):
    """What a front may tell who sent it."""

    id: str
    answer: bytes | None


class InboxLoad(NamedTuple):
    """How much waits, and for how long the first of it has, microseconds."""

    waiting: int
    bytes: int
    age: int


# Keep what a front took.
hand_on = Statement("""
    INSERT INTO inbox (id, front, place, instance, kind, source, state, arrived_at, question)
    SELECT :id, :front, :place, :instance, :kind, :source, 'waiting', now, :question FROM store_clock
""")

# What waits, in its order, but for what is looked at already, and for sources of which enough is: nobody else takes it
# while one holds the seat.
handed = Query(
    Handed,
    """
    SELECT id, instance, kind, source, question FROM inbox
    WHERE state = 'waiting' AND id NOT IN (SELECT value FROM {each:under_way})
      AND source NOT IN (SELECT value FROM {each:full})
    ORDER BY arrived_at, front, place LIMIT :limit
    """,
)

# Answer; touches no row where another process decides by now.
answer_handed = Statement("""
    UPDATE inbox SET state = 'answered', answer = :answer
    WHERE id = :of AND state = 'waiting'
      AND EXISTS (SELECT 1 FROM seats WHERE name = 'decider' AND holder = :holder)
""")

# What a front may tell now.
replies_for = Query(InboxAnswer, "SELECT id, answer FROM inbox WHERE front = :front AND state = 'answered'")

# Forget what was told.
forget_replied = Statement("DELETE FROM inbox WHERE id IN (SELECT value FROM {each:ids})")

# Forget what nobody has come for: its front is gone, or nobody waits for it.
forget_unread = Statement("""
    DELETE FROM inbox WHERE state = 'answered' AND arrived_at < (SELECT now FROM store_clock) - :patience
""")

# How much waits.
inbox_load = Query(
    InboxLoad,
    """
    SELECT count(*) AS waiting, CAST(COALESCE(SUM(length(question)), 0) AS BIGINT) AS bytes,
      CAST(COALESCE(MAX(now - arrived_at), 0) AS BIGINT) AS age
    FROM inbox, store_clock WHERE state = 'waiting'
    """,
)
