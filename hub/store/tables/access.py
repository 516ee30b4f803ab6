"""What must be true outside: wanted targets, what waits to be delivered, and which sinks and positions act."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, number, small, text
from hub.store.statement import OfPeople, Query, RowChange, Statement

_LATE = "wanted = 'absent' AND mode = 'enforce' AND state <> 'confirmed'"

DESIRED = Table(
    "desired",
    text("person", key=True),
    text("sink", key=True),
    text("target", key=True),
    text("wanted"),
    small("explicit"),
    text("positions"),
    text("rests_on"),
    text("mode"),
    number("epoch"),
    text("state"),
    text("decision"),
    instant("decided_at"),
    text("observed", null=True),
    instant("observed_at", null=True),
    instant("settles_at", null=True),
    Index("desired_sink", "sink", "target"),
    Index("desired_unconfirmed", "decided_at", only=_LATE),
    rowid=False,
)
"""``settles_at``: from when on, by the store's own clock, a look shows what was written last. ``rests_on``: what a
grant rests on, a JSON array of ways, each an array of needs, each an array of the numbers of which one must hold;
empty where it rests on no credential. What closes keeps that of the grant."""

OUTBOX = Table(
    "outbox",
    text("person", key=True),
    text("sink", key=True),
    small("lane"),
    number("epoch"),
    instant("next_at"),
    instant("lease_until", null=True),
    text("owner", null=True),
    instant("heartbeat_at", null=True),
    small("tries", default="0"),
    small("crowd", default="0"),
    Index("outbox_next", "sink", "lane", "crowd", "next_at"),
    rowid=False,
)
"""``crowd``: 1 for one of many whom one cause concerned at once. They and all others have the hands of a sink in turn.
Instants are of the store's own clock (``store_clock``). ``owner`` is the process that delivers, ``heartbeat_at``
when it was last there: a lease is given back by its owner, or once the owner is gone."""

MODES = Table(
    "modes",
    text("scope", key=True),
    text("name", key=True),
    instant("enforced_from", null=True),
    instant("frozen_until", null=True),
    rowid=False,
)


class DesiredRow(NamedTuple):
    """What must be true of a person at one target of a sink, how far it is, and what was seen there."""

    sink: str
    target: str
    wanted: str
    explicit: int
    positions: str
    mode: str
    epoch: int
    state: str
    decision: str
    decided_at: int
    observed: str | None
    observed_at: int | None
    settles_at: int | None
    rests_on: str


class DesiredAtSink(NamedTuple):
    """What must be true of somebody at one target of a sink."""

    person: str
    target: str
    wanted: str
    state: str
    mode: str
    epoch: int


class LeaseRow(NamedTuple):
    """A person and sink that are being delivered."""

    person: str
    sink: str


class OutboxSize(NamedTuple):
    """How much waits for a sink."""

    sink: str
    waiting: int


class StoreInstant(NamedTuple):
    """An instant of the store's own clock."""

    now: int


class ModeRow(NamedTuple):
    """Whether a position or sink (``scope``) acts: from when, or frozen until when; its entry names who said so."""

    scope: str
    name: str
    enforced_from: int | None
    frozen_until: int | None


class WaitingGrants(NamedTuple):
    """How many targets are to be opened."""

    grants: int


# What must be true of a person outside.
desired_of = Query(
    DesiredRow,
    """
    SELECT sink, target, wanted, explicit, positions, mode, epoch, state, decision, decided_at, observed, observed_at,
      settles_at, rests_on
    FROM desired WHERE person = :person
    """,
)

# The same of many; ``people`` is a JSON array.
desired_of_people = OfPeople(
    DesiredRow,
    """
    SELECT person, sink, target, wanted, explicit, positions, mode, epoch, state, decision, decided_at, observed,
      observed_at, settles_at, rests_on
    FROM desired WHERE person IN (SELECT value FROM {each:people})
    """,
)

# Say what must be true of a person at a target.
set_desired = Statement("""
    INSERT INTO desired (person, sink, target, wanted, explicit, positions, rests_on, mode, epoch, state, decision,
      decided_at, observed, observed_at, settles_at)
    VALUES (:person, :sink, :target, :wanted, :explicit, :positions, :rests_on, :mode, :epoch, :state, :decision,
      :decided_at, :observed, :observed_at, :settles_at)
    ON CONFLICT (person, sink, target) DO UPDATE SET
      wanted = excluded.wanted, explicit = excluded.explicit, positions = excluded.positions,
      rests_on = excluded.rests_on, mode = excluded.mode, epoch = excluded.epoch, state = excluded.state,
      decision = excluded.decision, decided_at = excluded.decided_at, observed = excluded.observed,
      observed_at = excluded.observed_at, settles_at = excluded.settles_at
""")

# Say how far a target is and what was seen there.
set_delivery = RowChange("""
    UPDATE desired SET state = :state, observed = :observed, observed_at = :observed_at, settles_at = :settles_at
    WHERE person = :of AND sink = :at_sink AND target = :for_target
""")

