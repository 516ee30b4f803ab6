"""Tables of the first version: work that was asked for from outside, and among processes."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.errands import create_errands
from hub.store.migrations.inbox import create_inbox
from hub.store.migrations.kinds import each, number, small, text


def create_jobs() -> None:
    """Make them."""
    op.create_table(
        "jobs",
        text("id", key=True),
        sa.Column("key", sa.Text, nullable=False),
        *each(text, "asked", "kind", "instance", "state"),
        small("attempt", default="1"),
        small("cancelled", default="0"),
        *each(number, "done", "total", default="0"),
        text("counts"),
        *each(text, "code", "result", "cursor", null=True),
        number("retry_after", null=True),
        text("owner", null=True),
        *each(number, "heartbeat_at", "lease_until", null=True),
        number("asked_at"),
        *each(number, "started_at", "ended_at", null=True),
        sa.UniqueConstraint("key"),
    )
    op.create_index("jobs_state", "jobs", ["state", "asked_at"])
    create_errands()
    create_inbox()
