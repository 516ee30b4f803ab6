"""What one person has to show, sorted by what asks for it: units by course, results, practicals, leave."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, compress, filterfalse
from operator import attrgetter

from hub.rules.demands.odd_units import is_apart, marked
from hub.rules.demands.passes import Studies
from hub.rules.demands.proofs import Performed
from hub.rules.demands.results import rejected, sittings
from hub.rules.demands.settling import Settling
from hub.rules.demands.sums import Sums, ToldApart
from hub.rules.demands.unit_columns import UnitColumns, columns_of
from hub.rules.fact import Fact, gate, of_kind
from hub.rules.people.leaves import leaves
from hub.rules.unit import Unit
from schemas.learning import Practical, Result, Voided


class Evidence:
    """The evidence of one person by what was known at an instant."""

    def __init__(
        self,
        facts: Sequence[Fact],
        units: Iterable[Unit],
        replaced: Mapping[str, Sequence[str]],
        now: datetime,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        """``replaced`` names, by course, the older courses whose evidence counts as its own.

        ``taken`` are units that an exclusive requirement needs: they count for no other one.
        """
        self.now = now
        self.leaves = leaves(facts)
        self._performed = of_kind(facts, Practical)
        self._replaced = replaced
        self._listed = columns_of(units)
        self._marked = marked(self._listed, now)
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, course in enumerate(map(attrgetter("course"), self._listed.units)):
            self._places[course].append(place)
        self.voided = _voided(facts)
        self.sittings = sittings(facts, self.voided)
        self.rejected = rejected(self.sittings, facts)
        self._by_id: dict[str, Unit] | None = None
        self._taken = taken
        self._sums: dict[tuple[frozenset[str], Settling, bool], Sums] = {}
        self._studies = Studies(self._listed, {unit.id for unit in self._marked.of_themselves if is_apart(unit, now)})

    def unit(self, unit_id: str) -> Unit | None:
        """A unit by its identity."""
        if self._by_id is None:
            self._by_id = {unit.id: unit for unit in self._listed.units}
        return self._by_id.get(unit_id)

    def units(self, courses: Iterable[str]) -> Sequence[Unit]:
        """Units of some courses and of those that they replace, in the order in which they were over."""
        return self._of(self._with_replaced(courses)).units

    def _of(self, courses: Collection[str], but: Collection[int] = ()) -> UnitColumns:
        """The units of some courses, without those at some places."""
        places: Iterable[int] = chain.from_iterable(self._places[each] for each in courses if each in self._places)
        return self._listed.at(sorted(filterfalse(but.__contains__, places) if but else places))

    def looks(self, courses: Iterable[str]) -> Iterator[datetime]:
        """When a unit of some courses may change by itself: its end, the end of settling, or when it has aged."""
        replaced = self._with_replaced(courses)
        for (asked, _settling, _exclusive), sums in self._sums.items():
            if not replaced.isdisjoint(asked):
                yield from (step.at for step in sums.steps)
        for unit in self._unsettled:
            if unit.course in replaced:
                yield unit.over_at if unit.over_at > self.now else unit.next_at or unit.over_at

    @cached_property
    def _unsettled(self) -> Sequence[Unit]:
        """Those that may still change by themselves."""
        waiting = compress(self._listed.units, map(attrgetter("next_at"), self._listed.units))
        return [*waiting, *(unit for unit in self._marked.of_themselves if unit.over_at > self.now)]

    def sums(self, courses: Iterable[str], settling: Settling, *, exclusive: bool = False) -> Sums:
        """What the units of some courses add up to; for all but an exclusive requirement without what that needs."""
        asked = (frozenset(courses), settling, exclusive)
        if asked not in self._sums:
            self._sums[asked] = self._added_up(asked[0], settling, frozenset() if exclusive else self._taken)
        return self._sums[asked]

    def _added_up(self, courses: Iterable[str], settling: Settling, taken: frozenset[str]) -> Sums:
        mine = self._with_replaced(courses)
        listed = self._of(mine)
        if taken:
            return Sums(columns_of([unit for unit in listed.units if unit.id not in taken]), settling, self.now)
        if self._marked.missed:  # what is made up is part of no pass, wherever what makes up for it counts too
            return Sums(listed, settling, self.now)
        passes = self._studies.of(mine)
        regular = self._of(mine, self._studies.days(passes)) if passes else listed
        odd = [unit for unit in self._marked.of_themselves if unit.course in mine]
        return Sums(listed, settling, self.now, ToldApart(odd, passes, regular))

    def sums_of(self, courses: Iterable[str], category: str, settling: Settling) -> Sums:
        """What the units of some courses in one category add up to."""
        mine = columns_of([unit for unit in self.units(courses) if unit.category == category])
        return Sums(mine, settling, self.now)

    def performed(self, position: str) -> Sequence[Performed]:
        """Practicals in a position, by the gate of their arrival."""
        return [
            Performed(gate(stated.occurred_at, fact.arrived_at).at, stated.passed, fact.id)
            for fact, stated in self._performed
            if stated.position == position
        ]

    def _with_replaced(self, courses: Iterable[str]) -> set[str]:
        asked = set(courses)
        return asked | {old for course in asked for old in self._replaced.get(course, ())}


def _voided(facts: Sequence[Fact]) -> dict[str, datetime]:
    """Results that their source withdrew, by fact, and when that was known; a void may come first."""
    gone = {(fact.source, stated.statement): fact.known_at for fact, stated in of_kind(facts, Voided)}
    if not gone:
        return {}
    results = ((fact, (fact.source, stated.statement)) for fact, stated in of_kind(facts, Result) if stated.statement)
    return {fact.id: gone[said] for fact, said in results if said in gone}
