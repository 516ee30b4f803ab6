"""The door: observes memberships, proves what an absence is worth, and changes one membership at a time."""

from collections.abc import Callable, Collection
from itertools import islice
from typing import NamedTuple

from connectors.access.scim.changes import added, put_form, removed, taken
from connectors.access.scim.config import facts_of, inner_groups_of, outlived_by
from connectors.access.scim.groups import Group, Groups, Inner
from connectors.access.scim.people import Account, People
from connectors.access.scim.profile import load_profile
from connectors.access.scim.reading import GROUP, Member
from connectors.access.scim.settings import Settings
from connectors.access.scim.wire import Wire
from connectors.http import Answer, HttpClient
from connectors.listings import Listings, Memory
from connectors.port import Applied, Capabilities, Change, Fact, Observation
from schemas.access import Presence
from schemas.errors import LicetError, RejectedError, UnavailableError
from schemas.words import Words

_UNPROVEN = "sink.uncalibrated"
_MEETINGS, _TRIES = 200, 3
"""How many members that nobody was resolved to are asked for at one time, and how many to prove one look."""


class _Look(NamedTuple):
    """What one group showed of one subject. ``listed`` is nothing where no list was read."""

    present: bool
    evidence: dict[str, str]
    group: Group | None
    id: str


class Scim:
    """Opens and closes role groups to persons, and reads back what is true."""

    def __init__(self, name: str, settings: Settings, reach: Callable[..., HttpClient] = HttpClient) -> None:
        """A door to one server; ``reach`` makes the client by which it is called."""
        self.name = name
        self._settings = settings
        self._profile = load_profile(settings.profile, settings.profile_file)
        self._wire = Wire(name, settings, self._profile, reach)
        self._people = People(self._wire, settings)
        self._groups = Groups(self._wire, settings, self._profile, self._people)
        lifetime = settings.token_lifetime_seconds
        self._tokens = {} if lifetime is None else {"old_tokens_live_s": f"{lifetime:.0f}"}
        self._listings = Listings()
        self._listed_as = Memory(settings.remember)
        self._versions = Memory(settings.remember)
        self._said = Memory(settings.remember)
        self._indirect = Memory(settings.remember)

    def capabilities(self) -> Capabilities:
        """Membership can be read back exactly."""
        settings = self._settings
        return Capabilities("exact", settings.propagation_seconds, old_tokens_s=settings.token_lifetime_seconds)

    def probe(self) -> None:
        """Ask for one group: ``/ServiceProviderConfig`` would answer without any credentials (RFC 7643, 5)."""
        self._wire.first_page("/Groups", {"startIndex": "1", "count": "1", "attributes": "id"}, GROUP)

    def facts(self) -> tuple[Fact, ...]:
        """What the server says of itself, beside how its profile has it used; and what a removal does not end."""
        settings, profile = self._settings, self._profile
        said = facts_of(self._wire, profile)
        return (*said, inner_groups_of(profile), outlived_by(settings.token_lifetime_seconds))

    def resolve(self, person: str) -> str:
        """The server's id of a person, remembered until the server no longer knows it.

        Raises:
            RejectedError: ``sink.no-person``, ``sink.ambiguous`` or ``sink.uncalibrated``.
        """
        return self._people.resolve(person)

    def matches(self, person: str) -> frozenset[str]:
        """Ids of all accounts that have this identifier."""
        return self._people.matches(person)

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each group has the subject as a member now, with digests of question and answer.

        "Absent" is said only of an id that the server still knows as the person who was resolved, or that is gone:
        that counts once an account is found in the same way.

        Raises:
            UnavailableError: Also if the id is stale: ``resolve`` again.
        """
        looks = {target: self._look(subject, target) for target in targets}
        closed = [target for target, look in looks.items() if not look.present]
        account = self._people.confirm(subject) if closed else None
        is_gone = bool(closed) and account is None and self._people.finds_by_id()
        presence: dict[str, Presence] = dict.fromkeys(looks, "present")
        unproven = {}
        for target in closed:
            look = looks[target]
            if account is not None or is_gone:
                look.evidence["person_sha256" if account else "person_gone"] = account.digest if account else "1"
            look.evidence.update(self._tokens)
            if account is not None and self._shows(look, account, target):
                continue
            presence[target] = "absent"
            proves = self._proves(look, subject, target)
            if not proves or (account is None and not (is_gone and self._lists_others(look))):
                unproven[target] = _UNPROVEN
        evidence = {target: look.evidence for target, look in looks.items()}
        listed = {target: self._names(look.group.members) for target, look in looks.items() if look.group is not None}
        return Observation(presence, evidence, unproven, listed, gone=is_gone)

    def members(self, target: str) -> frozenset[str]:
        """Ids of all members of a group and of groups inside it; what is remembered of people is corrected by it."""
        self._people.doubt()
        self._groups.doubt()
        group = self._groups.read(target)
        listed = (*group.members, *group.nested)
        unknown = (each for each in listed if not self._people.is_known(each.name))
        for each in islice(unknown, _MEETINGS):
            self._people.meet(each.name)
        self._saw(target, group)
        return self._names(listed)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Add or remove one member. The caller has observed first: some servers keep a second add as a second member.

        ``fence`` is not sent (SCIM has no place for it); the caller checks it under its lease.
        """
        account = self._people.confirm(change.subject) if change.wanted == "present" else None
        if change.wanted == "present" and account is None:
            raise UnavailableError(
                "sink.no-person",
                Words(
                    f"{self.name}: the account is gone; nothing is granted to it",
                    f"{self.name}：账号已不存在，不向其授予任何权限",
                ),
            )
        if change.wanted == "absent":  # also of one whose answer is lost: whoever is then listed no more was taken away
            self._listings.removed(change.target, change.subject)
        answer = self._send(change, account)
        if answer.status == 404:  # not done: the server has forgotten this id, for example by a restart
            self._groups.forget(change.target)
            answer = self._send(change, account)
        outcome = taken(answer, change)
        if change.wanted == "absent" and self._indirect.get(f"{change.target} {change.subject}"):
            raise self._still_in(change.target)
        return outcome

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    # --- a look ----------------------------------------------------------------------------------------------

    @property
    def _asks(self) -> bool:
        """Whether a filter is asked for a member first; what groups stand in the group only its list tells, mostly."""
        return self._settings.read_back == "filter" or self._profile.listing == "none"

    def _look(self, subject: str, target: str) -> _Look:
        if self._asks:
            group = self._groups.id_of(target)
            found, evidence = self._groups.finds(group, subject)
            if found or self._groups.holds_no_group(group):
                return _Look(found, evidence, None, group)
        shown = self._groups.read(target)
        self._versions.put(target, shown.version)
        self._saw(target, shown)
        return _Look(self._is_in(shown, {subject}, target, subject), dict(shown.evidence), shown, shown.id)

    def _saw(self, target: str, group: Group) -> None:
        self._listings.saw(target, self._names(group.members), len(group.members))
        for each in group.inner:
            self._listings.saw(f"inner {each.id}", self._names(each.members), len(each.members))

    def _is_in(self, group: Group, names: Collection[str], target: str, subject: str) -> bool:
        """Whether a group lists a subject by one of its names; how it does is kept for a removal."""
        place = f"{target} {subject}"
        self._indirect.drop(place)
        for member in group.members:
            if not member.names.isdisjoint(names):
                self._listed_as.put(place, member.name)
                return True
        is_nested = any(not member.names.isdisjoint(names) for member in group.nested)
        if is_nested:
            self._indirect.put(place, place)
        return is_nested

    def _shows(self, look: _Look, account: Account, target: str) -> bool:
        """Whether the account is in after all: by its user name, or by what the account says of itself."""
        if look.id in account.groups:
            self._said.put(f"{target} {account.id}", account.id)
            return True
        if look.group is None:
            return False
        listed = {member.value.casefold(): member.value for member in (*look.group.members, *look.group.nested)}
        name = listed.get(account.user_name.casefold())
        return bool(name) and self._is_in(look.group, {name or ""}, target, account.id)

    def _names(self, listed: Collection[Member]) -> frozenset[str]:
        return frozenset(self._people.id_of(each.name) for each in listed)

    def _still_in(self, target: str) -> RejectedError:
        """Who is in through a group inside is in whatever is taken from the group itself."""
        return RejectedError(
            "sink.indirect",
            Words(
                f"{self.name}: group {target!r}: in it through a group inside it, and must be taken out of that",
                f"{self.name}：组 {target!r}：此人凭组内的子组仍在其中，须移出子组",
            ),
        )

    # --- what an absence is worth ----------------------------------------------------------------------------

    def _proves(self, look: _Look, subject: str, target: str) -> bool:
        """Whether the read that showed nobody would have shown them."""
        if self._asks and not self._groups.filter_works(look.id, self._somebody(target)):
            return False
        if look.group is None:
            return True
        size = len(look.group.members)
        if not look.group.all_inner:
            return False
        if self._said.get(f"{target} {subject}"):
            return True  # the account itself said that it was in, and says it no more
        if not size:
            return self._listings.emptied(target)
        known = self._known(look.group.members)
        is_shown = known is not None and self._is_whole(look.id, size, subject, known)
        inner = look.group.inner
        return is_shown and all(self._inner_proves(each, subject) for each in inner)

    def _inner_proves(self, inner: Inner, subject: str) -> bool:
        """The same of a group inside a group: a group that it lists, and that was read, shows as well that it lists."""
        named = any(each.is_group for each in inner.members) or self._met(inner.members) is not None
        return named and self._is_whole(inner.id, len(inner.members), subject, self._met(inner.members) or "")

    def _is_whole(self, group: str, size: int, subject: str, known: str) -> bool:
        """Whether a list that shows somebody known shows everybody."""
        if self._profile.listing == "whole" or self._listings.are_whole(size):
            return True
        return self._filter_agrees(group, subject, known)

    def _lists_others(self, look: _Look) -> bool:
        """Whether a group cannot list an account that is gone by a name that is not its id, and that nobody knows."""
        names = _accounts((*look.group.members, *look.group.nested)) if look.group else []
        if not any(self._people.id_of(each) != each for each in names):
            return True
        return len(names) <= _MEETINGS and all(map(self._people.meet, names))

    def _known(self, listed: Collection[Member]) -> str | None:
        """A listed member that is an account for certain: the canary, or one whose name leads there."""
        if not self._settings.canary:
            return self._met(listed)
        canary, names = self._people.resolve(self._settings.canary), _accounts(listed)
        return next((each for each in names if canary in (each, self._people.id_of(each))), None)

    def _met(self, listed: Collection[Member]) -> str | None:
        """A listed member whose name leads to an account."""
        names = _accounts(listed)
        known = next((each for each in names if self._people.is_known(each)), None)
        return known or next((each for each in names[-_TRIES:] if self._people.meet(each)), None)

    def _filter_agrees(self, group: str, subject: str, known: str) -> bool:
        """Whether a filter that finds whom the list shows does not find the subject: no list was cut before them."""
        if self._profile.member_filter == "never" or not known or self._people.id_of(known) != known:
            return False  # it is asked by an id
        if not self._groups.filter_works(group, known):
            return False
        try:
            return not self._groups.finds(group, subject)[0]
        except LicetError:
            return False

    def _somebody(self, target: str) -> str:
        """Somebody by whom a filter can be proven: the canary, or who is listed."""
        if self._settings.canary:
            return self._people.resolve(self._settings.canary)
        if self._profile.listing == "none":
            return ""
        names = [each.value for each in self._groups.read(target).members if each.value]
        return next(
            (each for each in names[-_TRIES:] if self._people.meet(each) and self._people.id_of(each) == each), ""
        )

    # --- a change --------------------------------------------------------------------------------------------

    def _send(self, change: Change, account: Account | None) -> Answer:
        group = self._groups.id_of(change.target)
        version = (self._versions.get(change.target) or "") if self._profile.if_match else ""
        name = self._listed_as.get(f"{change.target} {change.subject}") or change.subject
        if account is not None:
            if self._profile.add == "put":
                return self._put(change, account)
            body = added(account, self._profile)
        elif self._profile.remove == "put":
            return self._put(change, None)
        else:
            body = removed(name, self._profile)
        return self._wire.change(group, body, key=change.key, version=version)

    def _put(self, change: Change, account: Account | None) -> Answer:
        """Send the whole group anew, as it was read just now, but for one member."""
        shown = self._groups.read(change.target)
        if self._profile.listing != "whole":
            raise RejectedError(
                "sink.uncalibrated",
                Words(
                    f'{self.name}: a PUT needs a profile with listing = "whole"',
                    f'{self.name}：PUT 需要 profile 设有 listing = "whole"',
                ),
            )
        gone = {change.subject, self._listed_as.get(f"{change.target} {change.subject}") or change.subject}
        body = put_form(shown.resource, account, gone, self._profile)
        version = shown.version if self._profile.if_match else ""
        return self._wire.change(shown.id, body, key=change.key, version=version, whole=True)


def _accounts(listed: Collection[Member]) -> list[str]:
    """The names of members that are no groups."""
    return [each.name for each in listed if not each.is_group]
