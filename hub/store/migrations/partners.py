"""Table of the first version: what systems beside the hub are told of training."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import each, number, small, text


def create_partners() -> None:
    """Make it."""
    op.create_table(
        "partner_words",
        text("id", key=True),
        *each(text, "connector", "person", "course"),
        small("year"),
        *each(number, "credited", "counted", "required", "open", "sequence"),
        text("state"),
        *each(number, "decided_at", "next_at"),
        text("owner", null=True),
        number("heartbeat_at", null=True),
        small("tries", default="0"),
        text("code", null=True),
        number("confirmed_at", null=True),
        sa.UniqueConstraint("person", "connector", "course", "year"),
    )
    op.create_index("partner_words_state", "partner_words", ["connector", "state", "next_at"])
    op.create_index("partner_words_decided", "partner_words", ["connector", "decided_at"])
