"""What terminals are told of doors, and what their numbers are worth; the traps of real firmware, at a simulator."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.attendance.zkteco_push import SPEC, Settings, ZktecoPush
from connectors.port import Change, Command, Queued
from connectors.simulators.zkteco_door import DoorTerminal
from schemas.errors import RejectedError

WRITES = re.compile(
    r"DATA DELETE userauthorize Pin=[0-9A-Za-z]{1,24}"
    r"|DATA UPDATE userauthorize Pin=[0-9A-Za-z]{1,24}\tAuthorizeTimezoneId=[0-9]+\tAuthorizeDoorId=[1-9][0-9]*"
)
QUERY = "DATA QUERY tablename=userauthorize,fielddesc=*,filter=Pin=1001"


def gate(**doors):
    return ZktecoPush(
        "gate", Settings.model_validate({"doors": doors or {"hall": {"serial": "SN-1", "doors": [1, 3]}}})
    )


def told(source, wanted="present", person="1001"):
    queued = source.apply(Change(person, "hall", wanted, "k"), fence=1)
    assert isinstance(queued, Queued) and queued.peer == "SN-1"
    return list(queued.texts)


def shown(source, person="1001"):
    seen = source.observe(person, ["hall"])
    return seen.presence.get("hall"), seen.unproven.get("hall", "")


def handed(*texts, first=1):
    return [Command(first + n, text) for n, text in enumerate(texts)]


def test_what_was_there_goes_first_and_the_rows_are_counted_last():
    assert told(gate()) == [
        "DATA DELETE userauthorize Pin=1001",
        "DATA UPDATE userauthorize Pin=1001\tAuthorizeTimezoneId=1\tAuthorizeDoorId=5",
        QUERY,
    ]
    assert told(gate(), "absent") == [QUERY, "DATA DELETE userauthorize Pin=1001", QUERY]


@given(st.text(max_size=30))
def test_nothing_is_ever_deleted_or_written_without_a_pin(person):
    source = gate()
    for wanted in ("present", "absent"):
        try:
            texts = told(source, wanted, person)
        except RejectedError as refused:
            assert refused.code == "sink.no-person" and not source.matches(person)
            continue
        assert [text for text in texts if not text.startswith("DATA QUERY")]
        assert all(WRITES.fullmatch(text) for text in texts if not text.startswith("DATA QUERY"))
        assert not any(ch in text for text in texts for ch in "\r\n")


def test_a_count_after_the_change_says_how_the_door_stands():
    source = gate()
    commands = handed(*told(source, "absent"))
    assert shown(source) == (None, "sink.settling")
    source.answered("SN-1", commands, {1: "1"})
    assert shown(source) == (None, "sink.settling"), "that was before the removal"
    source.answered("SN-1", commands[1:], {2: "0", 3: "0"})
    assert shown(source) == ("absent", "")


def test_a_count_of_none_proves_nothing_of_a_terminal_that_has_counted_nobody():
    source = gate()
    source.answered("SN-1", handed(*told(source, "absent")), {1: "0", 2: "0", 3: "0"})
    assert shown(source) == ("absent", "sink.uncalibrated")
    source.answered("SN-1", handed(QUERY.replace("1001", "7"), first=9), {9: "2"})
    assert shown(source) == ("absent", "")


def test_the_answer_to_an_older_order_says_nothing_of_a_newer_one():
    source = gate()
    source.answered("SN-1", handed(QUERY.replace("1001", "7")), {1: "1"})
    first = told(source)
    both = [*handed(*first, first=2), *handed(*told(source, "absent"), first=5)]
    source.answered("SN-1", both, {2: "0", 3: "0", 4: "1"})
    assert shown(source) == (None, "sink.settling")
    source.answered("SN-1", both[3:], {5: "1", 6: "0", 7: "0"})
    assert shown(source) == ("absent", "")


def test_another_terminal_and_another_person_say_nothing():
    source = gate()
    told(source, "absent")
    source.answered("SN-2", handed(QUERY), {1: "0"})
    source.answered("SN-1", handed(QUERY.replace("1001", "100")), {1: "0"})
    assert shown(source)[0] is None


@pytest.mark.parametrize("answer", ["-1004", "-5000", "", "x", "99999999999"])
def test_an_answer_that_is_no_count_shows_nothing(answer):
    source = gate()
    source.answered("SN-1", handed(*told(source, "absent")), {1: "1", 2: "0", 3: answer})
    assert shown(source) == (None, "sink.settling")


def test_after_a_restart_nothing_is_known_and_the_change_is_told_anew():
    assert shown(gate()) == (None, "")


def test_two_targets_of_one_terminal_are_refused():
    with pytest.raises(ValidationError, match="more than one target of terminal SN-1"):
        gate(hall={"serial": "SN-1"}, room={"serial": "SN-1", "doors": [2]})


@pytest.mark.parametrize("wrong", [{"doors": [0]}, {"doors": [33]}, {"doors": []}, {"timezone": 0}, {"serial": ""}])
def test_doors_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        gate(hall={"serial": "SN-1", **wrong})


def test_an_instance_that_names_no_doors_is_none():
    assert "door" in SPEC.played(Settings.model_validate({"doors": {"hall": {"serial": "SN-1"}}})).ports
    assert "door" not in SPEC.played(Settings()).ports


class TestTheSimulator:
    """What real firmware does with commands of another form; the adapter must never send them."""

    def terminal(self):
        made = DoorTerminal("http://127.0.0.1:1", "SN-1")
        made.users += [{"Pin": "1"}, {"Pin": "2"}]
        made.rights += [{"Pin": pin, "AuthorizeTimezoneId": "1", "AuthorizeDoorId": "1"} for pin in "12"]
        return made

    @pytest.mark.parametrize("text", ["DATA DELETE user uid=1", "DATA DELETE user pin=1"])
    def test_a_removal_without_pin_takes_everybody(self, text):
        made = self.terminal()
        assert made._result(text) == 0 and made.users == []

    def test_a_name_in_lower_case_makes_a_row_of_nobody(self):
        made = self.terminal()
        assert made._result("DATA UPDATE user pin=9\tName=X") == 0
        assert made.users[-1]["Pin"] == ""

    def test_another_time_zone_is_a_second_row(self):
        made = self.terminal()
        made._result("DATA UPDATE userauthorize Pin=1\tAuthorizeTimezoneId=2\tAuthorizeDoorId=1")
        assert made._result(QUERY.replace("1001", "1")) == 2

    def test_what_it_does_not_know_it_refuses(self):
        assert self.terminal()._result("USER DEL PIN=1") == -1002
