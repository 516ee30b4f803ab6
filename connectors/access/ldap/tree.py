"""What a directory shows: its people, its groups and who is listed there; read whole, or not at all."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal
from uuid import UUID

from connectors.access.ldap.primary import EVERYBODY, SHOWN, Way, is_account, number_of, primary_of, sid_of
from connectors.access.ldap.settings import Settings
from connectors.ldap import Entry, LdapClient, escaped
from connectors.listings import MOST_PAGES
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_IN_CHAIN = "1.2.840.113556.1.4.1941"
_MOST_MEMBERS, _MOST_MATCHES, _AT_ONCE = 100_000, 50, 50
"""Members of one group with those inside it, entries of one identifier, and members that one search asks for."""
_MOST_GROUPS = 1_000
"""Groups inside a group."""


class Tree:
    """Reads of one directory. Each search asks for one entry more than it may find, so that none is cut unseen."""

    def __init__(self, name: str, settings: Settings, client: LdapClient) -> None:
        self._name, self._settings, self._client = name, settings, client
        self._is_ad = settings.kind == "active-directory"
        self.id_attribute = "objectGUID" if self._is_ad else "entryUUID"
        self._dn_attribute = "distinguishedName" if self._is_ad else "entryDN"
        self._marks = ["uSNChanged"] if self._is_ad else []
        self._of_account = [self.id_attribute, *(SHOWN if self._is_ad else ())]
        self._of_member = [self.id_attribute, "objectClass", *(["objectSid"] if self._is_ad else ())]
        self._context: str | None = None

    # --- people ----------------------------------------------------------------------------------------------

    def named(self, person: str) -> list[Entry]:
        """All entries that have an identifier below ``people_base``."""
        return self._named(person, self._settings.people_base)

    def named_elsewhere(self, person: str) -> list[Entry]:
        """All entries of the whole directory that have an identifier, wherever they were moved to."""
        context = self._naming_context()
        return [] if context is None else self._named(person, context)

    def finds_by_name(self) -> bool:
        """Whether the search by an identifier finds somebody now: then it counts that it finds nobody."""
        sample = self._somebody()
        if sample is None:
            return False
        named = sample.values(self._settings.person_attribute)[0].decode(errors="replace")
        return any(each.dn == sample.dn for each in self.named(named))

    def person(self, subject: str) -> Entry | None:
        """The entry of an id below ``people_base``."""
        return self._by_id(subject, self._settings.people_base)

    def anywhere(self, subject: str) -> Entry | None:
        """The entry of an id: below ``people_base``, or wherever in the directory it was moved to."""
        found, context = self.person(subject), self._naming_context()
        return found if found is not None or context is None else self._by_id(subject, context)

    def finds_by_id(self) -> bool:
        """Whether the search by an id finds somebody now, in the whole directory: then who is not found is gone."""
        sample, context = self._somebody(), self._naming_context()
        return sample is not None and context is not None and self._by_id(self.id_of(sample), context) is not None

    def id_of(self, entry: Entry) -> str:
        """The id of an entry, which no move changes."""
        values = entry.values(self.id_attribute)
        if len(values) != 1:
            raise self._odd(Words(f"an entry shows no {self.id_attribute}", f"条目没有 {self.id_attribute}"))
        return str(UUID(bytes_le=values[0])) if self._is_ad else values[0].decode()

    def _somebody(self) -> Entry | None:
        attribute = self._settings.person_attribute
        asked = [attribute, self.id_attribute]
        found = self._search(self._settings.people_base, "SUBTREE", f"({attribute}=*)", asked, most=0)
        return next((each for each in found if each.values(attribute)), None)

    def _named(self, person: str, base: str) -> list[Entry]:
        attribute = self._settings.person_attribute
        wanted, asked = f"({attribute}={escaped(person)})", [attribute, self.id_attribute]
        entries = self._search(base, "SUBTREE", wanted, asked, most=_MOST_MATCHES)
        if len(entries) > _MOST_MATCHES:
            raise self._odd(
                Words(
                    f"more than {_MOST_MATCHES} entries have one {attribute}",
                    f"{attribute} 相同的条目超过 {_MOST_MATCHES} 个",
                )
            )
        return [each for each in entries if person.casefold() in map(_folded, each.values(attribute))]

    def _by_id(self, subject: str, base: str) -> Entry | None:
        wanted = f"({self.id_attribute}={_id_filter(subject) if self._is_ad else escaped(subject)})"
        entries = self._search(base, "SUBTREE", wanted, self._of_account, most=1)
        if any(self.id_of(each) != subject for each in entries) or len(entries) > 1:
            raise self._odd(
                Words(f"asked for one {self.id_attribute}, it found another", f"按 {self.id_attribute} 查到其他条目")
            )
        return next(iter(entries), None)

    def _naming_context(self) -> str | None:
        """The entry below which the directory keeps everybody; nothing where it does not say."""
        if self._context is None:
            root = self._search("", "BASE", "(objectClass=*)", ["namingContexts"], most=1)
            said = [value.decode(errors="replace") for each in root for value in each.values("namingContexts")]
            above = [each for each in said if _is_below(self._settings.people_base, each)]
            self._context = max(above, key=len, default=None)
        return self._context

    # --- groups ----------------------------------------------------------------------------------------------

    def has_groups(self) -> bool:
        """Whether the entry below which the groups stand is there, and ours to see."""
        return bool(self._search(self._settings.groups_base, "BASE", "(objectClass=*)", ["objectClass"], most=1))

    def group(self, target: str) -> Entry:
        """The one group of a name.

        Raises:
            RejectedError: ``sink.no-target``.
        """
        attribute = self._settings.group_attribute
        asked = [attribute, *(["objectSid"] if self._is_ad else ())]
        wanted = f"({attribute}={escaped(target)})"
        entries = self._search(self._settings.groups_base, "SUBTREE", wanted, asked, most=1)
        found = [each for each in entries if target.casefold() in map(_folded, each.values(attribute))]
        if len(found) != 1:
            raise RejectedError(
                "sink.no-target",
                Words(
                    f"{self._name}: {len(found)} groups have the name {target!r}; expected one",
                    f"{self._name}：有 {len(found)} 个组名为 {target!r}，应只有一个",
                ),
            )
        return found[0]

    def is_in(self, group: str, person: str) -> bool:
        """Whether a person is in a group; in AD also through other groups."""
        if not self._is_ad:
            return self.lists(group, person)
        wanted = f"(memberOf:{_IN_CHAIN}:={escaped(group)})"
        return bool(self._search(person, "BASE", wanted, ["objectClass"], most=1))

    def hidden_way(self, group: Entry, account: Entry) -> Way | None:
        """By what an account is in a group that shows it nowhere; nothing where the directory does not tell.

        That its primary group is, or is in it; or that everybody is. One search tells neither, mostly.
        """
        if not self._is_ad or not is_account(account):
            return ""
        own, primary, context = sid_of(group), primary_of(account), self._naming_context()
        if own is None or primary is None or context is None:
            return None
        if own == primary:
            return "primary"
        wanted, inside = _sid_filter(primary), f"(memberOf:{_IN_CHAIN}:={escaped(group.dn)})"
        everybody = f"(&(|{''.join(map(_sid_filter, EVERYBODY))}){inside})"
        either = f"(|(&{wanted}(!{inside})){everybody})"
        found = {sid_of(each) for each in self._search(context, "SUBTREE", either, ["objectSid"], most=len(EVERYBODY))}
        if found - {primary}:
            return "everybody"
        if found:
            return ""
        groups = self._search(context, "SUBTREE", wanted, ["objectClass"], most=1)
        return ("primary" if self.is_in(group.dn, groups[0].dn) else "") if len(groups) == 1 else None

    def lists(self, group: str, name: str) -> bool:
        """Whether a group lists a name itself."""
        seconds = self._settings.read_deadline_seconds
        return self._client.compare(group, self._settings.member_attribute, name, deadline_s=seconds)

    def member_names(self, group: str) -> list[str]:
        """The names that a group lists itself, without the placeholder."""
        return [each for each in self.listed(group) if not self.is_placeholder(each)]

    def members(self, group: Entry) -> dict[str, Entry | None]:
        """Everybody whom a group lists, by name; in AD also through other groups. Nothing for one that leads nowhere.

        Raises:
            UnavailableError: ``peer.bad-answer``: there are more than can be read.
        """
        found, left = dict[str, Entry | None](), [group.dn]
        seen = {group.dn.casefold()}
        while left:
            names = self.member_names(left.pop())
            fresh = self.entries([each for each in names if each not in found])
            found |= fresh
            if len(found) > _MOST_MEMBERS:
                raise self._too_many()
            inner = [each.dn for each in fresh.values() if each is not None and self._is_group(each)]
            left += [each for each in inner if each.casefold() not in seen]
            seen |= {each.casefold() for each in inner}
            if len(seen) > _MOST_GROUPS:
                raise self._too_many()
        return found

    def primary_members(self, group: Entry, listed: Collection[Entry | None]) -> list[Entry]:
        """Whose primary group is this one, or one of the groups among those whom it lists.

        Raises:
            UnavailableError: ``peer.bad-answer``: a group does not show its SID, or there are more than can be read.
        """
        if not self._is_ad:
            return []
        found = list[Entry]()
        for each in (group, *(inner for inner in listed if inner is not None and self._is_group(inner))):
            found += self._whose_primary(each)
            if len(found) > _MOST_MEMBERS:
                raise self._too_many()
        return found

    def _whose_primary(self, group: Entry) -> list[Entry]:
        sid, context = sid_of(group), self._naming_context()
        if sid is None or context is None:
            raise self._odd(Words("a group does not show its objectSid", "组未给出 objectSid"))
        wanted, seconds = f"(primaryGroupID={number_of(sid)})", self._settings.read_deadline_seconds
        entries = self._client.search_paged(context, wanted, self._of_account, most=_MOST_MEMBERS, deadline_s=seconds)
        return [each for each in entries if primary_of(each) == sid]

    def entries(self, names: Sequence[str]) -> dict[str, Entry | None]:
        """The entries that names lead to, many with one search; who is not found so is asked for alone."""
        found, context = dict[str, Entry](), self._naming_context()
        if context is not None:
            for at in range(0, len(names), _AT_ONCE):
                part = self._search_names(names[at : at + _AT_ONCE], context)
                found |= {each.dn.casefold(): each for each in part}
        return {each: found.get(each.casefold()) or self.entry(each) for each in names}

    def is_placeholder(self, name: str) -> bool:
        """Whether a name is the one that stays in an empty group."""
        return bool(self._settings.placeholder) and name.casefold() == self._settings.placeholder.casefold()

    def _is_group(self, entry: Entry) -> bool:
        return self._is_ad and b"group" in map(bytes.lower, entry.values("objectClass"))

    def _search_names(self, names: Collection[str], base: str) -> list[Entry]:
        wanted = "".join(f"({self._dn_attribute}={escaped(each)})" for each in names)
        return self._search(base, "SUBTREE", f"(|{wanted})", self._of_member, most=len(names))

    def entry(self, dn: str) -> Entry | None:
        """The entry of a name; nothing if there is none, or it is not ours to see."""
        return next(iter(self._search(dn, "BASE", "(objectClass=*)", self._of_member, most=1)), None)

    def listed(self, group: str) -> Iterator[str]:
        """All values of the member attribute; AD gives them in ranges, which must be of one state of the group."""
        attribute, size, start = self._settings.member_attribute, self._settings.range_size, 0
        state: list[bytes] | None = None
        for _ in range(MOST_PAGES):
            asked = f"{attribute};range={start}-{start + size - 1}" if self._is_ad else attribute
            entries = self._search(group, "BASE", "(objectClass=*)", [asked, *self._marks], most=1)
            if not entries:
                raise self._odd(Words("a group that was just found cannot be read", "刚找到的组无法读取"))
            before, state = state, [value for mark in self._marks for value in entries[0].values(mark)]
            if before not in (None, state):
                raise self._odd(Words("a group changed while it was read", "组在读取期间有变化"))
            found = {n: v for n, v in entries[0].attributes.items() if n.partition(";")[0] == attribute.lower() and v}
            names = [value.decode() for values in found.values() for value in values]
            yield from names
            if not found or any(";" not in name or name.endswith("-*") for name in found):
                return
            start += len(names)
            if start > _MOST_MEMBERS:
                break
        raise self._too_many()

    def _too_many(self) -> UnavailableError:
        return self._odd(Words("found more members than can be read", "成员多于可读取的数量"))

    def _odd(self, what: Words) -> UnavailableError:
        return UnavailableError("peer.bad-answer", Words(f"{self._name}: {what}", f"{self._name}：{what.zh}"))

    def _search(
        self, base: str, scope: Literal["BASE", "SUBTREE"], wanted: str, attributes: list[str], *, most: int
    ) -> list[Entry]:
        seconds = self._settings.read_deadline_seconds
        return self._client.search(base, scope, wanted, attributes, most=most, deadline_s=seconds)


def _id_filter(subject: str) -> str:
    """An objectGUID inside a filter: its bytes, the first three parts little-endian (MS-DTYP 2.3.4.2)."""
    return _bytes_filter(UUID(subject).bytes_le)


def _sid_filter(sid: bytes) -> str:
    return f"(objectSid={_bytes_filter(sid)})"


def _bytes_filter(value: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in value)


def _folded(value: bytes) -> str:
    return value.decode(errors="replace").casefold()


def _is_below(dn: str, base: str) -> bool:
    inner, outer = (",".join(part.strip() for part in each.split(",")).casefold() for each in (dn, base))
    return not outer or inner == outer or inner.endswith(f",{outer}")
