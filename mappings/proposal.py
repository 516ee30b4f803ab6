"""Proposes a document for a sample body: which members are which fields, by their names and by what they hold."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal, get_args, get_origin

from mappings.conversions import conversion
from mappings.document import NEWEST
from mappings.mismatch import Convert, Mismatch
from mappings.records import record_class, record_names
from mappings.rules import FieldRule
from mappings.shape import Shape, shape_of
from schemas.errors import ConfigError
from schemas.nearest import did_you_mean
from schemas.words import Words

_ALIASES: Mapping[str, str] = {
    "subject": "subject pin no userid user_id employee employeeno empno emp_code 工号 员工编号 人员编号 编号",
    "device": "device deviceid device_id devicesn sn serial terminal 设备 设备编号 机号",
    "occurred_at": "occurred_at at time checktime check_time timestamp punchtime eventtime datetime 时间 打卡时间"
    " 完成时间 考核时间 日期",
    "direction": "direction checktype inout inoutstatus state status 进出 状态 方向",
    "verify": "verify verifymode verifytype method 验证方式",
    "course": "course courseid course_code lesson 课程 课程编号 课程代码 代码",
    "session": "session sessionid class classid 班次 场次",
    "credential": "credential scheme type class certtype category 证书类别 类别",
    "number": "number certno certificateno cert_no no 证号 证书编号",
    "status": "status state certstatus 状态",
    "changed_at": "changed_at changedat updatetime modifytime effective_at time 变更时间 生效时间",
    "valid_from": "valid_from validfrom begin start issuedate 发证日期 有效期起",
    "valid_until": "valid_until validuntil end expire expiry expiredate validto 有效期至 有效期止",
    "name": "name username realname 姓名",
    "position": "position post job 岗位 职位",
    "starts_at": "starts_at start begin from starttime 开始时间",
    "ends_at": "ends_at end to endtime finish 结束时间",
    "exam": "exam examid 考试 考试代码 代码",
    "passed": "passed pass result 是否通过 合格 结果 考核结果",
    "score": "score mark points 成绩 分数",
    "credited_seconds": "credited hours done studied duration 已修 已修学时 学时 课时",
    "required_seconds": "required total 应修 应修学时",
}
_FORMATS = (
    "rfc3339", "iso8601", "unix_ms", "unix", "YYYY-MM-DD hh:mm:ss", "YYYY-MM-DD h:mm", "YYYY/M/D h:mm:ss",
    "YYYY/M/D h:mm", "YYYYMMDDhhmmss", "YYYY年M月D日 h:mm:ss", "YYYY年M月D日 h:mm", "YYYY年M月D日 Ah:mm", "excel",
)  # fmt: skip
_DAYS = ("YYYY-MM-DD", "YYYY-M-D", "YYYY/M/D", "YYYY.M.D", "YYYYMMDD", "YYYY年M月D日")
_IDENTIFIES = "recordid id uuid eventid bizid serialno 记录号 流水号"
_NEAR = 0.8
_UNITS = {"hour": 3600, "小时": 3600, "minute": 60, "分钟": 60}
"""What a number counts whose member is called so."""
_UNSAID = ("学时", "课时")
"""How long one of these is only a person can tell."""
_HOURS = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document to begin with; the required fields that it lacks, each with the member that it may be, if any."""

    document: dict[str, Any]
    missing: Mapping[str, str]


def propose(record: str, body: bytes) -> Proposal:
    """A document that makes such records of such bodies, as far as a sample tells.

    Raises:
        ConfigError: There is no such record, or the sample tells nothing.
    """
    model = record_class(record)
    if model is None:
        hint = did_you_mean(record, record_names()) or Words(
            "expected one such as attendance.Punch", "应如 attendance.Punch"
        )
        raise ConfigError(Words(f"found record {record!r}; {hint}", f"没有记录类型 {record!r}；{hint.zh}"))
    shape = shape_of(body)
    if not shape.items:
        raise ConfigError(Words("found no item in the sample, expected at least one", "样例中没有条目，应至少有一条"))
    members = _members(shape)
    found = {name: rule for name, field in model.model_fields.items() if (rule := _field(name, field, members))}
    _keep_text(found, model.model_fields)
    key = _key(found, members)
    if "id" in model.model_fields and len(key) == 1:
        found["id"] = {**key[0], "as": "text", "optional": True}
    lacking = (name for name, field in model.model_fields.items() if field.is_required() and name not in found)
    missing = {name: next(_likely(name, members), "") for name in lacking}
    form = {**shape.form, "key": key, "records": [{"record": record, "fields": found}]}
    name = str(shape.form["read"])
    document = {"$schema": "../mapping.schema.json", "format": NEWEST, "version": 1, "forms": {name: form}}
    return Proposal(document, missing)


def _members(shape: Shape) -> dict[str, list[Any]]:
    """The pointers of items, each with the values that stand there."""
    found: dict[str, list[Any]] = {}
    for item in shape.items:
        for at, value in item.items():
            found.setdefault(at, []).append(value)
    return found


