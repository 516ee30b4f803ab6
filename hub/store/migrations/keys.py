"""Tables of the first version: public keys, and what was signed with one that leaked."""

from alembic import op

from hub.store.migrations.kinds import each, number, text


def create_keys() -> None:
    """Make them."""
    op.create_table(
        "keys",
        *each(text, "owner", "kid", key=True),
        *each(text, "algorithm", "public", "origin"),
        number("added_at"),
        *each(number, "active_at", "retiring_at", "retired_at", "revoked_at", "compromised_since", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "doubted",
        text("transmission", key=True),
        *each(text, "owner", "kid"),
        number("at"),
        sqlite_with_rowid=False,
    )
