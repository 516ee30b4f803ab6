"""The page of connectors, and one page an adapter, from its SPEC, its settings and what its module says."""

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import connectors
from connectors.port import Spec
from hub.config.chinese_titles import TITLES
from hub.config.settings import ConnectorSettings
from schemas.words import Words, told
from tests.pages.becoming import below
from tests.pages.chinese_adapters import ABOUT
from tests.pages.tables import settings_rows

_CONNECTORS = Path(connectors.__file__).parent
WORLDS: Mapping[str, Words] = {
    "people": Words("People", "人员"),
    "attendance": Words("Attendance", "考勤"),
    "learning": Words("Learning and exams", "学习与考试"),
    "credential": Words("Credentials", "资质"),
    "access": Words("Permission systems", "权限系统"),
    "notification": Words("Notification", "通知"),
    "generic": Words("Any system, by settings and a mapping document", "任意系统（由设置与映射文档接入）"),
}
_HEAD = Words(
    """# Connectors

<!-- {note} -->

An outside system is an *instance*: a table `[connectors.NAME]` in `licet.toml` with `adapter = "WORLD/SYSTEM"`.
`licet connectors new` writes one, with its secret. Every instance knows these settings, beside those of its adapter:
""",
    """# 连接器

<!-- {note} -->

每个外部系统是一个*连接器实例*：`licet.toml` 中的一张表 `[connectors.名称]`，其中 `adapter = "类别/系统"`。
`licet connectors new` 可写出该表并生成密钥。除各连接器自身的设置外，所有实例都有下列设置：
""",
)
_ADAPTERS = Words("| adapter | system | how |", "| 连接器 | 系统 | 方式 |")
_PORTS: Mapping[str, Words] = {
    "push": Words("it calls us", "对方推送"),
    "poll": Words("it is asked", "定时查询"),
    "door": Words("access is opened and closed there", "开通与撤销权限"),
    "messenger": Words("messages go out by it", "发送通知"),
    "recorder": Words("told to send again what it recorded", "可要求补传记录"),
    "registrar": Words("told who may sit an exam", "登记考核资格"),
    "asker": Words("it asks for the figures of one person", "查询某一人员的数据"),
    "partner": Words("told who did how much of which training", "告知培训学时"),
}
_FACTS: Mapping[str, Words] = {
    "how": Words("How", "方式"),
    "paths": Words("Paths served", "服务路径"),
    "mapping": Words("Mapping", "映射文档"),
    "batch": Words("Bad items", "有误的条目"),
    "complete": Words("Complete until", "数据完整时点"),
    "size": Words("Largest body", "报文上限"),
    "approval": Words("New peers", "新对端"),
    "reaches": Words("Reaches", "送达方式"),
}
_VALUES: Mapping[str, Words] = {
    "each": Words("kept aside; the good ones are taken", "隔离待处理，其余照常接收"),
    "all": Words("one refuses the whole message", "一条有误则整份报文不接收"),
    "pull": Words("the start of the last complete poll", "上一次完整查询的开始时刻"),
    "contact": Words("the last contact of the device, stopped by a gap", "终端最近一次联系；有缺口时停在缺口处"),
    "none": Words(
        "never known: absence stays unknown until the settle time of the rule",
        "无法得知：规则的结清时间之前，缺席视为待核实",
    ),
    "waits": Words("wait until a person approves them", "须经人工批准"),
    "known": Words("are known by their settings", "由设置确定"),
    "own": Words(
        "one of your own, in `mappings/` of the hub folder ([language](../mapping.md))",
        "配置目录 `mappings/` 中自行编写的文档（[语言](../mapping.zh-CN.md)）",
    ),
}
_PARTS: Mapping[str, Words] = {
    "Wire": Words("Wire", "报文"),
    "Trust": Words("Trust", "信任"),
    "Repeats": Words("Repeats", "重复"),
    "Doors": Words("Doors", "门"),
    "Source": Words("Source", "依据"),
}
_SETTINGS, _COLON = Words("Settings", "设置"), Words(": ", "：")


