"""Changes of one membership in the form that a server takes, and what its answer says."""

from collections.abc import Collection, Mapping
from typing import Any

from connectors.access.scim.people import Account
from connectors.access.scim.profile import Profile
from connectors.access.scim.reading import GROUP, Resource, resource, scim_type
from connectors.access.scim.wire import quoted
from connectors.http import Answer
from connectors.port import Applied, Change
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from schemas.words import Words

_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_MOVED_ON = (409, 412)


def added(account: Account, profile: Profile) -> Mapping[str, Any]:
    """The body that adds one member."""
    members = [_member(account, profile)]
    if profile.add == "no-path":
        return _patch({"op": "add", "value": {"members": members}})
    return _patch({"op": "add", "path": "members", "value": members})


def removed(name: str, profile: Profile) -> Mapping[str, Any]:
    """The body that removes the member of this name, and nobody else."""
    if profile.remove == "value-list":
        return _patch({"op": "remove", "path": "members", "value": [{"value": name}]})
    return _patch({"op": "remove", "path": f"members[value eq {quoted(name)}]"})


def put_form(group: Resource, account: Account | None, gone: Collection[str], profile: Profile) -> Mapping[str, Any]:
    """A group as it was shown, without who must be gone, and with an account if one is added."""
    kept = [each for each in group.get("members") or [] if str(each.get("value", "")) not in gone]
    members = kept if account is None else [*kept, _member(account, profile)]
    names = {"schemas": "schemas", "id": "id", "displayname": "displayName", "externalid": "externalId"}
    return {**{names[name]: value for name, value in group.items() if name in names}, "members": members}


def taken(answer: Answer, change: Change) -> Applied:
    """What an answer says of a change.

    Raises:
        UnavailableError: ``peer.conflict``: the group was changed meanwhile; it is looked at again.
        UnknownOutcomeError: It is no answer of the protocol, whatever its status says.
        RejectedError: Refused.
    """
    if 200 <= answer.status < 300:
        if answer.status == 200 and answer.body.strip():
            _require_group(answer)
        return "applied"
    reason = scim_type(answer)
    if change.wanted == "absent" and reason == "noTarget":
        return "noop"  # RFC 7644 3.5.2.2 lets a server say so where the filter matches nobody
    said = f"{answer.status} {reason}".rstrip()
    what = Words(f"change of group {change.target!r}: answered {said}", f"变更组 {change.target!r}：应答 {said}")
    if answer.status in _MOVED_ON:
        raise UnavailableError("peer.conflict", what)
    raise RejectedError("sink.no-target" if answer.status == 404 else "peer.rejected", what)


def _require_group(answer: Answer) -> None:
    try:
        resource(answer, GROUP)
    except UnavailableError as error:
        raise UnknownOutcomeError(
            Words(
                f"a change was answered 200 with something else: {error.message}",
                f"变更的应答为 200，但内容不符：{error.told('zh')}",
            )
        ) from error


def _member(account: Account, profile: Profile) -> Mapping[str, Any]:
    value = account.user_name if profile.member_value == "userName" else account.id
    more = {"type": "User", "display": account.user_name, "$ref": f"../Users/{account.id}"}
    return {"value": value, **{name: more[name] for name in profile.add_with}}


def _patch(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"schemas": [_PATCH], "Operations": [operation]}
