"""What only the CSV roster does; tests/contract asks what every poll source must do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import mappings
from connectors.people.roster_csv import SPEC, RosterCsv, Settings
from connectors.people.roster_csv.changes import CHUNK_ROWS
from connectors.port import Page
from schemas.errors import UnavailableError
from schemas.people import Person
from schemas.transmission import Fault, Item, Transmission
from tests import wire

NOW = wire.ARRIVAL
MAPPING = mappings.load(SPEC.mapping)
PEOPLE = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until"
PLAN = "session,course,room,devices,starts_at,ends_at,break_minutes,cancelled,employee_no"


def person(number: str, name: str = "张三", position: str = "dc-operations") -> str:
    return f"{number},{name},,zh,{position},2026-01-05,,,"


class Site:
    """A roster folder, and what is kept of it between polls."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.source = RosterCsv("roster", Settings(folder=folder, **settings))
        self.cursor: Mapping[str, Any] = {}

    def write(self, *rows: str, file: str = "people.csv", header: str = PEOPLE) -> None:
        self.put("\n".join([header, *rows, ""]).encode(), file)

    def put(self, body: bytes, file: str = "people.csv") -> None:
        (self.folder / file).write_bytes(body)

    def poll(self) -> Page:
        page = self.source.poll(self.cursor, NOW)
        self.cursor = page.cursor
        return page


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def rows(page: Page) -> list[str]:
    return [line for each in page.transmissions for line in each.body.decode().splitlines()[1:]]


def names(taken: tuple[Transmission, ...]) -> list[str]:
    found = [outcome for each in taken for outcome in MAPPING.read(each) if isinstance(outcome, Item)]
    return [record.name for outcome in found for record in outcome.records if isinstance(record, Person)]


def faults(taken: tuple[Transmission, ...]) -> list[Fault]:
    return [outcome for each in taken for outcome in MAPPING.read(each) if isinstance(outcome, Fault)]


def test_only_new_and_changed_rows_are_brought_under_the_original_header(site: Site) -> None:
    site.write(person("E1"), person("E2"), person("E3"))
    assert len(rows(site.poll())) == 3
    site.write(person("E1"), person("E2", "李四"), person("E3"), person("E4"))
    page = site.poll()
    assert rows(page) == [person("E2", "李四"), person("E4")]
    [taken] = page.transmissions
    assert taken.body.decode().splitlines()[0] == PEOPLE
    assert (taken.form, taken.media_type) == ("people", "text/csv")
    places = {"lines": "3 5", "header_line": "1", "posts": "listed"}
    assert taken.context == {"zone": "Asia/Shanghai", "as_of": "2026-03-02T10:00:00+00:00", **places}
    assert page.summary == {"people": {"rows": 4, "added": 1, "changed": 1, "gone_count": 0, "gone": []}}


def test_people_come_before_the_plan_and_each_file_apart(site: Site) -> None:
    site.write("S-1,dc-safety,A,SN-1,2026-01-06 09:00,2026-01-06 12:00,0,,E1", file="plan.csv", header=PLAN)
    site.write(person("E1"))
    assert [each.form for each in site.poll().transmissions] == ["people", "plan"]


def test_one_person_with_two_positions_has_two_rows(site: Site) -> None:
    site.write(person("E1"), person("E1", position="network"))
    assert len(rows(site.poll())) == 2
    assert len(site.cursor["people.csv"]["rows"]) == 2


def test_rows_that_are_gone_are_named_and_nobody_has_left(site: Site) -> None:
    everybody = [person(f"E{n}") for n in range(200)]
    site.write(*everybody)
    site.poll()
    site.write(*everybody[:175])
    page = site.poll()
    [gone] = page.transmissions
    assert (gone.form, page.alarm) == ("people_gone", "")
    assert gone.body.decode().splitlines() == ["employee_no", *(f"E{n}" for n in range(175, 200))]
    told = page.summary["people"]
    assert (told["gone_count"], len(told["gone"]), told["gone"][0]) == (25, 20, "E175/dc-operations/")


