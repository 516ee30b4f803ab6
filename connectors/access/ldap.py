"""Directories that speak LDAP, OpenLDAP and Active Directory: membership of groups is the access.

Wire:    search, compare and modify; one person and one group a change. A person is named by ``entryUUID`` or
         ``objectGUID``, never by a name that a move changes.
Trust:   TLS (ldaps or StartTLS) and a simple bind; in clear to loopback only.
Repeats: a membership is a state; adding what is there and taking away what is not are told by their result codes.
Source:  RFC 4511 section 4 (operations, codes), RFC 4530 (entryUUID), MS-ADTS 3.1.1.3.1.3.3 (ranged members),
         3.1.1.3.4.4.3 (LDAP_MATCHING_RULE_IN_CHAIN).

Never touched: accounts, other members, whole groups.
"""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from connectors.ldap import NO_SUCH_OBJECT, SUCCESS, Entry, LdapClient, escaped
from connectors.port import Applied, Capabilities, Change, Observation, Spec
from schemas.access import Presence
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_IN_CHAIN = "1.2.840.113556.1.4.1941"
_ALREADY, _NOT_THERE = {20, 68}, {16}
_UNWILLING, _OBJECT_CLASS, _RIGHTS = 53, 65, 50
_MOST_MEMBERS, _MOST_MATCHES = 100_000, 50


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one directory."""

    url: str = Field(description="ldaps://HOST[:PORT], or ldap://HOST[:PORT], which starts TLS (not on loopback).")
    bind_dn: str = Field(description="User that reads people and groups and may write the members of these groups.")
    password: SecretStr = Field(description="Password of that user.")
    kind: Literal["openldap", "active-directory"] = Field(
        default="openldap", description="active-directory: objectGUID, nested groups count, members come in ranges."
    )
    people_base: str = Field(description="Where people stand, for example ou=people,dc=example,dc=cn.")
    person_attribute: str = Field(
        default="employeeNumber", description="Attribute that holds our identifier (AD: employeeID or sAMAccountName)."
    )
    groups_base: str = Field(description="Where the groups stand that positions name as targets.")
    group_attribute: str = Field(default="cn", description="Attribute that holds the name of a target.")
    member_attribute: str = Field(default="member", description="Attribute of a group that lists members by name.")
    placeholder: str = Field(
        default="", description="Name that stays in a groupOfNames which must not be empty; never counted as a member."
    )
    range_size: int = Field(
        default=1000, gt=0, le=1500, description="How many members are asked for at once (Active Directory)."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    token_lifetime_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long tickets that were given before a removal go on (Kerberos: 36000), as a directory ends "
        "none: the evidence of a closing says so.",
    )
    propagation_seconds: float = Field(
        default=0.0, ge=0, description="How long a change takes to reach the last reader behind this server."
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry's name, and the digests of what was asked and answered to find it."""

    dn: str
    answer: str


