"""A position with the file that states it, and the names in it that rest on each other."""

from dataclasses import dataclass

from hub.rules.files.finding import Finding, Path
from hub.rules.files.source_text import SourceText
from schemas.position import AllOfRequirement, AnyOfRequirement, CredentialRequirement, Position


@dataclass(frozen=True, slots=True)
class PositionFile:
    """A position with the file that states it."""

    file: str
    position: Position
    source: SourceText

    def refuse(self, path: Path, found: str, expected: str, hint: str = "", code: str = "config.invalid") -> Finding:
        """A finding for which the file is not taken."""
        line, column = self.source.place_of(path)
        code = "ref.unknown-name" if hint else code
        return Finding(self.file, line, path, found, expected, hint, column=column, code=code)

    def warn(self, path: Path, found: str, expected: str, hint: str = "") -> Finding:
        """A finding that somebody should look at."""
        line, column = self.source.place_of(path)
        return Finding(self.file, line, path, found, expected, hint, refused=False, column=column)


def needs_of(position: Position, name: str) -> list[str]:
    """The names on which a requirement or credential rests at once."""
    own, rule = position.credential.get(name), position.requirement.get(name)
    if own is not None:
        grant = own.grant.needs if own.grant else ()
        return [*grant, *(demand.needs for demand in own.demands)]
    if isinstance(rule, CredentialRequirement):
        return [rule.credential]
    if isinstance(rule, AllOfRequirement):
        return list(rule.of)
    return [each for way in rule.of for each in way] if isinstance(rule, AnyOfRequirement) else []


def rests_on(position: Position, name: str, seen: set[str]) -> set[str]:
    """All names on which one rests, however far."""
    for each in needs_of(position, name):
        if each not in seen:
            seen.add(each)
            rests_on(position, each, seen)
    return seen
