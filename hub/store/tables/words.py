"""What issuers said of the credentials of many people at once."""

from typing import NamedTuple

from hub.store.statement import Query


class PersonsWord(NamedTuple):
    """Of whom it is, and what a ``FactRow`` says."""

    person: str
    id: int
    about: bytes
    digest: bytes
    kind: str
    subject: str
    topic: str
    at: int
    said_at: int | None
    arrived_at: int
    known_at: int
    transmission: str
    connector: str | None
    body: str | None


# What issuers said of the credentials of many; ``people`` is a JSON array.
issuers_words_of = Query(
    PersonsWord,
    """
    SELECT links.person, facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at,
      facts.said_at, facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
      LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE links.person IN (SELECT value FROM {each:people})
      AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.kind IN ('credential_status', 'register_entry', 'reopened')
    """,
)
