"""The rules of a hub folder as they were taken: every set of documents for ever; which one is in force says the log."""

from typing import NamedTuple

from hub.store.columns import Table, text
from hub.store.statement import Query, Statement
from hub.store.tables.log import EntryBody

RULES_TAKEN = Table("rules_taken", text("documents", key=True), text("path", key=True), text("text"), rowid=False)
"""``documents`` is the digest of the whole set."""


class RuleDocument(NamedTuple):
    """A position file, or the courses, as it was taken."""

    path: str
    text: str


# The documents of one set.
documents = Query(RuleDocument, "SELECT path, text FROM rules_taken WHERE documents = :digest ORDER BY path")

# What the log says was taken last.
last_taken = Query(EntryBody, "SELECT body FROM entries WHERE kind = 'taken' ORDER BY seq DESC LIMIT 1")

# Keep a document of a set.
insert_document = Statement("INSERT INTO rules_taken (documents, path, text) VALUES (:digest, :path, :text)")
