"""Table of the first version: documents of the register."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_documents() -> None:
    """Make it."""
    op.create_table(
        "documents",
        text("id", key=True),
        *each(text, "person", "kind", "about", "series"),
        number("edition"),
        text("media"),
        number("size"),
        *each(text, "mark", "ct_sha256", "state"),
        number("filed_at"),
        text("entry"),
        text("transmission", null=True),
        blob("sealed", null=True),
        sa.UniqueConstraint("series", "edition"),
    )
    op.create_index("documents_person", "documents", ["person"])
    op.create_index("documents_entry", "documents", ["entry"])
