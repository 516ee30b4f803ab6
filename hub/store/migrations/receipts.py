"""Table of the first version: what senders have receipts of."""

from alembic import op

from hub.store.migrations.kinds import blob, number, text


def create_receipts() -> None:
    """Make it."""
    op.create_table(
        "receipts",
        text("transmission", key=True),
        text("entry"),
        blob("body"),
        blob("leaf"),
        number("at"),
        sqlite_with_rowid=False,
    )
