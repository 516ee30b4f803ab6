"""What a correction rests on: a reason, a document, and who answers for it; and where one person is not enough."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.identity.profiles import Profile
from schemas.errors import ConfigError

ONE_ALONE = timedelta(hours=4)
"""One person may credit or excuse so much; more takes a second one."""
OLD = timedelta(days=31)
"""What lies further back than this takes a second person."""
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Basis:
    """Reason, the document that shows it (its bytes; only their digest is kept), and who does it, two where needed."""

    reason: str
    document: bytes
    actors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Weight:
    """What a correction moves: so much time of so many people, of a whole class or not, how long ago."""

    time: timedelta = timedelta()
    at: datetime | None = None
    whole_class: bool = False
    is_over: bool = False
    """Whether it takes somebody off what is over already."""
    always_two: str = ""
    """Why it takes two people however small it is."""

    def two_because(self, now: datetime) -> str:
        """Why a second person is needed; empty where one is enough."""
        if self.always_two:
            return self.always_two
        if self.whole_class:
            return "it settles a whole class"
        if self.is_over:
            return "the session is over"
        if self.time > ONE_ALONE:
            return f"it is about more than {ONE_ALONE // timedelta(hours=1)} hours"
        return "it lies more than 31 days back" if self.at is not None and now - self.at > OLD else ""


def check(basis: Basis, weight: Weight, concerned: Iterable[Profile], now: datetime) -> None:
    """Refuse what lacks a reason, a document, somebody who answers for it, or the second person where one is needed.

    Raises:
        ConfigError: What is missing, and what to do.
    """
    if not basis.reason.strip():
        raise ConfigError("a correction needs its reason: --reason TEXT")
    if not basis.document:
        raise ConfigError("a correction needs the document that shows it: --evidence FILE, not an empty one")
    if weight.at is not None and weight.at > now + AHEAD:
        raise ConfigError(f"found {weight.at.isoformat()}, which lies ahead; expected what has been")
    acting = {name for each in basis.actors if (name := folded(each))}
    if not acting:
        raise ConfigError("a correction needs who does it: --by NAME")
    for person in concerned:
        if acting & _called(person):
            raise ConfigError(f"{person.employee_no}: nobody decides about themselves; another person has to")
    because = weight.two_because(now)
    if because and len(acting) < 2:
        raise ConfigError(f"this takes two different people, as {because}: --by A --by B")


def _called(person: Profile) -> set[str]:
    mail = person.addresses.get("mail", "")
    names = (person.employee_no, person.name, mail, mail.partition("@")[0])
    return {name for each in names if (name := folded(each))}


def is_called(person: Profile, name: str) -> bool:
    """Whether a person is known by a name: as number, name or address."""
    return folded(name) in _called(person)


def folded(name: str) -> str:
    """A name without what is no difference between two people: case, width, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
