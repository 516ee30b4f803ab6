"""What an issuer's closing word closes without any rule: targets that rest on its number and on nothing else."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from hub.rules.credentials.words import normal
from hub.rules.values import Alternatives, HeldNumber


@dataclass(frozen=True, slots=True)
class Opening:
    """A target that the hub opened or adopted for a person, by which post, and the groups of numbers it rests on.

    ``granted_elsewhere``: another standing of the person grants it by itself, be its post in observe.
    """

    sink: str
    target: str
    position: str
    rests_on: tuple[Alternatives, ...]
    granted_elsewhere: bool = False


def without_number(groups: Iterable[Alternatives], credential: str, number: str) -> tuple[Alternatives, ...]:
    """The groups once a number is closed. Of an own credential its issuer's word closes whatever number it names."""

    def stays(held: HeldNumber) -> bool:
        return held.credential != credential or not (held.own or normal(held.number) == normal(number))

    return tuple(tuple(filter(stays, group)) for group in groups)


def closed_by(openings: Collection[Opening], credential: str, number: str) -> tuple[Opening, ...]:
    """The targets that a closing word of a number leaves without what they rest on, whatever the mode of their post."""
    found = []
    for each in openings:
        left = without_number(each.rests_on, credential, number)
        if left != each.rests_on and any(not group for group in left) and not each.granted_elsewhere:
            found.append(each)
    return tuple(found)
