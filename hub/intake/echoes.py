"""Knows the hub's own words when they are told back: they are no new facts, and what contradicts them is a claim.

A system beside the hub that hears of training, and of certificates, tells what it holds to whoever listens. Taken for
news, our own issue would come to rest upon itself: it would outlive the evidence that it was given upon. What is told
back is kept as a claim, which never counts, so that it takes the place of what was claimed before.
"""

from collections.abc import Collection
from datetime import timedelta

from hub.identity.links import Links
from hub.intake.facts import Fact
from hub.intake.prepare import Prepared
from hub.rules.credentials.words import normal
from hub.store.commit import Tx
from hub.store.tables import issues
from hub.store.tables.partners import told_figures
from schemas.credential import CredentialClaim, CredentialStatus
from schemas.decision import Issued
from schemas.learning import HeldFigures

LEAST_SECONDS = 36
"""A hundredth of an hour: partners keep hours with two decimals."""
_DAY = timedelta(hours=25)
"""A plain date says no more than the day, which may have an hour more."""


class Echoes:
    """Sifts what comes in; ``own`` are the names of credentials that the hub itself gives."""

    def __init__(self, own: Collection[str], links: Links) -> None:
        self._own = own
        self._links = links

    def sift(self, prepared: Prepared, tx: Tx) -> None:
        """Make claims of what a transmission says of the hub's own numbers, and note what only repeats the hub.

        Closing words pass: whoever closes is heard. So do words of people of the house, and balances of the first day.
        """
        if prepared.origin.by_hand or prepared.origin.opening:
            return
        for fact in prepared.facts:
            if isinstance(fact.record, CredentialStatus):
                self._of_a_number(fact, fact.record, prepared, tx)
            elif isinstance(fact.record, HeldFigures) and self._was_told(fact, fact.record, tx):
                prepared.echoes.add(fact.item)

    def _of_a_number(self, fact: Fact, said: CredentialStatus, prepared: Prepared, tx: Tx) -> None:
        if said.status != "active" or not said.number or said.credential not in self._own:
            return
        issued = self._issued(fact, said.number, tx)
        if issued is None:
            return
        if _agrees(said, issued):
            prepared.echoes.add(fact.item)
        claim = CredentialClaim(
            subject=said.subject,
            credential=said.credential,
            valid_from=said.valid_from,
            valid_until=said.valid_until or issued.issued_until,
            held_until=issued.issued_until,
            as_of=said.said_at or prepared.transmission.received_at,
        )
        fact.become(claim, prepared.origin)

    def _issued(self, fact: Fact, number: str, tx: Tx) -> Issued | None:
        """What the hub issued under a number: to whom it is about, however that is written, or to anybody."""
        row = tx.session.one(issues.issue_of_number, {"number": number})
        if row is not None:
            return Issued.model_validate_json(row.body)
        asked, known = normal(number), {"known_by": tx.now_us}
        for person in self._people(fact, tx):
            for each in tx.session.all(issues.issues_of, {"person": person, **known}):
                if normal(each.number) == asked:
                    return Issued.model_validate_json(each.body)
        return None

    def _was_told(self, fact: Fact, held: HeldFigures, tx: Tx) -> bool:
        for person in self._people(fact, tx):
            for row in tx.session.all(told_figures, {"person": person}):
                same = (row.course, row.year) == (held.course, held.year)
                if same and abs(row.credited - held.credited_seconds) < LEAST_SECONDS:
                    return True
        return False

    def _people(self, fact: Fact, tx: Tx) -> set[str]:
        links = self._links.of(fact.row["subject"], tx.session)
        return {link.person for link in links if link.holds(fact.row["at"]) or link.holds(tx.now_us)}


def _agrees(said: CredentialStatus, issued: Issued) -> bool:
    """Whether a word says no more than what was issued."""
    until = said.valid_until is None or said.valid_until == issued.issued_until
    begins = said.valid_from is None or timedelta() <= issued.issued_from - said.valid_from < _DAY
    return until and begins
