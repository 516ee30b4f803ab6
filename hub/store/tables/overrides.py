"""Doors that two people opened to somebody for a while, whatever the rules say."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, text
from hub.store.statement import Query, RowChange, Statement

OVERRIDES = Table(
    "overrides",
    text("id", key=True),
    text("person"),
    text("sink"),
    text("target"),
    instant("at"),
    instant("ends_at"),
    Index("overrides_person", "person"),
    rowid=False,
)
"""Openings that are not over, and those whose closing is still to be decided; who, and why, is in their entries."""


class OverrideRow(NamedTuple):
    """One opening of a person."""

    id: str
    sink: str
    target: str
    at: int
    ends_at: int


class NamedOverride(NamedTuple):
    """One opening, and whose."""

    id: str
    person: str
    sink: str
    target: str
    at: int
    ends_at: int


# Open a door beside the rules.
insert_override = Statement("""
    INSERT INTO overrides (id, person, sink, target, at, ends_at) VALUES (:id, :person, :sink, :target, :at, :ends_at)
""")

# The openings of a person, ended ones too.
overrides_of = Query(OverrideRow, "SELECT id, sink, target, at, ends_at FROM overrides WHERE person = :person")

# The same of many; ``people`` is a JSON array.
overrides_of_people = Query(
    NamedOverride,
    """
    SELECT id, person, sink, target, at, ends_at FROM overrides WHERE person IN (SELECT value FROM {each:people})
    """,
)

# All openings, the next to end first.
overrides = Query(NamedOverride, "SELECT id, person, sink, target, at, ends_at FROM overrides ORDER BY ends_at, id")

# End an opening now.
end_override = RowChange("UPDATE overrides SET ends_at = :at WHERE id = :of")

# The closing of an opening is decided.
conclude_override = RowChange("DELETE FROM overrides WHERE id = :of")
