"""Answers of a SCIM server, read strictly: what is not of the asked form is no answer.

Names of attributes have no case (RFC 7643, 2.1): those that are read here are folded to small letters first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.http import Answer
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.reading import Limits, read_json
from schemas.words import Words

USER = "urn:ietf:params:scim:schemas:core:2.0:user"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:group"
_LIST = "urn:ietf:params:scim:api:messages:2.0:listresponse"
_LIMITS = Limits(items=400_000)

Resource = Mapping[str, Any]
"""A resource, the names of its attributes in small letters."""


class Member(NamedTuple):
    """How a group lists one member: by a value and a reference, of which one may be missing.

    ``is_told`` is whether the list says what it is: many servers give nothing but the value.
    """

    value: str
    reference: str
    is_group: bool
    is_told: bool = True

    @property
    def name(self) -> str:
        """By what it is asked for."""
        return self.value or self.reference

    @property
    def names(self) -> frozenset[str]:
        """All that this member is named by."""
        return frozenset(filter(None, (self.value, self.reference)))


class ListPage(NamedTuple):
    """One page of a list, and how much the whole list holds."""

    resources: Sequence[Resource]
    total: int


def resource(answer: Answer, schema: str, wanted: str = "") -> Resource:
    """The resource of an answer, of a schema, and the one asked for if an id is ``wanted``.

    Raises:
        UnavailableError: ``peer.bad-answer``: it is anything else, whatever its status said.
    """
    found = _folded(_object(answer))
    _require_schema(found, schema)
    if wanted and identifier(found) != wanted:
        raise _bad(Words("the resource of the answer is another than the one asked for", "应答的资源不是所查询的资源"))
    return found


def page(answer: Answer, schema: str) -> ListPage:
    """One page of resources of a schema.

    Raises:
        UnavailableError: ``peer.bad-answer``: it is anything else.
    """
    body = _folded(_object(answer))
    _require_schema(body, _LIST)
    total, found = body.get("totalresults"), body.get("resources", [])
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise _bad(Words("a list has no totalResults", "列表缺少 totalResults"))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _bad(Words("a list has no Resources", "列表缺少 Resources"))
    resources = [_folded(each) for each in found]
    for each in resources:
        if "schemas" in each:
            _require_schema(each, schema)
        identifier(each)
    return ListPage(resources, total)


def members(group: Resource) -> list[Member]:
    """How a group lists its members."""
    found = group.get("members")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _bad(Words("members of a group are no list", "组的 members 不是列表"))
    return [_member(_folded(each)) for each in found]


def identifier(found: Resource) -> str:
    """The id of a resource."""
    text = _name(found.get("id"))
    if not text:
        raise _bad(Words("a resource of the answer has no id", "应答的资源缺少 id"))
    return text


def text_of(found: Resource, name: str) -> str:
    """An attribute that is a text; empty if it is none."""
    text = found.get(name.lower())
    return text if isinstance(text, str) else ""


def version_of(answer: Answer, found: Resource) -> str:
    """The version of a resource, as RFC 7644, 3.14 has it: in the header or in the resource; empty if in neither."""
    meta = found.get("meta")
    inside = _folded(meta).get("version") if isinstance(meta, dict) else None
    return answer.headers.get("etag") or (inside if isinstance(inside, str) else "")


def group_ids(user: Resource) -> frozenset[str]:
    """Ids of the groups that a user says to be in, directly or not; many servers never say it."""
    found = user.get("groups")
    if not isinstance(found, list):
        return frozenset()
    return frozenset(str(_folded(each).get("value")) for each in found if isinstance(each, dict))


def expect(answer: Answer, what: str) -> None:
    """Return if a read was answered 200.

    Raises:
        RejectedError: It was refused.
    """
    if answer.status != 200:
        code = "sink.no-target" if answer.status == 404 else "peer.rejected"
        raise RejectedError(code, _answered(answer, what))


def _answered(answer: Answer, what: str) -> Words:
    said = f"{answer.status} {scim_type(answer)}".rstrip()
    return Words(f"{what}: answered {said}", f"{what}：应答 {said}")


def scim_type(answer: Answer) -> str:
    """The keyword of a SCIM error (RFC 7644, table 9); empty if there is none."""
    try:
        error = read_json(answer.body)
    except PayloadError:
        return ""
    found = error.get("scimType") if isinstance(error, dict) else None
    return found[:40] if isinstance(found, str) and found.isalnum() else ""


def is_called(user: Resource, attribute: str, person: str) -> bool:
    """Whether an attribute of a user is really our identifier: some servers answer a filter with everybody."""
    found = text_of(user, attribute)
    # RFC 7643 4.1.1: userName does not tell capitals from small letters; 3.1: externalId does.
    return bool(found) and (found == person or (attribute == "userName" and found.casefold() == person.casefold()))


def _member(found: Mapping[str, Any]) -> Member:
    value, reference, kind = (found.get(name) for name in ("value", "$ref", "type"))
    text = reference if isinstance(reference, str) else ""
    said = kind.lower() if isinstance(kind, str) else ""
    is_group = said == "group" or "/groups/" in text.lower()
    tail = text.rstrip("/").rpartition("/")[2]
    named = _name(value)
    if not named and not tail:
        raise _bad(Words("a member of a group has neither value nor $ref", "组成员既没有 value 也没有 $ref"))
    return Member(named, tail, is_group, is_group or said == "user" or "/users/" in text.lower())


def _name(found: object) -> str:
    """A name of something; some servers count, and write numbers."""
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else ""


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = read_json(answer.body, limits=_LIMITS)
    except PayloadError as error:
        raise _bad(Words(f"answer is not JSON as expected ({error.code})", f"应答不是 JSON（{error.code}）")) from error
    if not isinstance(found, dict):
        raise _bad(Words("answer is not a JSON object", "应答不是 JSON 对象"))
    return found


def _folded(found: Mapping[str, Any]) -> dict[str, Any]:
    folded = {name.lower(): value for name, value in found.items()}
    if len(folded) != len(found):
        raise _bad(Words("an attribute stands twice, in other case", "有属性仅大小写不同而重复"))
    return folded


def _require_schema(found: Resource, schema: str) -> None:
    said, name = found.get("schemas"), schema.rpartition(":")[2]
    if not isinstance(said, list) or schema not in (each.lower() for each in said if isinstance(each, str)):
        raise _bad(Words(f"answer is not of the schema {name}", f"应答不符合 {name} 模式"))


def _bad(why: Words) -> UnavailableError:
    return UnavailableError("peer.bad-answer", why)