def test_who_lost_a_row_of_a_post_stands_alone_and_whole_and_whose_posts_it_names_is_said(site: Site) -> None:
    site.write(person("E1"), person("E1", position="network"), person("E2"), person("E3", position=""))
    assert [each.context.get("posts") for each in site.poll().transmissions] == [None], (
        "the first file leaves out nothing"
    )
    site.write(person("E1"), person("E2", "李四"), person("E3", "王五", position=""), person("E4"))
    found = [(rows(Page((each,), {})), each.context.get("posts")) for each in site.poll().transmissions]
    assert found == [
        ([person("E1")], "listed"),
        ([person("E2", "李四"), person("E4")], "listed"),
        ([person("E3", "王五", position="")], None),
    ]


def test_a_row_changed_back_is_not_taken_for_a_repeat(site: Site) -> None:
    sent = []
    for name in ("张三", "李四", "张三", "李四"):
        site.write(person("E1", name))
        sent += [(each.peer, each.path, each.body) for each in site.poll().transmissions]
    assert len(set(sent)) == 4


def test_a_renamed_column_brings_every_row_again(site: Site) -> None:
    site.write(person("E1") + ",1001", header=PEOPLE + ",id:terminals")
    site.poll()
    site.write(person("E1") + ",1001", header=PEOPLE + ",id:lms")
    assert len(rows(site.poll())) == 1


@pytest.mark.parametrize(("left", "held"), [(8, False), (7, True), (0, True)])
def test_a_file_that_shrank_is_held_whole(site: Site, left: int, held: bool) -> None:
    everybody = [person(f"E{n}") for n in range(10)]
    site.write(*everybody)
    site.poll()
    before = site.cursor
    site.write(*everybody[:left], person("E99") if not held else "")
    page = site.poll()
    assert (page.alarm, page.complete_until) == (("roster.shrunk", None) if held else ("", NOW))
    if held:
        assert not page.transmissions and page.cursor["people.csv"]["rows"] == before["people.csv"]["rows"]
        assert page.summary["people"]["gone_count"] == 10 - left


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_emptied_file_is_a_shrunken_one(site: Site, body: bytes) -> None:
    site.write(person("E1"))
    site.poll()
    site.put(body)
    page = site.poll()
    assert (
        page.alarm == "roster.shrunk"
        and "found an empty file where the last one had 1 row" in page.summary["people"]["held"]
    )


def test_an_empty_file_at_the_very_first_has_no_header(site: Site) -> None:
    site.put(b"")
    page = site.poll()
    assert (page.alarm, page.transmissions, page.complete_until) == ("text.header", (), None)
    assert page.summary["people"] == {
        "held": "people.csv:1: found an empty file, expected a header: a line with employee_no (工号), position (岗位),"
        " leave_from (请假开始) and the other columns",
        "code": "text.header",
    }


def test_a_shrunken_plan_holds_itself_and_not_the_people(site: Site) -> None:
    site.write(person("E1"))
    site.write(
        *[f"S-{n},c,A,SN,2026-01-06 09:00,2026-01-06 12:00,0,,E1" for n in range(5)], file="plan.csv", header=PLAN
    )
    site.poll()
    site.write(person("E1", "李四"))
    site.write(file="plan.csv", header=PLAN)
    page = site.poll()
    assert (page.alarm, names(page.transmissions), page.complete_until) == ("roster.shrunk", ["李四"], None)
    held = "plan.csv: found 0 rows where the last one had 5; if that is right: `licet people accept --by NAME`"
    assert page.summary["plan"]["held"] == held
    site.write(
        *[f"S-{n},c,A,SN,2026-01-06 09:00,2026-01-06 12:00,0,,E1" for n in range(5)], file="plan.csv", header=PLAN
    )
    page = site.poll()
    assert (page.alarm, page.transmissions, page.complete_until) == ("", (), NOW), "it is the one that is known"


def test_how_much_a_file_may_shrink_is_a_setting(tmp_path: Path) -> None:
    site = Site(tmp_path, shrink_ratio=0.2)
    site.write(*[person(f"E{n}") for n in range(10)])
    site.poll()
    site.write(person("E0"), person("E1"))
    assert site.poll().alarm == ""


def test_a_missing_plan_is_no_error_and_missing_people_are(site: Site) -> None:
    site.write("S-1,c,A,SN,2026-01-06 09:00,2026-01-06 12:00,0,,E1", file="plan.csv", header=PLAN)
    site.put(b"employee_no", "people.csv.part")
    with pytest.raises(UnavailableError):
        site.poll()
    site.write(person("E1"))
    site.poll()
    (site.folder / "plan.csv").unlink()
    assert site.poll().cursor["plan.csv"]["rows"], "what the plan said is remembered"


