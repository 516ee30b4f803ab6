"""Notices to people: what must be told to whom, and how far that is."""

from typing import NamedTuple

from hub.store.columns import Index, Table, Unique, instant, small, text
from hub.store.statement import Query, RowChange, Statement

NOTICES = Table(
    "notices",
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
    instant("accepted_at", null=True),
    instant("hr_told_at", null=True),
    Unique("person", "position", "kind", "audience", "cause", "stage"),
    Index("notices_state", "state", "next_at"),
)
"""``next_at`` and ``heartbeat_at`` are of the store's own clock (``store_clock``); ``owner`` is who sends;
``hr_told_at``: when HR was told that it could not be delivered."""

TOLD = Table(
    "told",
    text("person", key=True),
    text("position", key=True),
    text("matter", key=True),
    text("body"),
    rowid=False,
)
"""What was told last of each matter of a person, so that it is told again only when something changes."""


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


class ToldRow(NamedTuple):
    """What was told last of one matter in a post."""

    position: str
    matter: str
    body: str


class NoticeRow(NamedTuple):
    """A notice of a person and how far it is."""

    kind: str
    audience: str
    cause: str
    stage: str
    state: str
    decided_at: int


class WarningRow(NamedTuple):
    """A warning to a person that a channel accepted."""

    id: str
    position: str
    cause: str
    body: str
    accepted_at: int


class FailedNotice(NamedTuple):
    """A message that nobody got; ``receipt`` is the code of what went wrong."""

    id: str
    person: str
    position: str
    kind: str
    body: str
    receipt: str | None


class NextNotice(NamedTuple):
    """How long until something is to be sent, microseconds, if there is anything."""

    wait: int | None


class NoticesWaiting(NamedTuple):
    """How many notices are not settled, and since when the oldest is not."""

    waiting: int
    since: int | None


# Keep a notice; the same one may be known.
insert_notice = Statement("""
    INSERT INTO notices (id, person, position, kind, audience, cause, stage, body, state, decided_at, next_at, tries,
      receipt)
    VALUES (:id, :person, :position, :kind, :audience, :cause, :stage, :body, :state, :decided_at, :next_at, :tries,
      :receipt)
    ON CONFLICT DO NOTHING
""")

# What is to be sent now, longest first; what is being sent, once its lease has ended. Nothing waits beyond the
# horizon: a clock was set back.
notices_now = Query(
    WaitingNotice,
    """
    SELECT id, person, position, kind, audience, cause, body, tries, state FROM notices
    WHERE state IN ('decided', 'unknown', 'sent') AND (next_at <= :now OR next_at > :horizon)
    ORDER BY next_at LIMIT :limit
    """,
)

# How long until something is to be sent.
next_notice = Query(
    NextNotice,
    """
    SELECT (SELECT min(next_at) FROM notices WHERE state IN ('decided', 'unknown', 'sent')) - now AS wait
    FROM store_clock
    """,
)

# Take a notice for oneself: until ``:until`` it is left alone by others.
send_notice = RowChange("""
    UPDATE notices SET state = 'sent', owner = :owner, heartbeat_at = :now, next_at = :until, tries = :tries
    WHERE id = :of
""")

# Say that somebody is still at it; touches no row once somebody else is.
beat_notice = Statement("""
    UPDATE notices SET heartbeat_at = :now, next_at = :until WHERE id = :of AND owner = :owner AND state = 'sent'
""")

# What was being sent by owners that are gone is unknown: their leases have ended, or they held the seat of ``:owner``.
lose_notices = Statement("""
    UPDATE notices SET state = 'unknown', owner = NULL, next_at = :now
    WHERE state = 'sent' AND owner <> :owner AND (next_at < :now OR owner LIKE :seat)
""")

# Say how far a notice is.
set_notice = Statement("""
    UPDATE notices SET state = :state, owner = NULL, next_at = :next_at, tries = :tries, receipt = :receipt
    WHERE id = :of
""")

# Say when a channel accepted it.
accept_notice = Statement("UPDATE notices SET accepted_at = :at WHERE id = :of")

# What could not be delivered to whom it was for, of which HR was not told.
failed_notices = Query(
    FailedNotice,
    """
    SELECT id, person, position, kind, body, receipt FROM notices
    WHERE state = 'failed' AND audience <> 'hr' AND hr_told_at IS NULL ORDER BY decided_at, id LIMIT :limit
    """,
)

# Say when HR was told of it.
tell_hr = Statement("UPDATE notices SET hr_told_at = :at WHERE id = :of")

# The warnings to a person about an end that a channel accepted, by what was known at an instant.
warnings_of = Query(
    WarningRow,
    """
    SELECT id, position, cause, body, coalesce(accepted_at, 0) AS accepted_at FROM notices
    WHERE person = :person AND audience = 'person' AND kind IN ('expiry_warning', 'cure_opened')
      AND accepted_at <= :known_by
    ORDER BY accepted_at, id
    """,
)

# What was to be told about a person, in order.
notices_of = Query(
    NoticeRow,
    """
    SELECT kind, audience, cause, stage, state, decided_at FROM notices WHERE person = :person ORDER BY decided_at
    """,
)

# How many notices are not settled.
notices_waiting = Query(
    NoticesWaiting,
    """
    SELECT count(*) AS waiting, min(decided_at) AS since FROM notices WHERE state IN ('decided', 'sent', 'unknown')
    """,
)

# What was told last of each matter of a person.
told_of = Query(ToldRow, "SELECT position, matter, body FROM told WHERE person = :person")

# Say what was told last of a matter.
set_told = Statement("""
    INSERT INTO told (person, position, matter, body) VALUES (:person, :position, :matter, :body)
    ON CONFLICT (person, position, matter) DO UPDATE SET body = excluded.body
""")
