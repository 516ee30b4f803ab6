"""What only these terminals do, over sockets, judged at the terminal: who stands before a door and gets in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.access.hikvision import Hikvision, Settings
from connectors.access.hikvision.records import FIRST, LAST, LEASED, OVER, changed, is_ending, right_of
from connectors.access.hikvision.settings import DoorsOf
from connectors.port import Change
from connectors.simulators.hikvision import USERS, Device, serving
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
TARGETS = {"hall": {"doors": [1, 2]}, "vault": {"doors": [3], "plan": 7}}


@contextmanager
def at(device: Device, **settings: Any) -> Iterator[Hikvision]:
    with serving(device) as url:
        known = {"url": url, "user": "licet", "password": "secret-1", "targets": TARGETS}
        door = Hikvision(
            "gate", Settings.model_validate({**known, "allow_private_address": True, **settings}), lambda: NOW
        )
        yield door
        door.close()


def seen(door: Hikvision, person: str = "E1", target: str = "hall") -> tuple[str, str]:
    found = door.observe(person, [target])
    return found.presence[target], found.unproven.get(target, "")


def change(door: Hikvision, wanted: Any, target: str = "hall", person: str = "E1") -> None:
    door.apply(Change(person, target, wanted, "k"), fence=1)


def enrolled(doors: str = "", **more: Any) -> Device:
    device = Device(**more)
    device.enrol("E1", "张三", doors)
    for n in range(2, 9):
        device.enrol(f"E{n}", f"员工{n}", "1,2,3")
    return device


def test_what_is_closed_ended_in_the_past_and_nothing_else_of_the_person_changes():
    device = enrolled("1,2")
    before = dict(device.people["E1"])
    with at(device) as door:
        change(door, "absent")
    after = device.people["E1"]
    assert not device.opens("E1", 1, NOW) and seen_by(device, "E1") == ("", OVER, True)
    assert {k: after[k] for k in ("name", "userType", "numOfFace")} == {
        k: before[k] for k in ("name", "userType", "numOfFace")
    }
    assert all(device.opens(f"E{n}", 1, NOW) for n in range(2, 9))


def seen_by(device: Device, person: str) -> tuple[str, str, bool]:
    record = device.people[person]
    return record["doorRight"], record["Valid"]["endTime"], record["Valid"]["enable"]


def test_a_validity_that_is_switched_off_is_for_ever_and_counts_as_open():
    device = enrolled("1")
    device.people["E1"]["Valid"] = {"enable": False, "beginTime": "2000-01-01T00:00:00", "endTime": OVER}
    with at(device) as door:
        assert seen(door) == ("present", "")
        change(door, "absent")
        assert seen(door) == ("absent", "") and not device.opens("E1", 1, NOW)


def test_closing_one_target_leaves_the_others_open_in_their_hours():
    device = enrolled()
    with at(device) as door:
        for target in ("hall", "vault"):
            change(door, "present", target)
        assert device.people["E1"]["RightPlan"][2] == {"doorNo": 3, "planTemplateNo": "7"}
        change(door, "absent")
        assert (seen(door), seen(door, target="vault")) == (("absent", ""), ("present", ""))
    assert not device.opens("E1", 1, NOW) and device.opens("E1", 3, NOW)


def test_a_door_that_was_over_is_not_opened_along_with_another():
    device = enrolled("1,2,3")
    with at(device) as door:
        device.people["E1"]["Valid"]["endTime"] = "2024-01-01T00:00:00"
        change(door, "present", "vault")
    assert device.opens("E1", 3, NOW) and not device.opens("E1", 1, NOW)


def test_a_terminal_that_keeps_doors_where_none_are_written_is_closed_by_time():
    with at(enrolled("1,2", keeps_doors=True)) as door:
        change(door, "absent")
        assert seen(door) == ("absent", "")


def test_the_way_of_changing_somebody_is_found_out_once():
    for ways in (("PUT SetUp",), ("POST SetUp",), ("PUT Modify",)):
        device = enrolled("1", writes=ways)
        with at(device) as door:
            change(door, "absent")
            change(door, "present")
        assert device.opens("E1", 1, NOW)
        writes = [each for each in device.calls if not each.endswith("/Search")]
        assert writes[-1] == f"{ways[0].split()[0]} {USERS}/{ways[0].split()[1]}" and len(writes) <= 4


def test_no_way_at_all_is_refused():
    with at(enrolled("1", writes=())) as door, pytest.raises(RejectedError) as refused:
        change(door, "absent")
    assert refused.value.code == "peer.rejected"


def test_nobody_is_made_and_who_is_gone_has_nothing_open():
    device = enrolled("1")
    with at(device) as door:
        assert door.resolve("E1") == "E1"
        del device.people["E1"]
        found = door.observe("E1", ["hall"])
        assert found.gone and found.presence == {"hall": "absent"} and not found.unproven
        change(door, "absent")
        with pytest.raises(UnavailableError) as gone:
            change(door, "present")
        assert gone.value.code == "sink.no-person" and "E1" not in device.people


def test_a_search_that_finds_nobody_by_number_proves_no_absence():
    with at(enrolled("1", finds_nobody=True)) as door:
        assert seen(door) == ("absent", "sink.uncalibrated")
        assert door.members("hall") == {f"E{n}" for n in range(1, 9)}


def test_whom_a_search_finds_no_more_is_not_gone_while_it_finds_nobody_else():
    device = enrolled("1")
    with at(device) as door:
        assert door.resolve("E1") == "E1"
        device.finds_nobody = True  # as by a right that was taken meanwhile
        found = door.observe("E1", ["hall"])
        assert not found.gone and found.unproven == {"hall": "sink.uncalibrated"}
        with pytest.raises(RejectedError) as refused:
            door.resolve("E1")
        assert refused.value.code == "sink.uncalibrated"


def test_a_terminal_that_shows_no_doors_proves_no_absence():
    with at(enrolled("1", hides_doors=True)) as door:
        assert seen(door) == ("absent", "sink.uncalibrated")


def test_a_filter_that_is_ignored_is_noticed():
    with at(enrolled("", ignores_filter=True)) as door:
        assert seen(door) == ("absent", "") and seen(door, "E5") == ("present", "")
        with pytest.raises(RejectedError) as refused:
            door.resolve("E99")
        assert refused.value.code == "sink.no-person"


@pytest.mark.parametrize("page", [1, 2, 3, 30])
def test_pages_are_followed_by_what_came_to_the_end(page):
    with at(enrolled("1", page=page)) as door:
        assert len(door.members("hall")) == 8


def test_a_nonce_that_ends_with_every_call_costs_a_call_and_loses_none():
    device = enrolled("1", nonce_calls=1)
    with at(device) as door:
        change(door, "absent")
        assert seen(door) == ("absent", "")
    assert [each for each in device.calls if "Modify" in each] == [f"PUT {USERS}/Modify"]


def test_another_password_is_for_a_person_to_mend():
    with at(enrolled("1"), password="wrong") as door, pytest.raises(RejectedError) as refused:
        door.probe()
    assert refused.value.code == "peer.auth"


def test_a_busy_terminal_is_asked_again_later():
    with at(enrolled("1", is_busy=True)) as door, pytest.raises(UnavailableError) as busy:
        change(door, "absent")
    assert busy.value.code == "peer.throttled"


def test_names_with_control_characters_and_long_ones_pass():
    device = enrolled("1")
    device.people["E1"]["name"] = "王\x01小明的名字非常非常长长长"
    with at(device) as door:
        change(door, "absent")
    assert not device.opens("E1", 1, NOW) and len(device.people["E1"]["name"].encode()) <= 32


def test_what_is_no_answer_of_a_terminal_is_none():
    class Portal(Device):
        def answer(self, method, target, headers, body):
            return 200, {"content-type": "text/html"}, b"<html><body>Please log in</body></html>"

    device = Portal()
    with at(device) as door:
        for ask in (lambda: door.observe("E1", ["hall"]), lambda: door.resolve("E1"), lambda: door.members("hall")):
            with pytest.raises(UnavailableError) as bad:
                ask()
            assert bad.value.code == "peer.bad-answer"


def test_a_write_answered_with_something_else_may_have_happened():
    class Silent(Device):
        def answer(self, method, target, headers, body):
            status, more, content = super().answer(method, target, headers, body)
            return (status, more, b"{}") if method == "PUT" and status == 200 else (status, more, content)

    device = Silent()
    device.enrol("E1", "", "1")
    with at(device) as door, pytest.raises(UnknownOutcomeError):
        change(door, "absent")
    assert not device.opens("E1", 1, NOW)


@pytest.mark.parametrize(
    ("end", "open_"),
    [
        ("2026-03-02T09:00:00", True),
        ("2026-03-01T20:00:00", True),  # within a day: the terminal's own zone and clock are not known
        ("2026-02-28T08:00:00", False),
        (OVER, False),
        ("never", True),
        ("", True),
    ],
)
def test_only_an_end_that_is_past_everywhere_closes(end, open_):
    record = {"employeeNo": "E1", "doorRight": "1", "Valid": {"enable": True, "endTime": end}}
    assert right_of(record, NOW).opens([1]) is open_


@pytest.mark.parametrize("valid", [None, {}, {"enable": "false", "endTime": OVER}, {"endTime": OVER}, "x"])
def test_a_validity_that_is_not_stated_ends_nothing(valid):
    assert right_of({"doorRight": "1", "Valid": valid}, NOW).opens([1])


def test_doors_of_either_list_count_and_others_than_numbers_are_no_answer():
    assert right_of({"doorRight": "1", "RightPlan": {"doorNo": 4, "planTemplateNo": "1"}}, NOW).plans.keys() == {1, 4}
    with pytest.raises(UnavailableError):
        right_of({"doorRight": "all"}, NOW)


def test_a_change_is_never_without_a_number_and_never_switches_the_validity_off():
    record = {
        "employeeNo": "E1",
        "name": "x",
        "doorRight": "1,2",
        "Valid": {"enable": True, "endTime": "2030-01-01T00:00:00"},
    }
    later = NOW + timedelta(days=1)
    for opens in (True, False):
        made = changed(record, DoorsOf(doors=(1, 2)), later, opens=opens)
        assert made["employeeNo"] == "E1" and made["Valid"]["enable"] is True and made["addUser"] is False
    assert changed(record, DoorsOf(doors=(1,)), later, opens=True)["Valid"]["endTime"] == "2030-01-01T00:00:00"


def test_a_door_in_two_targets_is_refused():
    with pytest.raises(ValidationError, match="doors 2 stand in more than one target"):
        Settings.model_validate(
            {
                "url": "https://10.0.0.1",
                "user": "u",
                "password": "p",
                "targets": {"a": {"doors": [1, 2]}, "b": {"doors": [2]}},
            }
        )


def test_closing_one_target_of_somebody_whose_time_is_over_opens_none_of_the_others():
    device = enrolled("1,2,3")
    with at(device) as door:
        device.people["E1"]["Valid"]["endTime"] = "2024-01-01T00:00:00"
        change(door, "absent")
    assert not any(device.opens("E1", each, NOW) for each in (1, 2, 3))


def record(begin: str, end: str, *, enable: bool = True) -> dict[str, Any]:
    return {"employeeNo": "E1", "doorRight": "1", "Valid": {"enable": enable, "beginTime": begin, "endTime": end}}


@pytest.mark.parametrize(
    ("begin", "end", "hours", "ending"),
    [
        (LEASED, "2026-03-05T22:00:00", 72, False),  # written just now
        (LEASED, "2026-03-04T10:00:00", 72, False),  # half of it is left in the easternmost zone
        (LEASED, "2026-03-04T09:59:59", 72, True),
        (LEASED, "2026-03-01T00:00:00", 72, True),  # over
        (LEASED, "2027-03-05T22:00:00", 72, True),  # by a clock that was ahead
        (LEASED, "2026-03-05T22:00:00", None, True),  # leases were switched off
        (FIRST, LAST, 72, True),  # for ever, as before leases were switched on
        (FIRST, LAST, None, False),
        ("2026-01-01T00:00:00", "2026-03-03T00:00:00", 72, False),  # an end of somebody at the terminal
        ("2026-01-01T00:00:00", "2026-03-03T00:00:00", None, False),
    ],
)
def test_a_lease_is_the_hub_s_to_prolong_and_no_other_end_is(begin, end, hours, ending):
    lease = None if hours is None else timedelta(hours=hours)
    known = record(begin, end)
    assert is_ending(known, NOW, lease) is ending
    made = changed(known, DoorsOf(doors=(1,)), NOW, opens=True, lease=lease)
    assert not is_ending(made, NOW, lease), "written anew it is as it must be"
    assert begin in (FIRST, LEASED) or made["Valid"]["endTime"] == end, "who has set it may keep it"


def test_who_stands_there_without_an_end_gets_a_lease_and_keeps_it_when_another_target_closes():
    device = enrolled("3")
    device.people["E1"]["Valid"]["enable"] = False
    with at(device, lease_hours=72) as door:
        change(door, "present")
        leased = device.people["E1"]["Valid"]
        assert (leased["enable"], leased["endTime"]) == (True, "2026-03-05T22:00:00")
        change(door, "absent", "vault")
    assert device.people["E1"]["Valid"] == leased and device.opens("E1", 1, NOW)


@pytest.mark.parametrize("hours", [0, 71, 8761])
def test_a_lease_is_long_enough_to_find_somebody_who_starts_the_hub_again(hours):
    known = {"url": "https://10.0.0.1", "user": "u", "password": "p", "targets": TARGETS}
    with pytest.raises(ValidationError, match="lease_hours"):
        Settings.model_validate({**known, "lease_hours": hours})


@pytest.mark.parametrize("comes", [(), ("E0",)])
def test_a_list_that_changes_while_it_is_read_is_no_answer(comes):
    """One goes, and perhaps one comes: whoever slides from the second page to the first would not be seen."""

    class Busy(Device):
        def answer(self, method, target, headers, body):
            told = super().answer(method, target, headers, body)
            if told[0] == 200 and changes:
                changes.pop()()
            return told

    device = Busy(page=4)  # what the last page says is what counts
    for n in range(1, 9):
        device.enrol(f"E{n}", "", "1")

    def change() -> None:
        del device.people["E8" if comes else "E1"]
        kept = dict(device.people)
        device.people.clear()
        for each in comes:
            device.enrol(each, "", "1")
        device.people.update(kept)

    changes = [change]
    with at(device) as door:
        with pytest.raises(UnavailableError) as odd:
            door.members("hall")
        assert odd.value.code == "peer.bad-answer"
        assert door.members("hall") == set(device.people), "looked at again, it is whole"
