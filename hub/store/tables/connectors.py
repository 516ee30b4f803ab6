"""The other sides: instances with their balance and cursor, and the peers that speak through them."""

from typing import NamedTuple

from connectors.port import PeerStatus
from hub.store.columns import Table, instant, number, text
from hub.store.statement import Query, RowChange, Statement

BALANCE_WORDS = ("received", "applied", "duplicate", "ignored", "held", "quarantined", "discarded", "refused")

CONNECTORS = Table(
    "connectors",
    text("connector", key=True),
    *(number(word, default="0") for word in BALANCE_WORDS),
    instant("last_contact_at", null=True),
    text("last_error", null=True),
    instant("last_error_at", null=True),
    text("cursor", null=True),
    text("summary", null=True),
)

WATERMARKS = Table(
    "watermarks",
    text("connector", key=True),
    text("peer", key=True),
    instant("complete_until"),
    rowid=False,
)
"""Until when all is known that a peer of an instance has to say; without a peer, the whole instance."""

PEERS = Table(
    "peers",
    text("connector", key=True),
    text("peer", key=True),
    text("status"),
    text("memory"),
    instant("first_seen_at"),
    instant("last_contact_at", null=True),
    rowid=False,
)


class ConnectorRow(NamedTuple):
    """An instance: its balance, when it was heard of last, where it goes on."""

    connector: str
    received: int
    applied: int
    duplicate: int
    ignored: int
    held: int
    quarantined: int
    discarded: int
    refused: int
    last_contact_at: int | None
    last_error: str | None
    last_error_at: int | None
    complete_until: int | None
    cursor: str | None
    summary: str | None


class WaitingAtSink(NamedTuple):
    """How many people wait for a sink, and since when the oldest does."""

    sink: str
    waiting: int
    since: int | None


class Watermark(NamedTuple):
    """Until when a source is complete."""

    complete_until: int


class CursorRow(NamedTuple):
    """Where a poll goes on, if it was ever done."""

    cursor: str | None


class PeerState(NamedTuple):
    """Whether a peer is trusted, what its adapter remembers, when it was heard last."""

    status: PeerStatus
    memory: str
    last_contact_at: int | None


class PeerRow(NamedTuple):
    """A peer of an instance."""

    connector: str
    peer: str
    status: PeerStatus
    memory: str
    first_seen_at: int
    last_contact_at: int | None


# A peer of an instance.
peer = Query(
    PeerState, "SELECT status, memory, last_contact_at FROM peers WHERE connector = :connector AND peer = :peer"
)

# All peers.
peers = Query(
    PeerRow,
    """
    SELECT connector, peer, status, memory, first_seen_at, last_contact_at FROM peers ORDER BY connector, peer
    """,
)

# Keep what is remembered of a peer; a new one gets its status too.
set_peer = Statement("""
    INSERT INTO peers (connector, peer, status, memory, first_seen_at, last_contact_at)
    VALUES (:connector, :peer, :status, :memory, :first_seen_at, :last_contact_at)
    ON CONFLICT (connector, peer)
    DO UPDATE SET memory = excluded.memory, last_contact_at = excluded.last_contact_at
""")

# Approve, reject or retire a peer.
set_peer_status = RowChange("UPDATE peers SET status = :status WHERE connector = :of AND peer = :which")

# Forget a peer that waits for approval.
forget_pending_peer = RowChange("DELETE FROM peers WHERE connector = :of AND peer = :which AND status = 'pending'")

# Move the balance of an instance.
add_counts = Statement("""
    INSERT INTO connectors
      (connector, received, applied, duplicate, ignored, held, quarantined, discarded, refused)
    VALUES (:connector, :received, :applied, :duplicate, :ignored, :held, :quarantined, :discarded, :refused)
    ON CONFLICT (connector) DO UPDATE SET
      received = connectors.received + excluded.received,
      applied = connectors.applied + excluded.applied,
      duplicate = connectors.duplicate + excluded.duplicate,
      ignored = connectors.ignored + excluded.ignored,
      held = connectors.held + excluded.held,
      quarantined = connectors.quarantined + excluded.quarantined,
      discarded = connectors.discarded + excluded.discarded,
      refused = connectors.refused + excluded.refused
""")

