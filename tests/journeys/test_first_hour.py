"""The first hour as an integrator lives it: a folder, a server, a terminal, and what commands say."""

import http.client
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from connectors.simulators.zkteco_push import Terminal
from tests.journeys.commands import licet, one_line, told
from tests.ports import free_port
from tests.site import Site, order, until

PUNCHED_AT = datetime(2026, 1, 6, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    """What `licet init` writes, served as it is."""
    home = tmp_path_factory.mktemp("first") / "site"
    command = [sys.executable, "-m", "hub", "init", str(home), "--demo"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"licet serve -c {home}" in made.stdout
    found = Site(home, free_port(), alone=True)
    checked = found.command("check", "--json")  # as a process; what follows runs beside the server in this one
    assert checked.returncode == 0 and set(json.loads(checked.stdout)["connectors"]) >= {"terminals", "iam"}
    found.start()  # waits for the line `ready http://HOST:PORT`
    yield found
    if found.process is not None:
        found.end()
    assert found.balanced()


def device(site: Site, serial: str) -> str:
    return {each["device"]: each["status"] for each in told(site, "devices", "list")}.get(serial, "")


def ready_terminal(site: Site, serial: str) -> Terminal:
    """A terminal that was approved and whose approval has arrived."""
    terminal = Terminal(site.url, serial)
    assert terminal.handshake().status == 200
    assert licet(site, "devices", "approve", serial).returncode == 0
    assert terminal.upload([line("1001", PUNCHED_AT)]).status == 200
    return terminal


def line(pin: str, at: datetime) -> str:
    return f"{pin}\t{at + timedelta(hours=8):%Y-%m-%d %H:%M:%S}\t0\t15\t0\t0\t0"


def counts(site: Site, name: str = "terminals") -> dict[str, int]:
    [row] = [each for each in told(site, "connectors") if each["name"] == name]
    assert row["balanced"], row
    return row["balance"]


@pytest.mark.parametrize("polls_between", [False, True])
def test_a_terminal_waits_until_a_person_approves_it_and_delivers_without_a_restart(site, polls_between):
    serial = f"SN-WAIT-{int(polls_between)}"
    terminal = Terminal(site.url, serial)
    assert terminal.upload([line("1001", PUNCHED_AT)]).status == 401, "nobody knows it"
    assert device(site, serial) == "pending", "a person can approve it, though it has not shaken hands"
    assert terminal.handshake().status == 200
    assert device(site, serial) == "pending"
    assert terminal.upload([line("1001", PUNCHED_AT)]).status == 403, "it waits"
    if polls_between:
        assert terminal.poll().status == 200
    before = counts(site)["applied"]
    assert licet(site, "devices", "approve", serial).returncode == 0
    if polls_between:
        assert terminal.poll().status == 200
    at = PUNCHED_AT + timedelta(minutes=1 + polls_between)
    assert terminal.upload([line("1001", at)]).status == 200, "the running server knows"
    assert device(site, serial) == "approved" and counts(site)["applied"] == before + 1
    assert {e["code"] for e in site.entries("refused")} >= {"device.unknown", "device.pending"}
    terminal.close()


def test_q4_the_first_punch_of_the_room_s_terminal_counts_for_the_session_of_the_example(site):
    terminal = ready_terminal(site, "SN-ATT-0001")
    assert terminal.upload([line("1001", datetime.now(UTC))]).status == 200
    [seat] = told(site, "sessions", "show", "S-FIRST")["seats"]
    assert (seat["person"], seat["reasons"]) == ("E1001", ["no_sign_out"]), "it is the sign-in of a session of today"
    terminal.close()


def test_a_retired_terminal_is_refused_at_its_next_upload(site):
    terminal = ready_terminal(site, "SN-OLD")
    assert licet(site, "devices", "retire", "SN-OLD", "--by", "Wang").returncode == 0
    received = counts(site)["received"]
    later = line("1001", PUNCHED_AT + timedelta(hours=9))
    assert terminal.upload([later]).status == 403
    assert terminal.upload([line("1001", PUNCHED_AT + timedelta(hours=10))]).status == 403
    assert counts(site)["received"] == received
    assert device(site, "SN-OLD") == "retired"
    assert site.who(site.entries("device")[-1]["actor"]) == ["Wang"]
    terminal.close()


def test_a_punch_of_an_unknown_pin_waits_and_applies_by_itself_once_linked(site):
    terminal = ready_terminal(site, "SN-HELD")
    assert terminal.upload([line("7007", PUNCHED_AT), line("7007", PUNCHED_AT + timedelta(hours=1))]).status == 200
    before = counts(site)
    [row] = [each for each in told(site, "people", "unresolved") if each["identifier"] == "7007"]
    assert (row["source"], row["connector"], row["items"]) == ("terminals", "terminals", 2)
    assert before["held"] == 2
    assert licet(site, "people", "link", "terminals", "7007", "E1002").returncode == 0
    after = counts(site)
    assert after["held"] == 0 and after["applied"] == before["applied"] + 2
    assert not [each for each in told(site, "people", "unresolved") if each["identifier"] == "7007"]
    assert site.entries("released")[-1]["count"] == 2
    nobody = licet(site, "people", "link", "terminals", "7008", "E9999")
    assert nobody.returncode == 1 and "E9999" in nobody.stderr and "Traceback" not in nobody.stderr
    terminal.close()


def test_a_line_that_cannot_be_read_is_kept_aside_its_neighbours_apply_and_a_person_discards_it(site):
    terminal = ready_terminal(site, "SN-BAD")
    before = counts(site)
    noise = "not a punch at all\tnever"
    around = [line("1001", PUNCHED_AT + timedelta(hours=n)) for n in (20, 21)]
    answer = terminal.upload([around[0], noise, around[1]])
    assert (answer.status, answer.body) == (200, "OK: 3\n"), "else the terminal sends it for ever"
    after = counts(site)
    assert after["applied"] == before["applied"] + 2 and after["quarantined"] == before["quarantined"] + 1
    [item] = told(site, "quarantine", "list")
    assert item["connector"] == "terminals" and item["code"] and noise not in json.dumps(item)
    shown = licet(site, "quarantine", "show", item["id"], "--by", "Li")
    assert shown.stdout.strip() == noise and site.who(site.entries("access")[-1]["actor"]) == ["Li"]
    again = licet(site, "quarantine", "replay", item["id"], "--by", "Li", "--lang", "en")
    assert again.returncode == 1 and "still not readable" in again.stderr
    assert licet(site, "quarantine", "discard", item["id"], "--reason", "noise", "--by", "Li").returncode == 0
    done = counts(site)
    assert done["quarantined"] == before["quarantined"] and done["discarded"] == before["discarded"] + 1
    assert told(site, "quarantine", "list") == []
    discarded = site.entries("discarded")[-1]
    assert "noise" not in json.dumps(discarded) and site.enclosed(discarded, "reason") == b"noise"
    opened = licet(site, "audit", "enclosed", discarded["id"], "--by", "Zhou")
    assert opened.stdout == "reason: noise\n" and site.entries("access")[-1]["opened"] == discarded["id"]
    assert licet(site, "audit", "who", discarded["actor"]["id"], "--lang", "en").stdout == "operator: Li\n"
    assert site.entries("access")[-1]["subject"] == discarded["actor"]["id"]
    person = site.entries("link")[0]["person"]
    assert licet(site, "audit", "who", person, "--by", "Zhou", "--lang", "en").stdout.startswith("person: E")
    assert site.entries("access")[-1]["person"] == person
    for unknown in (("who", "f" * 32), ("enclosed", person)):
        done = licet(site, "audit", *unknown, "--lang", "en")
        assert done.returncode == 1 and "erased" in done.stderr and len(done.stderr.splitlines()) == 1
    assert licet(site, "quarantine", "discard", item["id"], "--reason", "again", "--by", "Li").returncode == 1
    terminal.close()


def test_why_answers_in_both_languages_for_programs_and_for_an_instant_of_the_past(site):
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] >= 2, "the roster is reviewed")
    before = datetime.now(UTC)
    zh, en = (licet(site, "why", "E1001", "--lang", lang).stdout for lang in ("zh", "en"))
    assert "张三" in zh and "不得上岗" in zh and "解除条件" in zh
    assert "none" in en and "cure" in en and "解除条件" not in en
    view = told(site, "why", "E1001")
    [position] = view["positions"]
    assert position["scope"] == "none" and position["holds"] and position["verdicts"] and not view["stuck"]
    assert view["targets"] and {each["mode"] for each in view["targets"]} == {"observe"}
    assert view == site.get("/api/v1/people/E1001")
    requirement = next(f["requirement"] for f in position["verdicts"] if f["requirement"])
    assert requirement in zh
    now = datetime.now(UTC)
    fresh = {**order(1, "active", 1), "holder": "ref-1001", "credential": "low-voltage-electrician", "number": "N-1"}
    assert site.authority().push(fresh, now=now, id="why-1")[0] == 202
    until(lambda: before_after(site, None) != before_after(site, before.isoformat()), "the new fact is weighed")
    assert before_after(site, before.isoformat()) == states(position), "what was known then stays what was known then"
    nonsense = licet(site, "why", "E1001", "--at", "yesterday")
    assert nonsense.returncode == 2 and "Traceback" not in nonsense.stderr
    assert told(site, "why", "E1001", "--position", position["position"])["positions"][0]["scope"]
    elsewhere = licet(site, "why", "E1001", "--position", "pilot")
    one_line(elsewhere, "'pilot'", position["position"])
    stranger = licet(site, "why", "E4711")
    assert stranger.returncode == 1 and "E4711" in stranger.stderr


