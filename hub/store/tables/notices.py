"""Notices to people: what must be told to whom, and how far that is."""

from typing import NamedTuple

from sqlalchemy import Index, Table, UniqueConstraint

from hub.store.columns import instant, metadata, small, text
from hub.store.statement import Query, RowChange, Statement

NOTICES = Table(
    "notices",
    metadata,
    text("id", key=True),
    text("person"),
    text("position"),
    text("kind"),
    text("audience"),
    text("cause"),
    text("stage"),
    text("body"),
    text("state"),
    instant("decided_at"),
    instant("next_at"),
    text("owner", null=True),
    instant("heartbeat_at", null=True),
    small("tries", default="0"),
    text("receipt", null=True),
    UniqueConstraint("person", "position", "kind", "audience", "cause", "stage"),
    Index("notices_state", "state", "next_at"),
)
"""``next_at`` and ``heartbeat_at`` are of the store's own clock (``store_clock``); ``owner`` is who sends."""


class WaitingNotice(NamedTuple):
    """A notice to be sent now."""

    id: str
    person: str
    position: str
    kind: str
    audience: str
    cause: str
    body: str
    tries: int
    state: str


class NoticeRow(NamedTuple):
    """A notice of a person and how far it is."""

    kind: str
    audience: str
    cause: str
    stage: str
    state: str
    decided_at: int


class NextNotice(NamedTuple):
    """The earliest instant at which something is to be sent, if there is one."""

    at: int | None


class NoticesWaiting(NamedTuple):
    """How many notices are not settled."""

    waiting: int


# Keep a notice; the same one may be known.
insert_notice = Statement("""
    INSERT INTO notices (id, person, position, kind, audience, cause, stage, body, state, decided_at, next_at, tries,
      receipt)
    VALUES (:id, :person, :position, :kind, :audience, :cause, :stage, :body, :state, :decided_at, :next_at, :tries,
      :receipt)
    ON CONFLICT DO NOTHING
""")

# What is to be sent now, longest first.
notices_now = Query(
    WaitingNotice,
    """
    SELECT id, person, position, kind, audience, cause, body, tries, state FROM notices
    WHERE state IN ('decided', 'unknown', 'sent') AND next_at <= :now ORDER BY next_at LIMIT :limit
    """,
)

# When something is to be sent next; one that is being sent, when its lease ends.
next_notice = Query(NextNotice, "SELECT min(next_at) AS at FROM notices WHERE state IN ('decided', 'unknown', 'sent')")

# Say how far a notice is.
set_notice = RowChange("""
    UPDATE notices SET state = :state, next_at = :next_at, tries = :tries, receipt = :receipt WHERE id = :of
""")

# Try all at once that is not settled; what was being sent when its process ended is unknown.
wake_notices = Statement("""
    UPDATE notices SET state = CASE WHEN state = 'sent' THEN 'unknown' ELSE state END, next_at = 0
    WHERE state IN ('decided', 'sent', 'unknown')
""")

# What was to be told about a person, in order.
notices_of = Query(
    NoticeRow,
    """
    SELECT kind, audience, cause, stage, state, decided_at FROM notices WHERE person = :person ORDER BY decided_at
    """,
)

# How many notices are not settled.
notices_waiting = Query(
    NoticesWaiting, "SELECT count(*) AS waiting FROM notices WHERE state IN ('decided', 'sent', 'unknown')"
)
