"""Whose certificates people entered in the register, of which anybody ever told, and what their issuers demand."""

from typing import NamedTuple

from hub.store.statement import Query
from hub.store.tables.facts import FactRow


class EnteredPerson(NamedTuple):
    """A person of whom the register holds a certificate."""

    person: str


class CertificateTold(NamedTuple):
    """What was said of a certificate of a person; ``topic`` is the credential."""

    person: str
    topic: str
    body: str | None


# Whose certificates people entered in the register.
entered_in_register = Query(
    EnteredPerson,
    """
    SELECT DISTINCT links.person FROM facts JOIN links ON facts.subject = links.subject
    WHERE facts.kind = 'register_entry'
    """,
)

# What anybody ever said of certificates, under identifiers that still are somebody's; ``topics`` is a JSON array.
certificates_told = Query(
    CertificateTold,
    """
    SELECT DISTINCT links.person, facts.topic, facts.body FROM facts JOIN links ON facts.subject = links.subject
    WHERE facts.kind IN ('credential_status', 'register_entry') AND facts.body IS NOT NULL
      AND facts.topic IN (SELECT value FROM {each:topics}) AND links.valid_until > :at
    """,
)

# What issuers said that the renewal of a person's credentials takes.
demands_of = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM links JOIN facts ON facts.subject = links.subject
      LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE links.person = :person AND facts.at >= links.valid_from AND facts.at < links.valid_until
      AND facts.known_at <= :known_by AND facts.kind = 'renewal_demand' AND facts.topic = :credential
    """,
)
