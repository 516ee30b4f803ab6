"""Tables of the first version: what the hub itself issued, and what there was to tell."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import each, number, small, text


def create_issued_and_told() -> None:
    """Make them."""
    op.create_table(
        "issues",
        *each(text, "person", "number", key=True),
        *each(text, "position", "credential"),
        number("known_at"),
        text("body"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "told", *each(text, "person", "position", "matter", key=True), text("body"), sqlite_with_rowid=False
    )
    op.create_table(
        "notices",
        text("id", key=True),
        *each(text, "person", "position", "kind", "audience", "cause", "stage", "body", "state"),
        *each(number, "decided_at", "next_at"),
        text("owner", null=True),
        number("heartbeat_at", null=True),
        small("tries", default="0"),
        text("receipt", null=True),
        *each(number, "accepted_at", "hr_told_at", null=True),
        sa.UniqueConstraint("person", "position", "kind", "audience", "cause", "stage"),
    )
    op.create_index("notices_state", "notices", ["state", "next_at"])
    op.create_table("withdrawals", *each(text, "person", "position", key=True), number("at"), sqlite_with_rowid=False)
    op.create_index("withdrawals_at", "withdrawals", ["at"])
