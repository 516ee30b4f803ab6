"""Permission systems that speak SCIM 2.0: membership of role groups is the access.

Wire:    GET and PATCH of groups, ``application/scim+json``; one person and one group a change.
Trust:   TLS and a bearer token, if the server wants one.
Repeats: a membership is a state; every change carries ``Idempotency-Key``, and is read back by id.
Source:  RFC 7643 (resources), RFC 7644 3.4 (reading, filters), 3.5.2 (PATCH, path with a value filter).

Never touched: accounts (``active``), other members, whole groups (no PUT, no ``remove`` with a list of values: one
known server empties the group on it).
"""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping
from hashlib import sha256
from itertools import islice
from threading import Lock
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field, SecretStr

from connectors.http import Answer, HttpClient
from connectors.port import Applied, Capabilities, Change, Observation, Spec
from schemas.access import Presence
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.reading import Limits, read_json

_MEDIA_TYPE = "application/scim+json"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_LIMITS = Limits(items=400_000)
_MEETINGS, _STRANGERS = 200, 1_000_000
"""How many members that nobody was resolved to are asked for at one time, and how many are remembered."""
_MAX_ANSWER = 16 << 20
"""A group of 50,000 members has four keys or items for each, and some 200 bytes."""


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one SCIM server."""

    base_url: str = Field(description="Address of the SCIM service, for example https://iam.example/scim/v2.")
    token: SecretStr | None = Field(default=None, description="Bearer token.")
    person_attribute: Literal["externalId", "userName"] = Field(
        default="externalId",
        description="Attribute that holds our identifier of a person; userName is tried where externalId finds nobody.",
    )
    read_back: Literal["group", "filter"] = Field(
        default="group",
        description="How a membership is observed: by the whole group, or by a filter (for groups of thousands).",
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    propagation_seconds: float = Field(
        default=0.0, ge=0, description="How long a change takes to reach the last reader behind this server."
    )
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: str | None = Field(default=None, description="PEM file of the only authorities to trust.")
    remember: int = Field(default=10_000, gt=0, le=1_000_000, description="Ids of persons and groups to keep in mind.")


class Scim:
    """Opens and closes role groups to persons, and reads back what is true."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        token = settings.token
        self._client = HttpClient(
            settings.base_url,
            allow_private=settings.allow_private_address,
            headers={
                "accept": _MEDIA_TYPE,
                **({"authorization": f"Bearer {token.get_secret_value()}"} if token else {}),
            },
            ca_file=settings.ca_file,
            max_answer=_MAX_ANSWER,
        )
        self._people = _Memory(settings.remember)
        self._groups = _Memory(settings.remember)
        self._strangers = _Memory(_STRANGERS)

    def capabilities(self) -> Capabilities:
        """Membership can be read back exactly."""
        return Capabilities("exact", self._settings.propagation_seconds)

    def probe(self) -> None:
        """Ask for one group: ``/ServiceProviderConfig`` would answer without any credentials (RFC 7643, 5)."""
        answer = self._get("/Groups", {"startIndex": "1", "count": "1", "attributes": "id"})
        _expect(answer, "Groups")
        _resources(answer)

    def resolve(self, person: str) -> str:
        """The server's id of a person, remembered until the server no longer knows it.

        Raises:
            RejectedError: ``sink.no-person``: nobody, or a ``userName`` that belongs to another ``externalId``;
                ``sink.ambiguous``: more than one.
        """
        if known := self._people.get(person):
            return known
        user = self._find_person(person)
        self._people.put(person, _id(user))
        return _id(user)

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each group has the subject as a direct member now, with digests of question and answer.

        "Absent" is said only of an id that the server still knows as the person who was resolved.

        Raises:
            UnavailableError: Also if the id is stale: ``resolve`` again.
        """
        presence: dict[str, Presence] = {}
        evidence: dict[str, dict[str, str]] = {}
        for target in targets:
            open_now, evidence[target] = self._look(subject, target)
            presence[target] = "present" if open_now else "absent"
        closed = [target for target, seen in presence.items() if seen == "absent"]
        if closed:
            person = self._confirm_person(subject)
            for target in closed:
                evidence[target]["person_sha256"] = person
        return Observation(presence, evidence)

    def members(self, target: str) -> frozenset[str]:
        """Ids of all direct members of a group; what is remembered of people is corrected by it."""
        _, answer = self._group(target)
        found = frozenset(_members(_object(answer)))
        unknown = (s for s in found if self._people.key_of(s) is None and self._strangers.get(s) is None)
        for subject in islice(unknown, _MEETINGS):
            self._meet(subject)
        return found

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Add or remove one member. The caller has observed first: some servers keep a second add as a second member.

        ``fence`` is not sent (SCIM has no place for it); the caller checks it under its lease.
        """
        if change.wanted == "present":
            self._confirm_person(change.subject)
        body = _patch(change)
        answer = self._patch_group(self._group_id(change.target), body, change.key)
        if answer.status == 404:  # not done: the server has forgotten this id, for example by a restart
            self._groups.drop(change.target)
            answer = self._patch_group(self._group_id(change.target), body, change.key)
        return _applied(answer, change)

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _meet(self, subject: str) -> None:
        """Who was made anew at the server has another id than the one remembered: forget that one."""
        answer = self._get(f"/Users/{quote(subject, safe='')}", {"attributes": "id,externalId,userName"})
        user = _object(answer) if answer.status == 200 else {}
        for name in (user.get("externalId"), user.get("userName")):
            if isinstance(name, str):
                self._people.drop(name)
        self._strangers.put(subject, subject)

    def _find_person(self, person: str) -> dict[str, Any]:
        users = self._users(self._settings.person_attribute, person)
        if not users and self._settings.person_attribute == "externalId":
            users = [u for u in self._users("userName", person) if not u.get("externalId")]
        if len(users) != 1:
            code = "sink.ambiguous" if users else "sink.no-person"
            raise RejectedError(code, f"{self.name}: {len(users)} users have this identifier; expected one")
        return users[0]

    def _users(self, attribute: str, person: str) -> list[dict[str, Any]]:
        """Users whose attribute is really that value: some servers answer an unknown filter with everybody."""
        query = {"filter": f"{attribute} eq {_quoted(person)}", "attributes": "id,externalId,userName"}
        answer = self._get("/Users", query)
        _expect(answer, "Users")
        return [user for user in _resources(answer) if _is_called(user, attribute, person)]

    def _confirm_person(self, subject: str) -> str:
        """Digest of the answer that says that ``subject`` is still the id of the person it was resolved for."""
        answer = self._get(f"/Users/{quote(subject, safe='')}", {"attributes": "id,externalId,userName"})
        person = self._people.key_of(subject)
        user = _object(answer) if answer.status == 200 else {}
        if user.get("id") != subject or (
            person is not None and not any(_is_called(user, name, person) for name in ("externalId", "userName"))
        ):
            self._people.drop_value(subject)
            raise UnavailableError("sink.no-person", f"{self.name}: id of the person is stale; resolve it again")
        return sha256(answer.body).hexdigest()

    def _look(self, subject: str, target: str) -> tuple[bool, dict[str, str]]:
        if self._settings.read_back == "filter":
            return self._look_by_filter(subject, target)
        path, answer = self._group(target)
        members = _members(_object(answer))
        return subject in members, {**_evidence(f"GET {path}", answer), "members": str(len(members))}

    def _look_by_filter(self, subject: str, target: str) -> tuple[bool, dict[str, str]]:
        group = self._group_id(target)
        wanted = f"id eq {_quoted(group)} and members.value eq {_quoted(subject)}"
        answer = self._get("/Groups", {"filter": wanted, "attributes": "id"})
        _expect(answer, "Groups")
        found = [each for each in _resources(answer) if each.get("id") == group]
        if not found:  # an id that the server forgot has no members either: ask for the group itself
            self._group(target, {"excludedAttributes": "members"})
        return bool(found), _evidence(f"GET /Groups?filter={wanted}", answer)

    def _group(self, target: str, query: Mapping[str, str] | None = None) -> tuple[str, Answer]:
        """Path and answer of a group; its id is looked up once more if the server has forgotten it."""
        for _ in range(2):
            path = f"/Groups/{quote(self._group_id(target), safe='')}"
            answer = self._get(path, query)
            if answer.status != 404:
                _expect(answer, target)
                return path, answer
            self._groups.drop(target)
        raise RejectedError("sink.no-target", f"{self.name}: group {target!r} is listed, but not found by its id")

    def _group_id(self, target: str) -> str:
        if known := self._groups.get(target):
            return known
        query = {"filter": f"displayName eq {_quoted(target)}", "excludedAttributes": "members"}
        answer = self._get("/Groups", query)
        _expect(answer, "Groups")
        groups = [each for each in _resources(answer) if each.get("displayName") == target]
        if len(groups) != 1:
            raise RejectedError(
                "sink.no-target", f"{self.name}: {len(groups)} groups have the name {target!r}; expected one"
            )
        self._groups.put(target, _id(groups[0]))
        return _id(groups[0])

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return self._client.call("GET", path, query=query, deadline_s=self._settings.read_deadline_seconds, write=False)

    def _patch_group(self, group: str, body: bytes, key: str) -> Answer:
        return self._client.call(
            "PATCH",
            f"/Groups/{quote(group, safe='')}",
            headers={"content-type": _MEDIA_TYPE, "idempotency-key": quote(key)},  # a header holds no Chinese
            body=body,
            deadline_s=self._settings.deadline_seconds,
            write=True,
        )


