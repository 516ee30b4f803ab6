"""The log: entries, the head that numbers them, signed checkpoints."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, number, row_number, small, text
from hub.store.statement import Query, RowChange, Statement

ENTRIES = Table(
    "entries",
    row_number("seq"),
    instant("at"),
    text("kind"),
    text("connector", null=True),
    text("person", null=True),
    text("body"),
    blob("leaf"),
    Index(
        "entries_person",
        "person",
        "seq",
        only="person IS NOT NULL",
    ),
    Index("entries_starts", "seq", only="kind = 'start'"),
    Index("entries_packages", "seq", only="kind = 'package'"),
    Index("entries_taken", "seq", only="kind = 'taken'"),
    Index("entries_erased", "seq", only="kind = 'erased'"),
)

HEAD = Table(
    "head",
    small("one", key=True),
    number("size"),
    blob("frontier"),
)

CHECKPOINTS = Table("checkpoints", row_number("size"), instant("at"), text("note"))

ENCLOSURES = Table(
    "enclosures",
    text("entry", key=True),
    text("member", key=True),
    text("bucket"),
    blob("sealed"),
    rowid=False,
)
"""What a member of an entry commits to, sealed: its salt, and its content where that is kept."""


class HeadRow(NamedTuple):
    """How many entries there are, and the frontier of their tree."""

    size: int
    frontier: bytes


class EntryRow(NamedTuple):
    """An entry, its canonical bytes as text."""

    seq: int
    body: str


class LeafRow(NamedTuple):
    """The hash of an entry."""

    leaf: bytes


class EntryLeafRow(NamedTuple):
    """An entry and its hash."""

    seq: int
    body: str
    leaf: bytes


class WholeEntry(NamedTuple):
    """An entry with the columns that find it and its hash."""

    seq: int
    at: int
    kind: str
    connector: str | None
    person: str | None
    body: str
    leaf: bytes


class Extent(NamedTuple):
    """How many entries there are, and the numbers of the first and the last, if there are any."""

    entries: int
    first: int | None
    last: int | None


class EntryBody(NamedTuple):
    """The canonical bytes of an entry as text."""

    body: str


class EntryInstant(NamedTuple):
    """When an entry was made, by the calendar of the hub."""

    at: int


class CheckpointRow(NamedTuple):
    """A signed note over the first ``size`` entries."""

    size: int
    note: str


class Enclosure(NamedTuple):
    """What a member of an entry commits to, sealed under the key of a week."""

    bucket: str
    sealed: bytes


class MemberName(NamedTuple):
    """A member of an entry."""

    member: str


class MemberSeal(NamedTuple):
    """What a member of an entry commits to, as it is kept."""

    entry: str
    member: str
    sealed: bytes


# Where the log ends.
head = Query(HeadRow, "SELECT size, frontier FROM head")

# Where the log ends, and nobody else may go on from there until this transaction is over.
head_locked = Query(HeadRow, "SELECT size, frontier FROM head {for_update}")

# Move the end of the log.
set_head = RowChange("UPDATE head SET size = :size, frontier = :frontier")

# Change nothing, and yet have the store write: what commits this can commit anything.
prove_commit = RowChange("UPDATE head SET size = size")

# Add an entry under its number.
insert_entry = Statement("""
    INSERT INTO entries (seq, at, kind, connector, person, body, leaf)
    VALUES (:seq, :at, :kind, :connector, :person, :body, :leaf)
""")

# The entries after a number, in order.
entries_after = Query(EntryLeafRow, "SELECT seq, body, leaf FROM entries WHERE seq > :seq ORDER BY seq LIMIT :limit")

# The entries after a number with all that is kept of them, in order.
whole_entries_after = Query(
    WholeEntry,
    """
    SELECT seq, at, kind, connector, person, body, leaf FROM entries WHERE seq > :seq ORDER BY seq LIMIT :limit
    """,
)

# How many entries there are, counted one by one.
extent = Query(Extent, "SELECT count(*) AS entries, min(seq) AS first, max(seq) AS last FROM entries")

# The entries about a person, latest first.
entries_of_person = Query(
    EntryRow, "SELECT seq, body FROM entries WHERE person = :person ORDER BY seq DESC LIMIT :limit"
)

# The entries of some instants whose bytes have something in them; ``id`` is a pattern of LIKE.
entries_between = Query(
    EntryRow, "SELECT seq, body FROM entries WHERE at >= :since AND at <= :until AND body LIKE :id ORDER BY seq"
)

# The hashes of the entries from a number on, in order.
leaves_from = Query(LeafRow, "SELECT leaf FROM entries WHERE seq >= :seq ORDER BY seq LIMIT :limit")

# When the last entry was made.
last_entry = Query(EntryInstant, "SELECT at FROM entries ORDER BY seq DESC LIMIT 1")

# Keep a signed checkpoint; one of the same size is there already.
insert_checkpoint = Statement("""
    INSERT INTO checkpoints (size, at, note) VALUES (:size, :at, :note) ON CONFLICT DO NOTHING
""")

# The last start of the hub.
last_start = Query(EntryBody, "SELECT body FROM entries WHERE kind = 'start' ORDER BY seq DESC LIMIT 1")

# The checkpoint over most entries.
last_checkpoint = Query(CheckpointRow, "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1")

# The checkpoints over more than ``above`` and at most ``until`` entries, smallest first.
checkpoints = Query(
    CheckpointRow, "SELECT size, note FROM checkpoints WHERE size > :above AND size <= :until ORDER BY size"
)

# Keep what a member of an entry commits to.
insert_enclosure = Statement("""
    INSERT INTO enclosures (entry, member, bucket, sealed) VALUES (:entry, :member, :bucket, :sealed)
""")

# The members of an entry that commit to something.
members_enclosed = Query(MemberName, "SELECT member FROM enclosures WHERE entry = :entry ORDER BY member")

# What a member of an entry commits to.
enclosure = Query(Enclosure, "SELECT bucket, sealed FROM enclosures WHERE entry = :entry AND member = :member")

# What these entries commit to; ``ids`` is a JSON array.
enclosures_of = Query(
    MemberSeal, "SELECT entry, member, sealed FROM enclosures WHERE entry IN (SELECT value FROM {each:ids})"
)
