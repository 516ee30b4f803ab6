"""Which hub a store belongs to: compared at start with the key file and the signer's state, never made anew."""

from typing import NamedTuple

from hub.store.columns import Table, instant, number, small, text
from hub.store.statement import Query, RowChange, Statement

HUB = Table(
    "hub",
    small("one", key=True),
    text("id"),
    text("name"),
    text("log_key"),
    number("starts"),
    instant("restored_at", null=True),
)
"""One row, made at the first start. ``starts`` grows with each; ``log_key`` is the public key that signs the log."""


class HubRow(NamedTuple):
    """The identity of a store; ``restored_at`` until a person has released what was restored."""

    id: str
    name: str
    log_key: str
    starts: int
    restored_at: int | None


# Whose store this is.
hub = Query(HubRow, "SELECT id, name, log_key, starts, restored_at FROM hub")

# Say whose store this is, once.
insert_hub = Statement("""
    INSERT INTO hub (one, id, name, log_key, starts, restored_at) VALUES (1, :id, :name, :log_key, 0, NULL)
    ON CONFLICT DO NOTHING
""")

# The hub starts once more.
count_start = RowChange("UPDATE hub SET starts = starts + 1")

# The store was restored, or (nothing) a person has released it.
set_restored = RowChange("UPDATE hub SET restored_at = :at")
