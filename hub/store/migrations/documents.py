"""Tables of the first version: documents of the register, and who was erased."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_documents() -> None:
    """Make them."""
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
    op.create_table(
        "erased",
        text("person", key=True),
        number("at"),
        *each(text, "entry", "keys", "documents", "state"),
        sqlite_with_rowid=False,
    )
