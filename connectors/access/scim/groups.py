"""Groups of a SCIM server: their ids, and what each shows of its members now."""

from collections import deque
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from connectors.access.scim.people import People
from connectors.access.scim.profile import Profile
from connectors.access.scim.reading import (
    GROUP,
    Member,
    Resource,
    expect,
    identifier,
    members,
    page,
    resource,
    text_of,
    version_of,
)
from connectors.access.scim.settings import Settings
from connectors.access.scim.wire import Wire, quoted
from connectors.http import Answer
from connectors.listings import Memory
from schemas.errors import LicetError, RejectedError
from schemas.words import Words

_MOST_INNER = 50
"""Groups inside a group that are read for one look."""
_MOST_UNTOLD = 200
"""Members that are asked for one by one, where the list does not say what they are."""
NOBODY = "licet-nobody-has-this-id"


class Inner(NamedTuple):
    """A group inside a group, as it was shown."""

    id: str
    members: list[Member]


class Group(NamedTuple):
    """A group as it was shown: its members, the groups inside it, and digests of question and answer.

    ``all_inner`` says whether each group inside it was shown, and those inside these: none was hidden or left out.
    """

    id: str
    members: list[Member]
    inner: list[Inner]
    all_inner: bool
    evidence: dict[str, str]
    version: str
    resource: Resource

    @property
    def nested(self) -> list[Member]:
        """The members of groups inside it."""
        return [member for group in self.inner for member in group.members]


