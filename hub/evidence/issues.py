"""What the hub itself issued: facts like any other, with their numbers and dates, which no later rule moves."""

from collections.abc import Iterable

from hub.clock import from_us, to_us
from hub.rules.fact import Fact, Rank
from hub.rules.posts.issuing import HUB
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables.certificates import insert_certificate
from hub.store.tables.issues import insert_issue, issues_of
from schemas.decision import Issued


def issued_to(person: str, known_by: int, store: Connection) -> list[Fact]:
    """What was issued to a person, by what was known at a stored instant."""
    rows = store.all(issues_of, {"person": person, "known_by": known_by})
    return [_fact(row.number, row.known_at, Issued.model_validate_json(row.body)) for row in rows]


def keep_issues(person: str, issued: Iterable[Fact], tx: Tx) -> list[Fact]:
    """Keep what is issued to a person, each number once; the facts that are new."""
    return [fact for fact in issued if _keep(person, fact, tx)]


def _keep(person: str, fact: Fact, tx: Tx) -> bool:
    assert isinstance(fact.record, Issued)
    issue = fact.record
    row = {"person": person, "position": issue.position, "credential": issue.credential, "number": issue.number}
    known_at = to_us(fact.known_at)
    if not tx.session.run(insert_issue, {**row, "known_at": known_at, "body": issue.model_dump_json()}):
        return False
    tx.session.run(insert_certificate, {"person": person, "number": issue.number, "issued_at": known_at})
    tx.wake_certificates()
    return True


def _fact(number: str, known_at: int, issued: Issued) -> Fact:
    return Fact(number, HUB, Rank.ISSUER, from_us(known_at), from_us(known_at), issued)
