"""A roster as spreadsheets save it: read where it is certain, else named with what to do."""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from connectors.people.roster_csv import SPEC, RosterCsv, Settings
from connectors.people.roster_csv.headers import CALLED
from connectors.sheets import sheet_as_csv
from schemas.errors import PayloadError, UnavailableError
from schemas.people import Assignment, Person
from schemas.transmission import Fault, Item, Outcome

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MAPPING = mappings.load(SPEC.mapping)
HEADER = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until"
ROW = "E1,张三,,zh,dc-operations,2026-01-05,,,"
JANUARY_5 = datetime(2026, 1, 4, 16, tzinfo=UTC)


def read(folder: Path, body: bytes) -> list[Outcome]:
    """What becomes of ``people.csv``."""
    (folder / "people.csv").write_bytes(body)
    page = RosterCsv("roster", Settings(folder=folder)).poll({}, NOW)
    assert not page.alarm, page.summary
    return [outcome for each in page.transmissions for outcome in MAPPING.read(each)]


def saved(*rows: str, separator: str = ",", encoding: str = "utf-8", title: str = "") -> bytes:
    lines = [*([title] if title else []), HEADER, *rows, ""]
    return "\r\n".join(lines).replace(",", separator).encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "，", "；"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_cells_are_found_however_they_are_divided_and_encoded(tmp_path: Path, separator: str, encoding: str) -> None:
    [item] = read(tmp_path, saved(ROW, separator=separator, encoding=encoding))
    assert isinstance(item, Item)
    person, assignment = item.records
    assert isinstance(person, Person) and isinstance(assignment, Assignment)
    assert (person.subject, person.name, assignment.starts_at) == ("E1", "张三", JANUARY_5)


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    [item] = read(tmp_path, saved(ROW, title="特种岗位人员名册;2026 年"))
    assert isinstance(item, Item) and item.records[0].subject == "E1"


@pytest.mark.parametrize("day", ["2026-01-05", "2026-1-5", "2026/1/5", "2026/01/05", "2026.1.5", "2026年1月5日"])
def test_a_day_that_can_mean_one_day_only_is_read(tmp_path: Path, day: str) -> None:
    [item] = read(tmp_path, saved(ROW.replace("2026-01-05", day)))
    assert isinstance(item, Item) and isinstance(item.records[1], Assignment)
    assert item.records[1].starts_at == JANUARY_5


@pytest.mark.parametrize("day", ["1/5/2026", "5.1.26", "46027", "2026年1月", "2026-02-30"])
def test_any_other_is_refused_with_the_forms_that_are_read(tmp_path: Path, day: str) -> None:
    [fault] = read(tmp_path, saved(ROW.replace("2026-01-05", day)))
    assert isinstance(fault, Fault) and fault.code == "time.invalid"


def test_full_width_characters_are_the_plain_ones(tmp_path: Path) -> None:
    [item] = read(tmp_path, saved(ROW.replace("E1", "Ｅ１００１")))
    assert isinstance(item, Item) and {each.subject for each in item.records} == {"E1001"}


def test_a_number_that_a_spreadsheet_has_rounded_is_nobodys(tmp_path: Path) -> None:
    [fault] = read(tmp_path, saved(ROW.replace("E1", "1.23457E+17")))
    assert isinstance(fault, Fault) and (fault.code, fault.found) == ("schema.range", "'1.23457E+17'")
    assert "format the column as text" in fault.expected


def test_one_number_of_two_people_is_neither(tmp_path: Path) -> None:
    first, second, other = read(tmp_path, saved(ROW, ROW.replace("张三", "李四"), ROW.replace("E1", "E2")))
    assert isinstance(first, Fault) and isinstance(second, Fault) and isinstance(other, Item)
    assert first.code == second.code == "meaning.contradiction"
    assert first.found == "rows of one person E1 that differ in name: line 2 '张三', line 3 '李四'"


CHINESE = "工号,姓名,邮箱,语言,岗位,上岗日期,离岗日期,请假开始,请假结束,标识:terminals"


