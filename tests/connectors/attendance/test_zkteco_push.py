"""What only ZKTeco terminals do; tests/contract asks what every push source must do."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from connectors.attendance.zkteco_push import DeviceSettings, Settings, ZktecoPush
from connectors.port import Command, CommandResult, Kept, PeerState, Reception, Reply, Request
from connectors.simulators.zkteco_push import Terminal
from schemas.errors import LicetError, PayloadError, RejectedError, TrustError, UnavailableError
from schemas.transmission import Transmission
from tests import wire

NOW = wire.ARRIVAL  # 18:00 in Shanghai
SN = "ATT2000000001"
GATE = ZktecoPush("gate", Settings())
AT = NOW.isoformat()
SERVED = {"served_since": AT, "clock": {"at": AT, "samples": [0]}}
KNOWN = PeerState(memory={"dialect": "att2", "rank": 3, "queried_at": AT, **SERVED})
HANDSHAKE = {"options": "all", "pushver": "2.4.1", "DeviceType": "att"}
LINE = b"1001\t2026-03-02 08:01:02\t0\t15\t0\t0\t0\t\r\n"


def ask(method: str, path: str, body: bytes = b"", at: datetime = NOW, **query: str) -> Request:
    return Request(method, f"/iclock/{path}", {"SN": SN, **query}, {}, body, "", at)


def say(reception: Reception, *kept: Kept) -> str:
    """The answer to a request, where the hub numbers what the adapter asks from 1 on and nothing else waits."""
    handed = [Command(n, text) for n, text in enumerate(reception.asks[: reception.fetches], 1)]
    return reception.reply(kept, handed).body.decode()


def handed(reception: Reception) -> PeerState:
    """The state in which the terminal has fetched what it was asked, and not answered."""
    commands = tuple(Command(n, text) for n, text in enumerate(reception.asks, 1))
    return reception.new_state._replace(commands=commands)


def options(reception: Reception) -> dict[str, str]:
    return dict(line.split("=", 1) for line in say(reception).splitlines() if "=" in line)


def refused(source: ZktecoPush, request: Request, state: PeerState) -> tuple[str, Reply]:
    with pytest.raises(TrustError) as error:
        source.receive(request, state)
    return error.value.code, source.failure(error.value)


UPLOAD = ask("POST", "cdata", LINE, table="ATTLOG", Stamp="9999")
POLL = ask("GET", "getrequest")


@pytest.mark.parametrize("serial", ["", "a b", "x" * 65, "../x", "终端", "a\n"])
def test_a_serial_of_another_form_is_unknown(serial: str) -> None:
    with pytest.raises(TrustError, match="serial"):
        GATE.peer(POLL._replace(query={"SN": serial}))


@pytest.mark.parametrize(
    ("request_", "taken"),
    [(UPLOAD, False), (ask("POST", "other", b"x"), False), (POLL, True), (ask("GET", "cdata"), True)],
    ids=["upload", "other", "poll", "handshake"],
)
def test_any_request_of_a_stranger_puts_it_up_for_approval_and_takes_nothing(request_: Request, taken: bool) -> None:
    called = request_._replace(address="192.0.2.7", headers={"user-agent": "iClock Proxy/1.09"})
    reception = GATE.receive(called, PeerState("unknown"))
    assert (reception.new_state.status, reception.transmissions, reception.asks) == ("pending", (), ())
    assert (reception.refusal is None) == taken
    assert taken or GATE.failure(reception.refusal).status == 401
    [told] = GATE.remarks(reception.new_state)
    assert "192.0.2.7" in told and "iClock" in told
    assert reception.complete_until is None


def test_a_bridge_that_never_shakes_hands_gets_in() -> None:
    body = b"TABLE=ATTLOG\n1001\t2026-03-02 08:01:02\t1\t1\t0\t0\n"
    first = GATE.receive(ask("POST", "cdata", body), PeerState("unknown"))
    assert GATE.describe(first.new_state) == "lan-agent"
    [taken] = GATE.receive(ask("POST", "cdata", body), first.new_state._replace(status="approved")).transmissions
    assert (taken.body, taken.context["dialect"]) == (body, "lan-agent")


@pytest.mark.parametrize("opening", [ask("GET", "cdata", **HANDSHAKE), ask("POST", "registry", b"DeviceType=acc")])
def test_a_handshake_of_an_unknown_serial_puts_it_up_for_approval(opening: Request) -> None:
    reception = GATE.receive(opening, PeerState("unknown"))
    assert reception.new_state.status == "pending"
    assert reception.reply([], ()).status == 200


def test_a_pending_terminal_is_served_but_keeps_its_log() -> None:
    pending = GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).new_state
    assert say(GATE.receive(ask("GET", "cdata", **HANDSHAKE), pending)).startswith("GET OPTION FROM")
    for path in ("cdata", "querydata", "devicecmd", "fdata"):
        code, reply = refused(GATE, ask("POST", path, LINE, table="ATTLOG"), pending)
        assert (code, reply.status) == ("device.pending", 403)


def test_a_pending_terminal_gets_no_commands() -> None:
    pending = GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).new_state
    assert say(GATE.receive(POLL, pending)) == "OK\n"


@pytest.mark.parametrize("status", ["rejected", "retired"])
def test_a_rejected_or_retired_terminal_hears_403_even_at_its_handshake(status: Any) -> None:
    code, reply = refused(GATE, ask("GET", "cdata", **HANDSHAKE), PeerState(status))
    assert (code, reply.status) == ("device.retired", 403)


def test_the_communication_key_is_shown_at_the_handshake_and_trusted_from_then_on() -> None:
    keyed = ZktecoPush("gate", Settings.model_validate({"comm_key": "s3cret"}))
    for shown in ({}, {"pushcommkey": "wrong"}, {"pushcommkey": "密"}):
        code, reply = refused(keyed, ask("GET", "cdata", **HANDSHAKE, **shown), PeerState("unknown"))
        assert (code, reply.status, b"s3cret" in reply.body) == ("auth.token", 401, False)
    assert refused(keyed, UPLOAD, PeerState("approved"))[0] == "auth.token"
    opened = keyed.receive(ask("GET", "cdata", **HANDSHAKE, pushcommkey="s3cret"), PeerState("unknown")).new_state
    assert "s3cret" not in json.dumps(opened.memory)
    approved = opened._replace(status="approved")
    assert keyed.receive(UPLOAD, approved).transmissions
    assert keyed.receive(ask("POST", "registry", b"x=1"), approved)
    assert refused(keyed, ask("GET", "cdata", **HANDSHAKE), approved)[0] == "auth.token"


def test_a_2x_terminal_is_told_in_words_and_its_zone_always() -> None:
    told = options(GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState()))
    assert told["TransFlag"] == "TransData AttLog OpLog"
    assert (told["TimeZone"], told["PushProtVer"], told["Delay"], told["Realtime"]) == ("8", "2.3.0", "10", "1")


def test_a_3x_terminal_registers_and_is_told_in_digits() -> None:
    announced = {"options": "all", "pushver": "3.1.2", "DeviceType": "acc"}
    first = GATE.receive(ask("GET", "cdata", **announced), PeerState())
    assert say(first) == "OK\n"
    second = GATE.receive(ask("POST", "registry", b"DeviceType=acc,~FirmVer=1,ComPwd=4711"), first.new_state)
    code = say(second).strip().removeprefix("RegistryCode=")
    assert len(code) == 32
    told = options(GATE.receive(ask("POST", "push"), second.new_state))
    assert (told["TransFlag"], told["PushProtVer"], told["RegistryCode"]) == ("1111000000", "3.0.1", code)
    assert say(GATE.receive(ask("GET", "cdata", **announced), second.new_state)).startswith("GET OPTION FROM")
    assert second.new_state.memory["options"]["FirmVer"] == "1"
    assert "4711" not in json.dumps(second.new_state.memory)


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


@pytest.mark.parametrize(
    ("query", "dialect"),
    [
        ({"pushver": "2.4.1", "DeviceType": "acc"}, "att2"),
        ({"pushver": "3.1.2"}, "acc3"),
        ({"pushver": "3.1.2", "DeviceType": "att"}, "att2"),
        ({}, "legacy"),
    ],
)
def test_the_dialect_is_the_announced_one(query: dict[str, str], dialect: str) -> None:
    memory = GATE.receive(ask("GET", "cdata", options="all", **query), PeerState()).new_state.memory
    assert memory["dialect"] == dialect


def test_an_odd_upload_is_read_in_its_own_form_and_flips_nothing() -> None:
    state = GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState()).new_state
    odd = GATE.receive(ask("POST", "cdata", b"time=x\tpin=1\r\n", table="rtlog"), state)
    assert [(each.form, each.context["dialect"]) for each in odd.transmissions] == [("rtlog", "acc3")]
    assert GATE.describe(odd.new_state) == "att2"
    forged = GATE.receive(ask("POST", "cdata", b"TABLE=ATTLOG\n" + LINE), state)
    assert forged.transmissions[0].context["dialect"] == "lan-agent"
    assert GATE.describe(forged.new_state) == "att2"
    state = forged.new_state._replace(commands=(Command(1, "INFO"),))
    answer = GATE.receive(ask("POST", "devicecmd", b"ID=1&Return=-629\n"), state)
    assert GATE.describe(answer.new_state) == "att2", "a result weighs less than an announcement"


@pytest.mark.parametrize(("kind", "form"), [("pid", "ATTLOG_PID"), ("ins", "ATTLOG_ins")])
def test_the_type_of_a_device_is_part_of_its_dialect(kind: str, form: str) -> None:
    state = GATE.receive(ask("GET", "cdata", **{**HANDSHAKE, "DeviceType": kind}), PeerState()).new_state
    line = b"1001\t2026-03-02 08:01:02\t0\t15\t0\t0\t0\t110101199003074514\t1\n"
    taken = GATE.receive(ask("POST", "cdata", line, table="ATTLOG"), state).transmissions
    assert b"110101199003074514" not in b"".join(each.body for each in taken)
    assert (form in [each.form for each in taken]) == (kind == "pid"), "what holds the number of a card is not kept"
    plain = GATE.receive(ask("POST", "cdata", LINE.replace(b"\r", b""), table="ATTLOG"), state).transmissions
    assert form in [each.form for each in plain]


def test_what_differs_at_one_terminal_is_set_by_its_serial() -> None:
    own = DeviceSettings.model_validate(
        {"dialect": "legacy", "zone": "Asia/Kolkata", "identifiers": "plant-2", "comm_key": "k2"}
    )
    source = ZktecoPush("gate", Settings(devices={SN: own}))
    keyed = KNOWN._replace(memory={**KNOWN.memory, "keyed": True})
    [taken] = source.receive(UPLOAD, keyed).transmissions
    own_settings = {"device": SN, "zone": "Asia/Kolkata", "dialect": "legacy", "identifiers": "plant-2"}
    assert taken.context.items() >= own_settings.items()
    assert options(source.receive(ask("GET", "cdata", **HANDSHAKE, pushcommkey="k2"), keyed))["TimeZone"] == "330"
    assert refused(source, ask("GET", "cdata", **HANDSHAKE, pushcommkey="k1"), keyed)[0] == "auth.token"
    other = ask("GET", "cdata", **HANDSHAKE)
    assert (
        options(source.receive(other._replace(query={**other.query, "SN": "OTHER1"}), PeerState()))["TimeZone"] == "8"
    )


def test_an_upload_is_handed_on_untouched_and_leaves_the_state_as_it_is() -> None:
    reception = GATE.receive(UPLOAD, KNOWN)
    assert reception.new_state is KNOWN
    assert reception.transmissions == (
        Transmission(
            "gate", NOW, "text/plain", LINE, None, "ATTLOG", SN, "/iclock/cdata?table=ATTLOG",
            {"device": SN, "zone": "Asia/Shanghai", "dialect": "att2", "complete_until": NOW.isoformat()},
        ),
    )  # fmt: skip


def test_what_is_brought_at_once_has_nothing_beside_it_and_what_a_wrong_clock_dates_says_how_far_it_is_off() -> None:
    live = UPLOAD._replace(body=LINE.replace(b"08:01:02", b"17:59:00"))
    [taken] = GATE.receive(live, KNOWN).transmissions
    assert taken.context == {"device": SN, "zone": "Asia/Shanghai", "dialect": "att2"}
    fast = UPLOAD._replace(body=LINE.replace(b"08:01:02", b"18:04:00"))
    unseen = {name: value for name, value in KNOWN.memory.items() if name != "clock"}
    [taken] = GATE.receive(fast, KNOWN._replace(memory=unseen)).transmissions
    assert taken.context["clock_off"] == "240"


def test_all_lines_count_and_a_repeat_hears_the_first_count() -> None:
    reception = GATE.receive(UPLOAD, KNOWN)
    assert say(reception, Kept({"applied": 2, "quarantined": 1, "held": 1})) == "OK: 4\n"
    assert say(reception, Kept({"applied": 4}, repeat=True)) == "OK: 4\n"


@pytest.mark.parametrize("path", ["cdata", "cdata/", "cdata.aspx", "cdata.aspx/"])
def test_a_path_may_carry_a_suffix_or_a_slash(path: str) -> None:
    assert len(GATE.receive(ask("POST", path, LINE, table="ATTLOG"), KNOWN).transmissions) == 1


def test_an_empty_upload_is_a_heartbeat() -> None:
    reception = GATE.receive(ask("POST", "cdata", b"\r\n", table="rtlog"), KNOWN)
    assert (reception.transmissions, reception.new_state is KNOWN, say(reception)) == ((), True, "OK\n")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"table": "OPERLOG"}, "OK: 2\n"),
        ({"table": "BIODATA"}, "OK: 2\n"),
        ({"table": "tabledata", "tablename": "user"}, "user=2\n"),
        ({"table": "tabledata", "tablename": "biophoto"}, "biophoto=2\n"),
        ({"table": "rtstate"}, "OK\n"),
        ({"table": "options"}, "OK\n"),
        ({"table": "ATTPHOTO"}, "OK\n"),
        ({"table": "future"}, "OK\n"),
        ({"table": "tabledata", "tablename": "new"}, "new=2\n"),
        ({"table": "tabledata", "tablename": "a\r\nb"}, "OK\n"),
    ],
)
def test_what_may_not_be_kept_is_acknowledged_in_its_form_and_told_of(query: dict[str, str], answer: str) -> None:
    reception = GATE.receive(ask("POST", "cdata", b"FP PIN=1\tTMP=AAAA\r\nBIODATA Pin=1\tTmp=BB\r\n", **query), KNOWN)
    assert ([each.form for each in reception.transmissions], say(reception)) == (["told"], answer)
    assert b"lines=2\tbytes=41" in reception.transmissions[0].body
    assert "AAAA" not in repr(reception.transmissions) + json.dumps(dict(reception.new_state.memory))


SECRETS = [b"QUJDRA" * 12, b"110101199003074514", b"4711secret"]


@pytest.mark.parametrize("path", ["cdata", "querydata", "fdata", "edata", "exchange", "devicecmd", "Nobody/Knows"])
@pytest.mark.parametrize("table", ["ATTLOG", "rtlog", "tabledata", "IDCARD", "options", "new", ""])
def test_no_template_national_id_or_password_is_kept_wherever_it_hides(path: str, table: str) -> None:
    bodies = [
        b"USER PIN=1\tPasswd=4711secret\tCard=\nIDCARD IDNum=110101199003074514\tFP=" + SECRETS[0] + b"\n",
        b"1001\t2026-03-02 08:01:02\t0\t15\t0\t0\t0\t110101199003074514\t1\n",
        b"1001\t2026-03-02 08:01:02\t0\t15\t" + SECRETS[0] + b"\n",
        b"time=2026-03-02 08:01:02\tpin=1\tevent=0\tpassword=4711secret\ttmp=" + SECRETS[0] + b"\n",
        b"~ComPwd=4711secret,IDNum=110101199003074514\n",
        b"ID=77&Return=0&CMD=INFO\nPasswd=4711secret\n",
    ]
    for body in bodies:
        for name in ("user", "transaction", "new"):
            reception = GATE.receive(ask("POST", path, body, table=table, tablename=name), KNOWN)
            assert reception.transmissions, "it came, and is counted"
            kept = repr(reception.transmissions) + json.dumps(dict(reception.new_state.memory))
            assert not [secret for secret in SECRETS if secret.decode() in kept]


def test_what_is_taken_out_of_punches_leaves_their_number_and_place() -> None:
    body = b"1001\t2026-03-02 08:01:02\t0\t15\r\nFP PIN=1\tTMP=AAAA\r\n1002\t2026-03-02 08:01:03\t0\t15\r\n"
    [taken] = GATE.receive(ask("POST", "cdata", body, table="ATTLOG"), KNOWN).transmissions
    first, withheld, last = taken.body.splitlines()
    assert (first, last) == (body.splitlines()[0], body.splitlines()[2])
    assert withheld.startswith(b"withheld 17 bytes")


@pytest.mark.parametrize(
    "path", ["/iclock/cdata", "//iclock/cdata", "/iclock//cdata", "/ICLOCK/CDATA/", "/iClock/cdata.aspx"]
)
def test_firmware_writes_paths_in_its_own_way(path: str) -> None:
    [taken] = GATE.receive(UPLOAD._replace(path=path), KNOWN).transmissions
    assert (taken.form, taken.path) == ("ATTLOG", "/iclock/cdata?table=ATTLOG")


@pytest.mark.parametrize("path", ["cdata", "querydata"])
def test_the_log_of_an_access_terminal_counts_and_punches_of_a_new_table_wait_for_a_person(path: str) -> None:
    line = b"transaction cardno=0\tpin=1\tverified=15\teventtype=0\ttime_second=841132862\r\n"
    upload = ask("POST", path, line, table="tabledata", tablename="transaction")
    reception = GATE.receive(upload, KNOWN)
    assert ([each.form for each in reception.transmissions], say(reception, Kept({}))) == (
        ["transaction"],
        "transaction=1\n",
    )
    new = ask("POST", path, LINE + b"secret of somebody\n", table="tabledata", tablename="futurelog")
    told, aside = GATE.receive(new, KNOWN).transmissions
    assert (told.form, aside.form, aside.body) == ("told", "futurelog", LINE.replace(b"\r", b""))


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


def test_encryption_that_is_not_built_is_refused_and_a_person_hears_of_it() -> None:
    reception = GATE.receive(ask("POST", "exchange", b"PublicKey=x", type="publickey"), KNOWN)
    assert (reception.reply([], ()).status, reception.alarms) == (406, ("device.encryption",))


def test_a_stamp_is_remembered_so_that_a_restart_does_not_ask_for_years() -> None:
    state = GATE.receive(ask("POST", "cdata", LINE, table="ATTLOG", Stamp="8123"), KNOWN).new_state
    assert options(GATE.receive(ask("GET", "cdata", **HANDSHAKE), state))["ATTLOGStamp"] == "8123"
    assert options(GATE.receive(ask("GET", "cdata", **HANDSHAKE), KNOWN))["ATTLOGStamp"] == "None"


def test_an_ordinary_poll_leaves_the_state_as_it_is() -> None:
    reception = GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=59)), KNOWN)
    assert (reception.new_state is KNOWN, say(reception)) == (True, "OK\n")


def test_every_hour_a_2x_terminal_is_asked_for_what_it_kept_in_its_own_time() -> None:
    reception = GATE.receive(POLL._replace(arrived_at=NOW + timedelta(hours=1)), KNOWN)
    window = "StartTime=2026-03-02 17:58:00\tEndTime=2026-03-02 19:00:00"
    assert reception.asks == (f"DATA QUERY ATTLOG {window}",)
    assert say(reception) == f"C:1:DATA QUERY ATTLOG {window}\n"
    assert "gap" not in reception.new_state.memory


def after_gap() -> PeerState:
    last = NOW - timedelta(minutes=30)
    return handed(GATE.receive(POLL, KNOWN._replace(last_contact_at=last)))


def test_after_a_silence_punches_are_asked_for_at_once_and_the_gap_stays_until_the_rows_came() -> None:
    state = after_gap()
    assert state.memory["gap"]["since"] == (NOW - timedelta(minutes=30)).isoformat()
    assert "StartTime=2026-03-02 17:28:00\tEndTime=2026-03-02 18:00:00" in state.commands[0].text
    state = state._replace(last_contact_at=NOW)
    assert "gap" in GATE.receive(UPLOAD, state).new_state.memory
    for body in (b"ID=1&Return=-1&CMD=DATA\n", b"ID=9&Return=0&CMD=DATA\n", b"ID=1&Return=0\n", b"ID=1\nReturn=3\n"):
        assert "gap" in GATE.receive(ask("POST", "devicecmd", body), state).new_state.memory
    answered = GATE.receive(ask("POST", "devicecmd", b"ID=1\nReturn=2\nCMD=DATA QUERY\n"), state).new_state
    rows = b"1001\t2026-03-02 17:40:00\t0\t15\n"
    first = GATE.receive(ask("POST", "cdata", rows, table="ATTLOG"), answered).new_state
    assert "gap" in GATE.receive(ask("POST", "cdata", rows, table="ATTLOG"), first).new_state.memory, "said twice"
    assert "gap" in GATE.receive(UPLOAD, first).new_state.memory, "of another time"
    last = ask("POST", "cdata", rows.replace(b"17:40", b"17:41"), table="ATTLOG")
    assert "gap" not in GATE.receive(last, first).new_state.memory


def punch_at(minute: int, at: datetime) -> Request:
    return ask("POST", "cdata", f"1001\t2026-03-02 17:{minute:02d}:00\t0\t15\n".encode(), at, table="ATTLOG")


def test_a_terminal_that_drains_its_log_says_something_new_of_itself_twice_a_minute_at_most() -> None:
    drains = KNOWN._replace(memory={**KNOWN.memory, "dialect": "legacy"}, last_contact_at=NOW - timedelta(minutes=30))
    state, changes = GATE.receive(POLL, drains).new_state._replace(last_contact_at=NOW), 0
    for second in range(60):
        reception = GATE.receive(punch_at(second, NOW + timedelta(seconds=second + 1)), state)
        changes += reception.new_state.memory is not state.memory
        state = reception.new_state._replace(last_contact_at=NOW + timedelta(seconds=second + 1))
    assert changes == 2


def test_a_crash_that_forgets_which_rows_came_leaves_the_gap_open() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    stored = GATE.receive(ask("POST", "devicecmd", b"ID=1\nReturn=3\nCMD=DATA QUERY\n"), state).new_state
    first = GATE.receive(punch_at(40, NOW), stored)
    assert not first.may_wait, "until when it was not quiet must be known"
    second = GATE.receive(punch_at(41, NOW + timedelta(seconds=1)), first.new_state)
    assert second.may_wait and second.new_state.memory["gap"]["rows"] == 2
    last = punch_at(42, NOW + timedelta(seconds=2))
    closes, forgets = GATE.receive(last, second.new_state), GATE.receive(last, first.new_state)
    assert (closes.complete_until, closes.may_wait) == (last.arrived_at, False), "what makes it complete is kept"
    assert forgets.complete_until == NOW - timedelta(minutes=30)
    soon = POLL._replace(arrived_at=NOW + timedelta(minutes=10))
    assert GATE.receive(soon, first.new_state._replace(last_contact_at=soon.arrived_at)).complete_until < NOW


def test_a_refused_upload_holds_the_mark() -> None:
    state = KNOWN._replace(last_contact_at=NOW - timedelta(seconds=10), refused_at=NOW - timedelta(seconds=5))
    assert GATE.receive(POLL, state).complete_until == NOW - timedelta(seconds=10)


@pytest.mark.parametrize("dialect", ["att2", "acc3", "legacy", "lan-agent", "pid", ""])
def test_quiet_polls_for_the_settle_time_close_a_gap_and_of_att2_only_after_an_answer(dialect: str) -> None:
    memory = {**KNOWN.memory, "dialect": dialect}
    state = PeerState(memory=memory, last_contact_at=NOW - timedelta(minutes=30))
    at, commands, number = NOW, (), 0
    for minute in range(24):
        at = NOW + timedelta(minutes=minute)
        reception = GATE.receive(POLL._replace(arrived_at=at), state)
        if minute == 5:  # it drains now
            late = ask("POST", "cdata", b"1001\t2026-03-02 17:40:00\t0\t15\n", at, table="ATTLOG")
            reception = GATE.receive(late, reception.new_state._replace(last_contact_at=at))
        # Ten minutes from the upload, which counts for half a minute.
        expected = at if dialect != "att2" and minute >= 16 else NOW - timedelta(minutes=30)
        assert reception.complete_until == expected, minute
        state = reception.new_state._replace(last_contact_at=at)
        if reception.asks:
            number += 1
            commands = (*commands, Command(number, reception.asks[-1]))
    if dialect == "att2":
        answer = ask("POST", "devicecmd", f"ID={number}&Return=0\n".encode(), at)
        state = GATE.receive(answer, state._replace(commands=commands)).new_state
        for minute in range(1, 11):
            later = at + timedelta(minutes=minute)
            reception = GATE.receive(POLL._replace(arrived_at=later), state._replace(last_contact_at=later))
            state = reception.new_state
            assert reception.complete_until == (later if minute == 10 else NOW - timedelta(minutes=30))


def test_an_answer_about_another_time_than_the_silence_proves_nothing() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    for since, until, counts in [
        (NOW - timedelta(hours=2), NOW, True),
        (NOW - timedelta(hours=2), NOW - timedelta(minutes=1), False),
        (NOW - timedelta(minutes=29), NOW, False),
    ]:
        asked = state._replace(commands=(Command(4, GATE.history(SN, state, since, until)),))
        answer = GATE.receive(ask("POST", "devicecmd", b"ID=4&Return=0&CMD=DATA\n"), asked)
        assert ("answered" in answer.new_state.memory["gap"]) == counts


def test_a_lost_question_is_asked_again_before_the_hour() -> None:
    state = after_gap()._replace(last_contact_at=NOW + timedelta(minutes=9))
    assert say(GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=9)), state)) == "OK\n"
    assert GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=10)), state).asks


def test_punches_are_complete_until_now_or_until_a_silence_began_that_is_not_answered() -> None:
    assert GATE.receive(POLL, KNOWN).complete_until == NOW
    assert GATE.receive(UPLOAD, KNOWN).complete_until == NOW
    state = after_gap()._replace(last_contact_at=NOW)
    assert GATE.receive(UPLOAD, state).complete_until == NOW - timedelta(minutes=30)
    understood = GATE.receive(ask("POST", "devicecmd", b"ID=1&Return=0&CMD=DATA\n"), state)
    assert understood.complete_until == NOW - timedelta(minutes=30), "that it was understood brings no rows"


def test_a_terminal_is_complete_only_once_it_has_sent_what_it_held_before_it_was_approved() -> None:
    first = GATE.receive(POLL, PeerState("approved", {"dialect": "acc3"}))
    assert first.complete_until is None
    quiet = POLL._replace(arrived_at=NOW + timedelta(minutes=10))
    state = first.new_state._replace(last_contact_at=quiet.arrived_at)
    assert GATE.receive(quiet, state).complete_until == quiet.arrived_at


def test_what_a_terminal_says_before_it_is_approved_makes_nothing_complete() -> None:
    assert GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).complete_until is None
    assert GATE.receive(POLL, PeerState("pending")).complete_until is None


def test_an_answer_from_before_a_second_silence_does_not_close_the_gap() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    late = ask("POST", "devicecmd", b"ID=1&Return=0&CMD=DATA\n", NOW + timedelta(minutes=5))
    reception = GATE.receive(late, state)
    assert reception.results == (CommandResult(1, "0", failed=False),)
    assert reception.new_state.memory["gap"]["since"] == (NOW - timedelta(minutes=30)).isoformat()
    poll = POLL._replace(arrived_at=late.arrived_at)
    assert GATE.receive(poll, reception.new_state._replace(last_contact_at=NOW)).asks


def test_a_3x_terminal_is_not_asked() -> None:
    state = PeerState(memory={"dialect": "acc3", **SERVED}, last_contact_at=NOW - timedelta(days=1))
    reception = GATE.receive(POLL, state)
    assert (reception.asks, say(reception)) == ((), "OK\n")
    assert reception.complete_until == NOW - timedelta(days=1)


def test_commands_are_fetched_five_at_a_time_a_line_each() -> None:
    reception = GATE.receive(POLL, KNOWN)
    assert (reception.fetches, reception.asks) == (5, ())
    commands = [Command(n, f"INFO {n}") for n in (3, 4)]
    assert reception.reply([], commands).body == b"C:3:INFO 3\nC:4:INFO 4\n"
    assert GATE.receive(UPLOAD, KNOWN).fetches == 0


@pytest.mark.parametrize(("said", "failed"), [("0", False), ("12", False), ("-1", True), ("-1002", True)])
def test_what_a_terminal_says_of_a_command_is_handed_on(said: str, failed: bool) -> None:
    state = KNOWN._replace(commands=(Command(7, "INFO"),))
    answer = GATE.receive(ask("POST", "devicecmd", f"ID=7&Return={said}&CMD=INFO\nID=8&Return=0\n".encode()), state)
    assert answer.results == (CommandResult(7, said, failed),), "what nobody asked is no answer"
    assert answer.new_state is state and say(answer) == "OK\n"


@pytest.mark.parametrize("dialect", ["acc3", "legacy", "lan-agent", ""])
def test_a_terminal_that_knows_no_such_command_is_not_asked_for_its_history(dialect: str) -> None:
    with pytest.raises(RejectedError, match="cannot be asked"):
        GATE.history(SN, PeerState(memory={"dialect": dialect}), NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("dialect", "result", "then"), [("att2", -629, "acc3"), ("acc3", -1004, "att2"), ("att2", -1004, "att2")]
)
def test_a_command_in_the_wrong_dialect_corrects_the_guess(dialect: str, result: int, then: str) -> None:
    state = PeerState(memory={"dialect": dialect}, commands=(Command(1, "INFO"),))
    answer = ask("POST", "devicecmd", f"ID=1&Return={result}&CMD=DATA\n".encode())
    assert GATE.receive(answer, state).new_state.memory["dialect"] == then


@pytest.mark.parametrize("path", ["ping", "fdata", "edata", "nobody/knows", ""])
def test_any_other_path_under_the_prefix_is_answered_ok(path: str) -> None:
    reception = GATE.receive(ask("POST", path, b"x"), KNOWN)
    assert (say(reception), reception.new_state is KNOWN) == ("OK\n", True)
    assert [each.form for each in reception.transmissions] == ["told"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnavailableError("store.busy", "locked"), 503),
        (PayloadError("http.size", "too large"), 413),
        (RuntimeError("?"), 500),
    ],
)
def test_a_failure_never_reads_as_an_acknowledgement(error: Exception, status: int) -> None:
    reply = GATE.failure(error)
    assert (reply.status, reply.media_type, b"OK" in reply.body) == (status, "text/plain", False)


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars"}, {"unknown": 1}, {"devices": {"x": {"dialect": "att9"}}}, {"delay_seconds": 0}]
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


class Hub:
    """A small HTTP server that keeps one peer's state and all transmissions; time is told to it."""

    def __init__(self, status: Any = "approved") -> None:
        self.state, self.now = PeerState(status), NOW
        self.taken: list[Transmission] = []
        self.complete_until: datetime | None = None
        self.asked = 0
        self.lines = 0

    def answer(self, request: Request) -> Reply:
        try:
            reception = GATE.receive(request, self.state)
        except LicetError as error:
            return GATE.failure(error)
        self.complete_until = reception.complete_until
        answered = {each.id for each in reception.results}
        handed = [Command(self.asked + n, text) for n, text in enumerate(reception.asks, 1)]
        self.asked += len(handed)
        kept = tuple(each for each in self.state.commands if each.id not in answered)
        self.state = reception.new_state._replace(last_contact_at=self.now, commands=(*kept, *handed))
        self.taken += reception.transmissions
        counts = [Kept({"applied": len(each.body.splitlines())}) for each in reception.transmissions]
        return reception.reply(counts, handed)


