"""Whose certificates people entered in the register, and which certificates anybody ever told of."""

from typing import NamedTuple

from hub.store.statement import Query


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
