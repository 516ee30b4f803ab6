"""What the grant of a target rests on, as it is kept: ways to it, of which one must stand by the numbers it needs."""

from collections.abc import Iterable, Mapping

import orjson
from pydantic import TypeAdapter

from hub.rules.posts.standing import Standing
from hub.rules.values import Alternatives
from schemas.position import Position

Way = tuple[Alternatives, ...]
"""Needs that must all hold, each by one of its numbers."""

_WAYS = TypeAdapter(tuple[Way, ...])


def ways_to(sink: str, target: str, granting: Iterable[Standing], positions: Mapping[str, Position]) -> tuple[Way, ...]:
    """The ways to a target that is granted: the rungs reached that open it. None if one of them needs no credential."""
    ways = {
        rung.needs
        for standing in granting
        for rung in standing.rests_on
        if target in positions[standing.position].targets[sink].get(rung.scope, ())
    }
    return () if () in ways else tuple(sorted(ways, key=repr))


def dump_ways(ways: tuple[Way, ...]) -> str:
    """Ways as they are kept."""
    return orjson.dumps(ways).decode()


def read_ways(text: str) -> tuple[Way, ...]:
    """Ways as they were kept."""
    return _WAYS.validate_json(text)
