"""Punches at terminals: the mass of what comes in, in columns of their own, ordered by time and person."""

import json
from typing import NamedTuple

from hub.store.columns import Table, blob, instant, number, text
from hub.store.statement import Query, Statement
from schemas.attendance import Direction, Verify

PUNCHES = Table(
    "punches",
    number("slice", key=True),
    text("subject", key=True),
    blob("key", key=True),
    text("device"),
    instant("at"),
    text("occurred_local"),
    text("direction"),
    text("verify"),
    text("verify_raw"),
    instant("arrived_at"),
    instant("known_at"),
    text("transmission"),
    rowid=False,
)
"""The mass of what comes in, ordered by time and person: punches of one time lie together, and a person's punches
of a session are found by its slices. There is no other index to touch."""

SLICE_US = 240_000_000
"""Four minutes: a session of three hours is found in 45 looks, and what came meanwhile lies on few pages."""


def slice_of(at_us: int) -> int:
    """The slice of an instant."""
    return at_us // SLICE_US


def slices(from_us: int, until_us: int) -> list[int]:
    """All slices between two instants, both inclusive."""
    return list(range(slice_of(from_us), slice_of(until_us) + 1))


def within(from_us: int, until_us: int) -> str:
    """The slices between two instants, as queries want them."""
    return json.dumps(slices(from_us, until_us))


class PunchProvenance(NamedTuple):
    """A punch by its slice and key, and what brought it."""

    slice: int
    key: bytes
    device: str
    at: int
    arrived_at: int
    transmission: str
    connector: str | None


class PunchOrigin(NamedTuple):
    """What brought a punch first."""

    transmission: str


class PunchRow(NamedTuple):
    """A punch of one of a person's identifiers."""

    key: bytes
    subject: str
    device: str
    at: int
    occurred_local: str
    direction: Direction
    verify: Verify
    verify_raw: str
    slice: int
    arrived_at: int
    known_at: int
    transmission: str
    terminal: str | None
    """What was known of its terminal with the message that brought it first, as JSON."""


class SeenAt(NamedTuple):
    """A punch of somebody: where, when, and its slice and key."""

    person: str
    device: str
    at: int
    slice: int
    key: bytes


class PunchedAt(NamedTuple):
    """Somebody who was seen, and when."""

    person: str
    at: int


class SeenPerson(NamedTuple):
    """Somebody who was seen."""

    person: str


# Keep a punch; the same one may be known.
insert_punch = Statement("""
    INSERT INTO punches (slice, subject, key, device, at, occurred_local, direction, verify, verify_raw, arrived_at,
      known_at, transmission)
    VALUES (:slice, :subject, :key, :device, :at, :occurred_local, :direction, :verify, :verify_raw, :arrived_at,
      :known_at, :transmission)
    ON CONFLICT DO NOTHING
""")

# The punch of a key.
punch = Query(
    PunchOrigin, "SELECT transmission FROM punches WHERE slice = :slice AND subject = :subject AND key = :key"
)

# A person's punches between two instants, both inclusive; ``slices`` is a JSON array of those between them.
# CROSS JOIN has SQLite begin with the person; it would read everybody's punches of each slice.
punches_of = Query(
    PunchRow,
    """
    SELECT punches.key, punches.subject, punches.device, punches.at, punches.occurred_local, punches.direction,
      punches.verify, punches.verify_raw, punches.slice, punches.arrived_at, punches.known_at, punches.transmission,
      transmissions.terminal
    FROM links CROSS JOIN punches LEFT JOIN transmissions ON transmissions.id = punches.transmission
    WHERE links.person = :person AND punches.subject = links.subject
      AND punches.slice IN (SELECT CAST(value AS BIGINT) FROM {each:slices})
      AND punches.at >= links.valid_from AND punches.at < links.valid_until
      AND punches.at >= :from AND punches.at <= :until AND punches.known_at <= :known_by
    """,
)

# Who was seen at some terminals between two instants, both inclusive; ``slices`` and ``devices`` are JSON arrays.
seen_at = Query(
    SeenPerson,
    """
    SELECT DISTINCT links.person FROM punches JOIN links ON links.subject = punches.subject
    WHERE punches.slice IN (SELECT CAST(value AS BIGINT) FROM {each:slices})
      AND punches.device IN (SELECT value FROM {each:devices})
      AND punches.at >= links.valid_from AND punches.at < links.valid_until
      AND punches.at >= :from AND punches.at <= :until
    """,
)

# Every punch of whom somebody knows at some terminals, from one instant to another, exclusive; ``slices`` and
# ``devices`` are JSON arrays.
seen_at_devices = Query(
    SeenAt,
    """
    SELECT links.person, punches.device, punches.at, punches.slice, punches.key
    FROM punches JOIN links ON links.subject = punches.subject
    WHERE punches.slice IN (SELECT CAST(value AS BIGINT) FROM {each:slices})
      AND punches.device IN (SELECT value FROM {each:devices})
      AND punches.at >= links.valid_from AND punches.at < links.valid_until
      AND punches.at >= :from AND punches.at < :until
    ORDER BY punches.at, punches.device, links.person
    """,
)

# Who was seen at one terminal when, from one instant to another, exclusive; ``slices`` is a JSON array.
punched_at = Query(
    PunchedAt,
    """
    SELECT links.person, punches.at FROM punches JOIN links ON links.subject = punches.subject
    WHERE punches.slice IN (SELECT CAST(value AS BIGINT) FROM {each:slices}) AND punches.device = :device
      AND punches.at >= links.valid_from AND punches.at < links.valid_until
      AND punches.at >= :from AND punches.at < :until
    """,
)

# Where the punches of a person's identifiers in some slices came from; ``slices`` is a JSON array.
provenance_of_punches = Query(
    PunchProvenance,
    """
    SELECT DISTINCT punches.slice, punches.key, punches.device, punches.at, punches.arrived_at, punches.transmission,
      transmissions.connector
    FROM links CROSS JOIN punches LEFT JOIN transmissions ON transmissions.id = punches.transmission
    WHERE links.person = :person AND punches.subject = links.subject
      AND punches.slice IN (SELECT CAST(value AS BIGINT) FROM {each:slices})
    """,
)