def test_a_file_that_cannot_be_read_is_tried_again_later(site: Site) -> None:
    (site.folder / "people.csv").mkdir()
    with pytest.raises(UnavailableError):
        site.poll()


def test_a_header_without_its_columns_holds_its_file_and_names_them(site: Site) -> None:
    site.write("E1,张三", header="employee_no,name")
    page = site.poll()
    assert (page.alarm, page.transmissions, page.complete_until) == ("text.header", (), None)
    held = "people.csv:1: a header without position (岗位), leave_from (请假开始), which has employee_no"
    assert page.summary["people"]["held"] == f"{held}, name"


def test_other_people_instead_are_no_roster_either(site: Site) -> None:
    site.write(*[person(f"00{n}") for n in range(10, 20)])
    site.poll()
    site.write(*[person(f"{n}") for n in range(10, 20)])
    page = site.poll()
    assert (page.alarm, page.transmissions) == ("roster.shrunk", ())
    assert page.summary["people"]["held"].startswith("people.csv: found 0 of the 10 people of the last one")


def test_what_a_person_accepts_passes_as_it_is_now_and_no_other(site: Site) -> None:
    site.write(*[person(f"E{n}") for n in range(10)])
    site.poll()
    site.write(person("E1"))
    assert site.poll().alarm == "roster.shrunk"
    site.cursor, files = site.source.accepted(site.cursor)
    assert files == ["people.csv"]
    site.write(person("E2"))
    assert site.poll().alarm == "roster.shrunk", "that is another one"
    site.write(person("E1"))
    page = site.poll()
    assert (page.alarm, page.summary["people"]["gone_count"]) == ("", 9)
    assert site.source.accepted(site.cursor)[1] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_no_name_is_garbled_in_whatever_encoding(site: Site, encoding: str, end: str) -> None:
    site.put(end.join([PEOPLE, person("E1", "王五㐂"), person("E2", '"李, 四"'), ""]).encode(encoding))
    assert names(site.poll().transmissions) == ["王五㐂", "李, 四"]


def test_a_damaged_row_is_kept_aside_and_garbles_no_neighbour(site: Site) -> None:
    damaged = "E2,孙".encode()[:-1] + b",,zh,,,,,"
    site.put(b"\n".join([PEOPLE.encode(), person("E1").encode(), damaged, person("E3", "李四").encode(), b""]))
    taken = site.poll().transmissions
    assert names(taken) == ["张三", "李四"]
    [fault] = faults(taken)
    assert (fault.code, damaged in fault.raw) == ("encoding.invalid", True)
    site.put((site.folder / "people.csv").read_bytes() + person("E4").encode() + b"\n")
    assert not faults(site.poll().transmissions), "it was handed on once"


def test_a_quote_left_open_spoils_its_own_row_and_swallows_no_other(site: Site) -> None:
    site.write('E1,"张三,,zh,,,,,', person("E2"), person("E3"))
    taken = site.poll().transmissions
    assert names(taken) == ["张三", "张三"]
    assert [fault.code for fault in faults(taken)] == ["text.columns"]


def test_two_rows_of_one_key_are_both_handed_on_and_equal_ones_once(site: Site) -> None:
    first, second = person("E1"), person("E1").replace("2026-01-05", "2026-06-01")
    site.write(first, second, first)
    assert rows(site.poll()) == [first, second]


def test_blank_rows_as_spreadsheets_leave_them_are_nothing(site: Site) -> None:
    site.put(f"\r\n{PEOPLE}\r\n{person('E1')}\r\n,,,,,,,,\r\n  \r\n".encode())
    assert rows(site.poll()) == [person("E1")]


def test_a_long_roster_comes_in_parts(site: Site) -> None:
    site.write(*[person(f"E{n}") for n in range(2 * CHUNK_ROWS + 1)])
    taken = site.poll().transmissions
    assert [len(each.body.splitlines()) - 1 for each in taken] == [CHUNK_ROWS, CHUNK_ROWS, 1]
    assert len({each.path for each in taken}) == 3


@pytest.mark.parametrize("wrong", [{"zone": "Mars"}, {"shrink_ratio": 0}, {"shrink_ratio": 1.1}, {"x": 1}])
def test_wrong_settings_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"folder": tmp_path, **wrong})
