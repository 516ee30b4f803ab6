"""Agents and groups (Data 2.4.2): exactly one identifier each; a group may have members instead."""

from typing import Any

from connectors.learning.xapi_push import values
from connectors.learning.xapi_push.shapes import Check, fits, members, step, wrong
from schemas.errors import PayloadError

IDENTIFIERS: dict[str, Check] = {
    "mbox": values.mbox,
    "mbox_sha1sum": values.sha1,
    "openid": values.iri,
    "account": members(
        {"homePage": values.iri, "name": values.name}, ("homePage", "name"), "an account with homePage and name"
    ),
}
_AGENT = {**IDENTIFIERS, "objectType": fits(lambda _value: True, "Agent"), "name": values.text}
_agent = members(_AGENT, (), "an actor")
_group = members({**_AGENT, "member": fits(lambda value: isinstance(value, list), "a list of agents")}, (), "a group")


def actor(value: Any, where: str) -> None:
    """An agent or a group."""
    if not isinstance(value, dict):
        raise wrong(value, "an actor", where)
    kind = value.get("objectType", "Agent")
    if kind not in ("Agent", "Group"):
        raise wrong(kind, "Agent or Group", step(where, "objectType"))
    found = [each for each in IDENTIFIERS if each in value]
    if len(found) > 1 or (not found and kind == "Agent"):
        raise PayloadError("schema.type", f"found {len(found)} of {', '.join(IDENTIFIERS)}; expected one", where)
    if kind == "Agent":
        _agent(value, where)
        return
    _group(value, where)
    if not found and not value.get("member"):
        raise wrong(value.get("member"), "a list of agents, or an identifier of the group", step(where, "member"))
    for n, each in enumerate(value.get("member", ())):
        _member(each, f"{where}/member/{n}")


def _member(value: Any, where: str) -> None:
    if isinstance(value, dict) and value.get("objectType", "Agent") != "Agent":
        raise PayloadError("schema.type", "found a group within a group, expected agents", where)
    actor(value, where)


def group(value: Any, where: str) -> None:
    """A group."""
    if not isinstance(value, dict) or value.get("objectType") != "Group":
        raise wrong(value, "a group", where)
    actor(value, where)


def authority(value: Any, where: str) -> None:
    """Who vouches for a statement: an agent, or with OAuth a group of two, the application and its user."""
    actor(value, where)
    if value.get("objectType") == "Group" and (len(value.get("member", ())) != 2 or IDENTIFIERS.keys() & value.keys()):
        raise wrong(value, "an agent, or a group of two agents", where)


def identity(value: dict[str, Any]) -> Any:
    """What identifies an actor; names and the order of an anonymous group's members do not."""
    for each in IDENTIFIERS:
        if each in value:
            return [each, value[each]]
    return sorted((identity(each) for each in value["member"]), key=str)