def _field(name: str, field: Any, members: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    """The rule of a field: the likeliest member of which most values can be one."""
    kind = frozenset(_kinds(field.annotation))
    find = _time if datetime in kind else _plain
    rule = find(name, kind, members)
    return rule if rule is None or field.is_required() else {**rule, "optional": True}


def _plain(name: str, kind: Collection[Any], members: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    counts = name.endswith("_seconds")
    likely = (
        at for at in _likely(name, members) if not (counts and _bare(members[at]) and _last(at).endswith(_UNSAID))
    )
    rules = (_counted(_rule(at, members[at], kind)) if counts else _rule(at, members[at], kind) for at in likely)
    return next((rule for rule in rules if rule is not None), None)


def _bare(values: Sequence[Any]) -> bool:
    """Whether most values are numbers without a unit."""
    return sum(bool(re.fullmatch(r"[0-9.]+", str(value).strip())) for value in values) * 2 >= len(values)


def _counted(rule: dict[str, Any] | None) -> dict[str, Any] | None:
    """A rule of seconds: a number of hours or minutes by the name of its member is that many of them."""
    if rule is None or rule.get("as") != "amount":
        return rule
    named = _last(rule["at"]).lower()
    return {**rule, **next(({"times": each} for unit, each in _UNITS.items() if unit in named), {})}


def _time(name: str, _kind: Collection[Any], members: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    """An instant, else a day and a time of day that stand apart, else a day."""
    likely = list(_likely(name, members))
    instants = (_instant(at, members[at]) for at in likely)
    if rule := next((rule for rule in instants if rule is not None), None):
        return rule
    days = {at: rule for at in likely if (rule := _day(at, members[at], end=name in ("valid_until", "ends_at")))}
    return next((both for at in days if (both := _with_hours(at, members))), None) or next(iter(days.values()), None)


def _with_hours(day: str, members: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    """The instant of a day with a time of day that stands apart."""
    for hour, values in members.items():
        if all(_HOURS.fullmatch(str(value)) for value in values):
            both = [f"{one} {other}" for one, other in zip(members[day], values, strict=False)]
            rule = _instant(day, both)
            if rule is not None:
                del rule["at"]
                return {"join": [day, hour], "joint": " ", **rule}
    return None


def _likely(name: str, members: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    words = [name, *_ALIASES.get(name, "").split()]
    scored = [(max(_alike(_last(at), word) for word in words), -len(at), at) for at in members]
    yield from (at for score, _length, at in sorted(scored, reverse=True) if score >= _NEAR)
    if name == "subject":  # people may be the names of members
        yield from (at for at in members if at.endswith("#"))


def _last(at: str) -> str:
    return at.rpartition("/")[2].lstrip("@#").rpartition(":")[2]


def _alike(one: str, other: str) -> float:
    plain, wanted = (each.lower().replace("_", "").replace("-", "") for each in (one, other))
    return SequenceMatcher(None, plain, wanted).ratio()


def _kinds(annotation: Any) -> Iterator[Any]:
    """The plain types that a field may have, and the words of a closed list."""
    inner = get_args(annotation)
    if not inner or get_origin(annotation) is Literal:
        yield from inner or (annotation,)
    for each in inner if get_origin(annotation) is not Literal else ():
        yield from _kinds(each)


def _rule(at: str, values: Sequence[Any], kind: Collection[Any]) -> dict[str, Any] | None:
    choices = [] if str in kind else sorted(each for each in kind if isinstance(each, str))
    if choices and not all(value in choices for value in values):
        # What its codes mean only a person can tell.
        meaning = "unknown" if "unknown" in choices else choices[0]
        return {"at": at, "table": {_told(value): meaning for value in values[:50]}}
    for do in ("boolean",) if bool in kind else ("duration", "amount") if int in kind else ("", "text"):
        rule = {"at": at, **({"as": do} if do else {})}
        if _takes(rule, values) and (do or all(isinstance(value, str) for value in values)):
            return rule
    return None


_ZONE = {"zone": {"context": "zone"}}


def _instant(at: str, values: Sequence[Any]) -> dict[str, Any] | None:
    rules = ({"at": at, "as": "instant", "formats": [form], **zone} for form in _FORMATS for zone in ({}, _ZONE))
    return next((rule for rule in rules if _takes(rule, values)), None)


def _day(at: str, values: Sequence[Any], *, end: bool) -> dict[str, Any] | None:
    do = "end_of_day" if end else "date_start"
    rules = ({"at": at, "as": do, "formats": [form], **_ZONE} for form in _DAYS)
    return next((rule for rule in rules if _takes(rule, values)), None)


def _takes(rule: Mapping[str, Any], values: Sequence[Any]) -> bool:
    """Whether most values can be read so; a sample has bad ones too."""
    convert = conversion(FieldRule.model_validate(rule))
    return convert is None or sum(_is_taken(convert, value) for value in values) * 2 >= len(values)


def _is_taken(convert: Convert, value: Any) -> bool:
    try:
        convert(value, {"zone": "Asia/Shanghai"})
    except Mismatch:
        return False
    return True


def _told(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _keep_text(found: dict[str, Any], fields: Collection[str]) -> None:
    """A punch keeps the text of its time as the device wrote it."""
    if "occurred_at" in found and "occurred_local" in fields and "occurred_local" not in found:
        source = {name: each for name, each in found["occurred_at"].items() if name in ("at", "join", "joint")}
        found["occurred_local"] = {**source, "as": "text"}


def _key(found: Mapping[str, Any], members: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """What tells one item from another: a member that says so, else what the fields are taken from."""
    for at, values in members.items():
        if _last(at).lower().replace("_", "") in _IDENTIFIES.split() and len({*map(str, values)}) == len(values):
            return [{"at": at}]
    parts = ("device", "session", "number", "course", "exam", "position", "occurred_at", "changed_at", "starts_at")
    places = dict.fromkeys(at for name in parts if name in found for at in _places(found[name]))
    return [{"at": at} for at in places] or [{"at": next(iter(members))}]


def _places(rule: Mapping[str, Any]) -> Sequence[str]:
    return rule["join"] if "join" in rule else [rule["at"]]
