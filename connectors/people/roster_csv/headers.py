"""How columns are called: the names of the files, and what they are called in Chinese sheets."""

import unicodedata
from collections.abc import Mapping

_CHINESE: Mapping[str, str] = {
    "工号": "employee_no",
    "员工编号": "employee_no",
    "姓名": "name",
    "邮箱": "mail",
    "电子邮箱": "mail",
    "语言": "language",
    "岗位": "position",
    "岗位编号": "position",
    "上岗日期": "starts_on",
    "到岗日期": "starts_on",
    "离岗日期": "ends_on",
    "请假开始": "leave_from",
    "请假开始日期": "leave_from",
    "请假结束": "leave_until",
    "请假结束日期": "leave_until",
    "任期编号": "stint_id",
    "撤回": "withdrawn",
    "请假编号": "leave_id",
    "请假撤回": "leave_withdrawn",
    "工时比例": "share",
    "责任人": "sponsor",
    "培训场次": "session",
    "场次": "session",
    "课程": "course",
    "课程编号": "course",
    "教室": "room",
    "地点": "room",
    "终端": "devices",
    "考勤终端": "devices",
    "开始时间": "starts_at",
    "结束时间": "ends_at",
    "休息分钟": "break_minutes",
    "取消": "cancelled",
    "补训场次": "makes_up",
}
_IDENTIFIER = "标识:"
"""What stands before the name of a source: ``id:terminals``."""


def column(text: str) -> str:
    """The name of a column as the files have it, however wide it is written; any other text as it is."""
    plain = unicodedata.normalize("NFKC", text).strip().strip('"').strip()
    if plain.startswith(_IDENTIFIER):
        return f"id:{plain.removeprefix(_IDENTIFIER).strip()}"
    return _CHINESE.get(plain, plain)
