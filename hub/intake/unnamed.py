"""Words that a person must hear of: of a credential that no position names, by which an issuer knows nothing, or of
which a part could not be read.

They are kept: a position may name them later. Their sender is told.
"""

from collections.abc import Collection

from hub.identity.links import Links
from hub.intake.facts import Fact
from hub.intake.tally import ItemTally
from hub.rules.credentials.words import CLOSING
from hub.store.commit import Tx
from schemas.credential import CredentialStatus

UNKNOWN_TYPE = "ref.unknown-type"
UNKNOWN_STATUS = "credential.unknown"
LEFT_OUT = "meaning.left-out"


class UnnamedCredentials:
    """Notes what is said of a credential that nobody here asks for. One that closes is an alarm: perhaps it is meant
    to close a door, and its name is misspelt. So is an issuer that does not know how one stands: nothing changes."""

    def __init__(self, named: Collection[str], links: Links) -> None:
        self._named = named
        self._links = links

    def note(self, fact: Fact, tally: ItemTally, tx: Tx) -> None:
        """Note a new fact, if it is such a word, or one of which a part could not be read."""
        word = fact.record
        if fact.item in tally.prepared.left_out:
            self._alarm(LEFT_OUT, fact, tally, tx)
        if not isinstance(word, CredentialStatus):
            return
        if word.status == "unknown":
            self._alarm(UNKNOWN_STATUS, fact, tally, tx)
        if self.tell(fact, tally) and word.status in CLOSING:
            self._alarm(UNKNOWN_TYPE, fact, tally, tx)

    def tell(self, fact: Fact, tally: ItemTally) -> bool:
        """Tell its sender of a credential that no position names; whether it is of one."""
        unnamed = isinstance(fact.record, CredentialStatus) and fact.record.credential not in self._named
        if unnamed:
            tally.note(fact.item, UNKNOWN_TYPE)
        return unnamed

    def _alarm(self, code: str, fact: Fact, tally: ItemTally, tx: Tx) -> None:
        about = {"connector": tally.prepared.origin.connector, "transmission": tally.prepared.id}
        for person in self._holders(fact, tx):
            tx.log("alarm", code=code, person=person, **about)

    def _holders(self, fact: Fact, tx: Tx) -> list[str | None]:
        """The persons whom it is about; none as long as its holder is not known."""
        token, at = fact.row["subject"], fact.row["at"]
        links = self._links.of(token, tx.session)
        return [each.person for each in links if each.valid_from <= at < each.valid_until] or [None]
