"""Opening balances: what people had on the day the hub began, from one file that is shown before it is kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.port import Kept
from hub.evidence.facts import OPENING
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.prepare import Preparer
from hub.store.commit import Tx
from hub.store.writer import Writer
from mappings import MappingDocument
from schemas.credential import CredentialStatus
from schemas.errors import ConfigError
from schemas.record import Record
from schemas.transmission import Fault, Item, Outcome, Transmission


@dataclass(frozen=True, slots=True)
class Preview:
    """What an opening file says: records by kind, and every line that cannot be taken."""

    records: dict[str, int]
    unknown_people: tuple[str, ...]
    faults: tuple[Fault, ...]
    outcomes: tuple[Outcome, ...]
    transmission: Transmission


class Opening:
    """Imports opening files. ``own`` names the credentials that the positions themselves give."""

    def __init__(
        self,
        directory: Directory,
        preparer: Preparer,
        keeper: Keeper,
        writer: Writer,
        mapping: MappingDocument,
        operators: Operators,
        *,
        own: Collection[str],
        zone: str,
    ) -> None:
        self._directory = directory
        self._preparer = preparer
        self._keeper = keeper
        self._writer = writer
        self._mapping = mapping
        self._operators = operators
        self._own = own
        self._zone = zone

    def preview(self, body: bytes, now: datetime) -> Preview:
        """What a file says; nothing is kept."""
        wire = Transmission(
            connector=OPENING,
            received_at=now,
            media_type="text/csv",
            body=body,
            form="opening",
            context={"zone": self._zone, "as_of": now.isoformat()},
        )
        outcomes = tuple(self._revocable(each, line) for line, each in enumerate(self._mapping.read(wire), 2))
        records = [record for each in outcomes if isinstance(each, Item) for record in each.records]
        faults = tuple(each for each in outcomes if isinstance(each, Fault))
        return Preview(_by_kind(records), self._unknown(records), faults, outcomes, wire)

    def keep(self, preview: Preview, actors: Sequence[str]) -> Kept:
        """Keep what a preview showed; the same file again changes nothing.

        Raises:
            ConfigError: Nobody is named, or the file has lines that cannot be read.
        """
        acting = self._operators.named(actors)
        if not acting or preview.faults:
            raise ConfigError("an opening import needs who does it (--by NAME) and a file without faults")
        origin = Origin(OPENING, self._directory.roster, "each", opening=True)
        prepared = self._preparer.prepare(preview.transmission, preview.outcomes, origin, self._mapping)

        def unit(tx: Tx) -> Kept:
            (kept,) = self._keeper.keep((prepared,), tx)
            by, counts = acting.member(tx), dict(kept.counts)
            tx.log("import", connector=OPENING, transmission=kept.id, actor=by, counts=counts)
            return kept

        kept = self._writer.call(unit)
        self._keeper.committed(prepared)
        return kept

    def _revocable(self, outcome: Outcome, line: int) -> Outcome:
        """The outcome; a fault for an authority's credential without number, which it could never take away."""
        records = outcome.records if isinstance(outcome, Item) else ()
        for record in records:
            if isinstance(record, CredentialStatus) and not record.number and record.credential not in self._own:
                expected = "the number that the authority knows it by"
                return Fault("schema.missing", f"line {line}", "no number", expected)
        return outcome

    def _unknown(self, records: Sequence[Record]) -> tuple[str, ...]:
        named = {each.subject for each in records}
        return tuple(sorted(each for each in named if self._directory.person_by_number(each) is None))


def _by_kind(records: Sequence[Record]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.KIND] = kinds.get(record.KIND, 0) + 1
    return kinds
