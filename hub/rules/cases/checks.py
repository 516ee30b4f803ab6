"""Certificates that nobody tells the hub of: a person looked them up, and must again by a day.

An issuer that speaks of the number itself needs nobody to look; one that says that it does not know says nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from hub.rules.credentials.words import normal
from hub.rules.fact import Fact, Rank, of_kind
from schemas.credential import CredentialStatus
from schemas.position import Provenance

Check = tuple[str, str, datetime, Provenance]
"""Credential, its number as it is compared, the bound by which somebody looks at it again, and how it is known now."""


def checks_of(facts: Iterable[Fact]) -> Iterator[Check]:
    """The checks that are to come or overdue, by the last entry of the register about each number."""
    last: dict[tuple[str, str], tuple[Fact, CredentialStatus]] = {}
    told = set()
    for fact, said in of_kind(facts, CredentialStatus):
        place = said.credential, normal(said.number)
        if fact.rank == Rank.REGISTER:
            last[place] = fact, said
        elif fact.rank == Rank.ISSUER and said.status != "unknown":
            told.add(place)
    for (credential, number), (fact, said) in last.items():
        if said.check_by is not None and (credential, number) not in told:
            yield credential, number, said.check_by, fact.known_by


def next_checks(facts: Iterable[Fact], now: datetime) -> list[datetime]:
    """The instants ahead at which a check is overdue: somebody must look then."""
    return [at for _credential, _number, at, _known_by in checks_of(facts) if at > now]
