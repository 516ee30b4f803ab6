"""What issuers said of the credentials of many people at once."""

from hub.store.statement import OfPeople
from hub.store.tables.facts import FactRow

# What issuers said of the credentials of many; ``people`` is a JSON array.
issuers_words_of = OfPeople(
    FactRow,
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
