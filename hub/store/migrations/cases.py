"""Tables of the first version: cases, whom they concern, and who answers for whom."""

from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_cases() -> None:
    """Make them."""
    op.create_table(
        "cases",
        text("id", key=True),
        *each(text, "matter", "place"),
        *each(number, "opened_at", "due_at"),
        *each(text, "state", "outcome"),
        number("changed_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_members",
        *each(text, "case_id", "person", "unit", key=True),
        text("topic"),
        number("open_seconds"),
        *each(number, "starts_at", "ends_at", null=True),
        *each(text, "state", "verdict"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_members_person", "case_members", ["person"])
    op.create_table("sponsored", blob("sponsor", key=True), text("person", key=True), sqlite_with_rowid=False)
