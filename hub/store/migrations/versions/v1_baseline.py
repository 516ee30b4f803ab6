"""The first version: sealed subjects, facts and punches, decisions, what must be true outside, the log."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

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
    "kind IN ('assignment', 'leave', 'enrolment', 'session', 'credential_status', 'credited_hours', 'present_access')"
)
_CLOCK = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS now",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now",
}


def _auto(key: bool) -> bool | Literal["auto"]:
    # A number that is part of a key is ours to choose.
    return False if key else "auto"


def _text(name: str, *, key: bool = False, null: bool = False, unique: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=null, unique=unique or None)


def _blob(name: str, *, key: bool = False, null: bool = False, unique: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, primary_key=key, nullable=null, unique=unique or None)


def _number(name: str, *, key: bool = False, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(
        name, sa.BigInteger, primary_key=key, autoincrement=_auto(key), nullable=null, server_default=default
    )


def _small(name: str, *, key: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Integer, primary_key=key, autoincrement=_auto(key), nullable=False, server_default=default
    )


def _row(name: str, *, auto: bool = False) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=auto)


def _each(kind: Callable[..., sa.Column[Any]], *names: str, **kinds: Any) -> Iterator[sa.Column[Any]]:
    return (kind(name, **kinds) for name in names)


def upgrade() -> None:
    op.create_table("checkpoints", _row("size"), _number("at"), _text("note"))
    op.create_table(
        "commands",
        *_each(_text, "connector", "peer", key=True),
        _number("id", key=True),
        *_each(_text, "person", "target"),
        _number("epoch"),
        _text("key"),
        _blob("text"),
        _text("state"),
        _number("queued_at"),
        *_each(_number, "sent_at", "answered_at", null=True),
        _text("result", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("commands_state", "commands", ["connector", "peer", "state"])
    op.create_table(
        "connectors",
        _text("connector", key=True),
        *_each(_number, *_BALANCE, default="0"),
        _number("last_contact_at", null=True),
        _text("last_error", null=True),
        _number("last_error_at", null=True),
        *_each(_text, "cursor", "summary", null=True),
    )
    op.create_table(
        "decisions",
        _text("id", key=True),
        *_each(_text, "person", "position"),
        _number("decided_at"),
        *_each(_text, "triggers", "evidence", "before", "after", "body"),
        _blob("salt", null=True),
    )
    op.create_index("decisions_person", "decisions", ["person", "decided_at"])
    op.create_table(
        "desired",
        *_each(_text, "person", "sink", "target", key=True),
        _text("wanted"),
        _small("explicit"),
        *_each(_text, "positions", "rests_on", "mode"),
        _number("epoch"),
        *_each(_text, "state", "decision"),
        _number("decided_at"),
        _text("observed", null=True),
        *_each(_number, "observed_at", "settles_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("desired_sink", "desired", ["sink", "target"])
    op.create_table(
        "due",
        _text("person", key=True),
        _number("at"),
        _text("because"),
        _small("tries", default="0"),
        sqlite_with_rowid=False,
    )
    op.create_index("due_at", "due", ["at"])
    op.create_table(
        "enclosures",
        *_each(_text, "entry", "member", key=True),
        _text("bucket"),
        _blob("sealed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        _row("seq"),
        _number("at"),
        _text("kind"),
        *_each(_text, "connector", "person", null=True),
        _text("body"),
        _blob("leaf"),
    )
    op.create_index(
        "entries_person",
        "entries",
        ["person", "seq"],
        sqlite_where=sa.text("person IS NOT NULL"),
        postgresql_where=sa.text("person IS NOT NULL"),
    )
    starts = sa.text("kind = 'start'")
    op.create_index("entries_starts", "entries", ["seq"], sqlite_where=starts, postgresql_where=starts)
    op.create_table(
        "facts",
        _row("id", auto=True),
        _blob("key", unique=True),
        *_each(_blob, "about", "digest"),
        *_each(_text, "kind", "subject", "topic"),
        _number("at"),
        _number("said_at", null=True),
        *_each(_number, "arrived_at", "known_at"),
        _text("transmission"),
        _text("body", null=True),
    )
    op.create_index(
        "facts_about", "facts", ["about"], sqlite_where=sa.text(_REPLACED), postgresql_where=sa.text(_REPLACED)
    )
    op.create_index("facts_subject", "facts", ["subject", "kind", "at"])
    op.create_index(
        "facts_topic",
        "facts",
        ["topic", "kind"],
        sqlite_where=sa.text("kind IN ('enrolment', 'voided')"),
        postgresql_where=sa.text("kind IN ('enrolment', 'voided')"),
    )
    op.create_table(
        "folded", _text("person", key=True), _text("unit", key=True), _text("body", null=True), sqlite_with_rowid=False
    )
    op.create_table("head", _small("one", key=True), _number("size"), _blob("frontier"))
    op.create_table(
        "held",
        *_each(_text, "subject", "connector", key=True),
        *_each(_number, "items", "since"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hub",
        _small("one", key=True),
        *_each(_text, "id", "name", "log_key"),
        _number("starts"),
        _number("restored_at", null=True),
    )
    op.create_table(
        "links",
        *_each(_text, "subject", "person", key=True),
        _number("valid_from", key=True),
        *_each(_number, "valid_until", "known_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("links_person", "links", ["person"])
    op.create_table(
        "mapping_documents",
        _blob("digest", key=True),
        *_each(_text, "name", "version"),
        _blob("text"),
        _number("first_at"),
    )
    op.create_table(
        "modes",
        *_each(_text, "scope", "name", key=True),
        *_each(_number, "enforced_from", "frozen_until", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        _text("id", key=True),
        *_each(_text, "person", "position", "kind", "audience", "cause", "stage", "body", "state"),
        *_each(_number, "decided_at", "next_at"),
        _text("owner", null=True),
        _number("heartbeat_at", null=True),
        _small("tries", default="0"),
        _text("receipt", null=True),
        sa.UniqueConstraint("person", "position", "kind", "audience", "cause", "stage"),
    )
    op.create_index("notices_state", "notices", ["state", "next_at"])
    op.create_table(
        "outbox",
        *_each(_text, "person", "sink", key=True),
        _small("lane"),
        *_each(_number, "epoch", "next_at"),
        _number("lease_until", null=True),
        _text("owner", null=True),
        _number("heartbeat_at", null=True),
        _small("tries", default="0"),
        sqlite_with_rowid=False,
    )
    op.create_index("outbox_next", "outbox", ["lane", "next_at"])
    op.create_table(
        "peers",
        *_each(_text, "connector", "peer", key=True),
        *_each(_text, "status", "memory"),
        _number("first_seen_at"),
        _number("last_contact_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "people",
        _text("person", key=True),
        _text("subject", unique=True),
        *_each(_number, "epoch", "as_of"),
        _blob("profile", null=True),
    )
    op.create_table(
        "punches",
        _number("slice", key=True),
        _text("subject", key=True),
        _blob("key", key=True),
        _text("device"),
        _number("at"),
        *_each(_text, "occurred_local", "direction", "verify", "verify_raw"),
        *_each(_number, "arrived_at", "known_at"),
        _text("transmission"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        _text("id", key=True),
        *_each(_text, "connector", "transmission"),
        _small("item"),
        *_each(_text, "code", "place", "expected", "bucket"),
        _blob("sealed"),
        _number("at"),
        _text("state"),
    )
    op.create_index("quarantine_state", "quarantine", ["state", "at"])
    op.create_table(
        "standings",
        *_each(_text, "person", "position", key=True),
        *_each(_text, "scope", "body", "entry", "decision"),
        _blob("salt", null=True),
        _number("decided_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("standings_position", "standings", ["position"])
    op.create_table(
        "subjects",
        _text("token", key=True),
        _text("source"),
        _blob("lookup", unique=True),
        _text("key"),
        _blob("sealed"),
    )
    op.create_table(
        "transmissions",
        _text("id", key=True),
        _text("connector"),
        _blob("digest"),
        _number("received_at"),
        *_each(_text, "wire", "bucket"),
        _blob("sealed"),
        *_each(_text, "counts", "state"),
        _blob("mapping", null=True),
    )
    op.create_table(
        "watermarks",
        *_each(_text, "connector", "peer", key=True),
        _number("complete_until"),
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
