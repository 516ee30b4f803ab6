"""The last words of issuers about the credentials of people, and which of their numbers still stand by them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hub.clock import to_us
from hub.evidence.facts import fact_of, that_hold
from hub.identity.links import OPEN
from hub.rules.credentials.numbers import Number, numbers
from hub.rules.credentials.periods import Length
from hub.rules.credentials.words import Word, normal, word_of
from hub.rules.fact import Fact
from hub.rules.timeline import END
from hub.rules.values import HeldNumber
from hub.store.statement import Connection
from hub.store.tables.facts import FactRow
from hub.store.tables.words import issuers_words_of
from schemas.credential import CredentialStatus
from schemas.decision import RegisterEntry, Reopened

NEVER = -OPEN
_RECORDS = {record.KIND: record for record in (CredentialStatus, RegisterEntry, Reopened)}
_AS_STATED = Length(None, ZoneInfo("UTC"))


class IssuersWords:
    """What issuers said, by credential and number. ``unread``: since when a credential has words unread.

    A word that cannot be read is passed over, or nobody's door could be closed; what is not said after it is no
    last word.
    """

    def __init__(self, facts: Iterable[Fact], unread: Mapping[str, int]) -> None:
        self._unread = unread
        self._facts = [fact for fact in facts if isinstance(fact.record, CredentialStatus | Reopened)]
        self._reopened = any(isinstance(fact.record, Reopened) for fact in self._facts)
        self._numbers: dict[str, tuple[Number, ...]] = {}
        self._withdrawn: dict[tuple[HeldNumber, datetime], bool] = {}

    def holds(self, held: HeldNumber, now: datetime) -> bool:
        """Whether a number holds at an instant: as it was held, but for what was said of it since."""
        if self.withdrawn(held, now):
            return False
        number = self._number(held)
        if number is None or not number.periods or not self._is_last(number):
            return held.until is None or now < held.until
        return any(span.holds(now) for span in number.held)

    def withdrawn(self, held: HeldNumber, now: datetime) -> bool:
        """Whether its issuer has closed a number in so many words.

        The issuer does not know the numbers of ours: of an own credential it may close any, unless another one holds.
        """
        asked = held, now
        known = self._withdrawn.get(asked)
        if known is None:
            known = self._withdrawn[asked] = self._is_withdrawn(held, now)
        return known

    def _is_withdrawn(self, held: HeldNumber, now: datetime) -> bool:
        if held.own or not held.number:
            said = self._of(held.credential)
            closed = any(self._closed(number, now) for number in said)
            return closed and not any(span.holds(now) for number in said for span in number.held)
        if self._is_plainly_revoked(held, now):
            return True
        number = self._number(held)
        return number is not None and self._closed(number, now)

    def _is_plainly_revoked(self, held: HeldNumber, now: datetime) -> bool:
        """Whether a number was revoked by the word that is last however its words are put in order.

        Of thousands who are withdrawn at once this is so of nearly all, and it takes no number's whole life.
        """
        if self._reopened or held.credential in self._unread:
            return False
        words = list(self._said(held))
        last = max(words, key=_said_at, default=None)
        if last is None or last.stated.status != "revoked" or last.acts_at > now:
            return False
        return all(each is last or _goes_before(each, last) for each in words)

    def _said(self, held: HeldNumber) -> Iterable[Word]:
        """The words about a number, in no order."""
        known = normal(held.number)
        for fact in self._facts:
            stated = fact.record
            if isinstance(stated, CredentialStatus) and stated.credential == held.credential:
                word = word_of(fact, stated) if normal(stated.number) == known else None
                if word is not None:
                    yield word

    def until(self, held: HeldNumber) -> datetime | None:
        """When a number ends by what is said of it now: as it was held, where nobody gave a date."""
        number = self._number(held)
        if held.own or not held.number or number is None or not number.runs:
            return held.until
        end = number.runs[-1].end
        return None if end == END else end

    def about(self, credentials: Iterable[str]) -> list[str]:
        """The facts that say it, by id."""
        names = set(credentials)
        return [fact.id for fact in self._facts if getattr(fact.record, "credential", "") in names]

    def _of(self, credential: str) -> Sequence[Number]:
        if credential not in self._numbers:
            self._numbers[credential] = numbers(credential, (credential,), self._facts, length=_AS_STATED)
        return self._numbers[credential]

    def _number(self, held: HeldNumber) -> Number | None:
        known = normal(held.number)
        return next((each for each in self._of(held.credential) if normal(each.number) == known), None)

    def _closed(self, number: Number, now: datetime) -> bool:
        return self._is_last(number) and any(closure.span.holds(now) for closure in number.closures)

    def _is_last(self, number: Number) -> bool:
        last = max(to_us(word.stated.changed_at) for word in number.words)
        return last > self._unread.get(number.credential, NEVER)


def _said_at(word: Word) -> datetime:
    return word.fact.said_at


def _goes_before(word: Word, last: Word) -> bool:
    """Whether both by time and by its source's sequence."""
    is_earlier = word.fact.said_at < last.fact.said_at
    return is_earlier and (word.fact.source != last.fact.source or word.stated.sequence < last.stated.sequence)


def words_of(people: str, session: Connection) -> Mapping[str, IssuersWords]:
    """The words about people's credentials as far as they can be read, whatever else cannot.

    By person, nothing where nothing was said; ``people`` is a JSON array.
    """
    said = session.by_person(issuers_words_of, {"people": people})
    return {person: _words(rows) for person, rows in said.items()}


def _words(rows: Iterable[FactRow]) -> IssuersWords:
    facts: list[Fact] = []
    unread: dict[str, int] = {}
    for row in that_hold(rows):
        try:
            facts.append(fact_of(row, _RECORDS[row.kind]))
        except ValidationError:
            unread[row.topic] = max(row.at, unread.get(row.topic, row.at))
    return IssuersWords(facts, unread)
