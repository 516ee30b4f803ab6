"""Alarms: what a person must look at, each cause once, until somebody has."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, number, text
from hub.store.statement import Query, RowChange, Statement

ALARMS = Table(
    "alarms",
    text("cause", key=True),
    text("id"),
    text("code"),
    text("connector", null=True),
    text("peer", null=True),
    text("person", null=True),
    text("position", null=True),
    text("target", null=True),
    text("fault", null=True),
    text("state"),
    instant("raised_at"),
    instant("last_at"),
    number("times", default="1"),
    instant("acted_at", null=True),
    instant("told_at", null=True),
    number("told", default="0"),
    Index(
        "alarms_open",
        "code",
        "person",
        only="state <> 'ended'",
    ),
    rowid=False,
)
"""``cause``: code and all that it is about, so that a cause has one row however often it comes. ``state``: raised,
acknowledged (somebody has looked), ended (and what it was about is over). ``told_at``, ``told``: when an operator was
told of it last, and how often."""

TELLINGS = Table(
    "tellings",
    text("cause", key=True),
    text("operator", key=True),
    instant("told_at"),
    rowid=False,
)
"""When an operator (a token) was told last of an alarm: a mail server took it, or may have."""


class AlarmRow(NamedTuple):
    """One alarm."""

    id: str
    code: str
    connector: str | None
    peer: str | None
    person: str | None
    position: str | None
    target: str | None
    fault: str | None
    state: str
    raised_at: int
    last_at: int
    times: int
    told_at: int | None
    told: int
    cause: str


class LastTelling(NamedTuple):
    """When somebody was told something last."""

    told_at: int | None


class UntoldCount(NamedTuple):
    """How many open alarms nobody was told of."""

    alarms: int


class LastInstant(NamedTuple):
    """When something was last so, if ever."""

    at: int | None


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


class LateNoticeRow(NamedTuple):
    """Somebody to whom a message of a post waits for too long."""

    person: str
    position: str


class WaitingAside(NamedTuple):
    """How many items of a connector wait in quarantine for one reason, and how far its last alarm is, if any."""

    connector: str
    fault: str
    items: int
    last_at: int
    id: str | None
    state: str | None
    times: int | None
    acted_at: int | None


class SettledAside(NamedTuple):
    """An alarm that is over."""

    id: str


# Raise an alarm; one that is known is raised anew, and counts how often.
raise_alarm = Statement("""
    INSERT INTO alarms (cause, id, code, connector, peer, person, position, target, fault, state, raised_at, last_at)
    VALUES (:cause, :id, :code, :connector, :peer, :person, :position, :target, :fault, 'raised', :at, :at)
    ON CONFLICT (cause) DO UPDATE SET
      last_at = excluded.last_at, times = alarms.times + 1, state = 'raised', acted_at = NULL,
      id = CASE WHEN alarms.state = 'raised' THEN alarms.id ELSE excluded.id END,
      raised_at = CASE WHEN alarms.state = 'raised' THEN alarms.raised_at ELSE excluded.raised_at END,
      told_at = CASE WHEN alarms.state = 'raised' THEN alarms.told_at END
""")

# Every alarm that is not over, oldest first.
open_alarms = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, fault, state, raised_at, last_at, times, told_at, told,
      cause
    FROM alarms WHERE state <> 'ended' ORDER BY raised_at, id
    """,
)

# One alarm by its id.
alarm = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, fault, state, raised_at, last_at, times, told_at, told,
      cause
    FROM alarms WHERE id = :id
    """,
)

# The last alarm of a code that concerns the hub as a whole, whatever became of it.
alarm_of_code = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, fault, state, raised_at, last_at, times, told_at, told,
      cause
    FROM alarms WHERE code = :code ORDER BY last_at DESC LIMIT 1
    """,
)

