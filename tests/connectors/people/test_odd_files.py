"""Odd roster files, as HR departments send them: read right where it is certain, else named with line and column."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

import mappings
from connectors.people.roster_csv import SPEC, RosterCsv, Settings
from schemas.people import Assignment, Person
from schemas.transmission import Fault, Item

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NAMES = {"position": {"dc-operations", "crane"}, "course": {"dc-safety"}}
MAPPING = mappings.load(SPEC.mapping, names=NAMES)
HEADER = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until"
CHINESE = "工号,姓名,邮箱,语言,岗位,上岗日期,离岗日期,请假开始,请假结束"
SHUFFLED = "姓名,工号,岗位,上岗日期,语言,邮箱,离岗日期,请假开始,请假结束"
ROW = "E1,张三,,zh,dc-operations,2026-01-05,,,"
READ = "E1 张三 dc-operations 2026-01-05"


def text(*lines: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join([header, *lines, ""])


def plain(*lines: str, **more: str) -> bytes:
    return text(*lines, **more).encode()


def day(written: str) -> bytes:
    return plain(ROW.replace("2026-01-05", written))


def number(written: str) -> bytes:
    return plain(ROW.replace("E1", written, 1))


def workbook(*rows: list[object], sheet: str = "花名册", before: str = "", merge: str = "") -> Callable[[Path], bytes]:
    """An XLSX file as a spreadsheet writes it; ``before`` is a sheet that stands in front."""

    def made(folder: Path) -> bytes:
        with xlsxwriter.Workbook(folder / "x", {"default_date_format": "yyyy-mm-dd"}) as book:
            if before:
                book.add_worksheet(before).write(0, 0, "请先阅读")
            page = book.add_worksheet(sheet)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    page.write(at, place, cell)
            if merge:
                page.merge_range(merge, "E1")
        return (folder / "x").read_bytes()

    return made


DAY = datetime(2026, 1, 5)  # noqa: DTZ001 - a cell has no zone
TITLES = CHINESE.split(",")
CELLS: list[object] = ["E1", "张三", "", "zh", "dc-operations", DAY, "", "", ""]


def error_cell(folder: Path) -> bytes:
    """A workbook in which the cell of the employee number is an error, as a broken reference leaves it."""
    with xlsxwriter.Workbook(folder / "x") as book:
        page = book.add_worksheet()
        for at, row in enumerate([TITLES, CELLS]):
            for place, cell in enumerate(row):
                page.write(at, place, "2026-01-05" if cell is DAY else cell)
        page.write_formula(1, 0, "=NA()", None, "#N/A")
    return (folder / "x").read_bytes()


FILES: list[tuple[str, bytes | Callable[[Path], bytes], str]] = [
    # about, the file, how it is read, or what is said of it (/…/)
    ("as agreed", plain(ROW), READ),
    # --- dates
    ("slashes", day("2026/1/5"), READ),
    ("slashes, zeros", day("2026/01/05"), READ),
    ("Chinese day", day("2026年1月5日"), READ),
    ("points", day("2026.1.5"), READ),
    ("full-width digits", day("２０２６－０１－０５"), READ),
    ("a blank behind", day("2026-01-05 "), READ),
    ("midnight behind", day("2026-01-05 00:00:00"), READ),
    ("midnight behind, short", day("2026/1/5 0:00"), "/2 starts_on time.invalid/"),
    ("a time of day", day("2026-01-05 09:30"), "/2 starts_on time.invalid/"),
    ("American", day("1/5/2026"), "/2 starts_on time.invalid/"),
    ("day first", day("13.1.2026"), "/2 starts_on time.invalid/"),
    ("two digits", day("26-1-5"), "/2 starts_on time.invalid/"),
    ("a serial number", day("46027"), "/2 starts_on time.invalid/"),
    ("no such day", day("2026-02-30"), "/2 starts_on time.invalid/"),
    ("no day", day(""), "/2 starts_on schema.missing/"),
    ("Excel's day zero", day("1900-01-00"), "/2 starts_on time.invalid/"),
    ("another century", day("2206-01-05"), "/2 starts_on time.invalid/"),
    ("another decade", day("2062-01-05"), "/2 .*a start within two years/"),
    ("ends before it begins", plain("E1,张三,,zh,dc-operations,2026-01-05,2025-01-05,,"), "/2 .* meaning.order/"),
    # --- numbers of people
    ("full-width number", number("Ｅ１"), READ),
    ("blanks around", number("  E1　"), READ),
    ("an apostrophe in front", number("'001"), READ.replace("E1", "001")),
    ("rounded", number("1.23457E+17"), "/2 employee_no schema.range/"),
    ("as a decimal", number("1001.0"), "/2 employee_no schema.range/"),
    ("none", number(""), "/2 employee_no schema.missing/"),
    ("a broken reference", number("#N/A"), "/2 employee_no schema.range/"),
    ("a blank within", number("E 1"), "/2 employee_no schema.charset/"),
    ("two people", plain(ROW, ROW.replace("张三", "李四")), "/2 meaning.contradiction/"),
    ("the same row twice", plain(ROW, ROW), READ),
    # --- names
    ("a position misspelt", plain(ROW.replace("dc-operations", "dc-operation")), "/2 position ref.unknown-name/"),
    ("a position in capitals", plain(ROW.replace("dc-operations", "DC-Operations")), "/2 position ref.unknown-name/"),
    # --- the form of the file
    ("semicolons", plain(ROW).replace(b",", b";"), READ),
    ("tabs", plain(ROW).replace(b",", b"\t"), READ),
    ("full-width commas", text(ROW).replace(",", "，").encode(), READ),
    ("a mark in front", b"\xef\xbb\xbf" + plain(ROW), READ),
    ("GBK", text(ROW, header=CHINESE).encode("gbk"), READ),
    ("UTF-16", text(ROW).encode("utf-16"), READ),
    ("UTF-16, no mark", text(ROW).encode("utf-16-le"), READ),
    ("UTF-16, the other way round", text(ROW).encode("utf-16-be"), READ),
    ("line ends of Windows", text(ROW, end="\r\n").encode(), READ),
    ("line ends of old Macs", text(ROW, end="\r").encode(), READ),
    ("mixed line ends", (HEADER + "\r\n" + ROW + "\n" + "\r\n").encode(), READ),
    ("no line end", text(ROW).rstrip().encode(), READ),
    ("empty lines", plain("", ROW, ",,,,,,,,", ""), READ),
    ("Chinese header", plain(ROW, header=CHINESE), READ),
    ("header with remarks", plain(ROW, header=CHINESE.replace("工号", "工号（必填）").replace("姓名", "*姓名")), READ),
    ("header in capitals", plain(ROW, header=HEADER.upper()), READ),
    ("titles", ("特种岗位人员名册,,,,,,,,\n制表人：王五\n\n" + text(ROW)).encode(), READ),
    ("a total below", plain(ROW, "合计,1,,,,,,,"), READ),
    ("columns in another order", plain("张三,E1,dc-operations,2026-01-05,zh,,,,", header=SHUFFLED), READ),
    ("further columns", plain(ROW + ",机房部", header=HEADER + ",部门"), READ),
    ("quotes", plain('"E1","张三","","zh","dc-operations","2026-01-05","","",""'), READ),
    ("a line break in a cell", plain('E1,"张三\n",,zh,dc-operations,2026-01-05,,,'), READ),
    ("a comma in a cell", plain('E1,"张,三",,zh,dc-operations,2026-01-05,,,'), READ.replace("张三", "张,三")),
    ("an open quote", plain('E1,"张三,,zh,dc-operations,2026-01-05,,,'), "/2 .*text.columns/"),
    ("a cell too few", plain("E1,张三,zh,dc-operations,2026-01-05,,,"), "/2 .*text.columns/"),
    ("a byte of no encoding", plain(ROW).replace("三".encode(), b"\xff"), "/2 .*encoding/"),
    ("a NUL byte in a name", plain(ROW).replace("张三".encode(), "张\0三".encode()), "/2 name schema.charset/"),
    ("a line of a megabyte", plain(ROW.replace("张三", "张" * 400_000)), "/2 name schema.range/"),
    # --- files that are none
    ("empty", b"", "/people.csv:1: found an empty file, expected a header: a line with employee_no .*/"),
    ("blank", b"\n \n", "/people.csv:.: found an empty file, expected a header: a line with employee_no .*/"),
    ("header only", plain(), ""),
    ("no header", (ROW + "\n").encode(), "/people.csv:1: a header without employee_no .*which has E1, 张三/"),
    ("another sheet", "产品,数量\n螺丝,5\n".encode(), "/:1: a header without employee_no .*which has 产品, 数量/"),
    ("a column misspelt", plain(ROW, header=HEADER.replace("position", "positon")), "/did you mean 'position'/"),
    ("a column twice", plain(ROW + ",E2", header=HEADER + ",工号"), "/csv:1: found columns .*one for employee_no/"),
    ("a web page", b"<html><body>log in</body></html>", "/people.csv: found a web page, expected a table/"),
    ("an old workbook", b"\xd0\xcf\x11\xe0" + bytes(600), "/people.csv: found an old workbook .*CSV, or XLSX without/"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(300), "/people.csv: found a picture .PNG., expected a table/"),
    ("a table of a web page", "<table><tr><td>工号</td></tr></table>".encode(), "/people.csv: found a web page/"),
    ("a printed page", b"%PDF-1.7" + bytes(300), "/people.csv: found a PDF, expected a table/"),
    # --- workbooks, whatever they are called
    ("a workbook", workbook(TITLES, CELLS), READ),
    ("a number as a number", workbook(TITLES, [1001.0, *CELLS[1:]]), READ.replace("E1", "1001")),
    ("a number too long", workbook(TITLES, [123456789012345678.0, *CELLS[1:]]), "/2 employee_no schema.range/"),
    ("a sheet of remarks first", workbook(TITLES, CELLS, before="说明"), READ),
    ("titles in a workbook", workbook(["名册"], [], TITLES, CELLS), READ),
    ("a line break in a workbook", workbook(TITLES, ["E1", "张\n三", *CELLS[2:]]), READ.replace("张三", "张 三")),
    ("merged cells", workbook(TITLES, CELLS, ["", *CELLS[1:]], merge="A2:A3"), "/3 employee_no schema.missing/"),
    ("an error in a cell", error_cell, "/2 employee_no schema.missing/"),
    ("a serial in a workbook", workbook(TITLES, [*CELLS[:5], 46027, "", "", ""]), "/2 starts_on time.invalid/"),
]  # fmt: skip


def outcome(folder: Path, body: bytes) -> str:
    """What becomes of a file: each person as read, each fault with line, column and code; or why it is held."""
    (folder / "people.csv").write_bytes(body)
    page = RosterCsv("roster", Settings(folder=folder)).poll({}, NOW)
    if page.alarm:
        return str(page.summary["people"]["held"])
    told = []
    for part in page.transmissions:
        lines = part.context.get("lines", "").split()
        for n, each in enumerate(MAPPING.read(part)):
            if isinstance(each, Fault):
                assert each.found and each.expected, each
                told.append(re.sub("^line [0-9]+", lines[n], each.where) + f" {each.code}: {each.expected}")
            else:
                assert isinstance(each, Item)
                told.append(" ".join(map(_shown, each.records)))
    return "\n".join(told)


def _shown(record: object) -> str:
    if isinstance(record, Person):
        return f"{record.subject} {record.name}"
    assert isinstance(record, Assignment)
    return f"{record.position} {record.starts_at.astimezone(ZONE).date()}"


ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("about", "body", "wanted"), FILES, ids=[about for about, _body, _wanted in FILES])
def test_a_file_is_read_right_or_what_is_wrong_is_named(
    tmp_path: Path, about: str, body: bytes | Callable[[Path], bytes], wanted: str
) -> None:
    told = outcome(tmp_path, body if isinstance(body, bytes) else body(tmp_path))
    if wanted.startswith("/"):
        assert re.search(wanted.strip("/"), told), told
    else:
        assert told == wanted, about


def test_a_file_that_is_larger_than_is_read_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "people.csv").open("wb") as opened:
        opened.truncate(100 << 20)
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)
    assert page.summary["people"]["held"] == "people.csv: found 100 MiB, expected at most 64 MiB"


def test_a_workbook_is_named_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "people.xlsx").write_bytes(workbook(["产品"], ["螺丝"])(tmp_path))
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)
    assert page.summary["people"]["held"].startswith("people.xlsx:1: a header without employee_no (工号)")


def test_of_two_files_each_has_a_fate_of_its_own(tmp_path: Path) -> None:
    plan = "session,course,room,devices,starts_at,ends_at,break_minutes,cancelled,employee_no\n"
    session = "S1,dc-safety,A,SN,2026-01-06 09:00,2026-01-06 12:00,0,,E1\n"
    for people, planned in ((plain(ROW), "产品\n"), (b"", plan + session)):
        (tmp_path / "people.csv").write_bytes(people)
        (tmp_path / "plan.csv").write_text(planned, encoding="utf-8")
        page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)
        assert (page.alarm, len(page.transmissions), page.complete_until) == ("text.header", 1, None)
