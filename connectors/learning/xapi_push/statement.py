"""The form of a statement (Data 2.2 to 2.4): what is of another form is refused with its place."""

from collections.abc import Iterable
from typing import Any

from connectors.learning.xapi_push import values
from connectors.learning.xapi_push.actors import actor, authority, group
from connectors.learning.xapi_push.shapes import Check, every, fits, members, null_at, step, wrong
from schemas.errors import PayloadError
from schemas.words import Words, named

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_INTERACTIONS = (
    *("true-false", "choice", "fill-in", "long-fill-in", "matching"),
    *("performance", "sequencing", "likert", "numeric", "other"),
)
_COMPONENTS = ("choices", "scale", "source", "target", "steps")


def check(statement: Any, where: str) -> None:
    """Return if a statement has the form of xAPI 1.0.3. A member of another name is refused: one that is misspelt
    would not be read.

    Raises:
        PayloadError: With the pointer of what is wrong.
    """
    if not isinstance(statement, dict):
        raise wrong(statement, Words("a statement", "一条语句"), where)
    if (null := null_at(statement)) is not None:
        raise wrong(
            None, Words("a value (null is for extensions only)", "一个值（null 仅可用于 extensions）"), where + null
        )
    _statement(statement, where)
    _agreeing(statement, where)


def _agreeing(statement: dict[str, Any], where: str) -> None:
    """Rules that more than one part must keep together."""
    target, context = statement["object"], statement.get("context", {})
    if statement["verb"]["id"] == VOIDED:
        _reference(target, step(where, "object"))
    kind = target.get("objectType", "Activity")
    for name in ("revision", "platform"):
        if name in context and kind != "Activity":
            place = f"{where}/context/{name}"
            raise PayloadError(
                "schema.unknown-field",
                Words(f"found {name}, expected it of activities only", f"现有 {name}，该项仅用于 Activity"),
                place,
            )
    if kind == "SubStatement":
        _agreeing(target, step(where, "object"))


def _one_of(names: Iterable[str]) -> Words:
    return Words(", ".join(names), "、".join(names))


def _exactly(value: str) -> Check:
    return fits(lambda found: found == value, named(value))


def _target(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise wrong(value, Words("an object", "JSON 对象"), where)
    kind = value.get("objectType", "Activity")
    rule = _TARGETS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise wrong(kind, _one_of(_TARGETS), step(where, "objectType"))
    rule(value, where)


def _sub_statement(value: Any, where: str) -> None:
    inner = value.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        raise PayloadError(
            "schema.type",
            Words("found a SubStatement within another, expected none", "SubStatement 内另有 SubStatement，不应嵌套"),
            step(where, "object"),
        )
    _inner_statement(value, where)


_reference = members(
    {"objectType": _exactly("StatementRef"), "id": values.uuid},
    ("objectType", "id"),
    Words("a StatementRef with an id", "带 id 的 StatementRef"),
)


def _components(value: Any, where: str) -> None:
    _component_list(value, where)
    ids = [each["id"] for each in value]
    for n, each in enumerate(ids):
        if each in ids[:n]:
            raise PayloadError(
                "schema.type",
                Words("found one id twice, expected an id of its own for each", "有 id 重复，每项应有各自的 id"),
                f"{where}/{n}",
            )


_component_list = every(
    members(
        {"id": values.text, "description": values.language_map},
        ("id",),
        Words("an id and a description", "id 与 description"),
    ),
    Words("a list of components", "组件列表"),
)


def _definition(value: Any, where: str) -> None:
    _definition_members(value, where)
    if "interactionType" not in value and any(name in value for name in (*_COMPONENTS, "correctResponsesPattern")):
        raise PayloadError(
            "schema.missing",
            Words("found none, expected the kind of interaction", "未填写，应为交互类型"),
            f"{where}/interactionType",
        )


_definition_members = members(
    {
        "name": values.language_map,
        "description": values.language_map,
        "type": values.iri,
        "moreInfo": values.iri,
        "extensions": values.extensions,
        "interactionType": fits(lambda value: value in _INTERACTIONS, _one_of(_INTERACTIONS)),
        "correctResponsesPattern": every(values.text, Words("a list of texts", "文字列表")),
        **dict.fromkeys(_COMPONENTS, _components),
    },
    (),
    Words("a definition", "定义（definition）"),
)
_activity = members(
    {"objectType": _exactly("Activity"), "id": values.iri, "definition": _definition},
    ("id",),
    Words("an activity with an id", "带 id 的 Activity"),
)


def _activities(value: Any, where: str) -> None:
    """Activities; one may stand where a list is meant."""
    for n, each in enumerate(value if isinstance(value, list) else [value]):
        _activity(each, f"{where}/{n}")


_TARGETS: dict[str, Check] = {
    "Activity": _activity,
    "Agent": actor,
    "Group": actor,
    "StatementRef": _reference,
    "SubStatement": _sub_statement,
}
_verb = members(
    {"id": values.iri, "display": values.language_map},
    ("id",),
    Words("a verb with an IRI as id", "以 IRI 为 id 的 verb"),
)
_score_members = members(
    dict.fromkeys(("scaled", "raw", "min", "max"), values.number), (), Words("a score", "得分（score）")
)


def _score(value: Any, where: str) -> None:
    _score_members(value, where)
    if not -1 <= value.get("scaled", 0) <= 1:
        raise PayloadError(
            "schema.range",
            Words("found a scaled score beyond -1 to 1", "scaled 得分超出 -1 至 1"),
            step(where, "scaled"),
        )
    known = [value[name] for name in ("min", "raw", "max") if name in value]
    if known != sorted(known):
        raise PayloadError(
            "schema.range",
            Words("found a score out of order, expected min <= raw <= max", "得分次序不符，应为 min <= raw <= max"),
            where,
        )


_result = members(
    {
        "score": _score,
        "success": values.truth,
        "completion": values.truth,
        "response": values.text,
        "duration": values.duration,
        "extensions": values.extensions,
    },
    (),
    Words("a result", "结果（result）"),
)
_context = members(
    {
        "registration": values.uuid,
        "instructor": actor,
        "team": group,
        "contextActivities": members(
            dict.fromkeys(("parent", "grouping", "category", "other"), _activities),
            (),
            Words("lists of activities", "Activity 列表"),
        ),
        "revision": values.text,
        "platform": values.text,
        "language": values.language,
        "statement": _reference,
        "extensions": values.extensions,
    },
    (),
    Words("a context", "上下文（context）"),
)
# What is attached cannot come along here (that would be multipart/mixed), so it must lie elsewhere.
_attachment = members(
    {
        "usageType": values.iri,
        "display": values.language_map,
        "description": values.language_map,
        "contentType": values.media_type,
        "length": values.length,
        "sha2": values.sha2,
        "fileUrl": values.iri,
    },
    ("usageType", "display", "contentType", "length", "sha2", "fileUrl"),
    Words("an attachment", "附件"),
)
_SAID = {
    "actor": actor,
    "verb": _verb,
    "object": _target,
    "result": _result,
    "context": _context,
    "timestamp": values.instant,
    "attachments": every(_attachment, Words("a list of attachments", "附件列表")),
}
_NEEDED = ("actor", "verb", "object")
_inner_statement = members({**_SAID, "objectType": _exactly("SubStatement")}, _NEEDED, Words("a statement", "一条语句"))
_statement = members(
    {**_SAID, "id": values.uuid, "stored": values.instant, "version": values.version, "authority": authority},
    _NEEDED,
    Words("a statement", "一条语句"),
)
