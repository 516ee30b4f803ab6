"""What was found in a quarantined item may name somebody: it stands sealed, in the item's own bytes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("quarantine", "found")


def downgrade() -> None:
    op.add_column("quarantine", sa.Column("found", sa.Text(), nullable=False, server_default=""))
