"""Tables of the first version: what was opened and halted at the doors, what a person must look at, and the clock."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import blob, each, number, partial, small, text


def _create_doors() -> None:
    op.create_table(
        "known_open",
        *each(text, "person", "sink", "target", "mark", key=True),
        text("token"),
        blob("subject"),
        *each(small, "adds", "removals", "sent", default="0"),
        number("look_at", null=True),
        text("handed_to", null=True),
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
    op.create_table(
        "guarded",
        *each(text, "person", "position", "cause", key=True),
        number("at"),
        *each(text, "doors", "wave", "state"),
        number("until", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("guarded_cause", "guarded", ["position", "cause", "at"])


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        text("cause", key=True),
        *each(text, "id", "code"),
        *each(text, "connector", "peer", "person", "position", "target", "fault", null=True),
        text("state"),
        *each(number, "raised_at", "last_at"),
        number("times", default="1"),
        *each(number, "acted_at", "told_at", null=True),
        number("told", default="0"),
        sqlite_with_rowid=False,
    )
    op.create_table("tellings", *each(text, "cause", "operator", key=True), number("told_at"), sqlite_with_rowid=False)
    op.create_index("alarms_open", "alarms", ["code", "person"], **partial("state <> 'ended'"))


def _create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        *each(number, "held_since", "ahead_us"),
        small("believed", default="0"),
    )


def index_desired() -> None:
    """Find what a sink must be, and late revocations without looking at every door."""
    op.create_index("desired_sink", "desired", ["sink", "target"])
    late = "wanted = 'absent' AND mode = 'enforce' AND state <> 'confirmed'"
    op.create_index("desired_unconfirmed", "desired", ["decided_at"], **partial(late))


def create_doors_and_alarms() -> None:
    """Make them."""
    _create_doors()
    _create_alarms()
    _create_clock()
