"""A name that nobody has is found when it comes, and the nearest one is named; nothing waits silently for ever."""

import mappings
from connectors.simulators import roster_csv as hr
from tests.hub.intake.test_words import E1, E2, HOURS, S1, hub  # noqa: F401 - the fixture
from tests.mappings.test_shipped import PEOPLE, sent

NAMES = {"position": {"dc-operations", "crane"}, "course": {"dc-safety"}}
PLAN = "session,course,room,devices,starts_at,ends_at,break_minutes,cancelled,employee_no\n"


def roster(body, form="people", **names):
    document = mappings.load("people/roster_csv", names=names)
    return document.read(sent(body, form, "text/csv", zone="Asia/Shanghai", as_of="2026-03-02T00:00:00Z"))


def test_a_position_that_the_hub_does_not_have_is_a_fault_with_the_nearest_name():
    good, bad = roster(f"{PEOPLE}E1,张三,,,crane,2026-01-05,,,,\nE2,李四,,,dc-operation,2026-01-05,,,,\n", **NAMES)
    assert (bad.code, bad.where, bad.found) == ("ref.unknown-name", "line 3 position", "'dc-operation'")
    assert bad.expected == "a position of the hub's folder; did you mean 'dc-operations'?"
    assert len(good.records) == 2, "its neighbour is taken"
    [mended] = roster(bad.raw.replace(b"dc-operation", b"dc-operations"), **NAMES)
    assert len(mended.records) == 2, "with its header the row can be read again"


def test_where_no_name_is_near_those_that_there_are_are_listed():
    [bad] = roster(f"{PEOPLE}E1,张三,,,welder,2026-01-05,,,,\n", **NAMES)
    assert bad.expected == "a position of the hub's folder, one of crane, dc-operations"


def test_a_course_that_the_hub_does_not_have_is_one_too():
    row = "S1,dc-safty,A,SN,2026-01-06 09:00,2026-01-06 12:00,0,,E1\n"
    [bad] = roster(PLAN + row, "plan", **NAMES)
    assert (bad.code, bad.where) == ("ref.unknown-name", "line 2 course")


def test_what_no_folder_stands_behind_is_taken_as_it_comes():
    [item] = roster(f"{PEOPLE}E1,张三,,,welder,2026-01-05,,,,\n")
    assert len(item.records) == 2


def asked(hub):  # noqa: F811
    polling = hub.parts.polling
    return polling.ask(polling.one("roster"))


def test_what_an_import_says_is_what_became_of_the_rows(hub):  # noqa: F811
    hr.write_people(hub.folder, [E1, {**E2, "position": "dc-operation"}, {**E2, "employee_no": "E3"}])
    hr.write_plan(hub.folder, [{**S1, "course": "dc-safty"}])
    told = asked(hub)
    assert told.counts == {"applied": 1, "quarantined": 2}
    assert [(each.peer, each.line, each.code) for each in told.faults] == [
        ("people.csv", 3, "ref.unknown-name"),
        ("plan.csv", 2, "ref.unknown-name"),
    ]
    assert len(hub.stints("E3")) == 1
    assert {code for code, _where in hub.waiting()} == {"ref.unknown-name"}
    assert not asked(hub).counts, "the same file again brings nothing"


def test_the_lines_are_those_of_the_file_though_only_what_changed_is_handed_on(hub):  # noqa: F811
    people = [{**E1, "employee_no": f"E{n}"} for n in range(1, 9)]
    hub.people(*people)
    hub.people(*people[:6], {**people[6], "position": "dc-operation"}, people[7])
    hr.write_people(hub.folder, [*people[:6], {**people[6], "starts_on": "2026-13-05"}, people[7]])
    [bad] = asked(hub).faults
    assert (bad.line, bad.where) == (8, "line 2 starts_on")


def test_an_opening_balance_of_a_course_that_nobody_has_is_shown_before_it_is_kept(hub):  # noqa: F811
    body = hr.opening([{**HOURS, "hours": "10"}, {**HOURS, "hours": "10", "what": "dc-anual"}])
    preview = hub.parts.opening.preview(body, hub.clock.now())
    assert [(each.code, each.where) for each in preview.faults] == [("ref.unknown-name", "line 3 what")]


def test_a_file_that_cannot_be_read_says_why_and_its_neighbour_is_read(hub):  # noqa: F811
    (hub.folder / "plan.csv").write_text("session,room\nS1,A\n", encoding="utf-8")
    hr.write_people(hub.folder, [E1, E2, {**E2, "employee_no": "E3"}])
    told = asked(hub)
    missing = "plan.csv:1: a header without employee_no (工号), which has session, room"
    assert told.page.summary["plan"] == {"held": missing, "code": "text.header"}
    assert (told.page.alarm, told.counts) == ("text.header", {"applied": 1})
    (hub.folder / "people.csv").unlink()
    assert asked(hub).error.code == "peer.unreachable"