def states(position) -> dict[str, str]:
    return {each["requirement"]: each["state"] for each in position["verdicts"]}


def before_after(site: Site, at: str | None) -> dict[str, str]:
    return states(told(site, "why", "E1001", *(("--at", at) if at else ()))["positions"][0])


def test_the_log_is_followed_checked_and_given_to_strangers(site, tmp_path):
    site.handshake("SN-LOGGED")
    tail = licet(site, "tail", "--entries", "-n", "500").stdout
    assert "SN-LOGGED" in tail and "+08:00" in tail
    last = [json.loads(each) for each in licet(site, "tail", "--entries", "-n", "5", "--json").stdout.splitlines()]
    assert len(last) == 5 and [each["seq"] for each in last] == sorted(each["seq"] for each in last)
    assert told(site, "audit", "verify")["good"]
    until(lambda: site.rows("SELECT count(*) FROM checkpoints")[0][0] > 0, "a head is signed")
    exported = licet(site, "audit", "export", "-o", str(tmp_path / "log"), "--lang", "en")
    assert exported.returncode == 0, exported.stderr
    check = shlex.split(exported.stdout.partition("check it with")[2].splitlines()[0])
    assert check[:3] == ["python", "-m", "audit_log.verify"] and check[-2] == "--key"
    check[0] = sys.executable
    good = subprocess.run(check, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    part = next(each for each in sorted((tmp_path / "log").iterdir()) if b"SN-LOGGED" in each.read_bytes())
    part.write_bytes(part.read_bytes().replace(b"SN-LOGGED", b"SN-FORGED"))
    bad = subprocess.run(check, capture_output=True, text=True, check=False)
    assert bad.returncode == 1 and "first wrong index: " in bad.stdout


def test_a_folder_is_served_by_one_process_and_the_second_says_so_at_once(site):
    second = site.command("serve", "--listen", "127.0.0.1:0")
    assert second.returncode == 1 and second.stdout == "" and second.stderr.count("\n") == 1
    assert f"已由进程 {site.process.pid} 运行" in second.stderr
    terminal = ready_terminal(site, "SN-FIRST")
    assert counts(site)["received"] > 0, "the first one serves on, and commands go on beside it"
    terminal.close()


def test_it_ends_in_order_and_everything_is_still_there_afterwards(site):
    terminal = ready_terminal(site, "SN-STAYS")
    before = (counts(site), told(site, "why", "E1001"), device(site, "SN-STAYS"))
    process, began = site.process, time.monotonic()
    site.end()
    assert process is not None and process.returncode == 0 and time.monotonic() - began < 30
    assert site.entries("stop")
    site.start()
    assert (counts(site), told(site, "why", "E1001"), device(site, "SN-STAYS")) == before
    assert terminal.upload([line("1001", PUNCHED_AT)]).body == "OK: 1\n", "a repeat, answered as such"
    assert counts(site)["duplicate"] == before[0]["duplicate"] + 1
    terminal.close()


def test_three_equal_lines_in_one_body_are_one_applied_and_two_duplicates(site):
    terminal = ready_terminal(site, "SN-EQUAL")
    before = counts(site)
    assert terminal.upload([line("1001", PUNCHED_AT + timedelta(hours=3))] * 3).body == "OK: 3\n"
    after = counts(site)
    assert (after["applied"] - before["applied"], after["duplicate"] - before["duplicate"]) == (1, 2)
    terminal.close()


def test_firmware_finds_its_path_in_any_letters_and_hears_what_time_it_is(site):
    ready_terminal(site, "SN-PATH").close()
    hub = urlsplit(site.url)
    for path in ("//iclock/getrequest", "/iclock//getrequest", "/ICLOCK/GetRequest", "/iclock/getrequest.aspx"):
        line = http.client.HTTPConnection(hub.hostname, hub.port, timeout=60)
        line.request("GET", f"{path}?SN=SN-PATH")
        answer = line.getresponse()
        assert answer.status == 200 and answer.read()[:2] in (b"OK", b"C:"), path
        assert parsedate_to_datetime(answer.headers["Date"]).tzinfo is not None
        line.close()
