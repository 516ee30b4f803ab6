"""The entry of each transmission of which its sender was given a receipt."""

from typing import NamedTuple

from hub.store.columns import Table, blob, instant, text
from hub.store.statement import Query, Statement

RECEIPTS = Table(
    "receipts",
    text("transmission", key=True),
    text("entry"),
    blob("body"),
    blob("leaf"),
    instant("at"),
    rowid=False,
)


class ReceiptRow(NamedTuple):
    """SHA-256 of the body that came first, the entry left, its hash, and when."""

    body: bytes
    entry: str
    leaf: bytes
    at: int


# Remember what a receipt names.
insert_receipt = Statement("""
    INSERT INTO receipts (transmission, body, entry, leaf, at) VALUES (:transmission, :body, :entry, :leaf, :at)
    ON CONFLICT (transmission)
    DO UPDATE SET body = excluded.body, entry = excluded.entry, leaf = excluded.leaf, at = excluded.at
""")

# What the receipt of a transmission names.
receipt_of = Query(ReceiptRow, "SELECT body, entry, leaf, at FROM receipts WHERE transmission = :transmission")
