"""Alarms: what a person must look at, each cause once, until somebody has."""

from typing import NamedTuple

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from hub.store.columns import instant, metadata, number, text
from hub.store.statement import Query, RowChange, Statement

ALARMS = Table(
    "alarms",
    metadata,
    text("cause", key=True),
    text("id"),
    text("code"),
    text("connector", null=True),
    text("peer", null=True),
    text("person", null=True),
    text("position", null=True),
    text("target", null=True),
    text("state"),
    instant("raised_at"),
    instant("last_at"),
    number("times", default="1"),
    instant("acted_at", null=True),
    Index(
        "alarms_open",
        "code",
        "person",
        sqlite_where=sql("state <> 'ended'"),
        postgresql_where=sql("state <> 'ended'"),
    ),
    sqlite_with_rowid=False,
)
"""``cause``: code and all that it is about, so that a cause has one row however often it comes. ``state``: raised,
acknowledged (somebody has looked), ended (and what it was about is over)."""


class AlarmRow(NamedTuple):
    """One alarm."""

    id: str
    code: str
    connector: str | None
    peer: str | None
    person: str | None
    position: str | None
    target: str | None
    state: str
    raised_at: int
    last_at: int
    times: int


class AlarmCount(NamedTuple):
    """How many alarms there are of a code in a state."""

    code: str
    state: str
    alarms: int


class LateRow(NamedTuple):
    """A target that is to be closed and was not seen so in time."""

    person: str
    sink: str
    target: str
    epoch: int


# Raise an alarm; one that is known is raised anew, and counts how often.
raise_alarm = Statement("""
    INSERT INTO alarms (cause, id, code, connector, peer, person, position, target, state, raised_at, last_at)
    VALUES (:cause, :id, :code, :connector, :peer, :person, :position, :target, 'raised', :at, :at)
    ON CONFLICT (cause) DO UPDATE SET
      last_at = excluded.last_at, times = alarms.times + 1, state = 'raised', acted_at = NULL,
      id = CASE WHEN alarms.state = 'raised' THEN alarms.id ELSE excluded.id END,
      raised_at = CASE WHEN alarms.state = 'raised' THEN alarms.raised_at ELSE excluded.raised_at END
""")

# Every alarm that is not over, oldest first.
open_alarms = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, state, raised_at, last_at, times
    FROM alarms WHERE state <> 'ended' ORDER BY raised_at, id
    """,
)

# One alarm by its id.
alarm = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, state, raised_at, last_at, times
    FROM alarms WHERE id = :id
    """,
)

# The last alarm of a code that concerns the hub as a whole, whatever became of it.
alarm_of_code = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, state, raised_at, last_at, times
    FROM alarms WHERE code = :code ORDER BY last_at DESC LIMIT 1
    """,
)

# Say how far an alarm is.
set_alarm = RowChange("UPDATE alarms SET state = :state, acted_at = :at WHERE id = :of")

# How many alarms are not over.
alarm_counts = Query(
    AlarmCount, "SELECT code, state, count(*) AS alarms FROM alarms WHERE state <> 'ended' GROUP BY code, state"
)

# Revocations that were decided before an instant, are carried out, were not seen so, and about which nothing was said.
# Where nothing can ever be seen, taken is the most.
late_revocations = Query(
    LateRow,
    """
    SELECT desired.person, desired.sink, desired.target, desired.epoch FROM desired
    LEFT JOIN alarms ON alarms.code = :code AND alarms.person = desired.person AND alarms.connector = desired.sink
      AND alarms.target = desired.target AND alarms.state <> 'ended' AND alarms.last_at >= desired.decided_at
    WHERE desired.wanted = 'absent' AND desired.mode = 'enforce' AND desired.state <> 'confirmed'
      AND desired.decided_at < :before AND alarms.cause IS NULL
      AND NOT (desired.state = 'accepted' AND desired.sink IN (SELECT value FROM {each:unreadable}))
    LIMIT :limit
    """,
)

# Alarms of late revocations somebody has looked at, whose target was seen closed since, or is to be open again.
settled_revocations = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, alarms.person, position, alarms.target, alarms.state, raised_at, last_at, times
    FROM alarms JOIN desired ON desired.person = alarms.person AND desired.sink = alarms.connector
      AND desired.target = alarms.target
    WHERE alarms.code = :code AND alarms.state = 'acknowledged'
      AND (desired.state = 'confirmed' OR desired.wanted = 'present')
    """,
)
