"""Tables of the hub. Instants are microseconds since 1970 UTC; JSON is text; nothing here names a person in clear.

Names and identifiers stand sealed in ``subjects`` alone; every other row uses the random token of a subject
(an identifier in a source) or of a person. Raw bodies are sealed under a weekly bucket key.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, text

metadata = MetaData()


def _instant(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _row_number(name: str, *, auto: bool = False) -> Column[int]:
    # INTEGER is what lets SQLite use the row id itself and spare an index.
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=auto)


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=key)


subjects = Table(
    "subjects",
    metadata,
    _text("token", key=True),
    _text("source"),
    Column("lookup", LargeBinary, nullable=False, unique=True),
    _text("key"),
    Column("sealed", LargeBinary, nullable=False),
)

people = Table(
    "people",
    metadata,
    _text("person", key=True),
    Column("subject", Text, nullable=False, unique=True),
    Column("epoch", BigInteger, nullable=False),
    _instant("as_of"),
)

links = Table(
    "links",
    metadata,
    _text("subject", key=True),
    _text("person", key=True),
    Column("valid_from", BigInteger, primary_key=True),
    _instant("valid_until"),
    _instant("known_at"),
    Index("links_person", "person"),
    sqlite_with_rowid=False,
)

transmissions = Table(
    "transmissions",
    metadata,
    _text("id", key=True),
    _text("connector"),
    Column("digest", LargeBinary, nullable=False),
    _instant("received_at"),
    _text("wire"),
    _text("bucket"),
    Column("sealed", LargeBinary, nullable=False),
    _text("counts"),
    _text("state"),
)

facts = Table(
    "facts",
    metadata,
    _row_number("id", auto=True),
    Column("slot", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _text("kind"),
    _text("subject"),
    _text("topic"),
    _instant("at"),
    _instant("known_at"),
    _text("transmission"),
    _text("body"),
    Index("facts_slot", "slot", "key", unique=True),
    Index(
        "facts_subject",
        "subject",
        "kind",
        "at",
        sqlite_where=text("kind <> 'punch'"),
        postgresql_where=text("kind <> 'punch'"),
    ),
    Index(
        "facts_topic",
        "topic",
        "kind",
        sqlite_where=text("kind IN ('enrolment', 'voided')"),
        postgresql_where=text("kind IN ('enrolment', 'voided')"),
    ),
)

due = Table(
    "due",
    metadata,
    _text("person", key=True),
    _instant("at"),
    _text("because"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("due_at", "at"),
    sqlite_with_rowid=False,
)

folded = Table(
    "folded",
    metadata,
    _text("person", key=True),
    _text("unit", key=True),
    _text("body", null=True),
    sqlite_with_rowid=False,
)

standings = Table(
    "standings",
    metadata,
    _text("person", key=True),
    _text("position", key=True),
    _text("scope"),
    _text("body"),
    _text("decision"),
    _instant("decided_at"),
    Index("standings_position", "position"),
    sqlite_with_rowid=False,
)

decisions = Table(
    "decisions",
    metadata,
    _text("id", key=True),
    _text("person"),
    _text("position"),
    _instant("decided_at"),
    _text("because"),
    _text("before"),
    _text("after"),
    _text("body"),
    Index("decisions_person", "person", "decided_at"),
)

desired = Table(
    "desired",
    metadata,
    _text("person", key=True),
    _text("sink", key=True),
    _text("target", key=True),
    _text("wanted"),
    Column("explicit", Integer, nullable=False),
    _text("positions"),
    _text("mode"),
    Column("epoch", BigInteger, nullable=False),
    _text("state"),
    _text("decision"),
    _instant("decided_at"),
    _text("observed", null=True),
    _instant("observed_at", null=True),
    Index("desired_sink", "sink", "target"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    _text("person", key=True),
    _text("sink", key=True),
    Column("lane", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    _instant("next_at"),
    _instant("lease_until", null=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("outbox_next", "lane", "next_at"),
    sqlite_with_rowid=False,
)

notices = Table(
    "notices",
    metadata,
    _text("id", key=True),
    _text("person"),
    _text("position"),
    _text("kind"),
    _text("audience"),
    _text("cause"),
    _text("stage"),
    _text("body"),
    _text("state"),
    _instant("decided_at"),
    _instant("next_at"),
    Column("tries", Integer, nullable=False, server_default="0"),
    _text("receipt", null=True),
    UniqueConstraint("person", "position", "kind", "audience", "cause", "stage"),
    Index("notices_state", "state", "next_at"),
)

peers = Table(
    "peers",
    metadata,
    _text("connector", key=True),
    _text("peer", key=True),
    _text("status"),
    _text("memory"),
    _instant("first_seen_at"),
    _instant("last_contact_at", null=True),
    sqlite_with_rowid=False,
)

connectors = Table(
    "connectors",
    metadata,
    _text("connector", key=True),
    *(
        Column(word, BigInteger, nullable=False, server_default="0")
        for word in ("received", "applied", "duplicate", "ignored", "held", "quarantined", "discarded", "refused")
    ),
    _instant("last_contact_at", null=True),
    _text("last_error", null=True),
    _instant("last_error_at", null=True),
    _instant("watermark", null=True),
    _text("cursor", null=True),
    _text("summary", null=True),
)

held = Table(
    "held",
    metadata,
    _text("subject", key=True),
    _text("connector", key=True),
    Column("items", BigInteger, nullable=False),
    _instant("since"),
    sqlite_with_rowid=False,
)

quarantine = Table(
    "quarantine",
    metadata,
    _text("id", key=True),
    _text("connector"),
    _text("transmission"),
    Column("item", Integer, nullable=False),
    _text("code"),
    _text("place"),
    _text("expected"),
    _text("bucket"),
    Column("sealed", LargeBinary, nullable=False),
    _instant("at"),
    _text("state"),
    Index("quarantine_state", "state", "at"),
)

modes = Table(
    "modes",
    metadata,
    _text("scope", key=True),
    _text("name", key=True),
    _instant("enforced_from", null=True),
    _instant("frozen_until", null=True),
    _text("reason"),
    _text("actors"),
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    metadata,
    _row_number("seq"),
    _instant("at"),
    _text("kind"),
    _text("connector", null=True),
    _text("person", null=True),
    _text("body"),
    Column("leaf", LargeBinary, nullable=False),
    Index(
        "entries_person",
        "person",
        "seq",
        sqlite_where=text("person IS NOT NULL"),
        postgresql_where=text("person IS NOT NULL"),
    ),
)

head = Table(
    "head",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    _row_number("size"),
    _instant("at"),
    _text("note"),
)
