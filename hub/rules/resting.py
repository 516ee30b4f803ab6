"""What a scope rests on: which credentials, by which of their numbers, so that it can be closed without a rule."""

from collections.abc import Sequence
from itertools import product

from hub.rules.dossier import Alternatives, RestsOn
from hub.rules.judgement import Judgement
from hub.rules.position import rank
from schemas.position import AnyOfRequirement, CredentialRequirement

_Needs = tuple[Alternatives, ...]
"""All of them must hold, each by one of its numbers."""


def rests_on(judged: Judgement, scope: str) -> tuple[RestsOn, ...]:
    """What each rung up to a scope rests on, the lowest first. A rung needs what the ones below it need too."""
    reached: list[RestsOn] = []
    needs: _Needs = ()
    for rung in judged.position.ladder:
        if rank(rung.scope) > rank(scope):
            break
        needs = _each_once((*needs, *_all_of(judged, rung.needs)))
        reached.append(RestsOn(rung.scope, needs))
    return tuple(reached)


def _all_of(judged: Judgement, names: Sequence[str]) -> _Needs:
    return tuple(need for name in names for need in _of(judged, name))


def _of(judged: Judgement, name: str) -> _Needs:
    """The credentials that a need rests on. One that stands by grace alone rests on nothing that could be taken."""
    rule = judged.position.requirement.get(name)
    if isinstance(rule, AnyOfRequirement):
        return _one_of(judged, rule)
    if rule is not None and not isinstance(rule, CredentialRequirement):
        return ()
    numbers = judged.life(name if rule is None else rule.credential).numbers
    return (numbers,) if numbers else ()


def _one_of(judged: Judgement, rule: AnyOfRequirement) -> _Needs:
    """One need for each choice of a credential from every way that is met: losing one of them leaves another way."""
    met = [way for way in rule.of if all(judged.finding(each).state == "met" for each in way)]
    ways = [_all_of(judged, way) for way in met]
    return tuple(_joined(choice) for choice in product(*ways)) if ways else ()


def _joined(choice: Sequence[Alternatives]) -> Alternatives:
    return tuple(dict.fromkeys(number for alternatives in choice for number in alternatives))


def _each_once(needs: _Needs) -> _Needs:
    return tuple(dict.fromkeys(needs))
