"""What a statements resource must take and must refuse, one row a case, from the text of xAPI 1.0.3.

A row: the section, whether the statement is valid, the pointer of the member that is changed in a plain statement,
and its new value (``DROP``: none). Part 2 (Data) unless the section says C, for part 3 (Communication).
"""

from enum import Enum
from typing import Any, Final, NamedTuple

ID, OTHER = "2b8c1f0e-6a51-4a3e-9c37-0d5b7f2a1cff", "2b8c1f0e-6a51-4a3e-9c37-0d5b7f2a1cfe"
VERB = "http://adlnet.gov/expapi/verbs/"
AGENT = {"objectType": "Agent", "mbox": "mailto:a@example.cn"}
ACCOUNT = {"account": {"homePage": "https://lms.example.cn", "name": "l0"}}
MEMBERS = [{"mbox": "mailto:a@example.cn"}, {"openid": "https://id.example.cn/b"}]
GROUP = {"objectType": "Group", "member": MEMBERS}
ACTIVITY = {"objectType": "Activity", "id": "https://lms.example.cn/course/any"}
REF = {"objectType": "StatementRef", "id": OTHER}
STATEMENT: dict[str, Any] = {
    "actor": ACCOUNT,
    "verb": {"id": VERB + "experienced", "display": {"en-US": "experienced"}},
    "object": ACTIVITY,
}
SUB = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": VERB + "experienced"}, "object": ACTIVITY}
ATTACHMENT = {
    "usageType": "https://example.cn/usage",
    "display": {"en": "certificate"},
    "contentType": "application/pdf",
    "length": 7,
    "sha2": "ab" * 32,
    "fileUrl": "https://example.cn/certificate.pdf",
}
CHOICE = {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "b", "description": {"en": "B"}}]}


class Value(Enum):
    """What no statement can hold."""

    DROP = "none"


DROP: Final = Value.DROP


class Row(NamedTuple):
    """One case."""

    section: str
    valid: bool
    pointer: str
    value: Any

    def __str__(self) -> str:
        return f"{self.section} {'takes' if self.valid else 'refuses'} {self.pointer} {str(self.value)[:60]}"

    @property
    def statement(self) -> Any:
        """The statement of this case."""
        return changed(STATEMENT, self.pointer, self.value)


def changed(value: Any, pointer: str, new: Any) -> Any:
    """A copy of a value with one member set, or dropped."""
    head, _, rest = pointer.removeprefix("/").partition("/")
    if not head:
        return new
    inner = changed(value.get(head, {}), rest, new) if rest else new
    return {name: each for name, each in {**value, head: inner}.items() if each is not DROP}


def _rows(section: str, valid: bool, pointer: str, *values: Any) -> list[Row]:
    return [Row(section, valid, pointer, value) for value in values]


def _takes(section: str, pointer: str, *values: Any) -> list[Row]:
    return _rows(section, True, pointer, *values)


def _refuses(section: str, pointer: str, *values: Any) -> list[Row]:
    return _rows(section, False, pointer, *values)