@pytest.fixture
def served() -> Iterator[tuple[Hub, str]]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            hub.lines += 1
            super().setup()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = hub.answer(
                Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, "", hub.now)
            )
            self.send_response(reply.status)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET

        def log_message(self, *parts: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_terminal_sends_what_it_kept_when_asked_after_a_silence(served: tuple[Hub, str]) -> None:
    hub, url = served
    terminal = Terminal(url, SN)
    assert terminal.handshake().body.startswith("GET OPTION FROM")
    assert terminal.punch("1001", NOW).body == "OK: 1\n"
    terminal.poll()
    terminal.punch("1002", NOW + timedelta(minutes=5), offline=True)
    hub.now += timedelta(minutes=10)
    assert "DATA QUERY ATTLOG" in terminal.poll().body
    terminal.close()
    assert b"1002\t2026-03-02 18:05:00" in hub.taken[-1].body
    assert "gap" not in hub.state.memory
    assert hub.lines == 1, "one connection served all"


def test_an_access_terminal_registers_before_it_sends(served: tuple[Hub, str]) -> None:
    hub, url = served
    terminal = Terminal(url, SN, "acc3")
    assert "TransFlag=1111000000" in terminal.handshake().body
    assert terminal.punch("1001", NOW).body == "OK\n"
    terminal.close()
    assert [(each.form, each.context["dialect"]) for each in hub.taken] == [("told", "acc3"), ("rtlog", "acc3")]


def test_the_terminal_runs_as_a_process_and_obeys_orders(served: tuple[Hub, str]) -> None:
    hub, url = served
    hub.state = PeerState("unknown")
    orders = [
        {"do": "handshake"},
        {"do": "punch", "pin": "1001", "at": "2026-03-02T00:00:00Z"},
        {"do": "upload", "lines": ["broken"]},
        {"do": "punch", "pin": "1002", "at": datetime(2026, 3, 2, tzinfo=UTC).isoformat(), "offline": True},
    ]
    command = [sys.executable, "-m", "connectors.simulators.zkteco_push", "--hub", url, "--serial", SN]
    given = "".join(json.dumps(order) + "\n" for order in orders)
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=30, check=True)
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == [200, 403, 403, 0]