@pytest.mark.parametrize("header", [CHINESE, CHINESE.replace("工号", " 员工编号 ").replace(":", "：")])
@pytest.mark.parametrize("separator", [",", "\t", "，"])
def test_columns_may_have_their_chinese_names(tmp_path: Path, header: str, separator: str) -> None:
    text = "\n".join(["特种岗位人员名册", header, f"{ROW},17", ""]).replace(",", separator)
    [item] = read(tmp_path, text.encode("gb18030"))
    assert isinstance(item, Item) and isinstance(item.records[0], Person)
    assert (item.records[0].subject, item.records[0].name) == ("E1", "张三")
    assert [(each.source, each.subject) for each in item.records[0].identifiers] == [("terminals", "17")]


def workbook(path: Path, *sheets: list[list[object]], hidden: int | None = None) -> bytes:
    """An XLSX file as another library writes it."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for n, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.write(at, place, cell)
            if n == hidden:
                sheet.hide()
    return path.read_bytes()


def read_workbook(folder: Path, body: bytes) -> list[Outcome]:
    (folder / "people.xlsx").write_bytes(body)
    page = RosterCsv("roster", Settings(folder=folder)).poll({}, NOW)
    assert not page.alarm, page.summary
    return [outcome for each in page.transmissions for outcome in MAPPING.read(each)]


def row(number: object, day: object = datetime(2026, 1, 5), badge: int = 17) -> list[object]:  # noqa: DTZ001 - a cell has no zone
    return [number, "张三", "", "zh", "dc-operations", day, "", "", "", badge]


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    body = workbook(tmp_path / "x", [["特种岗位人员名册"], [], CHINESE.split(","), row("001001"), row(1002, badge=18)])
    first, second = read_workbook(tmp_path, body)
    assert isinstance(first, Item) and isinstance(second, Item)
    assert [each.records[0].subject for each in (first, second)] == ["001001", "1002"]
    for each in (first, second):
        assert isinstance(each.records[1], Assignment) and each.records[1].starts_at == JANUARY_5


def test_the_sheet_with_the_columns_is_found_and_no_hidden_one(tmp_path: Path) -> None:
    table = [HEADER.split(","), row("E1")[:9]]
    [item] = read_workbook(tmp_path, workbook(tmp_path / "x", [["说明"]], [*table, row("E9")[:9]], table, hidden=1))
    assert isinstance(item, Item) and item.records[0].subject == "E1"


def test_a_number_with_more_digits_than_a_spreadsheet_holds_is_nobodys(tmp_path: Path) -> None:
    [fault] = read_workbook(tmp_path, workbook(tmp_path / "x", [HEADER.split(","), row(123456789012345678)[:9]]))
    assert isinstance(fault, Fault) and fault.code == "schema.range"
    assert "format the column as text" in fault.expected


def far_out(folder: Path) -> bytes:
    return workbook(folder / "x", [HEADER.split(","), *[[]] * 3, [*[""] * 300, "x"]])


def unpacks_to_much(folder: Path) -> bytes:
    body = workbook(folder / "x", [HEADER.split(",")])
    with zipfile.ZipFile(folder / "x", "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/x.bin", bytes(65 << 20))
    return (folder / "x").read_bytes() if body else b""


def crafted(folder: Path, cell: str, sheet: str = "worksheets/sheet1.xml") -> bytes:
    """A kilobyte with one cell so far out that all before it need more memory than there is."""
    body = workbook(folder / "x", [HEADER.split(",")])
    with zipfile.ZipFile(folder / "x") as parts, zipfile.ZipFile(folder / "y", "w", zipfile.ZIP_DEFLATED) as made:
        for name in parts.namelist():
            part = parts.read(name).decode().replace("worksheets/sheet1.xml", sheet)
            part = part.replace("</sheetData>", f"<row>{cell}</row></sheetData>")
            made.writestr(name.replace("worksheets/sheet1.xml", sheet), part)
    return (folder / "y").read_bytes() if body else b""


BROKEN = [
    ("cells far out", far_out),
    ("a cell out of all bounds", lambda folder: crafted(folder, '<c r="XFD1048576"><v>1</v></c>')),
    ("the same in other quotes", lambda folder: crafted(folder, "<c r='XFD1048576'><v>1</v></c>")),
    ("the same where no sheet lies", lambda folder: crafted(folder, '<c r="XFD1048576"><v>1</v></c>', "w/s.xml")),
    ("a cell within bounds, and too many before it", lambda folder: crafted(folder, '<c r="IV100000"><v>1</v></c>')),
    ("unpacks to much", unpacks_to_much),
    ("the old form, or a password", lambda _folder: b"\xd0\xcf\x11\xe0" + bytes(600)),
    ("cut off", lambda folder: workbook(folder / "x", [HEADER.split(",")])[:-200]),
    ("another archive", lambda _folder: b"PK\x03\x04" + bytes(200)),
]


@pytest.mark.parametrize(("about", "made"), BROKEN, ids=[about for about, _made in BROKEN])
def test_what_is_no_workbook_that_can_be_read_is_held_and_said(tmp_path: Path, about: str, made: Any) -> None:
    (tmp_path / "people.xlsx").write_bytes(made(tmp_path))
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)
    assert page.alarm == "encoding.invalid" and "people.xlsx: found" in page.summary["people"]["held"], about
    if "a cell" in about or "cells" in about:
        assert re.search("memory or time|further out", str(page.summary["people"]["held"]))


def test_two_forms_of_one_file_are_neither(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(saved(ROW))
    (tmp_path / "people.xlsx").write_bytes(workbook(tmp_path / "x", [HEADER.split(","), row("E1")[:9]]))
    with pytest.raises(UnavailableError, match=r"people.csv and people.xlsx"):
        RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_rubbish_in_a_workbook_is_refused_and_nothing_else(rubbish: bytes) -> None:
    with pytest.raises(PayloadError):
        sheet_as_csv(b"PK\x03\x04" + rubbish, ("employee_no",), CALLED, "people.xlsx")


HIRED = "工号,姓名,邮箱,语言,岗位,到岗日期,离职日期,请假开始,请假结束"


def sheet(*rows: str, header: str = HIRED) -> bytes:
    return "\n".join([header, *rows, ""]).encode("gb18030")


@pytest.mark.parametrize("number", ["工号*", "工 号", " 人员编号 ", "工号＊"])
def test_a_mark_or_a_blank_in_the_name_of_a_column_changes_nothing(tmp_path: Path, number: str) -> None:
    [item] = read(tmp_path, sheet(ROW, header=HIRED.replace("工号", number)))
    assert isinstance(item, Item) and isinstance(item.records[1], Assignment)
    assert (item.records[0].subject, item.records[1].starts_at) == ("E1", JANUARY_5)


@pytest.mark.parametrize("total", ["合计,1,,,,,,,", "总计：,,,,,,,,", ",合 计,,,,,,,", "Total,1,,,,,,,"])
def test_a_row_that_sums_up_is_nobody(tmp_path: Path, total: str) -> None:
    [item] = read(tmp_path, sheet(ROW, total))
    assert isinstance(item, Item) and item.records[0].subject == "E1"


def test_two_columns_that_mean_the_same_hold_the_file_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(sheet(f"{ROW},2026-02-01", header=f"{HIRED},上岗日期"))
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, NOW)
    assert page.alarm == "text.header" and not page.transmissions
    assert (
        page.summary["people"]["held"] == "people.csv:1: found columns 到岗日期, 上岗日期, expected one for starts_on"
    )


def test_a_file_whose_columns_were_renamed_into_chinese_brings_nothing_new(tmp_path: Path) -> None:
    source = RosterCsv("roster", Settings(folder=tmp_path))
    (tmp_path / "people.csv").write_bytes(saved(ROW))
    first = source.poll({}, NOW)
    (tmp_path / "people.csv").write_bytes(sheet(ROW))
    again = source.poll(first.cursor, NOW)
    assert len(first.transmissions) == 1 and not again.transmissions and not again.alarm
