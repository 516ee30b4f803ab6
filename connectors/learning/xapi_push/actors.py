"""Agents and groups (Data 2.4.2): exactly one identifier each; a group may have members instead."""

from typing import Any

from connectors.learning.xapi_push import values
from connectors.learning.xapi_push.shapes import Check, fits, members, step, wrong
from schemas.errors import PayloadError
from schemas.words import Words

IDENTIFIERS: dict[str, Check] = {
    "mbox": values.mbox,
    "mbox_sha1sum": values.sha1,
    "openid": values.iri,
    "account": members(
        {"homePage": values.iri, "name": values.name},
        ("homePage", "name"),
        Words("an account with homePage and name", "带 homePage 和 name 的账号"),
    ),
}
_AGENT = {**IDENTIFIERS, "objectType": fits(lambda _value: True, Words("Agent", "Agent")), "name": values.text}
_agent = members(_AGENT, (), Words("an actor", "人员（actor）"))
_group = members(
    {**_AGENT, "member": fits(lambda value: isinstance(value, list), Words("a list of agents", "个人（Agent）列表"))},
    (),
    Words("a group", "组（Group）"),
)


def actor(value: Any, where: str) -> None:
    """An agent or a group."""
    if not isinstance(value, dict):
        raise wrong(value, Words("an actor", "人员（actor）"), where)
    kind = value.get("objectType", "Agent")
    if kind not in ("Agent", "Group"):
        raise wrong(kind, Words("Agent or Group", "Agent 或 Group"), step(where, "objectType"))
    found = [each for each in IDENTIFIERS if each in value]
    if len(found) > 1 or (not found and kind == "Agent"):
        raise PayloadError(
            "schema.type",
            Words(
                f"found {len(found)} of {', '.join(IDENTIFIERS)}; expected one",
                f"{'、'.join(IDENTIFIERS)} 现有 {len(found)} 项，应为一项",
            ),
            where,
        )
    if kind == "Agent":
        _agent(value, where)
        return
    _group(value, where)
    if not found and not value.get("member"):
        raise wrong(
            value.get("member"),
            Words("a list of agents, or an identifier of the group", "个人（Agent）列表，或组的标识"),
            step(where, "member"),
        )
    for n, each in enumerate(value.get("member", ())):
        _member(each, f"{where}/member/{n}")


def _member(value: Any, where: str) -> None:
    if isinstance(value, dict) and value.get("objectType", "Agent") != "Agent":
        raise PayloadError(
            "schema.type", Words("found a group within a group, expected agents", "组内另有组，应为个人"), where
        )
    actor(value, where)


def group(value: Any, where: str) -> None:
    """A group."""
    if not isinstance(value, dict) or value.get("objectType") != "Group":
        raise wrong(value, Words("a group", "组（Group）"), where)
    actor(value, where)


def authority(value: Any, where: str) -> None:
    """Who vouches for a statement: an agent, or with OAuth a group of two, the application and its user."""
    actor(value, where)
    if value.get("objectType") == "Group" and (len(value.get("member", ())) != 2 or IDENTIFIERS.keys() & value.keys()):
        raise wrong(value, Words("an agent, or a group of two agents", "个人（Agent），或两名个人的组"), where)


def identity(value: dict[str, Any]) -> Any:
    """What identifies an actor; names and the order of an anonymous group's members do not."""
    for each in IDENTIFIERS:
        if each in value:
            return [each, value[each]]
    return sorted((identity(each) for each in value["member"]), key=str)