# All instances. One is as complete as the least complete of the peers that it lets in.
connectors = Query(
    ConnectorRow,
    """
    SELECT connectors.connector, received, applied, duplicate, ignored, held, quarantined, discarded, refused,
      last_contact_at, last_error, last_error_at,
      (SELECT min(complete_until) FROM watermarks
        LEFT JOIN peers ON peers.connector = watermarks.connector AND peers.peer = watermarks.peer
        WHERE watermarks.connector = connectors.connector AND (watermarks.peer = '' OR peers.status = 'approved')
      ) AS complete_until,
      cursor, summary
    FROM connectors ORDER BY connectors.connector
    """,
)

# What waits for each sink, and since when.
waiting_at_sinks = Query(
    WaitingAtSink,
    """
    SELECT outbox.sink, count(DISTINCT outbox.person) AS waiting, min(desired.decided_at) AS since FROM outbox
    LEFT JOIN desired ON desired.person = outbox.person AND desired.sink = outbox.sink
      AND desired.mode = 'enforce' AND desired.state <> 'confirmed'
    GROUP BY outbox.sink
    """,
)

# What waits for each partner, and since when.
waiting_at_partners = Query(
    WaitingAtSink,
    """
    SELECT connector AS sink, count(*) AS waiting, min(decided_at) AS since FROM partner_words
    WHERE state IN ('decided', 'sent', 'unknown') GROUP BY connector
    """,
)

# See to it that an instance has its row.
ensure_connector = Statement("INSERT INTO connectors (connector) VALUES (:connector) ON CONFLICT DO NOTHING")

# An instance was heard of.
contact = RowChange("UPDATE connectors SET last_contact_at = :at WHERE connector = :of")

# A system that was called has answered; its row may not be there yet.
heard = Statement("""
    INSERT INTO connectors (connector, last_contact_at) VALUES (:connector, :at)
    ON CONFLICT (connector) DO UPDATE SET last_contact_at = excluded.last_contact_at
""")

# Something went wrong with a call to a system.
went_wrong = Statement("""
    INSERT INTO connectors (connector, last_error, last_error_at) VALUES (:connector, :code, :at)
    ON CONFLICT (connector) DO UPDATE SET last_error = excluded.last_error, last_error_at = excluded.last_error_at
""")

# Something went wrong at an instance.
connector_error = RowChange("UPDATE connectors SET last_error = :code, last_error_at = :at WHERE connector = :of")

# Everything until here is known of a peer, or, with an empty one, of an instance.
set_watermark = Statement("""
    INSERT INTO watermarks (connector, peer, complete_until) VALUES (:connector, :peer, :complete_until)
    ON CONFLICT (connector, peer) DO UPDATE SET complete_until = excluded.complete_until
""")

# Until when a peer is complete.
watermark = Query(Watermark, "SELECT complete_until FROM watermarks WHERE connector = :connector AND peer = :peer")

# Until when a peer is complete, by the instance that heard it last.
watermark_of_peer = Query(
    Watermark, "SELECT complete_until FROM watermarks WHERE peer = :peer ORDER BY complete_until DESC LIMIT 1"
)

# Where a poll goes on.
cursor = Query(CursorRow, "SELECT cursor FROM connectors WHERE connector = :connector")

# Say where a poll goes on, if that is still where it was read.
move_cursor = RowChange(
    "UPDATE connectors SET cursor = :cursor WHERE connector = :of AND coalesce(cursor, '') = :before"
)

# Say what the last poll brought.
set_summary = RowChange("UPDATE connectors SET summary = :summary WHERE connector = :of")
