"""Tables of the first version: public keys, what was signed with one that leaked, packages, rules."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.kinds import blob, each, number, text


def create_keys() -> None:
    """Make them."""
    op.create_table(
        "keys",
        *each(text, "owner", "kid", key=True),
        *each(text, "algorithm", "public", "origin"),
        *each(text, "person", "role", null=True),
        number("added_at"),
        *each(number, "active_at", "retiring_at", "retired_at", "revoked_at", "compromised_since", null=True),
        number("gone_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "doubted",
        text("transmission", key=True),
        *each(text, "owner", "kid"),
        number("at"),
        sqlite_with_rowid=False,
    )


def create_packages() -> None:
    """Make the tables of packages, and of rules of files that were taken."""
    op.create_table(
        "packages",
        text("name", key=True),
        number("version", key=True),
        *each(text, "kind", "digest", "signers"),
        *each(number, "taken_at", "expires_at"),
        blob("sealed"),
        sqlite_with_rowid=False,
    )

    op.create_table("rules_taken", *each(text, "documents", "path", key=True), text("text"), sqlite_with_rowid=False)


def index_entries() -> None:
    """Find starts, and packages and rules that were taken, without looking at every entry."""
    for name, kind in (
        ("entries_starts", "start"),
        ("entries_packages", "package"),
        ("entries_taken", "taken"),
        ("entries_erased", "erased"),
    ):
        where = sa.text(f"kind = '{kind}'")
        op.create_index(name, "entries", ["seq"], sqlite_where=where, postgresql_where=where)
