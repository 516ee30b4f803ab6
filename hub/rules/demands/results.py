"""Results of exams as they count, and what a person decided where they contradict each other or their dates."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from hub.rules.fact import Fact, Gated, gate, of_kind
from schemas.decision import ResultDecision
from schemas.learning import Result


@dataclass(frozen=True, slots=True)
class Sitting:
    """A result of an exam as it counts: at its gated instant, disputed or not, and how a person decided of it."""

    at: datetime
    passed: bool
    score: str
    ref: str
    disputed: bool = False
    decided: Literal["", "credited", "rejected"] = ""
    decision: tuple[str, ...] = ()
    """The id of the decision, if there is one."""


def sat_at(fact: Fact) -> Gated:
    """When a result counts, by the gate of its arrival."""
    return gate(fact.record.at, fact.arrived_at)


def stood(results: Iterable[tuple[bool, str]]) -> str:
    """What was said of one exam at one instant: a decision holds as long as nothing else is said of it."""
    return ",".join(f"{'passed' if passed else 'failed'}/{score}" for passed, score in sorted(set(results)))


def sittings(facts: Sequence[Fact], voided: Container[str]) -> dict[str, tuple[Sitting, ...]]:
    """Results by exam, without those that their source withdrew; the same result by two ways is one."""
    found: dict[str, dict[tuple[datetime, str, bool], Sitting]] = {}
    for fact, stated in of_kind(facts, Result):
        if fact.id in voided:
            continue
        gated = sat_at(fact)
        sitting = Sitting(gated.at, stated.passed, stated.score, fact.id, gated.disputed)
        found.setdefault(stated.exam, {}).setdefault((gated.at, stated.score, stated.passed), sitting)
    decisions = of_kind(facts, ResultDecision)
    return {exam: tuple(sorted(_decided(exam, each.values(), decisions), key=_place)) for exam, each in found.items()}


def rejected(found: Mapping[str, Sequence[Sitting]], facts: Sequence[Fact]) -> dict[str, datetime]:
    """Results of which a person decided last that they do not count, by id, with when that was known."""
    known_at = {fact.id: fact.known_at for fact, _said in of_kind(facts, ResultDecision)}
    told = (each for results in found.values() for each in results if each.decided == "rejected")
    return {each.ref: max(known_at[id] for id in each.decision) for each in told}


def _decided(
    exam: str, found: Iterable[Sitting], decisions: Iterable[tuple[Fact, ResultDecision]]
) -> Sequence[Sitting]:
    """The results of an exam after what was decided of each instant, the last word about it."""
    results = list(found)
    for fact, said in decisions:
        there = [each for each in results if each.at == said.sat_at] if said.exam == exam else []
        if there and stood((each.passed, each.score) for each in there) == said.stood:
            results = [
                replace(each, decided=said.verdict, decision=(fact.id,)) if each in there else each for each in results
            ]
    return results


def _place(sitting: Sitting) -> tuple[datetime, bool, str]:
    return sitting.at, sitting.passed, sitting.ref