# Give a target the person's present fencing token.
set_epoch = RowChange("""
    UPDATE desired SET epoch = :epoch WHERE person = :of AND sink = :at_sink AND target = :for_target
""")

# What must be true of everybody at one sink.
observed_at_sink = Query(
    DesiredAtSink, "SELECT person, target, wanted, state, mode, epoch FROM desired WHERE sink = :sink"
)

# Have a person's targets at a sink delivered, from an instant on (0: now); a lease that runs stays.
enqueue = Statement("""
    INSERT INTO outbox (person, sink, lane, epoch, next_at, tries, crowd)
    SELECT :person, :sink, :lane, :epoch, CASE WHEN :next_at > 0 THEN :next_at ELSE now END, 0, :crowd
    FROM store_clock WHERE true
    ON CONFLICT (person, sink) DO UPDATE SET
      crowd = CASE WHEN outbox.epoch = excluded.epoch THEN outbox.crowd ELSE excluded.crowd END,
      lane = excluded.lane, epoch = excluded.epoch, next_at = excluded.next_at, tries = excluded.tries
""")

# Have all that failed at a sink delivered now: it takes something again.
due_at_sink = Statement("""
    UPDATE outbox SET next_at = :now WHERE sink = :at_sink AND lease_until IS NULL AND next_at > :now AND tries > 0
""")

# Take a person's targets at a sink for oneself.
lease = RowChange("""
    UPDATE outbox SET lease_until = :until, owner = :owner, heartbeat_at = :now
    WHERE person = :of AND sink = :at_sink
""")

# Say that somebody is still at it; touches no row once somebody else is.
beat = Statement("""
    UPDATE outbox SET lease_until = :until, heartbeat_at = :now
    WHERE person = :of AND sink = :at_sink AND owner = :owner
""")

# Give a lease back and try again later, unless something else is wanted by now.
retry = Statement("""
    UPDATE outbox SET lease_until = NULL, owner = NULL, next_at = :at, tries = :tries
    WHERE person = :of AND sink = :at_sink AND epoch = :of_epoch
""")

# Have what waits at a sink tried at once.
wake_sink = Statement("UPDATE outbox SET next_at = 0 WHERE sink = :sink")

# Have everything that waits tried at once: the clock by which it waits was moved.
wake_all = Statement("UPDATE outbox SET next_at = 0")

# All is delivered, unless something else is wanted by now.
delivered = Statement("DELETE FROM outbox WHERE person = :person AND sink = :sink AND epoch = :epoch")

# Give a lease back.
unlease = RowChange("UPDATE outbox SET lease_until = NULL, owner = NULL WHERE person = :of AND sink = :at_sink")

# Give a lease back that its owner cannot, and leave what was under way some time to end.
settle = RowChange("""
    UPDATE outbox SET lease_until = NULL, owner = NULL, next_at = :at WHERE person = :of AND sink = :at_sink
""")

# What was being delivered by owners that are gone: their leases have ended, or they held the seat of ``:owner``.
lost_leases = Query(
    LeaseRow,
    """
    SELECT person, sink FROM outbox
    WHERE lease_until IS NOT NULL AND owner <> :owner AND (lease_until < :now OR owner LIKE :seat)
    """,
)

# How much waits, by sink.
outbox_size = Query(OutboxSize, "SELECT sink, count(*) AS waiting FROM outbox GROUP BY sink")

# How many grants have not been seen carried out.
waiting_grants = Query(
    WaitingGrants,
    "SELECT count(*) AS grants FROM desired WHERE wanted = 'present' AND mode = 'enforce' AND state <> 'confirmed'",
)

# What time it is in the store, in microseconds: one clock for all processes.
store_now = Query(StoreInstant, "SELECT now FROM store_clock")

# Which positions and sinks act.
modes = Query(ModeRow, "SELECT scope, name, enforced_from, frozen_until FROM modes")

# The same, but of positions only some, of which there may be a thousand.
modes_of = Query(
    ModeRow,
    """
    SELECT scope, name, enforced_from, frozen_until FROM modes WHERE scope IN ('sink', 'all')
    UNION ALL
    SELECT scope, name, enforced_from, frozen_until FROM modes
    WHERE scope = 'position' AND name IN (SELECT value FROM {each:posts})
    """,
)

# A position that is enforced, or will be, if there is any.
any_enforced = Query(
    ModeRow,
    """
    SELECT scope, name, enforced_from, frozen_until FROM modes
    WHERE scope = 'position' AND enforced_from IS NOT NULL LIMIT 1
    """,
)

# Say whether a position or sink acts.
set_mode = Statement("""
    INSERT INTO modes (scope, name, enforced_from, frozen_until)
    VALUES (:scope, :name, :enforced_from, :frozen_until)
    ON CONFLICT (scope, name) DO UPDATE SET
      enforced_from = excluded.enforced_from, frozen_until = excluded.frozen_until
""")