class _Memory:
    """The newest few ids, in both directions, shared by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._keys: dict[str, str] = {}
        self._lock = Lock()

    def get(self, key: str) -> str | None:
        with self._lock:
            if key in self._ids:
                self._ids.move_to_end(key)
            return self._ids.get(key)

    def key_of(self, value: str) -> str | None:
        with self._lock:
            return self._keys.get(value)

    def put(self, key: str, value: str) -> None:
        with self._lock:
            self._ids[key] = value
            self._keys[value] = key
            if len(self._ids) > self._most:
                _, gone = self._ids.popitem(last=False)
                self._keys.pop(gone, None)

    def drop(self, key: str) -> None:
        with self._lock:
            self._keys.pop(self._ids.pop(key, ""), None)

    def drop_value(self, value: str) -> None:
        with self._lock:
            self._ids.pop(self._keys.pop(value, ""), None)


def _patch(change: Change) -> bytes:
    operation: dict[str, Any] = (
        {"op": "add", "path": "members", "value": [{"value": change.subject}]}
        if change.wanted == "present"
        else {"op": "remove", "path": f"members[value eq {_quoted(change.subject)}]"}
    )
    return json.dumps({"schemas": [_PATCH], "Operations": [operation]}, ensure_ascii=False).encode()


def _applied(answer: Answer, change: Change) -> Applied:
    if answer.status in (200, 204):
        return "applied"
    reason = _scim_type(answer)
    if change.wanted == "absent" and reason == "noTarget":
        return "noop"  # RFC 7644 3.5.2.2 lets a server say so where the filter matches nobody
    code = "sink.no-target" if answer.status == 404 else "peer.rejected"
    raise RejectedError(code, f"PATCH of group {change.target!r}: answered {answer.status} {reason}".rstrip())


def _scim_type(answer: Answer) -> str:
    """The keyword of a SCIM error (RFC 7644, table 9); empty if there is none."""
    try:
        error = read_json(answer.body)
    except PayloadError:
        return ""
    found = error.get("scimType") if isinstance(error, dict) else None
    return found[:40] if isinstance(found, str) and found.isalnum() else ""


def _expect(answer: Answer, what: str) -> None:
    if answer.status != 200:
        code = "sink.no-target" if answer.status == 404 else "peer.rejected"
        raise RejectedError(code, f"{what}: answered {answer.status} {_scim_type(answer)}".rstrip())


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = read_json(answer.body, limits=_LIMITS)
    except PayloadError as error:
        raise UnavailableError("peer.bad-answer", f"answer is not JSON as expected ({error.code})") from error
    if not isinstance(found, dict):
        raise UnavailableError("peer.bad-answer", "answer is not a JSON object")
    return found


def _resources(answer: Answer) -> list[dict[str, Any]]:
    """The resources of a list answer; one known server spells the key in lower case."""
    body = _object(answer)
    found = body.get("Resources", body.get("resources", []))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UnavailableError("peer.bad-answer", "answer has no list of Resources")
    return found


def _members(group: dict[str, Any]) -> list[str]:
    """Ids of a group's members, as the server lists them."""
    members = group.get("members") or []
    if group.get("id") is None or not isinstance(members, list):
        raise UnavailableError("peer.bad-answer", "answer is not a group")
    return [str(each.get("value")) for each in members if isinstance(each, dict)]


def _id(resource: dict[str, Any]) -> str:
    found = resource.get("id")
    if not isinstance(found, str) or not found:
        raise UnavailableError("peer.bad-answer", "a resource of the answer has no id")
    return found


def _is_called(user: dict[str, Any], attribute: str, person: str) -> bool:
    found = user.get(attribute)
    if not isinstance(found, str):
        return False
    # RFC 7643 4.1.1: userName does not tell capitals from small letters; 3.1: externalId does.
    return found == person or (attribute == "userName" and found.casefold() == person.casefold())


def _quoted(value: str) -> str:
    """A value inside a filter: RFC 7644 3.4.2.2 takes the strings of JSON."""
    return json.dumps(value, ensure_ascii=False)


def _evidence(request: str, answer: Answer) -> dict[str, str]:
    found = {
        "request_sha256": sha256(request.encode()).hexdigest(),
        "answer_sha256": sha256(answer.body).hexdigest(),
    }
    etag = answer.headers.get("etag")
    return {**found, "etag": etag[:128]} if etag else found


SPEC = Spec(title="SCIM 2.0 permission system", settings=Settings, build=Scim, ports=("door",))
