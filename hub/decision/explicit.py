"""Closes what an issuer suspended or revoked, where the rules fail for a person: a path that needs no rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from hub.access.desired import desire, read
from hub.access.wanted import WantedTarget
from hub.clock import to_us
from hub.identity.links import OPEN
from hub.rules.statements import by_number, closing
from hub.store import queries as q
from hub.store.commit import Tx
from schemas.credential import CredentialStatus
from schemas.position import CredentialRequirement, Position


def close_explicitly(person: str, causes: Sequence[str], positions: Mapping[str, Position], tx: Tx) -> None:
    """Close what an issuer suspended or revoked, without asking a rule.

    A position that names the credential loses its targets, except those that another position of the
    person covers: what that one grants is for a rule to say.
    """
    closed = _withdrawn(person, tx)
    rows = [row for row in read(person, tx) if row.wanted == "present"]
    hit = {name for name, position in positions.items() if closed & _credentials(position)}
    wanted = [
        WantedTarget(row.sink, row.target, "absent", True, tuple(row.positions.split(",")), row.mode == "enforce")
        for row in rows
        if set(row.positions.split(",")) <= hit
    ]
    if wanted:
        holds = [f"{credential}:withdrawn" for credential in closed]
        decision = tx.log("decided", person=person, because=list(causes), after="none", holds=holds)
        desire(person, wanted, decision, tx)


def _withdrawn(person: str, tx: Tx) -> set[str]:
    """Credentials that the issuer suspended or revoked, and of which by its last words no other number holds.

    A statement that cannot be read is passed over, or nobody's door could be closed; what is older than it
    is no last word.
    """
    said: dict[str, list[CredentialStatus]] = {}
    unread: dict[str, int] = {}
    for fact in tx.session.all(q.statements_of, {"person": person, "known_by": OPEN}):
        if fact.kind != "credential_status" or fact.body is None:
            continue
        try:
            said.setdefault(fact.topic, []).append(CredentialStatus.model_validate_json(fact.body))
        except ValidationError:
            unread[fact.topic] = max(fact.at, unread.get(fact.topic, fact.at))
    return {
        credential
        for credential, statements in said.items()
        if (last := [each[-1] for each in by_number(statements).values()])
        and any(map(closing, last))
        and not any(_holds(each, tx.now) or to_us(each.at) <= unread.get(credential, -OPEN) for each in last)
    }


def _holds(statement: CredentialStatus, now: datetime) -> bool:
    return statement.status == "active" and (statement.valid_until is None or statement.valid_until > now)


def _credentials(position: Position) -> set[str]:
    named = {each.credential for each in position.requirement.values() if isinstance(each, CredentialRequirement)}
    return named | set(position.credential)
