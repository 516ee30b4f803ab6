"""Whose certificates people entered in the register."""

from typing import NamedTuple

from hub.store.statement import Query


class EnteredPerson(NamedTuple):
    """A person of whom the register holds a certificate."""

    person: str


# Whose certificates people entered in the register.
entered_in_register = Query(
    EnteredPerson,
    """
    SELECT DISTINCT links.person FROM facts JOIN links ON facts.subject = links.subject
    WHERE facts.kind = 'register_entry'
    """,
)
