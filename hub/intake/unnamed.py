"""Words about credentials that no position names: kept, for a position may name them later; told to their sender."""

from collections.abc import Collection

from hub.identity.links import Links
from hub.intake.facts import Fact
from hub.intake.tally import ItemTally
from hub.rules.credentials.words import CLOSING
from hub.store.commit import Tx
from schemas.credential import CredentialStatus

UNKNOWN_TYPE = "ref.unknown-type"


class UnnamedCredentials:
    """Notes what is said of a credential that nobody here asks for. One that closes is an alarm: perhaps it is meant
    to close a door, and its name is misspelt."""

    def __init__(self, named: Collection[str], links: Links) -> None:
        self._named = named
        self._links = links

    def note(self, fact: Fact, tally: ItemTally, tx: Tx) -> None:
        """Note a new fact, if it is such a word."""
        word = fact.record
        if not isinstance(word, CredentialStatus) or word.credential in self._named:
            return
        tally.note(fact.item, UNKNOWN_TYPE)
        if word.status in CLOSING:
            about = {"connector": tally.prepared.origin.connector, "transmission": tally.prepared.id}
            for person in self._holders(fact, tx):
                tx.log("alarm", code=UNKNOWN_TYPE, person=person, **about)

    def _holders(self, fact: Fact, tx: Tx) -> list[str | None]:
        """The persons whom it is about; none as long as its holder is not known."""
        token, at = fact.row["subject"], fact.row["at"]
        links = self._links.of(token, tx.session)
        return [each.person for each in links if each.valid_from <= at < each.valid_until] or [None]
