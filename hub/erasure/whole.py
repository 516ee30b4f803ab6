"""A person as they are before they are erased: all that they are known by, and who else has a part in it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from hub.identity.directory import NUMBERS, Directory
from hub.identity.links import links_in
from hub.identity.profiles import Profile
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import identity
from hub.store.tables.erased import numbers_sealed
from hub.store.tables.identity import LinkedSubject


class Whole(NamedTuple):
    """A person: the identifiers that are or were theirs, and the words by which they are found."""

    token: str
    profile: Profile
    subjects: Sequence[LinkedSubject]
    own: Sequence[LinkedSubject]
    """Identifiers that nobody else has or had."""
    words: Sequence[str]
    reports: int
    """How many people's manager they are, as the roster has it."""

    @property
    def keys(self) -> list[str]:
        """The keys that go."""
        return sorted({each.key for each in self.own})

    @property
    def asked(self) -> dict[str, str]:
        """The tokens of all identifiers, for the store."""
        return {"subjects": orjson.dumps(sorted({each.token for each in self.subjects})).decode()}


def whole(token: str, directory: Directory, sealer: Sealer, session: Connection) -> Whole:
    """All of a person of the roster. The name is one of the words where nobody else has it."""
    profile = directory.profile(token, session)
    assert profile is not None, "who was found by number has one"
    subjects = session.all(identity.subjects_of_person, {"person": token})
    own = [each for each in subjects if {link.person for link in links_in(each.token, session)} == {token}]
    names = [name for each in subjects if (name := directory.name_of(each.token, session)[1])]
    words = [*names, *profile.addresses.values(), *_numbers(own, sealer, session)]
    others = list(_others(token, directory, session))
    if all(each.name != profile.name for each in others):
        words.append(profile.name)
    reports = sum(each.manager == profile.employee_no for each in others)
    return Whole(token, profile, subjects, own, words, reports)


def _numbers(own: Sequence[LinkedSubject], sealer: Sealer, session: Connection) -> list[str]:
    keys = orjson.dumps(sorted({each.key for each in own})).decode()
    rows = session.all(numbers_sealed, {"keys": keys, "source": NUMBERS})
    opened = (sealer.open(row.key, row.sealed, row.token) for row in rows)
    return [each.decode() for each in opened if each is not None]


def _others(token: str, directory: Directory, session: Connection) -> Iterator[Profile]:
    for each in session.all(identity.all_people, {}):
        profile = directory.profile(each.person, session) if each.person != token else None
        if profile is not None:
            yield profile
