"""A list of those present as a sheet: employee numbers, and from when until when, as people write times."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.sheets import read_sheet
from hub.intake.lists import SignedRow
from schemas.errors import CallError, ConfigError, PayloadError
from schemas.words import Words, joined, quoted

WANTED = ("employee_no",)
CALLED: Mapping[str, str] = {
    "工号": "employee_no",
    "员工编号": "employee_no",
    "人员编号": "employee_no",
    "员工号": "employee_no",
    "职工号": "employee_no",
    "开始": "from",
    "开始时间": "from",
    "签到时间": "from",
    "结束": "to",
    "结束时间": "to",
    "签退时间": "to",
}
"""What the columns are called in Chinese sheets."""
_PLAIN = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\d{1,2})[:：](\d{2})(?::\d{2})?")
_TIME = Words(
    "a time such as 2026-03-02 09:00, or nothing for the whole session", "时间，如 2026-03-02 09:00；整场在场的可留空"
)
_LINES = Words("\n", "\n")


def read_signed(body: bytes, zone: ZoneInfo, file: str) -> list[SignedRow]:
    """The rows of a list; times without an offset are the site's.

    Raises:
        CallError: It is no such sheet, or rows cannot be read: all of them, each with line and column.
    """
    try:
        sheet = read_sheet(body, WANTED, CALLED, file)
    except PayloadError as error:
        raise ConfigError(Words(error.message, error.told("zh")), error.code) from error
    wrong = [
        _wrong(file, number, "", Words("bytes of no encoding", "无法识别编码的内容"), Words("text", "文字"))
        for line, number in sheet.lines
        if isinstance(line, bytes)
    ]
    rows: dict[str, int] = {}
    signed = []
    for number, row in sheet.rows():
        who, times = row.get("employee_no", ""), [row.get(name, "") for name in ("from", "to")]
        if not who:
            wrong.append(
                _wrong(file, number, "employee_no", Words("nothing", "空"), Words("an employee number", "工号"))
            )
        elif (first := rows.setdefault(who, number)) != number:
            found = Words(f"{who!r} as in line {first}", f"{who!r}，与第 {first} 行相同")
            wrong.append(_wrong(file, number, "employee_no", found, Words("each person once", "每人一行")))
        read = [_instant(each, zone) for each in times]
        for name, text, at in zip(("from", "to"), times, read, strict=True):
            if text and at is None:
                wrong.append(_wrong(file, number, name, quoted(text), _TIME))
        signed.append(SignedRow(who, *read))
    if not wrong and not signed:
        wrong.append(
            Words(
                f"{file}: found no row below the header, expected those who were there",
                f"{file}：表头下没有数据行，应列出在场人员",
            )
        )
    if wrong:
        raise CallError(joined(wrong, _LINES))
    return signed


def _wrong(file: str, line: int, column: str, found: Words, expected: Words) -> Words:
    """What is wrong in one row."""
    named = f"{column}{column and ': '}found {found}, expected {expected}"
    return Words(
        f"{file}:{line}: {named}", f"{file}:{line}：{column}{column and '：'}现为 {found.zh}，应为{expected.zh}"
    )


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        if plain := _PLAIN.fullmatch(text):
            year, month, day, hour, minute = map(int, plain.groups())
            return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
        at = datetime.fromisoformat(text) if "T" in text or " " in text else None
    except ValueError:
        return None
    return None if at is None else (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
