"""Table of the first version: who was erased."""

from alembic import op

from hub.store.migrations.kinds import each, number, text


def create_erased() -> None:
    """Make it."""
    op.create_table(
        "erased",
        text("person", key=True),
        number("at"),
        *each(text, "entry", "keys", "documents", "state"),
        sqlite_with_rowid=False,
    )
