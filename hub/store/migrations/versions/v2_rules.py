"""The rules as timelines: what was issued and what was told of it; standings and folds are made anew."""

from alembic import op

from hub.store.migrations.kinds import each, number, text

revision = "v2"
down_revision = "v1"


def upgrade() -> None:
    """Beside the new tables: what was folded and judged by the former rules is judged again at the start."""
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
    op.execute("UPDATE folded SET body = NULL")
    op.execute(
        """UPDATE standings SET body = '{"position":"' || position || '","scope":"' || scope || '"}', salt = NULL"""
    )
