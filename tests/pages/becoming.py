"""What stands on an adapter's page below its settings: columns, golden cases, codes with their cures, removal."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.people.roster_csv.headers import CALLED
from connectors.port import Spec
from schemas.errors import CODES
from schemas.words import Words, told
from tests.pages.errors import cause_and_cure

ROOT = Path(__file__).parents[2]
VENDORS = ROOT / "tests" / "mappings" / "vendors"
SHOWN = {
    "generic/file_drop": "learning/results_drop",
    "generic/rest_door": "door/iam",
    "generic/rest_pull": "attendance/time_cloud",
    "generic/rest_push": "door/exams",
    "credential/soap_authority": "credential/soap_authority",
    "generic/soap_pull": "attendance/soap_records",
    "generic/webhook": "attendance/cloud",
    "credential/qualification_system": "credential/personnel_json",
}
"""Documents of vendors by which adapters are shown that have none of their own."""
_LONGEST = 1600
_LINK = re.compile(r"\]\((?!https?:|\.\./|#)")
_MEDIA = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}

_COLUMNS = Words("## Columns of `{}`", "## `{}` 的列")
_COLUMN_HEAD = Words(
    "| column | also called | there | becomes |\n| --- | --- | --- | --- |",
    "| 列 | 别名 | 是否必有 | 生成 |\n| --- | --- | --- | --- |",
)
_ALWAYS, _MAY = Words("always", "必有"), Words("may be", "可有")
_PASSED = Words("told apart by it, or passed over", "用于区分，或不读取")
_CASES = Words("## What becomes of what", "## 报文与记录")
_BY_VENDOR = Words("By the document of a vendor, `{}`.", "以某厂商的文档 `{}` 为例。")
_GOLDEN = Words(
    "Golden cases of `{}`, the shortest of each form; there are {} in all.",
    "`{}` 中的黄金用例，每种形式取最短的一例；共 {} 例。",
)
_FORM, _BECOMES = Words("Form `{}`", "形式 `{}`"), Words("becomes:", "生成：")
_WRONG = Words("## When something is wrong", "## 故障处理")
_CODE_HEAD = Words("| code | means | what to do |\n| --- | --- | --- |", "| 代码 | 含义 | 处理 |\n| --- | --- | --- |")
_LOOKS: Mapping[str, Words] = {
    "push": Words(
        "`licet tail -f`: each message, or where it stopped; `licet connectors`: how many, since when; what was proven"
        " and cannot be read waits in `licet quarantine list`.",
        "`licet tail -f` 逐条查看报文；`licet connectors` 查看数量；已验证但无法读取的见 `licet quarantine list`。",
    ),
    "poll": Words(
        "`licet check --online`: its first page, read by its document and kept by nobody; `licet connectors`: the last"
        " round, and until when it is complete.",
        "`licet check --online` 试读首页（不留存）；`licet connectors` 查看上一轮及数据完整时点。",
    ),
    "door": Words(
        "`licet check --online`: what it shows of some people, nothing is written; `licet plan`: what would change.",
        "`licet check --online` 试查若干人员（不写入）；`licet plan` 查看将变更的权限。",
    ),
    "registrar": Words(
        "`licet exams list`: every word, and why it waits.", "`licet exams list` 查看每条告知及等待原因。"
    ),
    "partner": Words("`licet partners list`: every word, and why it waits.", "`licet partners list` 查看每条告知。"),
    "messenger": Words("`licet alarms list`: what nobody got.", "`licet alarms list` 查看未送达的通知。"),
}
_REMOVAL = Words("## Removing it", "## 移除")
_STEPS = Words(
    "Take the table `[connectors.NAME]` out of `licet.toml`; `licet check` names what still refers to it; start anew.",
    "从 `licet.toml` 删除 `[connectors.名称]`；执行 `licet check`，其会指出仍在引用之处；重新启动。",
)
_BROUGHT = Words(
    "What it brought stays: facts, their bytes and the log; standings rest on them as before. What is known of people"
    " by its name (identifiers) is kept, and holds again if the table comes back.",
    "已接收的事实、原文及日志保留，资格状态不变；以其名称登记的人员标识保留，恢复配置后继续有效。",
)
_DOOR = Words(
    "First take `[targets.NAME]` out of the positions: `licet check` refuses a position that names a door that there is"
    " not. The hub does nothing at a door that it does not know: what is open there stays so, until somebody closes it"
    " there.",
    "先从岗位文件中移除 `[targets.名称]`：岗位引用不存在的权限系统时 `licet check` 报错。"
    "平台不再操作该系统，已开启的权限须在对端人工关闭。",
)
_TOLD = Words(
    "What waits for it is told to nobody; what it took stands there until somebody takes it back there.",
    "待告知的内容不再发送；对端已接收的内容须在对端撤回。",
)


def below(adapter: str, spec: Spec, language: str) -> Iterator[str]:
    """The lines below the settings of an adapter."""
    yield from _columns(spec, language)
    yield from _cases(adapter, spec, language)
    yield from _troubles(adapter, spec, language)
    yield from ["", told(_REMOVAL, language), ""]
    if "door" in spec.ports:
        yield from [told(_DOOR, language), ""]
    yield told(_STEPS, language)
    if {"push", "poll"} & set(spec.ports):
        yield from ["", told(_BROUGHT, language)]
    if {"registrar", "partner", "messenger"} & set(spec.ports):
        yield from ["", told(_TOLD, language)]


# --- what becomes of it ------------------------------------------------------------------------------------------


def document(adapter: str, spec: Spec) -> Path | None:
    """The document that an adapter is shown by."""
    if spec.mapping:
        return ROOT / "mappings" / f"{spec.mapping}.json"
    return VENDORS / f"{SHOWN[adapter]}.json" if adapter in SHOWN else None


def golden(file: Path) -> Mapping[str, dict[str, Any]]:
    """The golden cases beside a document, by name."""
    cases = sorted(file.with_suffix(".cases").glob("*.json"))
    return {each.stem: json.loads(each.read_text("utf-8")) for each in cases}


def shown_cases(file: Path) -> Mapping[str, dict[str, Any]]:
    """Of each form the shortest case of which records are made."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, case in golden(file).items():
        form = case.get("form", "")
        if form not in found or _rank(case) < _rank(found[form][1]):
            found[form] = name, case
    return dict(sorted(found.values()))


