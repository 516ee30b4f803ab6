"""Tables of the first version: who is registered for which exam."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import each, number, small, text


def create_registered() -> None:
    """Make them."""
    op.create_table(
        "registrations",
        text("id", key=True),
        *each(text, "person", "position", "credential", "requirement", "exam", "wanted"),
        number("sequence"),
        text("state"),
        *each(number, "decided_at", "next_at"),
        text("owner", null=True),
        number("heartbeat_at", null=True),
        small("tries", default="0"),
        *each(text, "code", "connector", null=True),
        number("accepted_at", null=True),
        sa.UniqueConstraint("person", "position", "credential", "requirement"),
    )
    op.create_index("registrations_state", "registrations", ["state", "next_at"])
