"""Tables of the first version: what the hub itself issued, and what was told last of each matter."""

from alembic import op

from hub.store.migrations.kinds import each, number, text


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
