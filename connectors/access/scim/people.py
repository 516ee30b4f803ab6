"""Accounts of a SCIM server: which one is a person's, and whether an id still is."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from connectors.access.scim.reading import USER, Resource, group_ids, identifier, is_called, resource, text_of
from connectors.access.scim.settings import Settings
from connectors.access.scim.wire import Wire, quoted
from connectors.listings import Memory
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_SHOWN = "id,externalId,userName"
_STRANGERS = 1_000_000
"""How many members are remembered that nobody was resolved to."""


class Account(NamedTuple):
    """One account as the server showed it now."""

    id: str
    user_name: str
    groups: frozenset[str]
    digest: str


class People:
    """The accounts of one server."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
        self._wire = wire
        self._attribute = settings.person_attribute
        self._ids = Memory(settings.remember)
        self._met = Memory(_STRANGERS)
        self._stale: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._seen = ""
        self._blind: set[str] = set()
        self._ignored: set[str] = set()

    def resolve(self, person: str) -> str:
        """The server's id of a person, remembered until the server no longer knows it.

        Raises:
            RejectedError: ``sink.no-person``: nobody, or a ``userName`` that belongs to another ``externalId``;
                ``sink.ambiguous``: more than one; ``sink.uncalibrated``: nobody was found, and no account shows
                the attribute at all.
        """
        if known := self._ids.get(person):
            return known
        users = self._named(person)
        if not users and self._prove():
            users = self._named(person)
        self._stale = {subject: whose for subject, whose in self._stale.items() if whose != person}
        if len(users) != 1:
            code = "sink.ambiguous" if users else "sink.no-person"
            raise RejectedError(
                code,
                Words(
                    f"{self._wire.name}: {len(users)} users have this identifier; expected one",
                    f"{self._wire.name}：有 {len(users)} 个用户使用此标识，应只有一个",
                ),
            )
        self._ids.put(person, identifier(users[0]))
        return identifier(users[0])

    def matches(self, person: str) -> frozenset[str]:
        """Ids of all accounts that have this identifier."""
        return frozenset(identifier(each) for each in self._named(person))

    def confirm(self, subject: str) -> Account | None:
        """The account of an id; nothing if it is not found and nobody was resolved to it.

        Raises:
            UnavailableError: ``sink.no-person``: it is no longer that of the person who was resolved;
                ``sink.ambiguous``: it is not the only one.
        """
        person = self._ids.key_of(subject)
        if person is None or self._attribute in self._blind | self._ignored:
            return self._confirm_by_id(subject, person)
        users = {identifier(each): each for each in self._named(person)}
        if set(users) == {subject}:
            user = users[subject]
            shown = json.dumps(user, sort_keys=True, ensure_ascii=False).encode()
            return Account(subject, text_of(user, "userName"), group_ids(user), sha256(shown).hexdigest())
        self._ids.drop(person)
        raise self._is_stale("sink.ambiguous" if subject in users else "sink.no-person")

    def _is_stale(self, code: str) -> UnavailableError:
        return UnavailableError(
            code,
            Words(
                f"{self._wire.name}: id of the person is stale; resolve it again",
                f"{self._wire.name}：人员标识已失效，须重新查找",
            ),
        )

    def _confirm_by_id(self, subject: str, person: str | None) -> Account | None:
        user, digest = self._user(subject, f"{_SHOWN},groups")
        if user is not None and subject not in self._stale and (person is None or self._is(user, person)):
            return Account(subject, text_of(user, "userName"), group_ids(user), digest)
        if user is None and person is None:
            return None
        self._ids.drop_value(subject)
        raise self._is_stale("sink.no-person")

    def finds_by_id(self) -> bool:
        """Whether an account is found by its id now, one seen last or listed: then one that is not found is gone."""
        if self._seen and self._user(self._seen, _SHOWN)[0] is not None:
            return True
        return any(self._user(identifier(each), _SHOWN)[0] is not None for each in self._sample()[:1])

    def is_known(self, name: str) -> bool:
        """Whether a name of a member was found to be an account, without asking."""
        return self._ids.key_of(name) is not None or self._met.get(name) is not None

    def id_of(self, name: str) -> str:
        """The id of the account that a member is named by; the name itself if none is known."""
        return self._met.get(name) or name

    def meet(self, name: str) -> bool:
        """Whether a member's name leads to an account, by id or by user name; asked once.

        Who was made anew at the server, or has a second account, has another id than the one remembered: that one is
        forgotten, and counts no more before the person is resolved again.
        """
        if self.is_known(name):
            return True
        user, _ = self._user(name, _SHOWN)
        if user is None:
            named = [each for each in self._filtered("userName", name) if is_called(each, "userName", name)]
            user = named[0] if len(named) == 1 else None
        if user is None:
            return False
        for known in (text_of(user, "externalId"), text_of(user, "userName")):
            remembered = self._ids.get(known) if known else None
            if remembered not in (None, identifier(user)):
                self._stale[remembered] = known
                self._ids.drop(known)
        self._met.put(name, identifier(user))
        return True

    def doubt(self) -> None:
        """Try filters anew that did not find whom they must."""
        self._blind.clear()

    def _is(self, user: Resource, person: str) -> bool:
        return any(is_called(user, name, person) for name in ("externalId", "userName"))

    def _user(self, subject: str, attributes: str) -> tuple[Resource | None, str]:
        answer = self._wire.get(f"/Users/{quote(subject, safe='')}", {"attributes": attributes})
        if answer.status == 404:
            return None, ""
        if answer.status != 200:
            raise RejectedError(
                "peer.rejected",
                Words(
                    f"{self._wire.name}: Users: answered {answer.status}",
                    f"{self._wire.name}：Users：应答 {answer.status}",
                ),
            )
        found = resource(answer, USER, subject)
        self._seen = subject
        return found, sha256(answer.body).hexdigest()

    def _named(self, person: str) -> list[Resource]:
        users = self._by(self._attribute, person)
        if not users and self._attribute == "externalId":
            users = [each for each in self._by("userName", person) if not text_of(each, "externalId")]
        return users

    def _by(self, attribute: str, person: str) -> list[Resource]:
        users = [each for each in self._filtered(attribute, person) if is_called(each, attribute, person)]
        if users:
            self._found[attribute], self._seen = text_of(users[0], attribute), identifier(users[0])
        return users

    def _filtered(self, attribute: str, value: str) -> list[Resource]:
        if attribute in self._blind:  # this filter does not find whom it must: everybody is listed
            return self._everybody(attribute)
        query = {"filter": f"{attribute} eq {quoted(value)}", "attributes": f"{_SHOWN},groups"}
        users = self._wire.all_of("/Users", query, USER)
        if any(not is_called(each, attribute, value) for each in users):
            self._ignored.add(attribute)  # everybody is listed, whatever is asked: too much to ask each time
        return users

    def _prove(self) -> bool:
        """Have filters find somebody known now, before it is believed that they found nobody.

        Returns:
            Whether one of them did not: then everybody is listed instead, and a person must be looked for anew.

        Raises:
            RejectedError: ``sink.uncalibrated``: no account shows the attribute.
        """
        must = False
        for attribute in sorted({self._attribute, "userName"} - self._blind):
            known = self._found.get(attribute)
            if known and self._by(attribute, known):
                continue
            values = list(filter(None, (text_of(each, attribute) for each in self._sample())))
            values = values or [text_of(each, attribute) for each in self._everybody(attribute)]
            if not self._by(attribute, next(filter(None, values))):
                self._blind.add(attribute)
                must = True
        return must

    def _sample(self) -> Sequence[Resource]:
        query = {"startIndex": "1", "count": "10", "attributes": _SHOWN}
        return self._wire.first_page("/Users", query, USER).resources

    def _everybody(self, attribute: str) -> list[Resource]:
        """All accounts, of which some show an attribute.

        Raises:
            RejectedError: ``sink.uncalibrated``: none does.
        """
        users = self._wire.all_of("/Users", {"attributes": _SHOWN}, USER)
        if any(text_of(each, attribute) for each in users):
            return users
        raise RejectedError(
            "sink.uncalibrated",
            Words(
                f"{self._wire.name}: no account shows {attribute}; map it there, or set person_attribute",
                f"{self._wire.name}：没有账号给出 {attribute}；请在对端映射，或设置 person_attribute",
            ),
        )