NO_TEXT = (7, True, [], {})
ROWS = [
    # --- 2.2 formatting: null, text for numbers and booleans, other keys, other case
    *_refuses("2.2", "", None, 7, "statement", True),
    *_refuses("2.2", "/actor", None),
    *_refuses("2.2", "/verb/display", None, {"en": None}),
    *_refuses("2.2", "/result/response", None),
    *_refuses("2.2", "/context/platform", None),
    *_refuses("2.2", "/object/definition", None),
    *_refuses("2.2", "/result/score/raw", "85", True),
    *_refuses("2.2", "/result/success", "true", 1, "yes"),
    *_refuses("2.2", "/result/completion", "false", 0),
    *_refuses("2.2", "/Timestamp", "2026-03-02T09:00:00Z"),
    *_refuses("2.2", "/timeStamp", "2026-03-02T09:00:00Z"),
    *_refuses("2.2", "/Result", {}),
    *_refuses("2.2", "/more", {}, "x"),
    *_refuses("2.2", "/actor/Name", "A"),
    *_refuses("2.2", "/verb/Id", VERB + "x"),
    *_refuses("2.2", "/verb/more", 1),
    *_refuses("2.2", "/object/more", 1),
    *_refuses("2.2", "/object/definition/more", 1),
    *_refuses("2.2", "/result/more", 1),
    *_refuses("2.2", "/result/score/more", 1),
    *_refuses("2.2", "/context/more", 1),
    *_refuses("2.2", "/context/contextActivities/Parent", [ACTIVITY]),
    *_refuses("2.2", "/actor/account/more", 1),
    # --- 2.4 what a statement has
    *_takes("2.4", "/context", {}),
    *_takes("2.4", "/result", {}),
    *_takes("2.4", "/timestamp", DROP),
    *_refuses("2.4", "/actor", DROP, "l0", []),
    *_refuses("2.4", "/verb", DROP, VERB + "x", []),
    *_refuses("2.4", "/object", DROP, "x", []),
    *_refuses("2.4", "/result", "passed", []),
    *_refuses("2.4", "/context", "x", []),
    # --- 2.4.1 ids
    *_takes("2.4.1", "/id", ID, ID.upper(), "00000000-0000-0000-8000-000000000000"),
    *_refuses("2.4.1", "/id", "7", 7, "", f"{{{ID}}}", ID[:-1], ID.replace("-", ""), "urn:uuid:" + ID, "zz" + ID[2:]),
    # --- 2.4.2 actors: agents
    *_takes("2.4.2.1", "/actor", AGENT, ACCOUNT, {**AGENT, "name": "张三"}),
    *_takes("2.4.2.3", "/actor", {"mbox_sha1sum": "ab" * 20}, {"mbox_sha1sum": "AB" * 20}),
    *_takes("2.4.2.3", "/actor", {"openid": "https://id.example.cn/a"}),
    *_takes("2.4.2.4", "/actor/account/homePage", "https://other.example.cn/", "urn:x:lms"),
    *_takes("2.4.2.4", "/actor/account/name", "with blank", "长" * 100, "|"),
    *_refuses("2.4.2.1", "/actor", {}, {"name": "A"}, {"objectType": "Agent"}, {**AGENT, "objectType": "Person"}),
    *_refuses("2.4.2.1", "/actor", {**AGENT, "objectType": "agent"}, {**AGENT, "objectType": ""}),
    *_refuses("2.4.2.1", "/actor", {**AGENT, "openid": "https://id.example.cn/a"}, {**AGENT, **ACCOUNT}),
    *_refuses("2.4.2.1", "/actor", {**AGENT, "member": []}),
    *_refuses("2.4.2.1", "/actor/name", *NO_TEXT),
    *_refuses("2.4.2.3", "/actor", {"mbox": "a@example.cn"}, {"mbox": "mailto:"}, {"mbox": "mailto:a"}, {"mbox": 7}),
    *_refuses("2.4.2.3", "/actor", {"mbox": "MAILTO a@example.cn"}, {"mbox": ""}),
    *_refuses("2.4.2.3", "/actor", {"mbox_sha1sum": "ab" * 19}, {"mbox_sha1sum": "xy" * 20}, {"mbox_sha1sum": 7}),
    *_refuses("2.4.2.3", "/actor", {"openid": "id.example.cn/a"}, {"openid": ""}, {"openid": 7}),
    *_refuses("2.4.2.4", "/actor/account", "l0", {}, []),
    *_refuses("2.4.2.4", "/actor/account/homePage", DROP, "lms.example.cn", "/home", "", 7),
    *_refuses("2.4.2.4", "/actor/account/name", DROP, *NO_TEXT),
    # --- 2.4.2.2 groups
    *_takes("2.4.2.2", "/actor", GROUP, {**GROUP, "name": "team"}),
    *_takes("2.4.2.2", "/actor", {"objectType": "Group", "mbox": "mailto:t@example.cn"}),
    *_takes("2.4.2.2", "/actor", {**GROUP, "mbox": "mailto:t@example.cn"}, {**GROUP, **ACCOUNT}),
    *_refuses("2.4.2.2", "/actor", {"objectType": "Group"}, {"objectType": "Group", "member": []}),
    *_refuses("2.4.2.2", "/actor", {"objectType": "Group", "member": "all"}, {"objectType": "Group", "member": [{}]}),
    *_refuses("2.4.2.2", "/actor", {"objectType": "Group", "member": [GROUP]}, {"member": MEMBERS}),
    *_refuses("2.4.2.2", "/actor", {**GROUP, "mbox": "mailto:t@example.cn", "openid": "https://id.example.cn/t"}),
    # --- 2.4.3 verbs, 4.2 language maps
    *_takes("2.4.3", "/verb/id", "urn:x:did", "https://example.cn/动词"),
    *_takes("2.4.3", "/verb/display", DROP, {}),
    *_takes(
        "4.2", "/verb/display", {"en": "a", "zh-CN": "乙"}, {"zh-Hans-CN": "丙"}, {"und": "x"}, {"de-CH-1996": "x"}
    ),
    *_refuses("2.4.3", "/verb/id", DROP, "experienced", "", 7, "//example.cn/x", "/x"),
    *_refuses("2.4.3", "/verb/display", "a", ["a"], 7),
    *_refuses("4.2", "/verb/display", {"12": "a"}, {"": "a"}, {"a b": "a"}, {"abcdefghij": "a"}, {"en-": "a"}),
    *_refuses("4.2", "/verb/display", {"en": 7}, {"en": ["a"]}),
    # --- 2.4.4.1 activities
    *_takes("2.4.4.1", "/object", {"id": "urn:x:1"}, ACTIVITY, {**ACTIVITY, "definition": {}}),
    *_takes("2.4.4.1", "/object/id", "https://example.cn/" + "x" * 600, "https://example.cn/模块?a=b&c=d#e"),
    *_takes("2.4.4.1", "/object/definition/name", {"zh-CN": "课程"}, {}),
    *_takes("2.4.4.1", "/object/definition/description", {"en": "a course"}),
    *_takes("2.4.4.1", "/object/definition/type", "http://adlnet.gov/expapi/activities/course"),
    *_takes("2.4.4.1", "/object/definition/moreInfo", "https://example.cn/more"),
    *_refuses("2.4.4.1", "/object", {}, {**ACTIVITY, "objectType": "activity"}, {**ACTIVITY, "objectType": "Thing"}),
    *_refuses("2.4.4.1", "/object/objectType", 7, [], {}),
    *_refuses("2.4.4.1", "/object/id", DROP, "any", "", 7, "www.example.cn/a"),
    *_refuses("2.4.4.1", "/object/definition", "course", [], 7),
    *_refuses("2.4.4.1", "/object/definition/name", "course", {"en": 1}),
    *_refuses("2.4.4.1", "/object/definition/description", "course", ["a"]),
    *_refuses("2.4.4.1", "/object/definition/type", "course", "", 7),
    *_refuses("2.4.4.1", "/object/definition/moreInfo", "more", 7),
    # --- interactions
    *_takes("2.4.4.1", "/object/definition", CHOICE, {"interactionType": "other"}),
    *_takes("2.4.4.1", "/object/definition", {"interactionType": "fill-in", "correctResponsesPattern": ["a[,]b"]}),
    *_takes("2.4.4.1", "/object/definition", {"interactionType": "likert", "scale": [{"id": "a"}]}),
    *_takes(
        "2.4.4.1",
        "/object/definition",
        {"interactionType": "matching", "source": [{"id": "a"}], "target": [{"id": "b"}]},
        {"interactionType": "performance", "steps": [{"id": "a"}]},
    ),
    *_refuses("2.4.4.1", "/object/definition/interactionType", "quiz", "Choice", "", 7, []),
    *_refuses("2.4.4.1", "/object/definition/correctResponsesPattern", ["a"]),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "correctResponsesPattern": "a"}),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "correctResponsesPattern": [1]}),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "choices": [{"id": "a"}, {"id": "a"}]}),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "choices": [{}]}, {**CHOICE, "choices": "a"}),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "choices": [{"id": 1}]}),
    *_refuses("2.4.4.1", "/object/definition", {**CHOICE, "choices": [{"id": "a", "description": "A"}]}),
    # --- 2.4.4.2 agents as objects, 2.4.4.3 statements as objects
    *_takes("2.4.4.2", "/object", AGENT, GROUP, {"objectType": "Group", "mbox": "mailto:t@example.cn"}),
    *_refuses("2.4.4.2", "/object", {"mbox": "mailto:a@example.cn"}, {"objectType": "Agent"}, {"objectType": "Group"}),
    *_takes("2.4.4.3", "/object", REF, SUB, {**SUB, "object": REF}, {**SUB, "object": AGENT}),
    *_takes("2.4.4.3", "/object", {**SUB, "timestamp": "2026-03-02T09:00:00Z", "result": {"success": True}}),
    *_refuses("2.4.4.3", "/object", {"objectType": "StatementRef"}, {**REF, "id": "7"}, {**REF, "more": 1}),
    *_refuses("2.4.4.3", "/object", {**REF, "objectType": "statementref"}),
    *_refuses("2.4.4.3", "/object", {**SUB, "id": ID}, {**SUB, "stored": "2026-03-02T09:00:00Z"}),
    *_refuses("2.4.4.3", "/object", {**SUB, "version": "1.0.3"}, {**SUB, "authority": AGENT}),
    *_refuses("2.4.4.3", "/object", {**SUB, "object": SUB}, {**SUB, "actor": {}}, {**SUB, "verb": {"id": "x"}}),
    *_refuses("2.4.4.3", "/object", {"objectType": "SubStatement"}, {**SUB, "result": {"success": "true"}}),
    *_refuses("2.4.4.3", "/object", {**SUB, "timestamp": "soon"}, {**SUB, "context": {"registration": "7"}}),
    # --- 2.3.2 voiding
    *_takes("2.3.2", "", {**STATEMENT, "verb": {"id": VERB + "voided"}, "object": REF}),
    *_refuses("2.3.2", "/verb/id", VERB + "voided"),
    *_refuses("2.3.2", "", {**STATEMENT, "verb": {"id": VERB + "voided"}, "object": {"id": OTHER}}),
    *_refuses("2.3.2", "", {**STATEMENT, "verb": {"id": VERB + "voided"}, "object": AGENT}),
    # --- 2.4.5 results
    *_takes("2.4.5", "/result/success", True, False),
    *_takes("2.4.5", "/result/completion", True, False),
    *_takes("2.4.5", "/result/response", "", "a[,]b"),
    *_refuses("2.4.5", "/result/response", *NO_TEXT),
    *_takes("2.4.5.1", "/result/score", {}, {"scaled": 0.5}, {"scaled": -1}, {"scaled": 1}, {"raw": -3}),
    *_takes("2.4.5.1", "/result/score", {"raw": 85.5, "min": 0, "max": 100, "scaled": 0.71}),
    *_refuses("2.4.5.1", "/result/score", 85, "85", [], {"scaled": 1.01}, {"scaled": -1.01}, {"scaled": "0.5"}),
    *_refuses("2.4.5.1", "/result/score", {"raw": 101, "max": 100}, {"raw": -1, "min": 0}, {"min": 9, "max": 1}),
    *_refuses("2.4.5.1", "/result/score", {"min": "0"}, {"max": []}),
    *_takes("4.6", "/result/duration", "PT1234S", "PT1H0M0S", "P3Y1M29DT4H35M59.14S", "P4W", "PT0.5H", "P1D", "PT0S"),
    *_refuses("4.6", "/result/duration", "P4W1D", "P", "PT", "P1DT", "1H", "PT1.5H30M", "P1S", "", 60, "P0001-01-01"),
    # --- 2.4.6 context
    *_takes("2.4.6", "/context/registration", ID),
    *_refuses("2.4.6", "/context/registration", "7", "", 7),
    *_takes("2.4.6", "/context/instructor", AGENT, GROUP),
    *_refuses("2.4.6", "/context/instructor", {}, "A", {"mbox": "a"}),
    *_takes("2.4.6", "/context/team", GROUP, {"objectType": "Group", "mbox": "mailto:t@example.cn"}),
    *_refuses("2.4.6", "/context/team", AGENT, {}, {"objectType": "Group"}, {"mbox": "mailto:t@example.cn"}),
    *_takes("2.4.6", "/context/revision", "3.1", ""),
    *_takes("2.4.6", "/context/platform", "Moodle"),
    *_refuses("2.4.6", "/context/revision", *NO_TEXT),
    *_refuses("2.4.6", "/context/platform", *NO_TEXT),
    *_refuses("2.4.6", "", {**STATEMENT, "object": AGENT, "context": {"revision": "1"}}),
    *_refuses("2.4.6", "", {**STATEMENT, "object": AGENT, "context": {"platform": "Moodle"}}),
    *_refuses("2.4.6", "", {**STATEMENT, "object": REF, "context": {"platform": "Moodle"}}),
    *_refuses("2.4.6", "/object", {**SUB, "object": AGENT, "context": {"revision": "1"}}),
    *_takes("2.4.6", "/context/language", "en", "zh-CN", "zh-Hans-CN"),
    *_refuses("2.4.6", "/context/language", "", "1", 7, "en US", "-en"),
    *_takes("2.4.6", "/context/statement", REF),
    *_refuses("2.4.6", "/context/statement", {}, {"id": OTHER}, {**REF, "id": "x"}, OTHER, {**SUB}),
    *_takes("2.4.6.2", "/context/contextActivities", {}, {"parent": ACTIVITY}, {"parent": [ACTIVITY, ACTIVITY]}),
    *_takes("2.4.6.2", "/context/contextActivities", {"grouping": [], "category": ACTIVITY, "other": [ACTIVITY]}),
    *_refuses("2.4.6.2", "/context/contextActivities", [], "x", {"parents": [ACTIVITY]}, {"parent": "x"}),
    *_refuses("2.4.6.2", "/context/contextActivities", {"parent": [ACTIVITY, {}]}, {"other": {"id": "x"}}),
    *_refuses("2.4.6.2", "/context/contextActivities", {"parent": [AGENT]}, {"parent": [REF]}),
    # --- 4.1 extensions
    *_takes("4.1", "/context/extensions", {}, {"https://x.example/e": None}, {"https://x.example/e": {"deep": [None]}}),
    *_takes("4.1", "/result/extensions", {"urn:x:e": 1e30}, {"urn:x:e": "x", "urn:x:f": [True]}),
    *_takes("4.1", "/object/definition/extensions", {"https://x.example/e": 1}),
    *_refuses("4.1", "/context/extensions", {"e": 1}, {"": 1}, [], "x", 7),
    *_refuses("4.1", "/result/extensions", {"no iri": 1}, []),
    *_refuses("4.1", "/object/definition/extensions", {"e": 1}, "x"),
    # --- 2.4.7 and 4.5 timestamps, 2.4.8 stored
    *_takes("4.5", "/timestamp", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.123Z", "2026-03-02T09:00:00.123456789Z"),
    *_takes("4.5", "/timestamp", "2026-03-02T17:00:00+08:00", "2026-03-02T17:00:00+0800", "2026-03-02T17:00:00+08"),
    *_takes("4.5", "/timestamp", "2026-03-02T17:00:00", "2026-03-02t09:00:00z", "2024-02-29T00:00:00-05:00"),
    *_refuses("4.5", "/timestamp", "2026-03-02", "2026-02-30T09:00:00Z", "2026-03-02T25:00:00Z", "now", "", 1772442000),
    *_refuses("4.5", "/timestamp", "2026-13-02T09:00:00Z", "2026-03-02T09:61:00Z", "20260302T090000Z "),
    *_takes("2.4.8", "/stored", "2026-03-02T09:00:00Z"),
    *_refuses("2.4.8", "/stored", "now", 7, ""),
    # --- 2.4.9 authority
    *_takes("2.4.9", "/authority", AGENT, {"objectType": "Group", "member": [ACCOUNT, AGENT]}),
    *_refuses("2.4.9", "/authority", {}, "A", {"objectType": "Group", "member": [AGENT]}),
    *_refuses("2.4.9", "/authority", {"objectType": "Group", "member": [AGENT, ACCOUNT, AGENT]}, {"mbox": "a"}),
    *_refuses("2.4.9", "/authority", {"objectType": "Group", "mbox": "mailto:t@example.cn", "member": MEMBERS}),
    # --- 2.4.10 version
    *_takes("2.4.10", "/version", "1.0", "1.0.0", "1.0.3", "1.0.9"),
    *_refuses("2.4.10", "/version", "0.95", "1.1.0", "2.0.0", "", 1, "1.0.x"),
    # --- 2.4.11 attachments
    *_takes("2.4.11", "/attachments", [], [ATTACHMENT], [{**ATTACHMENT, "description": {"en": "x"}}, ATTACHMENT]),
    *_refuses("2.4.11", "/attachments", {}, "x", ATTACHMENT, ["x"], [{}], [{**ATTACHMENT, "more": 1}]),
    *_refuses("2.4.11", "/attachments", [{**ATTACHMENT, "usageType": "x"}], [{**ATTACHMENT, "display": "x"}]),
    *_refuses("2.4.11", "/attachments", [{**ATTACHMENT, "length": "7"}], [{**ATTACHMENT, "sha2": "x"}]),
    *_refuses("2.4.11", "/attachments", [{**ATTACHMENT, "contentType": 7}], [{**ATTACHMENT, "fileUrl": "x"}]),
    *[
        row
        for name in ("usageType", "display", "contentType", "length", "sha2")
        for row in _refuses("2.4.11", "/attachments", [{key: ATTACHMENT[key] for key in ATTACHMENT if key != name}])
    ],
]
