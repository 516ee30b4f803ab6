"""A roster as spreadsheets save it: read where it is certain, else named with what to do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import mappings
from connectors.people.roster_csv import SPEC, RosterCsv, Settings
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
    assert first.found == "rows of one person that differ in name"
