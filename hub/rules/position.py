"""Reads a position from its TOML values, and refuses one that names what it does not have or rests on itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from schemas.errors import ConfigError
from schemas.faults import faults_of
from schemas.position import AnyOfRequirement, CredentialRequirement, Position


def parse_position(data: Mapping[str, Any], where: str) -> Position:
    """A position from its TOML values.

    Raises:
        ConfigError: Names the file, the key, what was found and what is expected.
    """
    try:
        position = Position.model_validate(data)
    except ValidationError as error:
        raise ConfigError("; ".join(f"{where}: {each}" for each in faults_of(error))) from error
    _check_names(position, where)
    _check_circles(position, where)
    _check_ladder(position, where)
    return position


def rank(scope: str) -> int:
    """The place of a scope on the ladder."""
    fixed = {"none": 0, "supervised": 1, "full": 100}
    return fixed[scope] if scope in fixed else 10 + int(scope.removeprefix("partial(").removesuffix(")"))


def _check_names(position: Position, where: str) -> None:
    twice = sorted(set(position.requirement) & set(position.credential))
    if twice:
        raise ConfigError(f"{where}: {twice[0]!r} names a requirement and a credential; expected one of the two")
    known = sorted({*position.requirement, *position.credential})
    for place, names in _references(position):
        for name in names:
            if name not in known:
                raise ConfigError(f"{where}: {place}: {name!r} is no requirement or credential here; known: {known}")


def _references(position: Position) -> Iterable[tuple[str, Iterable[str]]]:
    for rung in position.ladder:
        yield f"ladder {rung.scope} needs", rung.needs
    for name, credential in position.credential.items():
        yield f"credential.{name}", (*credential.granted_by, *credential.renewed_by)
    for name, requirement in position.requirement.items():
        if isinstance(requirement, AnyOfRequirement):
            yield f"requirement.{name} of", [each for way in requirement.of for each in way]


def _check_circles(position: Position, where: str) -> None:
    """What a credential or a requirement rests on must not be itself: a review would never end."""
    # A requirement may have the name of the authority's credential it asks for; only any_of can lead back to itself.
    ways = [name for name, rule in position.requirement.items() if isinstance(rule, AnyOfRequirement)]
    for kind, names in (("credential", [*position.credential]), ("requirement", ways)):
        for name in names:
            if name in _rests_on(position, name, set()):
                said = "granted by" if kind == "credential" else "resting on"
                raise ConfigError(f"{where}: {kind}.{name}: found that it is {said} itself, expected other evidence")


def _rests_on(position: Position, name: str, seen: set[str]) -> set[str]:
    for each in _needs(position, name):
        if each not in seen:
            seen.add(each)
            _rests_on(position, each, seen)
    return seen


def _needs(position: Position, name: str) -> Iterable[str]:
    own, rule = position.credential.get(name), position.requirement.get(name)
    if own is not None:
        return (*own.granted_by, *own.renewed_by)
    if isinstance(rule, CredentialRequirement):
        return (rule.credential,)
    return [each for way in rule.of for each in way] if isinstance(rule, AnyOfRequirement) else ()


def _check_ladder(position: Position, where: str) -> None:
    scopes = [rung.scope for rung in position.ladder]
    if sorted(scopes, key=rank) != scopes or len(set(scopes)) != len(scopes) or "none" in scopes:
        raise ConfigError(f"{where}: ladder: found {scopes}, expected scopes that rise, each once, without none")
    for sink, by_scope in position.targets.items():
        for scope in by_scope:
            if scope not in scopes:
                raise ConfigError(f"{where}: targets.{sink}: scope {scope!r} is no rung of the ladder {scopes}")