@pytest.mark.parametrize("says_first", [False, True])
@pytest.mark.parametrize("dialect", ["att2", "acc3", "legacy", "lan-agent", "pid"])
def test_silent_over_the_end_of_a_session_is_unknown_until_the_rows_came(
    served: tuple[Hub, str], dialect: str, says_first: bool
) -> None:
    hub, url = served
    terminal = Terminal(url, SN, dialect, says_first=says_first)
    terminal.handshake()
    terminal.punch("1001", NOW)
    polled(hub, terminal, 30)
    before = hub.now
    assert hub.complete_until == before, "it has sent what it held"
    session_ends = before + timedelta(minutes=20)
    terminal.punch("1002", before + timedelta(minutes=19), offline=True)
    hub.now = before + timedelta(hours=1)
    asked_late = dialect == "att2" and not says_first
    terminal.poll()
    if asked_late:  # it sends at once what it is asked for
        assert hub.complete_until == hub.now
    else:
        polled(hub, terminal, 8)
        assert hub.complete_until is not None and hub.complete_until <= before < session_ends, "polls prove nothing"
        terminal.drain()
        assert hub.complete_until <= before
        polled(hub, terminal, 45)
        assert hub.complete_until == hub.now
    assert b"1002" in b"".join(each.body for each in hub.taken)
    assert b"110101199003074514" not in b"".join(each.body for each in hub.taken)
    terminal.close()


def polled(hub: Hub, terminal: Terminal, minutes: int) -> None:
    """A terminal that asks every minute."""
    for _ in range(minutes):
        hub.now += timedelta(minutes=1)
        terminal.poll()
