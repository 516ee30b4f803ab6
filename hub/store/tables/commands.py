"""Commands for terminals that fetch them: what waits, what was fetched, what they said of it."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, text
from hub.store.statement import Query, RowChange, Statement

COMMANDS = Table(
    "commands",
    text("connector", key=True),
    text("peer", key=True),
    number("id", key=True),
    text("person"),
    text("target"),
    number("epoch"),
    text("key"),
    blob("text"),
    text("state"),
    instant("queued_at"),
    instant("sent_at", null=True),
    instant("answered_at", null=True),
    text("result", null=True),
    Index("commands_state", "connector", "peer", "state"),
    rowid=False,
)
"""What waits for a terminal that fetches its commands. ``text`` may name somebody: it stands sealed under ``key``."""


class CommandRow(NamedTuple):
    """A command for a terminal, sealed."""

    id: int
    person: str
    target: str
    epoch: int
    key: str
    text: bytes
    state: str
    queued_at: int
    sent_at: int | None
    answered_at: int | None
    result: str | None


class LastCommand(NamedTuple):
    """The greatest id of a command of a terminal, if it has any."""

    id: int | None


class WaitingCommand(NamedTuple):
    """That a terminal has something to fetch."""

    id: int


# Have a terminal fetch a command.
insert_command = Statement("""
    INSERT INTO commands (connector, peer, id, person, target, epoch, key, text, state, queued_at)
    VALUES (:connector, :peer, :id, :person, :target, :epoch, :key, :text, 'queued', :queued_at)
""")

# The commands of a terminal in one state, oldest first.
commands_in = Query(
    CommandRow,
    """
    SELECT id, person, target, epoch, key, text, state, queued_at, sent_at, answered_at, result FROM commands
    WHERE connector = :connector AND peer = :peer AND state = :state ORDER BY id LIMIT :limit
    """,
)

# The latest commands of a terminal, newest first.
latest_commands = Query(
    CommandRow,
    """
    SELECT id, person, target, epoch, key, text, state, queued_at, sent_at, answered_at, result FROM commands
    WHERE connector = :connector AND peer = :peer ORDER BY id DESC LIMIT :limit
    """,
)

# One command that a terminal has fetched and said nothing of.
sent_command = Query(
    CommandRow,
    """
    SELECT id, person, target, epoch, key, text, state, queued_at, sent_at, answered_at, result FROM commands
    WHERE connector = :connector AND peer = :peer AND id = :id AND state = 'sent'
    """,
)

# Whether a terminal has something to fetch.
waiting_command = Query(
    WaitingCommand,
    "SELECT id FROM commands WHERE connector = :connector AND peer = :peer AND state = 'queued' LIMIT 1",
)

# Whether something is open of a change that a terminal was told of.
open_command = Query(
    WaitingCommand,
    """
    SELECT id FROM commands
    WHERE connector = :connector AND peer = :peer AND person = :person AND target = :target AND epoch = :epoch
      AND state IN ('queued', 'sent') LIMIT 1
    """,
)

# The latest command of a terminal.
last_command = Query(LastCommand, "SELECT max(id) AS id FROM commands WHERE connector = :connector AND peer = :peer")

# Another command takes the place of those about the same that were not fetched.
drop_commands = Statement("""
    UPDATE commands SET state = 'dropped'
    WHERE connector = :of AND peer = :which AND person = :person AND target = :target AND state = 'queued'
""")

# A command is not wanted any more.
drop_command = RowChange("""
    UPDATE commands SET state = 'dropped' WHERE connector = :of AND peer = :which AND id = :id
""")

# A terminal has fetched a command.
command_sent = RowChange("""
    UPDATE commands SET state = 'sent', sent_at = :at WHERE connector = :of AND peer = :which AND id = :id
""")

# A terminal has said what became of a command.
command_answered = RowChange("""
    UPDATE commands SET state = 'answered', answered_at = :at, result = :result
    WHERE connector = :of AND peer = :which AND id = :id
""")

# Forget old commands about one purpose that is nobody's.
forget_commands = Statement("""
    DELETE FROM commands
    WHERE connector = :connector AND peer = :peer AND person = '' AND target = :target AND id < :before
""")
