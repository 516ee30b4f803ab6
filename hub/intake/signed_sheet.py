"""A list of those present as a sheet: employee numbers, and from when until when, as people write times."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.sheets import read_sheet
from hub.intake.lists import SignedRow
from schemas.errors import ConfigError, PayloadError

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
_EXPECTED = "a time such as 2026-03-02 09:00, or nothing for the whole session"


def read_signed(body: bytes, zone: ZoneInfo, file: str) -> list[SignedRow]:
    """The rows of a list; times without an offset are the site's.

    Raises:
        ConfigError: It is no such sheet, or rows cannot be read: all of them, each with line and column.
    """
    try:
        sheet = read_sheet(body, WANTED, CALLED, file)
    except PayloadError as error:
        raise ConfigError(error.message, error.code) from error
    wrong = [f"{file}:{number}: found bytes of no encoding" for line, number in sheet.lines if isinstance(line, bytes)]
    rows: dict[str, int] = {}
    signed = []
    for number, row in sheet.rows():
        who, times = row.get("employee_no", ""), [row.get(name, "") for name in ("from", "to")]
        if not who:
            wrong.append(f"{file}:{number}: employee_no: found nothing, expected an employee number")
        elif (first := rows.setdefault(who, number)) != number:
            wrong.append(f"{file}:{number}: employee_no: found {who!r} as in line {first}, expected each person once")
        read = [_instant(each, zone) for each in times]
        for name, text, at in zip(("from", "to"), times, read, strict=True):
            if text and at is None:
                wrong.append(f"{file}:{number}: {name}: found {text[:40]!r}, expected {_EXPECTED}")
        signed.append(SignedRow(who, *read))
    if not wrong and not signed:
        wrong.append(f"{file}: found no row below the header, expected those who were there")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return signed


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        if plain := _PLAIN.fullmatch(text):
            year, month, day, hour, minute = map(int, plain.groups())
            return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
        at = datetime.fromisoformat(text) if "T" in text or " " in text else None
    except ValueError:
        return None
    return None if at is None else (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
