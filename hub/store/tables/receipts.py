"""What a sender was given a receipt of: the entry of each transmission whose source gives them."""

from typing import NamedTuple

from sqlalchemy import Table

from hub.store.columns import blob, instant, metadata, text
from hub.store.statement import Query, Statement

RECEIPTS = Table(
    "receipts",
    metadata,
    text("transmission", key=True),
    text("entry"),
    blob("leaf"),
    instant("at"),
    sqlite_with_rowid=False,
)


class ReceiptRow(NamedTuple):
    """The entry that a transmission left when it came, its hash, and when that was."""

    entry: str
    leaf: bytes
    at: int


# Remember what a receipt names.
insert_receipt = Statement("""
    INSERT INTO receipts (transmission, entry, leaf, at) VALUES (:transmission, :entry, :leaf, :at)
    ON CONFLICT (transmission) DO UPDATE SET entry = excluded.entry, leaf = excluded.leaf, at = excluded.at
""")

# What the receipt of a transmission names.
receipt_of = Query(ReceiptRow, "SELECT entry, leaf, at FROM receipts WHERE transmission = :transmission")
