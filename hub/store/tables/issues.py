"""What the hub gave, renewed or restored: numbers and dates that stand from the instant at which they were written."""

from typing import NamedTuple

from hub.store.columns import Table, instant, text
from hub.store.statement import Query, Statement

ISSUES = Table(
    "issues",
    text("person", key=True),
    text("number", key=True),
    text("position"),
    text("credential"),
    instant("known_at"),
    text("body"),
    rowid=False,
)


class IssueRow(NamedTuple):
    """What the hub issued to a person."""

    number: str
    known_at: int
    body: str


# What was issued to a person, by what was known at an instant.
issues_of = Query(
    IssueRow,
    """
    SELECT number, known_at, body FROM issues WHERE person = :person AND known_at <= :known_by
    ORDER BY known_at, number
    """,
)

# What was issued under a number, by whoever holds it: numbers of certificates lead there.
issue_of_number = Query(
    IssueRow,
    """
    SELECT issues.number, issues.known_at, issues.body FROM certificates
    JOIN issues ON issues.person = certificates.person AND issues.number = certificates.number
    WHERE certificates.number = :number LIMIT 1
    """,
)

# Keep what is issued; the same number may be known.
insert_issue = Statement("""
    INSERT INTO issues (person, number, position, credential, known_at, body)
    VALUES (:person, :number, :position, :credential, :known_at, :body)
    ON CONFLICT DO NOTHING
""")
