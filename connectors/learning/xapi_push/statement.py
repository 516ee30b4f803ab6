"""The form of a statement (Data 2.2 to 2.4): what is of another form is refused with its place."""

from typing import Any

from connectors.learning.xapi_push import values
from connectors.learning.xapi_push.actors import actor, authority, group
from connectors.learning.xapi_push.shapes import Check, every, fits, members, null_at, step, wrong
from schemas.errors import PayloadError

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
        raise wrong(statement, "a statement", where)
    if (null := null_at(statement)) is not None:
        raise wrong(None, "a value (null is for extensions only)", where + null)
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
            raise PayloadError("schema.unknown-field", f"found {name}, expected it of activities only", place)
    if kind == "SubStatement":
        _agreeing(target, step(where, "object"))


def _exactly(value: str) -> Check:
    return fits(lambda found: found == value, value)


def _target(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise wrong(value, "an object", where)
    kind = value.get("objectType", "Activity")
    rule = _TARGETS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise wrong(kind, ", ".join(_TARGETS), step(where, "objectType"))
    rule(value, where)


def _sub_statement(value: Any, where: str) -> None:
    inner = value.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        raise PayloadError("schema.type", "found a SubStatement within another, expected none", step(where, "object"))
    _inner_statement(value, where)


_reference = members(
    {"objectType": _exactly("StatementRef"), "id": values.uuid}, ("objectType", "id"), "a StatementRef with an id"
)


def _components(value: Any, where: str) -> None:
    _component_list(value, where)
    ids = [each["id"] for each in value]
    for n, each in enumerate(ids):
        if each in ids[:n]:
            raise PayloadError("schema.type", "found one id twice, expected an id of its own for each", f"{where}/{n}")


_component_list = every(
    members({"id": values.text, "description": values.language_map}, ("id",), "an id and a description"),
    "a list of components",
)


def _definition(value: Any, where: str) -> None:
    _definition_members(value, where)
    if "interactionType" not in value and any(name in value for name in (*_COMPONENTS, "correctResponsesPattern")):
        raise PayloadError("schema.missing", "found none, expected the kind of interaction", f"{where}/interactionType")


_definition_members = members(
    {
        "name": values.language_map,
        "description": values.language_map,
        "type": values.iri,
        "moreInfo": values.iri,
        "extensions": values.extensions,
        "interactionType": fits(lambda value: value in _INTERACTIONS, ", ".join(_INTERACTIONS)),
        "correctResponsesPattern": every(values.text, "a list of texts"),
        **dict.fromkeys(_COMPONENTS, _components),
    },
    (),
    "a definition",
)
_activity = members(
    {"objectType": _exactly("Activity"), "id": values.iri, "definition": _definition}, ("id",), "an activity with an id"
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
_verb = members({"id": values.iri, "display": values.language_map}, ("id",), "a verb with an IRI as id")
_score_members = members(dict.fromkeys(("scaled", "raw", "min", "max"), values.number), (), "a score")


def _score(value: Any, where: str) -> None:
    _score_members(value, where)
    if not -1 <= value.get("scaled", 0) <= 1:
        raise PayloadError("schema.range", "found a scaled score beyond -1 to 1", step(where, "scaled"))
    known = [value[name] for name in ("min", "raw", "max") if name in value]
    if known != sorted(known):
        raise PayloadError("schema.range", "found a score out of order, expected min <= raw <= max", where)


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
    "a result",
)
_context = members(
    {
        "registration": values.uuid,
        "instructor": actor,
        "team": group,
        "contextActivities": members(
            dict.fromkeys(("parent", "grouping", "category", "other"), _activities), (), "lists of activities"
        ),
        "revision": values.text,
        "platform": values.text,
        "language": values.language,
        "statement": _reference,
        "extensions": values.extensions,
    },
    (),
    "a context",
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
    "an attachment",
)
_SAID = {
    "actor": actor,
    "verb": _verb,
    "object": _target,
    "result": _result,
    "context": _context,
    "timestamp": values.instant,
    "attachments": every(_attachment, "a list of attachments"),
}
_NEEDED = ("actor", "verb", "object")
_inner_statement = members({**_SAID, "objectType": _exactly("SubStatement")}, _NEEDED, "a statement")
_statement = members(
    {**_SAID, "id": values.uuid, "stored": values.instant, "version": values.version, "authority": authority},
    _NEEDED,
    "a statement",
)
