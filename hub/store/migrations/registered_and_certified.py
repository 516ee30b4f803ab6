"""Tables of the first version: who is registered for which exam or course, certificates of what was issued, papers."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.documents import create_documents
from hub.store.migrations.kinds import blob, each, number, small, text


def _create_registrations() -> None:
    op.create_table(
        "registrations",
        text("id", key=True),
        *each(text, "kind", "person", "position", "credential", "requirement", "topic", "wanted"),
        number("sequence"),
        text("state"),
        *each(number, "decided_at", "next_at"),
        text("owner", null=True),
        number("heartbeat_at", null=True),
        small("tries", default="0"),
        *each(text, "code", "connector", null=True),
        number("accepted_at", null=True),
        sa.UniqueConstraint("kind", "person", "position", "credential", "requirement"),
    )
    op.create_index("registrations_person", "registrations", ["person"])
    op.create_index("registrations_state", "registrations", ["state", "next_at"])


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        *each(text, "person", "number", key=True),
        text("state"),
        number("issued_at"),
        number("written_at", null=True),
        *each(blob, "signed", "page", null=True),
        number("place", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("certificates_state", "certificates", ["state"])
    op.create_index("certificates_number", "certificates", ["number"])
    op.create_index("certificates_place", "certificates", ["place"])


def create_registered_and_certified() -> None:
    """Make them."""
    _create_registrations()
    _create_certificates()
    create_documents()
