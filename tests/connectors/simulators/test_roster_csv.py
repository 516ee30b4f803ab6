"""What HR writes is what the roster's adapter reads; a file is never seen halfway."""

import csv
import os

import pytest

import mappings
from connectors.people.roster_csv import SPEC, RosterCsv, Settings
from connectors.simulators import roster_csv
from schemas.people import Assignment, Person
from schemas.transmission import Item
from tests import wire

ROW = {"employee_no": "E1", "name": '张"三, A', "position": "post", "starts_on": "2026-01-05", "id:lms": "zhang"}


def test_the_adapter_reads_what_was_written(tmp_path):
    roster_csv.write_people(tmp_path, [ROW])
    roster_csv.write_plan(tmp_path, [])
    page = RosterCsv("roster", Settings(folder=tmp_path)).poll({}, wire.ARRIVAL)
    outcomes = [outcome for taken in page.transmissions for outcome in mappings.load(SPEC.mapping).read(taken)]
    records = [record for outcome in outcomes if isinstance(outcome, Item) for record in outcome.records]
    [person] = [record for record in records if isinstance(record, Person)]
    assert (person.subject, person.name) == ("E1", '张"三, A')
    assert [record.position for record in records if isinstance(record, Assignment)] == ["post"]
    assert [(each.source, each.subject) for each in person.identifiers] == [("lms", "zhang")]


def test_a_cell_of_no_column_is_a_mistake_and_the_file_stays_as_it_was(tmp_path):
    roster_csv.write_people(tmp_path, [ROW])
    before = (tmp_path / "people.csv").read_bytes()
    with pytest.raises(ValueError, match="nmae"):
        roster_csv.write_people(tmp_path, [{"employee_no": "E1", "nmae": "x"}])
    assert (tmp_path / "people.csv").read_bytes() == before


def test_a_file_is_replaced_whole(tmp_path):
    roster_csv.write_people(tmp_path, [ROW])
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as open_before:
        roster_csv.write_people(tmp_path, [])
        assert [row["employee_no"] for row in csv.DictReader(open_before)] == ["E1"]
    assert os.listdir(tmp_path) == ["people.csv"]


def test_a_source_has_its_column(tmp_path):
    roster_csv.write_people(tmp_path, [{"employee_no": "E1", "id:badge": "7"}], sources=("badge",))
    [row] = csv.DictReader((tmp_path / "people.csv").read_text(encoding="utf-8").splitlines())
    assert row["id:badge"] == "7" and "id:lms" not in row


def test_opening_balances_have_a_line_each():
    text = roster_csv.opening([{"employee_no": "E1", "kind": "hours", "what": "dc-safety", "hours": "3"}]).decode()
    assert text.splitlines() == [",".join(roster_csv.OPENING), "E1,hours,dc-safety,,,,3,"]
