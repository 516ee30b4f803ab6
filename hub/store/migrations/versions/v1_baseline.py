"""The first version: sealed subjects, facts and punches, decisions, what must be true outside, the log."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.cases import create_cases
from hub.store.migrations.doors_and_alarms import create_doors_and_alarms, index_desired
from hub.store.migrations.issued_and_told import create_issued_and_told
from hub.store.migrations.jobs import create_jobs
from hub.store.migrations.keys import create_keys, create_packages, index_entries
from hub.store.migrations.kinds import blob, each, number, partial, row, small, text
from hub.store.migrations.partners import create_partners
from hub.store.migrations.receipts import create_receipts
from hub.store.migrations.registered_and_certified import create_registered_and_certified

revision = "v1"
down_revision = None

_REFUSE_SQLITE = """
CREATE TRIGGER entries_no_{verb} BEFORE {VERB} ON entries
BEGIN SELECT RAISE(ABORT, 'entries are for ever'); END
"""
_REFUSE_POSTGRESQL = (
    "CREATE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'entries are for ever'; END $$",
    "CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries "
    "FOR EACH ROW EXECUTE FUNCTION entries_refuse()",
)
_BALANCE = ("received", "applied", "duplicate", "ignored", "held", "quarantined", "discarded", "refused")
_REPLACED = (
    "kind IN ('assignment', 'leave', 'enrolment', 'session', 'credential_status', 'credited_hours', 'present_access',"
    " 'held_figures', 'credential_claim', 'renewal_demand')"
)
_CLOCK = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS now",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now",
}


_PARTS = (
    create_issued_and_told,
    create_doors_and_alarms,
    create_registered_and_certified,
    create_cases,
    create_keys,
    create_packages,
    create_receipts,
    create_jobs,
    create_partners,
)


def upgrade() -> None:
    for create in _PARTS:
        create()
    op.create_table("checkpoints", row("size"), number("at"), text("note"))
    op.create_table(
        "commands",
        *each(text, "connector", "peer", key=True),
        number("id", key=True),
        *each(text, "person", "target"),
        number("epoch"),
        text("key"),
        blob("text"),
        text("state"),
        number("queued_at"),
        *each(number, "sent_at", "answered_at", null=True),
        text("result", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("commands_state", "commands", ["connector", "peer", "state"])
    op.create_table(
        "connectors",
        text("connector", key=True),
        *each(number, *_BALANCE, default="0"),
        number("last_contact_at", null=True),
        text("last_error", null=True),
        number("last_error_at", null=True),
        *each(text, "cursor", "summary", null=True),
    )
    op.create_table(
        "decisions",
        text("id", key=True),
        *each(text, "person", "position"),
        number("decided_at"),
        *each(text, "triggers", "evidence", "before", "after", "body"),
        blob("salt", null=True),
    )
    op.create_index("decisions_person", "decisions", ["person", "decided_at"])
    op.create_table(
        "desired",
        *each(text, "person", "sink", "target", key=True),
        text("wanted"),
        small("explicit"),
        *each(text, "positions", "rests_on", "mode"),
        number("epoch"),
        *each(text, "state", "decision"),
        number("decided_at"),
        text("observed", null=True),
        *each(number, "observed_at", "settles_at", null=True),
        sqlite_with_rowid=False,
    )
    index_desired()
    op.create_table(
        "due",
        text("person", key=True),
        number("at"),
        text("because"),
        *each(small, "tries", "crowd", default="0"),
        sqlite_with_rowid=False,
    )
    op.create_index("due_at", "due", ["crowd", "at"])
    op.create_table(
        "enclosures",
        *each(text, "entry", "member", key=True),
        text("bucket"),
        blob("sealed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        row("seq"),
        number("at"),
        text("kind"),
        *each(text, "connector", "person", null=True),
        text("body"),
        blob("leaf"),
    )
    op.create_index("entries_person", "entries", ["person", "seq"], **partial("person IS NOT NULL"))
    index_entries()
    op.create_table(
        "facts",
        row("id", auto=True),
        blob("key", unique=True),
        *each(blob, "about", "digest"),
        *each(text, "kind", "subject", "topic"),
        number("at"),
        number("said_at", null=True),
        *each(number, "arrived_at", "known_at"),
        text("transmission"),
        text("body", null=True),
    )
    op.create_index("facts_about", "facts", ["about"], **partial(_REPLACED))
    op.create_index("facts_subject", "facts", ["subject", "kind", "at"])
    op.create_index("facts_topic", "facts", ["topic", "kind"], **partial("kind IN ('enrolment', 'voided')"))
    for kind, columns in (("mentoring", ["topic"]), ("voided", ["about", "known_at"])):
        op.create_index(f"facts_{kind}", "facts", columns, **partial(f"kind = '{kind}'"))
    op.create_table(
        "folded", text("person", key=True), text("unit", key=True), text("body", null=True), sqlite_with_rowid=False
    )
    op.create_table("head", small("one", key=True), number("size"), blob("frontier"))
    op.create_table(
        "held",
        *each(text, "subject", "connector", key=True),
        *each(number, "items", "since"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hub",
        small("one", key=True),
        *each(text, "id", "name", "log_key"),
        number("starts"),
        number("restored_at", null=True),
    )
    op.create_table(
        "links",
        *each(text, "subject", "person", key=True),
        number("valid_from", key=True),
        *each(number, "valid_until", "known_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("links_person", "links", ["person"])
    op.create_table(
        "mapping_documents",
        blob("digest", key=True),
        *each(text, "name", "version"),
        blob("text"),
        number("first_at"),
    )
    op.create_table(
        "modes",
        *each(text, "scope", "name", key=True),
        *each(number, "enforced_from", "frozen_until", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        *each(text, "person", "sink", key=True),
        small("lane"),
        *each(number, "epoch", "next_at"),
        number("lease_until", null=True),
        text("owner", null=True),
        number("heartbeat_at", null=True),
        *each(small, "tries", "crowd", default="0"),
        sqlite_with_rowid=False,
    )
    op.create_index("outbox_next", "outbox", ["sink", "lane", "crowd", "next_at"])
    op.create_table(
        "peers",
        *each(text, "connector", "peer", key=True),
        *each(text, "status", "memory"),
        number("first_seen_at"),
        number("last_contact_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "people",
        text("person", key=True),
        text("subject", unique=True),
        *each(number, "epoch", "as_of"),
        blob("profile", null=True),
    )
    op.create_table(
        "punches",
        number("slice", key=True),
        text("subject", key=True),
        blob("key", key=True),
        text("device"),
        number("at"),
        *each(text, "occurred_local", "direction", "verify", "verify_raw"),
        *each(number, "arrived_at", "known_at"),
        text("transmission"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        text("id", key=True),
        *each(text, "connector", "transmission"),
        small("item"),
        *each(text, "code", "place", "expected", "expected_zh", "bucket"),
        blob("sealed"),
        number("at"),
        text("state"),
    )
    op.create_index("quarantine_state", "quarantine", ["state", "at"])
    op.create_index("quarantine_waiting", "quarantine", ["connector", "code", "at"], **partial("state = 'waiting'"))
    op.create_table(
        "standings",
        *each(text, "person", "position", key=True),
        *each(text, "scope", "body", "entry", "decision"),
        blob("salt", null=True),
        number("decided_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("standings_position", "standings", ["position"])
    op.create_table(
        "subjects",
        text("token", key=True),
        text("source"),
        blob("lookup", unique=True),
        text("key"),
        blob("sealed"),
    )
    op.create_table(
        "transmissions",
        text("id", key=True),
        text("connector"),
        blob("digest"),
        number("received_at"),
        text("terminal", null=True),
        text("bucket"),
        blob("sealed"),
        *each(text, "counts", "state"),
        blob("mapping", null=True),
    )
    op.create_table(
        "watermarks",
        *each(text, "connector", "peer", key=True),
        number("complete_until"),
        sqlite_with_rowid=False,
    )
    dialect = op.get_bind().dialect.name
    op.execute(f"CREATE VIEW store_clock AS {_CLOCK[dialect]}")
    # A guard rail for people with a database client; the proof is the log itself.
    if dialect == "sqlite":
        for verb in ("update", "delete"):
            op.execute(_REFUSE_SQLITE.format(verb=verb, VERB=verb.upper()))
    else:
        for statement in _REFUSE_POSTGRESQL:
            op.execute(statement)
    head = sa.table("head", sa.column("one"), sa.column("size"), sa.column("frontier", sa.LargeBinary))
    op.bulk_insert(head, [{"one": 1, "size": 0, "frontier": b""}])