def _rank(case: Mapping[str, Any]) -> tuple[bool, int]:
    return not any(each.get("records") for each in case["outcomes"]), len(case["body"])


def _cases(adapter: str, spec: Spec, language: str) -> Iterator[str]:
    file = document(adapter, spec)
    if file is None:
        return
    yield from ["", told(_CASES, language), ""]
    if not spec.mapping:
        yield from [told(_BY_VENDOR, language).format(file.relative_to(ROOT).as_posix()), ""]
    where = file.with_suffix(".cases").relative_to(ROOT).as_posix()
    yield told(_GOLDEN, language).format(where, len(golden(file)))
    for name, case in shown_cases(file).items():
        yield from _case(name, case, language)


def _case(name: str, case: Mapping[str, Any], language: str) -> Iterator[str]:
    form, media = case.get("form"), case.get("media_type", "")
    about = [told(_FORM, language).format(form)] if form else []
    about += [f"`{each}`" for each in (media, case.get("encoding", "")) if each]
    kind = _MEDIA.get(media, "text")
    yield from ["", f"### {name}", "", told(Words(", ", "，"), language).join(about), ""]
    body = _readable(case["body"], kind)
    cut = len(body) > _LONGEST  # what is cut is no JSON any more
    yield from [
        f"```{'text' if cut else kind}",
        f"{body[:_LONGEST]} …" if cut else body,
        "```",
        "",
        told(_BECOMES, language),
        "",
    ]
    lines = [json.dumps(each, ensure_ascii=False) for outcome in case["outcomes"] for each in _said(outcome)]
    yield from ["```json" if len(lines) == 1 else "```text", *lines, "```"]


def _said(outcome: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its records; of what is none, all but its key."""
    return outcome.get("records") or [{key: value for key, value in outcome.items() if key != "key"}]


def _readable(text: str, kind: str) -> str:
    """A body as people read it: JSON over several lines, tabs shown."""
    if kind == "json":
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text.rstrip("\r\n").replace("\r\n", "\n").replace("\t", "⇥")


def _columns(spec: Spec, language: str) -> Iterator[str]:
    """The columns of sheets and lines that a shipped document reads, and what becomes of each."""
    forms = json.loads((ROOT / "mappings" / f"{spec.mapping}.json").read_text("utf-8"))["forms"] if spec.mapping else {}
    for name, form in forms.items():
        if form["read"] != "delimited":
            continue
        yield from ["", told(_COLUMNS, language).format(name), "", told(_COLUMN_HEAD, language)]
        header = [*form.get("header", form.get("columns", ())), *form.get("optional_header", ())]
        needed = set(form.get("header", header[: form.get("min_columns", len(header))]))
        for column in header:
            also = [zh for zh, meant in CALLED.items() if meant == column] if "header" in form else []
            becomes = ", ".join(_becomes(column, form)) or told(_PASSED, language)
            there = told(_ALWAYS if column in needed else _MAY, language)
            yield f"| `{column}` | {', '.join(also)} | {there} | {becomes} |"


def _becomes(column: str, form: Mapping[str, Any]) -> Iterator[str]:
    for record in form["records"]:
        for field, rule in record["fields"].items():
            if isinstance(rule, Mapping) and column in _read(rule):
                yield f"`{record['record']}.{field}`"


def _read(rule: Mapping[str, Any]) -> set[str]:
    """The columns that a rule reads, however deep in it."""
    found = {str(rule["at"]).lstrip("/")} if "at" in rule else set()
    for value in rule.values():
        for each in value if isinstance(value, list) else [value]:
            found |= _read(each) if isinstance(each, Mapping) else set()
    return found


# --- when something is wrong -------------------------------------------------------------------------------------


def codes_of(adapter: str) -> list[str]:
    """The codes that an adapter, and what it stands on, may refuse or fail with."""
    seen, found, waiting = set[str](), set[str](), [f"connectors.{adapter.replace('/', '.')}"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for file in _files(name):
            tree = ast.parse(file.read_text("utf-8"))
            waiting += [each for each in _imports(tree) if each.startswith("connectors.") and each != "connectors.port"]
            constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found |= {each for each in constants if isinstance(each, str) and each in CODES}
    return sorted(found)


def _files(module: str) -> list[Path]:
    base = ROOT / module.replace(".", "/")
    return [file for file in (base.with_suffix(".py"), *sorted(base.glob("*.py"))) if file.is_file()]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _troubles(adapter: str, spec: Spec, language: str) -> Iterator[str]:
    yield from ["", told(_WRONG, language), ""]
    yield from (f"- {told(_LOOKS[port], language)}" for port in spec.ports if port in _LOOKS)
    yield from ["", told(_CODE_HEAD, language)]
    for code in codes_of(adapter):
        meaning = CODES[code].zh if language == "zh" else CODES[code].en
        yield f"| `{code}` | {meaning} | {cure_of(code, language)} |"


def cure_of(code: str, language: str) -> str:
    """What to do about a code, with links as they lead from the folder of these pages."""
    return _LINK.sub("](../", told(cause_and_cure(code)[1], language))
