"""The table of what fronts take for the process that decides."""

from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_inbox() -> None:
    """Make it. Unlike what is asked of others it is kept through a crash of the server: somebody was told so."""
    op.create_table(
        "inbox",
        text("id", key=True),
        text("front"),
        number("place"),
        *each(text, "instance", "kind", "source", "state"),
        number("arrived_at"),
        blob("question"),
        blob("answer", null=True),
    )
    op.create_index("inbox_state", "inbox", ["state", "arrived_at"])