class Groups:
    """The groups of one server."""

    def __init__(self, wire: Wire, settings: Settings, profile: Profile, people: People) -> None:
        self._wire, self._settings, self._people = wire, settings, people
        self._nests = profile.inner_groups
        self._ids = Memory(settings.remember)
        self._finds: dict[str, bool] = {}
        self._typed: dict[str, bool] = {}
        self._shown: set[str] = set()

    def id_of(self, target: str) -> str:
        """The server's id of a target.

        Raises:
            RejectedError: ``sink.no-target``: not exactly one group has this name.
        """
        if known := self._ids.get(target):
            return known
        name, attribute = self._settings.groups.get(target, target), self._settings.group_attribute
        if attribute == "id":
            return name
        query = {"filter": f"{attribute} eq {quoted(name)}", "excludedAttributes": "members"}
        found = [each for each in self._wire.all_of("/Groups", query, GROUP) if text_of(each, attribute) == name]
        if len(found) != 1:
            raise RejectedError(
                "sink.no-target",
                Words(
                    f"{self._wire.name}: {len(found)} groups have the name {name!r}; expected one",
                    f"{self._wire.name}：名称为 {name!r} 的组有 {len(found)} 个，应为一个",
                ),
            )
        self._ids.put(target, identifier(found[0]))
        return identifier(found[0])

    def forget(self, target: str) -> None:
        """Look an id up anew."""
        self._ids.drop(target)

    def read(self, target: str) -> Group:
        """A group with its members; its id is looked up once more if the server has forgotten it."""
        for _ in range(2):
            group = self.id_of(target)
            path = f"/Groups/{quote(group, safe='')}"
            answer = self._wire.get(path)
            if answer.status != 404:
                expect(answer, target)
                found = resource(answer, GROUP, group)
                listed = self._told(members(found))
                inner, all_inner, digest = self._inner(group, listed)
                evidence = {**_evidence(f"GET {path}", answer), "members": str(len(listed))}
                evidence |= {"inner_groups": str(len(inner)), "inner_sha256": digest} if inner else {}
                return Group(group, listed, inner, all_inner, evidence, version_of(answer, found), found)
            self.forget(target)
        raise RejectedError(
            "sink.no-target",
            Words(
                f"{self._wire.name}: group {target!r} is listed, but not found by its id",
                f"{self._wire.name}：组 {target!r} 在列表中，但按其 id 查不到",
            ),
        )

    def finds(self, group: str, member: str) -> tuple[bool, dict[str, str]]:
        """Whether a filter finds a group by a member, with digests of question and answer."""
        is_found, evidence = self._find(group, f"members.value eq {quoted(member)}")
        if is_found and member != NOBODY:
            self._shown.add(group)
        return is_found, evidence

    def filter_works(self, group: str, known: str) -> bool:
        """Whether the filter finds this group by somebody who is in it, and not by an id that nobody has; asked once.

        ``known`` may be empty: then somebody counts by whom it was found before.
        """
        if group not in self._finds and (known or group in self._shown):
            try:
                is_found = group in self._shown or self.finds(group, known)[0]
                self._finds[group] = is_found and not self.finds(group, NOBODY)[0]
            except LicetError:
                return False
        return self._finds.get(group, False)

    def holds_no_group(self, group: str) -> bool:
        """Whether a filter tells that no group stands in this one; one that finds people by their type tells it."""
        if self._nests != "listed":
            return self._nests == "none"
        try:
            if group not in self._typed:
                self._typed[group] = self._find(group, 'members.type eq "User"')[0]
            return self._typed[group] and not self._find(group, 'members.type eq "Group"')[0]
        except LicetError:
            return False

    def doubt(self) -> None:
        """Have filters proven anew."""
        self._finds.clear()
        self._typed.clear()
        self._shown.clear()

    def _find(self, group: str, condition: str) -> tuple[bool, dict[str, str]]:
        wanted = f"id eq {quoted(group)} and {condition}"
        answer = self._wire.get("/Groups", {"filter": wanted, "attributes": "id"})
        expect(answer, "Groups")
        found = page(answer, GROUP).resources
        return any(identifier(each) == group for each in found), _evidence(f"GET /Groups?filter={wanted}", answer)

    def _told(self, listed: list[Member]) -> list[Member]:
        """The members of a list, and which of them are groups: also of those of which it does not say what they are.

        Whose name leads to no account may be a group. In a list of very many only those are that ``/Groups`` shows.
        """
        untold = [each for each in listed if not each.is_told and not self._people.is_known(each.name)]
        if self._nests == "none" or not untold:
            return listed
        if len(untold) <= _MOST_UNTOLD:
            strangers = {each.name for each in untold if not self._people.meet(each.name)}
        else:
            groups = self._wire.all_of("/Groups", {"excludedAttributes": "members"}, GROUP)
            strangers = {identifier(each) for each in groups}
        return [each._replace(is_group=each.is_group or (each in untold and each.name in strangers)) for each in listed]

    def _inner(self, group: str, listed: list[Member]) -> tuple[list[Inner], bool, str]:
        """All groups inside a group, as far as they are shown; whether that is every one; a digest of the answers."""
        found, left, seen, digest = list[Inner](), deque(_groups_of(listed)), {group}, sha256()
        is_all = self._nests != "hidden"
        while left:
            inner = left.popleft()
            if inner in seen:
                continue
            if len(seen) > _MOST_INNER:
                return found, False, digest.hexdigest()
            seen.add(inner)
            answer = self._wire.get(f"/Groups/{quote(inner, safe='')}")
            if answer.status == 404:  # it may be there, and not ours to see
                is_all = False
                continue
            expect(answer, "Groups")
            digest.update(answer.body)
            found.append(Inner(inner, self._told(members(resource(answer, GROUP, inner)))))
            left += _groups_of(found[-1].members)
        return found, is_all, digest.hexdigest()


def _groups_of(listed: list[Member]) -> list[str]:
    return [each.name for each in listed if each.is_group]


def _evidence(request: str, answer: Answer) -> dict[str, str]:
    found = {
        "request_sha256": sha256(request.encode()).hexdigest(),
        "answer_sha256": sha256(answer.body).hexdigest(),
    }
    etag = answer.headers.get("etag")
    return {**found, "etag": etag[:128]} if etag else found