def adapters() -> Iterator[tuple[str, Spec]]:
    """Name and SPEC of every adapter that is shipped, world by world."""
    for world in WORLDS:
        found = (_CONNECTORS / world).glob("[!_]*")
        for name in sorted(each.stem for each in found if each.suffix == ".py" or (each / "__init__.py").is_file()):
            yield f"{world}/{name}", connectors.load(f"{world}/{name}")


def page_name(adapter: str, language: str) -> str:
    """The file of an adapter's page, from the folder of pages."""
    return f"adapters/{adapter.replace('/', '-')}{'.zh-CN' if language == 'zh' else ''}.md"


def connectors_page(note: str, language: str) -> str:
    """The settings of every instance, and all adapters, each with its page."""
    lines = [told(_HEAD, language).format(note=note), *settings_rows(ConnectorSettings, language, ("settings",))]
    for world, title in WORLDS.items():
        lines += ["", f"## {told(title, language)}", "", told(_ADAPTERS, language), "| --- | --- | --- |"]
        for name, spec in adapters():
            if name.startswith(f"{world}/"):
                cells = (f"[{name}]({page_name(name, language)})", _title(name, spec, language), _how(spec, language))
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def adapter_page(name: str, spec: Spec, note: str, language: str) -> str:
    """What one adapter talks with, how, why it is believed, its settings, and what becomes of what it brings."""
    facts = [f"- {told(_FACTS[key], language)}{told(_COLON, language)}{value}" for key, value in _facts(spec, language)]
    rows = settings_rows(spec.settings, language)
    stop = "。" if language == "zh" else "."
    lines = [f"# {name}", "", f"<!-- {note} -->", "", f"{_title(name, spec, language)}{stop}", "", *facts, ""]
    lines += [*_about(name, language), f"## {told(_SETTINGS, language)}", "", *rows]
    return "\n".join([*lines, *below(name, spec, language)]) + "\n"


def _title(name: str, spec: Spec, language: str) -> str:
    return TITLES.get(name, spec.title) if language == "zh" else spec.title


def _how(spec: Spec, language: str) -> str:
    return told(Words(", ", "、"), language).join(told(_PORTS.get(port, port), language) for port in spec.ports)


def _facts(spec: Spec, language: str) -> Iterator[tuple[str, str]]:
    """What matters of it, beside its wire."""
    yield "how", _how(spec, language)
    if paths := spec.paths or (("/in/NAME",) if "push" in spec.ports else ()):
        yield "paths", ", ".join(f"`{path}`" for path in paths)
    if spec.own_document:
        yield "mapping", told(_VALUES["own"], language)
    elif spec.mapping:
        yield "mapping", f"`mappings/{spec.mapping}.json`"
    if {"push", "poll"} & set(spec.ports):
        yield "batch", told(_VALUES[spec.batch], language)
        yield "complete", told(_VALUES[spec.completeness], language)
    if "push" in spec.ports:
        yield "size", f"{spec.max_body // 1024} KiB"
        yield "approval", told(_VALUES["waits" if spec.approval else "known"], language)
    if spec.reaches:
        yield "reaches", ", ".join(spec.reaches)


def _about(name: str, language: str) -> Iterator[str]:
    """What its module says: what it is, then wire, trust, repeats and source, each a paragraph."""
    module = import_module(f"connectors.{name.replace('/', '.')}")
    english = inspect.cleandoc(module.__doc__ or "")
    said = ABOUT.get(name, english) if language == "zh" else english
    for paragraph in re.split(r"\n\n|\n(?=[A-Z][a-z]+: )", said.strip()):
        text = " ".join(paragraph.split()).replace("``", "`").replace("<instance>", "NAME")
        label = re.match(r"([A-Z][a-z]+): ", text)
        if label and label[1] in _PARTS:
            text = f"**{told(_PARTS[label[1]], language)}{told(_COLON, language).strip()}** {text[label.end() :]}"
        yield from (text, "")
