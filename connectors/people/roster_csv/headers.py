"""How columns are called: the names of the files, and what they are called in Chinese sheets."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from schemas.errors import PayloadError

_CHINESE: Mapping[str, str] = {
    "工号": "employee_no",
    "员工编号": "employee_no",
    "人员编号": "employee_no",
    "姓名": "name",
    "邮箱": "mail",
    "电子邮箱": "mail",
    "语言": "language",
    "岗位": "position",
    "岗位编号": "position",
    "上岗日期": "starts_on",
    "到岗日期": "starts_on",
    "离岗日期": "ends_on",
    "离职日期": "ends_on",
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
    "休息时段": "breaks",
    "取消": "cancelled",
    "补训场次": "makes_up",
}
_TOTALS = {"合计", "总计", "小计", "共计", "total", "totals"}
_IDENTIFIER = "标识:"
"""What stands before the name of a source: ``id:terminals``."""


def column(text: str) -> str:
    """The name of a column as the files have it, however wide it is written; any other text as it is."""
    plain = unicodedata.normalize("NFKC", text).strip().strip('"').strip()
    if plain.startswith(_IDENTIFIER):
        return f"id:{plain.removeprefix(_IDENTIFIER).strip()}"
    return _CHINESE.get("".join(plain.split()).strip("*"), plain)


def columns_of(cells: Sequence[str], file: str) -> list[str]:
    """The names of all columns of a header, in its order.

    Raises:
        PayloadError: Two columns mean the same, so that nobody knows which of them counts.
    """
    names = [column(cell) for cell in cells]
    ours = {*_CHINESE.values()}
    doubled = next((name for name, count in Counter(names).items() if count > 1 and name in ours), None)
    if doubled is not None:
        both = ", ".join(cell.strip() for cell, name in zip(cells, names, strict=True) if name == doubled)
        raise PayloadError("text.header", f"{file}: found columns {both}, expected one for {doubled}", file)
    return names


def sums_up(cells: Sequence[str]) -> bool:
    """Whether a row sums up the others: its first cell that says anything is a word such as 合计."""
    first = next((cell for cell in cells if cell.strip()), "")
    return "".join(unicodedata.normalize("NFKC", first).split()).rstrip(":").lower() in _TOTALS