# What an operator is to be told now: what nobody has acted upon, and what they were not told of since it was raised, or
# for long. An instant ahead is of a clock that was set back: nothing is waited for because of it.
alarms_to_tell = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, fault, state, raised_at, last_at, times,
      alarms.told_at, told, alarms.cause
    FROM alarms LEFT JOIN tellings ON tellings.cause = alarms.cause AND tellings.operator = :operator
    WHERE state = 'raised'
      AND (tellings.told_at IS NULL OR tellings.told_at <= :before OR tellings.told_at > :now
        OR (tellings.told_at < raised_at AND raised_at <= :now))
    ORDER BY raised_at, id LIMIT :limit
    """,
)

# When an operator was told something last, as of now.
last_telling = Query(
    LastTelling, "SELECT max(told_at) AS told_at FROM tellings WHERE operator = :operator AND told_at <= :now"
)

# An operator was told of an alarm, if it is there still.
set_telling = Statement("""
    INSERT INTO tellings (cause, operator, told_at)
    SELECT cause, CAST(:operator AS text), CAST(:at AS bigint) FROM alarms WHERE cause = :cause
    ON CONFLICT (cause, operator) DO UPDATE SET told_at = excluded.told_at
""")

# Somebody was told of an alarm.
set_told_of = Statement("UPDATE alarms SET told_at = :at, told = told + 1 WHERE cause = :of")

# How many alarms nobody was told of, and nobody has looked at.
untold_count = Query(UntoldCount, "SELECT count(*) AS alarms FROM alarms WHERE state = 'raised' AND told_at IS NULL")

# Say how far an alarm is.
set_alarm = RowChange("UPDATE alarms SET state = :state, acted_at = :at WHERE id = :of")

# Say how often there is now what an alarm is about, and since when the last of it.
count_alarm = RowChange("UPDATE alarms SET times = :times, last_at = :at WHERE id = :of")

# What waits in quarantine, by connector and by what is wrong with it, and how far its last alarm is.
waiting_aside = Query(
    WaitingAside,
    """
    SELECT waiting.connector, waiting.code AS fault, waiting.items, waiting.last_at,
      alarms.id, alarms.state, alarms.times, alarms.acted_at
    FROM (SELECT connector, code, count(*) AS items, max(at) AS last_at FROM quarantine WHERE state = 'waiting'
      GROUP BY connector, code) AS waiting
    LEFT JOIN alarms ON alarms.code = :code AND alarms.connector = waiting.connector AND alarms.fault = waiting.code
    """,
)

# Open alarms of what waits in quarantine no more.
settled_aside = Query(
    SettledAside,
    """
    SELECT id FROM alarms WHERE code = :code AND state <> 'ended' AND NOT EXISTS (
      SELECT 1 FROM quarantine WHERE quarantine.connector = alarms.connector AND quarantine.code = alarms.fault
        AND quarantine.state = 'waiting')
    """,
)

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
    SELECT id, code, connector, peer, alarms.person, position, alarms.target, fault, alarms.state, raised_at, last_at,
      times, told_at, told, cause
    FROM alarms JOIN desired ON desired.person = alarms.person AND desired.sink = alarms.connector
      AND desired.target = alarms.target
    WHERE alarms.code = :code AND alarms.state = 'acknowledged'
      AND (desired.state = 'confirmed' OR desired.wanted = 'present')
    """,
)

# Whom messages wait for that were decided before an instant, and about whom nothing was said since.
late_notices = Query(
    LateNoticeRow,
    """
    SELECT DISTINCT notices.person, notices.position FROM notices
    LEFT JOIN alarms ON alarms.code = :code AND alarms.person = notices.person
      AND alarms.position = notices.position AND (alarms.state <> 'ended' OR alarms.acted_at >= notices.decided_at)
    WHERE notices.state IN ('decided', 'unknown', 'sent') AND notices.audience = 'person'
      AND notices.decided_at < :before AND alarms.cause IS NULL
    LIMIT :limit
    """,
)

# Alarms of messages that wait no more.
settled_notices = Query(
    AlarmRow,
    """
    SELECT id, code, connector, peer, person, position, target, fault, state, raised_at, last_at, times, told_at, told,
      cause
    FROM alarms WHERE code = :code AND state <> 'ended' AND NOT EXISTS (
      SELECT 1 FROM notices WHERE notices.person = alarms.person AND notices.position = alarms.position
        AND notices.state IN ('decided', 'unknown', 'sent') AND audience = 'person' AND decided_at < :before)
    """,
)

# When an alarm about a person in a position came last.
last_alarm = Query(
    LastInstant,
    "SELECT max(last_at) AS at FROM alarms WHERE code = :code AND person = :person AND position = :position",
)
