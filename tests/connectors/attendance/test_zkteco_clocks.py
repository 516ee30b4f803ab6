"""What time it is at a terminal: it is told ours, and a person hears when its own is off or was changed."""

from datetime import timedelta

import pytest

from connectors.attendance.zkteco_push import Settings, ZktecoPush
from connectors.port import PeerState
from tests.connectors.attendance.asking import GATE, HANDSHAKE, KNOWN, LINE, NOW, SN, UPLOAD, ask, options, say


@pytest.mark.parametrize(
    ("zone", "said", "server"),
    [("Asia/Kolkata", "330", "+0530"), ("America/Bogota", "-5", "-0500"), ("Asia/Shanghai", "8", "+0800")],
)
def test_an_offset_is_in_hours_or_in_minutes_for_half_hours(zone: str, said: str, server: str) -> None:
    source = ZktecoPush("gate", Settings(zone=zone))
    assert options(source.receive(ask("GET", "cdata", **HANDSHAKE), PeerState()))["TimeZone"] == said
    assert f"ServerTZ={server}" in say(source.receive(ask("GET", "rtdata", type="time"), PeerState()))


def test_the_time_of_the_server_is_in_the_vendors_seconds() -> None:
    # 2026-03-02 18:00:00: ((26*12 + 2)*31 + 1)*86400 + 18*3600
    assert say(GATE.receive(ask("GET", "rtdata", type="time"), KNOWN)) == "DateTime=841168800,ServerTZ=+0800\n"


def test_a_terminal_that_means_utc_when_it_asks_for_the_time_hears_utc() -> None:
    source = ZktecoPush("gate", Settings(server_time="utc"))
    eight_hours_less = 841168800 - 8 * 3600
    assert (
        say(source.receive(ask("GET", "rtdata", type="time"), KNOWN)) == f"DateTime={eight_hours_less},ServerTZ=+0800\n"
    )


def test_what_is_brought_at_once_has_nothing_beside_it_and_what_a_wrong_clock_dates_says_how_far_it_is_off() -> None:
    live = UPLOAD._replace(body=LINE.replace(b"08:01:02", b"17:59:00"))
    [taken] = GATE.receive(live, KNOWN).transmissions
    assert taken.context == {"device": SN, "zone": "Asia/Shanghai", "dialect": "att2"}
    fast = UPLOAD._replace(body=LINE.replace(b"08:01:02", b"18:04:00"))
    unseen = {name: value for name, value in KNOWN.memory.items() if name != "clock"}
    [taken] = GATE.receive(fast, KNOWN._replace(memory=unseen)).transmissions
    assert taken.context["clock_off"] == "240"


def test_a_changed_clock_or_log_is_told_to_a_person_once() -> None:
    codes = {
        "4": "",
        "13": "data cleared",
        "21": "clock set",
        "22": "factory reset",
        "23": "records deleted",
        "105": "x",
    }
    for code, what in codes.items():
        body = f"OPLOG {code}\t0\t2026-03-02 08:00:00\t0\nUSER PIN=1\tPasswd=4711\n".encode()
        reception = GATE.receive(ask("POST", "cdata", body, table="OPERLOG"), KNOWN)
        assert reception.alarms == (("device.log-changed",) if what else ())
        assert any("2026-03-02 08:00:00" in each for each in GATE.remarks(reception.new_state)) == bool(what)
        again = GATE.receive(ask("POST", "cdata", body, table="OPERLOG"), reception.new_state)
        assert (again.new_state is reception.new_state, again.alarms) == (True, ())


def test_a_clock_that_is_off_by_more_than_two_minutes_is_told_once() -> None:
    state, alarms = KNOWN, []
    for n in range(1, 6):
        at = NOW + timedelta(minutes=15 * n)
        local = (at + timedelta(hours=8, seconds=-121 - n)).strftime("%Y-%m-%d %H:%M:%S").encode()
        live = ask("POST", "cdata", b"1001\t" + local + b"\t0\t15\n", at, table="ATTLOG")
        reception = GATE.receive(live, state._replace(last_contact_at=at - timedelta(seconds=10)))
        state, alarms = reception.new_state, [*alarms, *reception.alarms]
    assert alarms == ["device.clock"]
    assert "clock -122 s; set it right" in GATE.remarks(state)
