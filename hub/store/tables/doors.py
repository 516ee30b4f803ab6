"""What is known of doors beside what must be true there: whom each may be open to by which id, and where we stopped."""

from typing import NamedTuple

from hub.store.columns import Table, blob, instant, small, text
from hub.store.statement import Query, Statement

KNOWN_OPEN = Table(
    "known_open",
    text("person", key=True),
    text("sink", key=True),
    text("target", key=True),
    text("mark", key=True),
    text("token"),
    blob("subject"),
    small("adds", default="0"),
    small("removals", default="0"),
    small("sent", default="0"),
    instant("look_at", null=True),
    text("handed_to", null=True),
    rowid=False,
)
"""Ids of a person at a sink under which we opened a target, or saw it open, until each was seen closed. ``subject`` is
sealed, ``mark`` its keyed digest, ``token`` the identifier that led to it. ``adds`` and ``removals`` are writes that
were taken and have not been seen; ``sent``: a removal was sent since; ``look_at``: seen closed after a doubt, and
looked at once more from then on, by the store's own clock. ``handed_to``: the person who had the identifier when it was
theirs to close, if it was somebody else."""

HALTS = Table(
    "halts",
    text("sink", key=True),
    text("target", key=True),
    text("code"),
    instant("at"),
    rowid=False,
)
"""Targets that are written no more until a person says so, and why."""


class KnownOpenRow(NamedTuple):
    """One id of a person, sealed, under which a target may be open."""

    target: str
    mark: str
    token: str
    subject: bytes
    adds: int
    removals: int
    sent: int
    look_at: int | None
    handed_to: str | None


class HaltRow(NamedTuple):
    """A target that is written no more, and why."""

    sink: str
    target: str
    code: str
    at: int


# By which ids targets of a sink may be open to a person.
known_open = Query(
    KnownOpenRow,
    """
    SELECT target, mark, token, subject, adds, removals, sent, look_at, handed_to FROM known_open
    WHERE person = :person AND sink = :sink
    """,
)

# Remember an id by which a target may be open, and what was written of it.
set_known_open = Statement("""
    INSERT INTO known_open (person, sink, target, mark, token, subject, adds, removals, sent, look_at, handed_to)
    VALUES (:person, :sink, :target, :mark, :token, :subject, :adds, :removals, :sent, :look_at, :handed_to)
    ON CONFLICT (person, sink, target, mark) DO UPDATE SET
      token = excluded.token, adds = excluded.adds, removals = excluded.removals, sent = excluded.sent,
      look_at = excluded.look_at, handed_to = excluded.handed_to
""")

# It was seen closed under this id.
forget_known_open = Statement("""
    DELETE FROM known_open WHERE person = :person AND sink = :sink AND target = :target AND mark = :mark
""")

# Write a target no more.
set_halt = Statement("""
    INSERT INTO halts (sink, target, code, at) VALUES (:sink, :target, :code, :at)
    ON CONFLICT (sink, target) DO NOTHING
""")

# Let a target be written again.
end_halt = Statement("DELETE FROM halts WHERE sink = :sink AND target = :target")

# Which targets are written no more.
halts = Query(HaltRow, "SELECT sink, target, code, at FROM halts")
