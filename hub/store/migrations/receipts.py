"""Tables of the first version: what senders have receipts of, and which questions were answered."""

from alembic import op

from hub.store.migrations.kinds import blob, number, text


def create_receipts() -> None:
    """Make them."""
    op.create_table(
        "receipts",
        text("transmission", key=True),
        text("entry"),
        blob("body"),
        blob("leaf"),
        number("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "questions",
        text("id", key=True),
        number("at"),
        sqlite_with_rowid=False,
    )
    op.create_index("questions_at", "questions", ["at"])
