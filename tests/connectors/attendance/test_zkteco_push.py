"""What only ZKTeco terminals do; tests/contract asks what every push source must do."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.attendance.zkteco_push import DeviceSettings, Settings, ZktecoPush
from connectors.port import Command, CommandResult, Kept, PeerState
from connectors.simulators.zkteco_push import Terminal
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.transmission import Transmission
from tests.connectors.attendance.asking import (
    GATE,
    HANDSHAKE,
    KNOWN,
    LINE,
    NOW,
    POLL,
    SN,
    UPLOAD,
    ask,
    options,
    refused,
    say,
)
from tests.connectors.attendance.small_hub import Hub, serving


@pytest.fixture
def served() -> Iterator[tuple[Hub, str]]:
    with serving() as started:
        yield started


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


def test_encryption_that_is_not_built_is_refused_and_a_person_hears_of_it() -> None:
    reception = GATE.receive(ask("POST", "exchange", b"PublicKey=x", type="publickey"), KNOWN)
    assert (reception.reply([], ()).status, reception.alarms) == (406, ("device.encryption",))


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
