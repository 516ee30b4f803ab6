"""The last words of issuers about the credentials of one person, and which of their numbers still stand by them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from hub.clock import to_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.dossier import Fact, HeldNumber
from hub.rules.statements import by_number, closing, dated
from hub.store.statement import Connection
from hub.store.tables.facts import statements_of
from schemas.credential import CredentialStatus

NEVER = -OPEN


class IssuersWords:
    """What issuers said last, by credential and number. ``unread``: since when a credential has words unread.

    A word that cannot be read is passed over, or nobody's door could be closed; what is not said after it is no
    last word.
    """

    def __init__(self, facts: Iterable[Fact[CredentialStatus]], unread: Mapping[str, int]) -> None:
        self._unread = unread
        self._facts = tuple(facts)
        by_credential: dict[str, list[CredentialStatus]] = {}
        for fact in self._facts:
            by_credential.setdefault(fact.record.credential, []).append(fact.record)
        self._numbers = {name: by_number(records) for name, records in by_credential.items()}

    def holds(self, held: HeldNumber, now: datetime) -> bool:
        """Whether a number holds at an instant: as it was held, but for what was said of it since."""
        statements = self._statements(held)
        ended = bool(statements) and statements[-1].status != "active" and self._is_last(statements[-1])
        until = self.until(held)
        return not ended and not self.withdrawn(held) and (until is None or now < until)

    def withdrawn(self, held: HeldNumber) -> bool:
        """Whether its issuer suspended or revoked a number in so many words.

        The issuer does not know the numbers of ours: of an own credential it may close any, unless another one
        was made active after that.
        """
        if held.number:
            return any(map(self._closes, self._statements(held)[-1:]))
        last = [statements[-1] for statements in self._numbers.get(held.credential, {}).values()]
        closed = [each.changed_at for each in last if self._closes(each)]
        later = (each.status == "active" and each.changed_at > max(closed) for each in last)
        return bool(closed) and not any(later)

    def until(self, held: HeldNumber) -> datetime | None:
        """When a number ends by what is said of it now: as it was held, where nobody gave a date."""
        stated = dated(self._statements(held))
        return held.until if stated is None else stated.valid_until

    def about(self, credentials: Iterable[str]) -> list[str]:
        """The facts that say it, by id."""
        names = set(credentials)
        return [fact.id for fact in self._facts if fact.record.credential in names]

    def _statements(self, held: HeldNumber) -> Sequence[CredentialStatus]:
        return self._numbers.get(held.credential, {}).get(held.number, ())

    def _closes(self, statement: CredentialStatus) -> bool:
        return closing(statement) and self._is_last(statement)

    def _is_last(self, statement: CredentialStatus) -> bool:
        return to_us(statement.changed_at) > self._unread.get(statement.credential, NEVER)


def words_of(person: str, session: Connection) -> IssuersWords:
    """The words about a person's credentials as far as they can be read, whatever else cannot."""
    facts: list[Fact[CredentialStatus]] = []
    unread: dict[str, int] = {}
    for row in that_hold(session.all(statements_of, {"person": person, "known_by": OPEN})):
        if row.kind == CredentialStatus.KIND:
            try:
                facts.append(fact_of(row, CredentialStatus))
            except ValidationError:
                unread[row.topic] = max(row.at, unread.get(row.topic, row.at))
    return IssuersWords(facts, unread)
