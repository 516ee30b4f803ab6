"""Whether what was issued still has its grounds: only what changed is judged again, by the rules of its day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.rules.credentials.given import Given
from hub.rules.demands.evidence import Evidence
from hub.rules.fact import Fact, digest_of
from schemas.decision import Ground


@dataclass(frozen=True, slots=True)
class Grounds:
    """The evidence as it stands, to compare what was issued with it."""

    evidence: Evidence
    facts: Mapping[str, Fact]
    gone: Mapping[tuple[str, str], datetime]
    """When it was known that a fact or a unit was taken away: moved to another person, or withdrawn."""
    settings: Mapping[str, str]
    """By what units are counted now, by course, as digests."""

    def changed_at(self, given: Given) -> datetime | None:
        """When the last of the grounds of what was issued changed; nothing, while all stand as they stood.

        Another setting of a course takes nothing that was issued: where it is another one, only a word since then does.
        """
        grounds = given.issued.grounds if given.issued else ()
        changed = [at for each in grounds if (at := self._changed(each, given.known_at)) is not None]
        return max(changed, default=None)

    def with_digests(self, grounds: Iterable[Ground]) -> tuple[Ground, ...]:
        """Grounds with what there is of each now."""
        return tuple(
            each.model_copy(
                update={"setting": self._setting(each)} if each.kind == "unit" else {"stood": self._digest(each.ref)}
            )
            for each in grounds
        )

    def facts_of(self, grounds: Sequence[Ground]) -> tuple[str, ...]:
        """The facts of grounds, those of units that still are."""
        units = (self.evidence.unit(each.ref) for each in grounds if each.kind == "unit")
        facts = [each.ref for each in grounds if each.kind == "fact"]
        return tuple(dict.fromkeys([*facts, *(ref for unit in units if unit is not None for ref in unit.refs)]))

    def _changed(self, ground: Ground, issued_at: datetime) -> datetime | None:
        if ground.kind == "unit":
            unit = self.evidence.unit(ground.ref)
            if unit is not None:
                heard = ground.setting == self._setting(ground) or unit.known_at > issued_at
                return unit.known_at if heard and unit.ground != ground.stood else None
            return self.gone.get(("unit", ground.ref))
        if self._taken_back(ground.ref) is None and self._digest(ground.ref) == ground.stood:
            return None
        return self._taken_back(ground.ref) or self.gone.get(("fact", ground.ref)) or self.evidence.now

    def _setting(self, ground: Ground) -> str:
        return self.settings.get(ground.stood.partition(":")[0], "")

    def _taken_back(self, ref: str) -> datetime | None:
        """When it was known that a result counts no more: its source withdrew it, or HR decided so."""
        return self.evidence.voided.get(ref) or self.evidence.rejected.get(ref)

    def _digest(self, ref: str) -> str:
        fact = self.facts.get(ref)
        return "" if fact is None else digest_of(fact.record)[:16]
