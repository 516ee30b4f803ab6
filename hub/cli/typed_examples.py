"""What a command takes, word by word, and one whole line that can be typed: for whoever called it wrongly."""

from collections.abc import Iterator, Mapping
from typing import Any

from hub.cli.page import meaning
from schemas.words import Words, named, told

_PLACES: Mapping[str, tuple[str, str]] = {
    "adapter": ("适配器", "generic/webhook"),
    "after": ("修改后文档", "attendance/north_gate"),
    "ahead": ("天数", "90d"),
    "alarm": ("告警", "12"),
    "before": ("修改前文档", "attendance/zkteco_push"),
    "body": ("报文文件", "body.json"),
    "case": ("事项", "c1a2"),
    "connector": ("连接器实例", "terminals"),
    "course": ("课程", "dc-safety"),
    "credential": ("资质", "high-voltage"),
    "document": ("材料", "d1a2"),
    "documents": ("文档", "attendance/north_gate"),
    "draft": ("草案", "draft.toml"),
    "entry": ("条目", "e1a2"),
    "file": ("文件", "file.csv"),
    "files": ("文件", "draft.toml"),
    "id": ("编号", "b1a2"),
    "identifier": ("标识", "1001"),
    "item": ("隔离项", "12"),
    "job": ("任务", "12"),
    "kid": ("密钥", "hub-1"),
    "name": ("名称", "dc-operations"),
    "number": ("证书编号", "T-2026-17"),
    "other": ("现行文件", "dc-operations.toml"),
    "package": ("签名包", "rules.jwe"),
    "page": ("页面", "schema.type"),
    "partner": ("合作系统", "group"),
    "person": ("人员", "E1001"),
    "position": ("岗位", "dc-operations"),
    "public": ("公钥", "wang.pub.pem"),
    "rule": ("续期规则", "cisp"),
    "scope": ("范围", "full"),
    "serial": ("序列号", "CJ9A2226"),
    "session": ("场次", "S-2026-11"),
    "sink": ("权限系统", "iam"),
    "source": ("来源", "terminals"),
    "target": ("权限组", "dc-ops"),
    "token": ("代号", "36ab867d"),
    "url": ("地址", "https://hub.example.cn/in/authority"),
    "verdict": ("决定", "released"),
}
"""Each argument: what it is called in Chinese, and a value as it is typed."""
_VALUES: Mapping[str, str] = {
    "-n": "20",
    "--about": "high-voltage",
    "--at": "2026-11-23T15:00",
    "--by": "wang.fang",
    "--evidence": "order.pdf",
    "--from": "2026-11-23",
    "--hours": "2",
    "--issuer": "authority",
    "--key": "wang.pem",
    "--mentor": "E1002",
    "--of": "authority",
    "--on": "2026-11-23",
    "--person": "E1001",
    "--reason": '"fire drill"',
    "--review": "2026-12-23",
    "--role": "author",
    "--rows": "rows.csv",
    "--scheme": "high-voltage",
    "--secret": "env:NAME",
    "--since": "2026-11-23",
    "--source": "urn:authority:demo-ca",
    "--to": "2026-12-23",
    "--until": "2026-12-23",
    "--witness": "E1003",
    "-o": "out.jwe",
}
"""A value of each option that cannot be left out."""
_DOOR = "SINK/TARGET", "iam/dc-ops"
_VERSION = "3"
_SECOND = " --by li.na"
"""Who approves beside the first."""


def taken(context: Any) -> Words:
    """The words that a command takes, with what each means; empty where it takes options alone."""
    said = [_described(each) for each in _arguments(context)]
    return Words(" and ".join(said), "、".join(each.zh for each in said))


def example(context: Any) -> str:
    """One whole line of a command, with a value for all that cannot be left out."""
    words = [_value(each) for each in _arguments(context) if each.required]
    options = [option_example(each) for each in context.command.params if _needed(each)]
    return " ".join([context.command_path, *words, *options])


def option_example(parameter: Any) -> str:
    """An option with a value as it is typed."""
    name = str(parameter.opts[0])
    second = _SECOND if name == "--by" and "two" in str(meaning(parameter)) else ""
    value = _VERSION if "version" in str(meaning(parameter)) else _VALUES.get(name, "VALUE")
    return f"{name} {value}{second}"


def place(parameter: Any) -> Words:
    """What an argument is called where its value goes."""
    name = str(parameter.name)
    return Words(name.upper(), _PLACES[name][0]) if name in _PLACES else named(name.upper())


def _arguments(context: Any) -> Iterator[Any]:
    listed = () if context is None else context.command.params
    yield from (each for each in listed if each.param_type_name == "argument")


def _needed(parameter: Any) -> bool:
    return bool(parameter.required) and parameter.param_type_name == "option"


def _described(argument: Any) -> Words:
    text, called = meaning(argument), place(argument)
    en, zh = str(text).rstrip("."), told(text, "zh").rstrip("。.")
    begun = en if en[1:2].isupper() else en[:1].lower() + en[1:]
    return Words(f"{called} ({begun})", f"{called.zh}（{zh}）" if zh != called.zh else zh) if text else called


def _value(argument: Any) -> str:
    """A value of an argument as it is typed; a door is named by its sink and its target."""
    if str(meaning(argument)).startswith(_DOOR[0]):
        return _DOOR[1]
    return _PLACES[argument.name][1] if argument.name in _PLACES else str(argument.name).upper()