class Ldap:
    """Opens and closes groups of a directory to persons, and reads back what is true, on the same server."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._is_ad = settings.kind == "active-directory"
        self._id_attribute = "objectGUID" if self._is_ad else "entryUUID"
        self._client = LdapClient(
            name,
            settings.url,
            bind_dn=settings.bind_dn,
            password=settings.password.get_secret_value(),
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
        )

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
        base = self._settings.groups_base
        if not self._search(base, "BASE", "(objectClass=*)", ["objectClass"], most=1):
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
            RejectedError: ``sink.no-person``; ``sink.ambiguous`` where there is more than one.
        """
        found = self._named(person)
        if len(found) != 1:
            code = "sink.ambiguous" if found else "sink.no-person"
            attribute = self._settings.person_attribute
            raise RejectedError(
                code,
                Words(
                    f"{self.name}: {len(found)} entries have this {attribute}; expected one",
                    f"{self.name}：有 {len(found)} 个条目的 {attribute} 相同，应只有一个",
                ),
            )
        return self._id(found[0])

    def matches(self, person: str) -> frozenset[str]:
        """Ids of all entries below ``people_base`` that have this identifier."""
        return frozenset(map(self._id, self._named(person)))

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each group has the subject as a member now (in AD also through other groups).

        An id that leads to no entry any more is gone: nobody can bind as it.
        """
        person = self._entry(subject)
        if person is None:
            evidence_of_none = {
                "request_sha256": _digest(f"{self._id_attribute} {subject}"),
                "answer_sha256": _digest(""),
                **self._tickets,
            }
            return Observation(dict.fromkeys(targets, "absent"), dict.fromkeys(targets, evidence_of_none), gone=True)
        presence: dict[str, Presence] = {}
        evidence: dict[str, dict[str, str]] = {}
        for target in targets:
            group = self._group(target)
            is_in = self._is_member(group.dn, person.dn)
            presence[target] = "present" if is_in else "absent"
            asked = f"compare {group.dn} {self._settings.member_attribute} {person.dn}"
            answer = f"{is_in} {group.answer} {person.answer}"
            evidence[target] = {"request_sha256": _digest(asked), "answer_sha256": _digest(answer)}
            evidence[target] |= {} if is_in else self._tickets
        return Observation(presence, evidence)

    def members(self, target: str) -> frozenset[str]:
        """Ids of all direct members of a group; a name that leads to no entry stands for itself."""
        names = [each for each in self._member_names(self._group(target).dn) if not self._is_placeholder(each)]
        return frozenset(self._id_of_name(each) for each in names)

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Add or remove one member; ``fence`` is not sent (LDAP has no place for it)."""
        group, person = self._group(change.target).dn, self._person(change.subject).dn
        is_grant = change.wanted == "present"
        code = self._modify(group, "MODIFY_ADD" if is_grant else "MODIFY_DELETE", person)
        if code == _OBJECT_CLASS and not is_grant and self._settings.placeholder:
            code = self._swap_last(group, person)
        if code == SUCCESS:
            return "applied"
        if code in (_ALREADY if is_grant else _NOT_THERE):
            return "noop"
        if code == _UNWILLING and not is_grant and not self._is_direct(group, person):
            return "noop"  # AD says so of who is not a member, and of much else: only the look tells
        raise RejectedError(*self._refusal(code, change.target))

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _named(self, person: str) -> list[Entry]:
        attribute = self._settings.person_attribute
        wanted, asked = f"({attribute}={escaped(person)})", [attribute, self._id_attribute]
        entries = self._search(self._settings.people_base, "SUBTREE", wanted, asked, most=_MOST_MATCHES)
        return [each for each in entries if person.casefold() in map(_folded, each.values(attribute))]

    def _person(self, subject: str) -> _Found:
        found = self._entry(subject)
        if found is None:
            raise UnavailableError(
                "sink.no-person",
                Words(
                    f"{self.name}: id of the person is stale; resolve it again",
                    f"{self.name}：人员标识已失效，须重新查找",
                ),
            )
        return found

    def _entry(self, subject: str) -> _Found | None:
        wanted = f"({self._id_attribute}={_id_filter(subject) if self._is_ad else escaped(subject)})"
        entries = self._search(self._settings.people_base, "SUBTREE", wanted, [self._id_attribute], most=1)
        if len(entries) != 1 or self._id(entries[0]) != subject:
            return None
        return _found(entries[0])

    def _group(self, target: str) -> _Found:
        attribute = self._settings.group_attribute
        entries = self._search(
            self._settings.groups_base, "SUBTREE", f"({attribute}={escaped(target)})", [attribute], most=1
        )
        found = [each for each in entries if target.casefold() in map(_folded, each.values(attribute))]
        if len(found) != 1:
            raise RejectedError(
                "sink.no-target",
                Words(
                    f"{self.name}: {len(found)} groups have the name {target!r}; expected one",
                    f"{self.name}：有 {len(found)} 个组名为 {target!r}，应只有一个",
                ),
            )
        return _found(found[0])

    def _is_member(self, group: str, person: str) -> bool:
        if not self._is_ad:
            return self._is_direct(group, person)
        wanted = f"(memberOf:{_IN_CHAIN}:={escaped(group)})"
        return bool(self._search(person, "BASE", wanted, ["objectClass"], most=1))

    def _is_direct(self, group: str, person: str) -> bool:
        seconds = self._settings.read_deadline_seconds
        return self._client.compare(group, self._settings.member_attribute, person, deadline_s=seconds)

    def _member_names(self, group: str) -> list[str]:
        """All values of the member attribute; AD gives them in ranges."""
        attribute, names, start = self._settings.member_attribute, list[str](), 0
        while True:
            last = start + self._settings.range_size - 1
            asked = f"{attribute};range={start}-{last}" if self._is_ad else attribute
            entries = self._search(group, "BASE", "(objectClass=*)", [asked], most=1)
            if not entries:
                raise UnavailableError(
                    "peer.bad-answer",
                    Words(
                        f"{self.name}: a group that was just found cannot be read", f"{self.name}：刚找到的组无法读取"
                    ),
                )
            found = {n: v for n, v in entries[0].attributes.items() if n.partition(";")[0] == attribute.lower() and v}
            names += [value.decode() for values in found.values() for value in values]
            if not found or any(";" not in name or name.endswith("-*") for name in found):
                return names
            if len(names) > _MOST_MEMBERS or len(names) <= start:
                raise UnavailableError(
                    "peer.bad-answer",
                    Words(f"{self.name}: found more members than can be read", f"{self.name}：成员多于可读取的数量"),
                )
            start = len(names)

    def _id_of_name(self, dn: str) -> str:
        entries = self._search(dn, "BASE", "(objectClass=*)", [self._id_attribute], most=1)
        return self._id(entries[0]) if entries else f"dn:{dn}"

    def _is_placeholder(self, dn: str) -> bool:
        return bool(self._settings.placeholder) and dn.casefold() == self._settings.placeholder.casefold()

    def _modify(self, group: str, how: str, person: str) -> int:
        changes = {self._settings.member_attribute: [(how, [person])]}
        return self._client.modify(group, changes, deadline_s=self._settings.deadline_seconds)

    def _swap_last(self, group: str, person: str) -> int:
        """Take the last member away where the schema wants one: the placeholder comes with the same change."""
        both = [("MODIFY_ADD", [self._settings.placeholder]), ("MODIFY_DELETE", [person])]
        changes = {self._settings.member_attribute: both}
        return self._client.modify(group, changes, deadline_s=self._settings.deadline_seconds)

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

    def _search(
        self, base: str, scope: Literal["BASE", "SUBTREE"], wanted: str, attributes: list[str], *, most: int
    ) -> list[Entry]:
        seconds = self._settings.read_deadline_seconds
        return self._client.search(base, scope, wanted, attributes, most=most, deadline_s=seconds)

    def _id(self, entry: Entry) -> str:
        values = entry.values(self._id_attribute)
        if len(values) != 1:
            raise UnavailableError(
                "peer.bad-answer",
                Words(
                    f"{self.name}: an entry shows no {self._id_attribute}",
                    f"{self.name}：条目没有 {self._id_attribute}",
                ),
            )
        return str(UUID(bytes_le=values[0])) if self._is_ad else values[0].decode()


def _id_filter(subject: str) -> str:
    """An objectGUID inside a filter: its bytes, the first three parts little-endian (MS-DTYP 2.3.4.2)."""
    return "".join(f"\\{byte:02x}" for byte in UUID(subject).bytes_le)


def _folded(value: bytes) -> str:
    return value.decode(errors="replace").casefold()


def _found(entry: Entry) -> _Found:
    text = "\n".join([entry.dn, *(f"{name}={values!r}" for name, values in sorted(entry.attributes.items()))])
    return _Found(entry.dn, _digest(text))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


SPEC = Spec(title="LDAP directory (OpenLDAP, Active Directory)", settings=Settings, build=Ldap, ports=("door",))
