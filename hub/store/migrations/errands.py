"""Tables of the first version: who holds the seat, and what others carry out for him."""

from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_errands() -> None:
    """Make them. What is asked for of others is not kept through a crash of the server: nobody may do it then."""
    op.create_table(
        "seats",
        text("name", key=True),
        text("holder"),
        *each(number, "term", "since"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "errands",
        text("id", key=True),
        *each(text, "asker", "port", "instance", "state"),
        number("asked_at"),
        text("owner", null=True),
        number("lease_until", null=True),
        blob("question"),
        blob("answer", null=True),
        prefixes=["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else [],
    )
    op.create_index("errands_state", "errands", ["state", "id"])
