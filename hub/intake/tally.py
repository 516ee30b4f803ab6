"""Counts what became of each item of a transmission."""

from collections.abc import Sequence

from connectors.port import ItemResult, ItemWord
from hub.intake.prepare import Prepared


class ItemTally:
    """One transmission on its way in: what became of each item, counted as it goes."""

    __slots__ = ("_codes", "_words", "counts", "first_seen", "prepared")

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.counts: dict[str, int] = {}
        self.first_seen: set[str] = set()
        """Tokens of the subjects that came into the store with it."""
        self._words: dict[int, ItemWord] = {}
        self._codes = {item: (part.code, part.where) for item, part in prepared.left_out.items()}

    def add(self, item: int, *, waits: bool) -> bool:
        """Count a new record of an item, which waits as long as one of its records does; whether it only now does.

        An item that is the hub's own word is none, whatever is kept of it.
        """
        if item in self.prepared.echoes:
            return False
        if not waits:
            self._words.setdefault(item, "applied")
            return False
        newly = self._words.get(item) != "held"
        self._words[item] = "held"
        return newly

    def note(self, item: int, code: str) -> None:
        """Have the sender hear a code beside what became of an item, unless it has to hear of a part left out of it."""
        self._codes.setdefault(item, (code, ""))

    def close(self) -> None:
        """Fill ``counts``: items by word; words without items are left out."""
        prepared = self.prepared
        if prepared.whole:
            self.counts = {"quarantined": prepared.total}
            return
        counts: dict[str, int] = {}
        for word in self._words.values():
            counts[word] = counts.get(word, 0) + 1
        if prepared.ignored:
            counts["ignored"] = prepared.ignored
        if prepared.faults:
            counts["quarantined"] = sum(aside.items for aside, _sealed in prepared.faults)
        if again := prepared.total - sum(counts.values()):
            counts["duplicate"] = again
        self.counts = counts

    def held(self) -> Sequence[int]:
        """The items that wait for somebody to be known."""
        if not self.counts.get("held"):
            return ()
        return [item for item, word in self._words.items() if word == "held"]

    def items(self) -> Sequence[ItemResult]:
        """One result per item, for wires that answer by item."""
        if self.prepared.origin.batch != "all":
            return ()
        if self.prepared.whole:
            return (set_aside_result(self.prepared),) * self.prepared.total
        known = {fact.item for fact in self.prepared.facts} | self.prepared.echoes
        return [
            ItemResult(self._words.get(n, "duplicate" if n in known else "ignored"), "", *self._codes.get(n, ()))
            for n in range(self.prepared.total)
        ]

    def again(self, total: int) -> Sequence[ItemResult]:
        """One result per item of a repeat: it hears once more what its sender may have missed."""
        return [ItemResult("duplicate", "", *self._codes.get(n, ())) for n in range(total)]


def set_aside_result(prepared: Prepared) -> ItemResult:
    """What each item hears of a transmission that waits whole: its first fault."""
    fault = prepared.faults[0][0].fault
    return ItemResult("quarantined", code=fault.code, where=fault.where)
