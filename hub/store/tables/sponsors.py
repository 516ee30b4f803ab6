"""Who answers for whom in a post: whom to look at again when something is said of the one who answers."""

from typing import NamedTuple

from hub.store.columns import Table, blob, text
from hub.store.statement import Query, Statement
from hub.store.tables.facts import FactRow

SPONSORED = Table(
    "sponsored",
    blob("sponsor", key=True),
    text("person", key=True),
    rowid=False,
)
"""``sponsor`` is the keyed digest of the employee number that a roster names, which may be nobody's yet. A row that is
no longer so does no harm: somebody is looked at once more."""


class SponsoredPerson(NamedTuple):
    """Somebody for whom another person answers or answered."""

    person: str


# Keep that somebody answers for a person.
set_sponsored = Statement("""
    INSERT INTO sponsored (sponsor, person) VALUES (:sponsor, :person) ON CONFLICT DO NOTHING
""")

# For whom somebody answers or answered.
sponsored_by = Query(SponsoredPerson, "SELECT person FROM sponsored WHERE sponsor = :sponsor ORDER BY person")

# What the roster says of one who answers for others: the last day, and that it names them no more.
said_of_sponsor = Query(
    FactRow,
    """
    SELECT facts.id, facts.about, facts.digest, facts.kind, facts.subject, facts.topic, facts.at, facts.said_at,
      facts.arrived_at, facts.known_at, facts.transmission, transmissions.connector, facts.body
    FROM subjects JOIN facts ON facts.subject = subjects.token
      LEFT JOIN transmissions ON transmissions.id = facts.transmission
    WHERE subjects.lookup = :sponsor AND facts.kind IN ('person', 'unlisted')
    """,
)

# Nobody is known to answer for others under this number any more.
forget_sponsored = Statement("DELETE FROM sponsored WHERE sponsor = :sponsor")
