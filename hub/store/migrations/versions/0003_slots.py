"""One index finds punches by time and person and keeps them unique; the index by subject is for all the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_AT_ONCE = 10_000
_REST = sa.text("kind <> 'punch'")
_PLANNED = sa.text("kind IN ('enrolment', 'voided')")
_PUNCHES = sa.text(
    "SELECT id, subject, at, key FROM facts WHERE kind = 'punch' AND id > :after ORDER BY id LIMIT :limit"
)
_MOVE = sa.text("UPDATE facts SET slot = :slot, key = :key WHERE id = :of")
_COPY = """
INSERT INTO facts (id, slot, key, digest, kind, subject, topic, at, known_at, transmission, body)
SELECT id, slot, key, digest, kind, subject, topic, at, known_at, transmission, body FROM facts_before ORDER BY id
"""


def upgrade() -> None:
    op.drop_index("facts_subject", "facts")
    op.add_column("facts", sa.Column("slot", sa.BigInteger(), nullable=False, server_default="0"))
    _move(op.get_bind())
    _rebuild()
    op.create_index("facts_slot", "facts", ["slot", "key"], unique=True)
    op.create_index(
        "facts_subject", "facts", ["subject", "kind", "at"], unique=False, sqlite_where=_REST, postgresql_where=_REST
    )


def _move(connection: sa.Connection) -> None:
    """Give punches their slot; it says the time, with which their keys began."""
    after = 0
    while rows := list(connection.execute(_PUNCHES, {"after": after, "limit": _AT_ONCE})):
        after = int(rows[-1].id)
        moved = [{"of": row.id, "slot": _slot(row.subject, row.at), "key": bytes(row.key)[-12:]} for row in rows]
        connection.execute(_MOVE, moved)


def _slot(subject: str, at: int) -> int:
    return (at // 240_000_000 << 32) | int(subject[:8], 16)


def _rebuild() -> None:
    """Drop the uniqueness of ``key`` alone; SQLite can only make the table anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("facts_key_key", "facts", type_="unique")
        op.alter_column("facts", "slot", server_default=None)
        return
    op.drop_index("facts_topic", "facts")
    op.rename_table("facts", "facts_before")
    op.create_table(
        "facts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("transmission", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(_COPY)
    op.drop_table("facts_before")
    op.create_index("facts_topic", "facts", ["topic", "kind"], unique=False, sqlite_where=_PLANNED)
