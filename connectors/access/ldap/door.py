"""The door: who is whom in the directory, who is in a group, what an absence there is worth, one change at a time."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from threading import Lock

from connectors.access.ldap.primary import Way
from connectors.access.ldap.settings import Settings
from connectors.access.ldap.tree import Tree
from connectors.ldap import NO_SUCH_OBJECT, SUCCESS, Entry, LdapClient
from connectors.listings import Listings
from connectors.port import Applied, Capabilities, Change, Observation
from schemas.access import Presence
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_UNPROVEN = "sink.uncalibrated"
_ALREADY, _NOT_THERE = {20, 68}, {16}
_UNWILLING, _OBJECT_CLASS, _RIGHTS = 53, 65, 50
_HIDDEN: Mapping[Way, Words] = {
    "primary": Words(
        "in it by the primary group of the account, which must be given another first",
        "此人凭账号的主要组仍在其中，须先将主要组改为其他组",
    ),
    "everybody": Words(
        "in it as everybody is, by Authenticated Users or the like, which must be taken out of it",
        "该组含 Authenticated Users 等，所有人均在其中，须先将其移出",
    ),
}
_TRIES = 3
"""How many listed members are tried to prove one look."""


class Ldap:
    """Opens and closes groups of a directory to persons, and reads back what is true, on the same server."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._client = LdapClient(
            name,
            settings.url,
            bind_dn=settings.bind_dn,
            password=settings.password.get_secret_value(),
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
        )
        self._tree = Tree(name, settings, self._client)
        self._listings = Listings()
        self._showing: set[str] = set()
        self._lock = Lock()

    @property
    def _tickets(self) -> dict[str, str]:
        """How long what was given before goes on, where that is known."""
        lifetime = self._settings.token_lifetime_seconds
        return {} if lifetime is None else {"old_tokens_live_s": f"{lifetime:.0f}"}

    def capabilities(self) -> Capabilities:
        """Membership can be read back exactly, from the server that was written to."""
        settings = self._settings
        return Capabilities("exact", settings.propagation_seconds, old_tokens_s=settings.token_lifetime_seconds)

    def probe(self) -> None:
        """Bind, and read the entry below which the groups stand."""
        if not self._tree.has_groups():
            base = self._settings.groups_base
            raise RejectedError(
                "sink.no-target",
                Words(
                    f"{self.name}: groups_base: there is no {base!r}, or it is not ours to see",
                    f"{self.name}：groups_base：没有 {base!r}，或无权查看",
                ),
            )

    def resolve(self, person: str) -> str:
        """The id of the one entry below ``people_base`` whose attribute is our identifier.

        Raises:
            RejectedError: ``sink.no-person``; ``sink.ambiguous`` where there is more than one, or where whom there is
                stands elsewhere; ``sink.uncalibrated``: nobody was found, and this search finds nobody else either.
        """
        found = self._tree.named(person)
        if len(found) == 1:
            return self._tree.id_of(found[0])
        elsewhere = [] if found else self._tree.named_elsewhere(person)
        attribute = self._settings.person_attribute
        if found or elsewhere:
            raise RejectedError(
                "sink.ambiguous",
                Words(
                    f"{self.name}: {len(found)} entries below people_base have this {attribute}, and {len(elsewhere)} "
                    "elsewhere; expected one below it",
                    f"{self.name}：{attribute} 为此值的条目，people_base 下有 {len(found)} 个，"
                    f"其他位置有 {len(elsewhere)} 个，应只有 people_base 下的一个",
                ),
            )
        if not self._tree.finds_by_name():
            raise RejectedError(
                _UNPROVEN,
                Words(
                    f"{self.name}: nobody below people_base is found by {attribute}: it is another attribute, or not "
                    "bind_dn's to read",
                    f"{self.name}：在 people_base 下按 {attribute} 找不到任何人：属性有误，或 bind_dn 无权读取",
                ),
            )
        raise RejectedError(
            "sink.no-person",
            Words(f"{self.name}: no entry has this {attribute}", f"{self.name}：没有条目的 {attribute} 为此值"),
        )

    def matches(self, person: str) -> frozenset[str]:
        """Ids of all entries below ``people_base`` that have this identifier; if there are none, of those elsewhere."""
        found = self._tree.named(person) or self._tree.named_elsewhere(person)
        return frozenset(map(self._tree.id_of, found))

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each group has the subject as a member now (in AD also through other groups).

        Who was moved out of ``people_base`` is looked at where they are. An id that leads to no entry any more is gone,
        as nobody can bind as it, once the same search finds somebody else.
        """
        person = self._tree.anywhere(subject)
        if person is None:
            return self._observe_gone(subject, targets)
        presence: dict[str, Presence] = {}
        evidence: dict[str, dict[str, str]] = {}
        unproven = {}
        for target in targets:
            group = self._tree.group(target)
            listed = self._is_in(group, person.dn)
            hidden = "" if listed else self._tree.hidden_way(group, person)
            is_in = listed or bool(hidden)
            presence[target] = "present" if is_in else "absent"
            asked = f"compare {group.dn} {self._settings.member_attribute} {person.dn}"
            answer = f"{is_in} {_digest_of(group)} {_digest_of(person)}"
            evidence[target] = {"request_sha256": _digest(asked), "answer_sha256": _digest(answer)}
            evidence[target] |= {} if is_in else self._tickets
            if not is_in and (hidden is None or not self._proves(target, group)):
                unproven[target] = _UNPROVEN
        return Observation(presence, evidence, unproven)

    def members(self, target: str) -> frozenset[str]:
        """Ids of all who are in a group, as ``observe`` counts them; a name that leads to no entry stands for itself.

        That the group shows who is in it is proven anew after it.
        """
        group = self._tree.group(target)
        with self._lock:
            self._showing.discard(group.dn)
        found = self._tree.members(group)
        ids = frozenset(f"dn:{dn}" if each is None else self._tree.id_of(each) for dn, each in found.items())
        self._listings.saw(target, ids, len(ids))
        return ids | {self._tree.id_of(each) for each in self._tree.primary_members(group, found.values())}

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Add or remove one member; ``fence`` is not sent (LDAP has no place for it)."""
        is_grant = change.wanted == "present"
        entry, account = self._tree.group(change.target), self._person(change.subject, opens=is_grant)
        group, person = entry.dn, account.dn
        code = self._modify(group, "MODIFY_ADD" if is_grant else "MODIFY_DELETE", person)
        if code == _OBJECT_CLASS and not is_grant and self._settings.placeholder:
            code = self._swap_last(group, person)
        if not is_grant:
            self._listings.removed(change.target, change.subject)
        if code == SUCCESS:
            return "applied"
        if is_grant and code in _ALREADY:
            return "noop"
        # AD says 53 of who is not listed, and of much else: only the look tells.
        if not is_grant and (code in _NOT_THERE or (code == _UNWILLING and not self._tree.lists(group, person))):
            self._require_out(entry, account, change.target)
            return "noop"
        raise RejectedError(*self._refusal(code, change.target))

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    # --- what an absence is worth ----------------------------------------------------------------------------

    def _observe_gone(self, subject: str, targets: Collection[str]) -> Observation:
        """What groups show of an id that leads to no entry: they may list somebody whom we cannot see."""
        is_gone = self._tree.finds_by_id()
        groups = {target: self._tree.group(target) for target in targets}
        unproven = {
            target: _UNPROVEN
            for target, group in groups.items()
            if not is_gone or not self._lists_others(target, group)
        }
        evidence = {
            "request_sha256": _digest(f"{self._tree.id_attribute} {subject}"),
            "answer_sha256": _digest(""),
            **self._tickets,
        }
        return Observation(dict.fromkeys(targets, "absent"), dict.fromkeys(targets, evidence), unproven, gone=is_gone)

    def _lists_others(self, target: str, group: Entry) -> bool:
        """Whether every name in a group leads to an entry, which then is another's; an empty list is proven as ever."""
        found = self._tree.members(group)
        return all(each is not None for each in found.values()) and (bool(found) or self._proves(target, group))

    def _is_in(self, group: Entry, person: str) -> bool:
        is_in = self._tree.is_in(group.dn, person)
        if is_in:
            with self._lock:
                self._showing.add(group.dn)
        return is_in

    def _proves(self, target: str, group: Entry) -> bool:
        """Whether the read that showed nobody has shown somebody in this group: who was seen there, or is listed."""
        with self._lock:
            if group.dn in self._showing:
                return True
        listed = list(self._tree.listed(group.dn))
        if not listed:
            return self._listings.emptied(target)
        return any(self._shows(group, each) for each in listed[-_TRIES:])

    def _shows(self, group: Entry, name: str) -> bool:
        leads_there = self._tree.is_placeholder(name) or self._tree.entry(name) is not None
        return leads_there and self._is_in(group, name)

    # --- a change --------------------------------------------------------------------------------------------

    def _person(self, subject: str, *, opens: bool) -> Entry:
        found = self._tree.person(subject) if opens else self._tree.anywhere(subject)
        if found is None:
            raise UnavailableError(
                "sink.no-person",
                Words(
                    f"{self.name}: id of the person is stale; resolve it again",
                    f"{self.name}：人员标识已失效，须重新查找",
                ),
            )
        return found

    def _modify(self, group: str, how: str, person: str) -> int:
        changes = {self._settings.member_attribute: [(how, [person])]}
        return self._client.modify(group, changes, deadline_s=self._settings.deadline_seconds)

    def _swap_last(self, group: str, person: str) -> int:
        """Take the last member away where the schema wants one: the placeholder comes with the same change."""
        both = [("MODIFY_ADD", [self._settings.placeholder]), ("MODIFY_DELETE", [person])]
        changes = {self._settings.member_attribute: both}
        return self._client.modify(group, changes, deadline_s=self._settings.deadline_seconds)

    def _require_out(self, group: Entry, person: Entry, target: str) -> None:
        """Return if who is not listed in a group is not in it by another way either.

        Raises:
            RejectedError: ``sink.indirect``: no change of this group ends that.
        """
        hidden = self._tree.hidden_way(group, person)
        if hidden:
            way = _HIDDEN[hidden]
        elif self._tree.is_in(group.dn, person.dn) and not self._tree.lists(group.dn, person.dn):
            way = Words(
                "in it through a group inside it, and must be taken out of that", "此人凭组内的子组仍在其中，须移出子组"
            )
        else:
            return
        raise RejectedError(
            "sink.indirect",
            Words(f"{self.name}: group {target!r}: {way}", f"{self.name}：组 {target!r}：{way.zh}"),
        )

    def _refusal(self, code: int, target: str) -> tuple[str, Words]:
        if code == NO_SUCH_OBJECT:
            return "sink.no-target", Words(
                f"{self.name}: group {target!r} or the person's entry is gone (32)",
                f"{self.name}：组 {target!r} 或此人的条目已不存在（32）",
            )
        why = {
            _RIGHTS: Words(
                f"bind_dn may not write {self._settings.member_attribute} of this group",
                f"bind_dn 无权写入该组的 {self._settings.member_attribute}",
            ),
            _OBJECT_CLASS: Words(
                "the last member may not go; set placeholder to a name that may stay",
                "不得移除最后一名成员；请将 placeholder 设为可保留的名称",
            ),
        }.get(code, Words("refused", "被拒绝"))
        return "peer.rejected", Words(
            f"{self.name}: group {target!r}: answered {code}: {why}",
            f"{self.name}：组 {target!r}：应答 {code}：{why.zh}",
        )


def _digest_of(entry: Entry) -> str:
    text = "\n".join([entry.dn, *(f"{name}={values!r}" for name, values in sorted(entry.attributes.items()))])
    return _digest(text)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
