"""Tables of the first version: what was opened and halted at the doors, and what a person must look at."""

from alembic import op

from hub.store.migrations.kinds import blob, each, number, small, text


def _create_doors() -> None:
    op.create_table(
        "known_open",
        *each(text, "person", "sink", "target", "mark", key=True),
        text("token"),
        blob("subject"),
        *each(small, "adds", "removals", "sent", default="0"),
        number("look_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "halts", *each(text, "sink", "target", key=True), text("code"), number("at"), sqlite_with_rowid=False
    )
    op.create_table(
        "overrides",
        text("id", key=True),
        *each(text, "person", "sink", "target"),
        *each(number, "at", "ends_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("overrides_person", "overrides", ["person"])


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        text("cause", key=True),
        *each(text, "id", "code"),
        *each(text, "connector", "peer", "person", "position", "target", null=True),
        text("state"),
        *each(number, "raised_at", "last_at"),
        number("times", default="1"),
        number("acted_at", null=True),
        sqlite_with_rowid=False,
    )


def create_doors_and_alarms() -> None:
    """Make them."""
    _create_doors()
    _create_alarms()
