"""An operator asks a terminal for what it recorded: told when it polls, answered, and on record at every step."""

import json
import signal
from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulators.zkteco_push import Terminal
from tests.journeys.commands import licet, one_line
from tests.site import build, until

NOW = datetime.now(UTC).replace(microsecond=0)
SERIAL = "SN-1"
ASKED = ("--from", (NOW - timedelta(hours=3)).isoformat(), "--to", NOW.isoformat(), "--by", "Chen")


@pytest.fixture
def site(tmp_path):
    built = build(tmp_path / "hub", people=2)
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 2, "the roster is in")
    yield built
    if built.process is not None:
        built.end()


@pytest.fixture
def terminal(site):
    called = Terminal(site.url, SERIAL)
    called.handshake()
    assert licet(site, "devices", "approve", SERIAL).returncode == 0
    called.poll()  # the routine question of a terminal that was never asked
    yield called
    called.close()


def listed(site):
    return json.loads(licet(site, "devices", "commands", SERIAL, "--json").stdout)


def said(site):
    return [(each["command"], each["outcome"]) for each in site.entries("command")]


def punches(site):
    return site.rows("SELECT count(*) FROM punches")[0][0]


def test_a_history_is_asked_for_and_comes_back(site, terminal):
    terminal.punch("0", NOW - timedelta(hours=2), offline=True)
    terminal.punch("1", NOW - timedelta(hours=1), offline=True)
    terminal.punch("1", NOW - timedelta(hours=9), offline=True)
    asked = licet(site, "devices", "query", SERIAL, *ASKED, "--lang", "en")
    assert asked.returncode == 0 and "terminals/SN-1: command 2 waits" in asked.stdout, asked
    assert punches(site) == 0
    assert terminal.poll().body.startswith("C:2:DATA QUERY ATTLOG StartTime=")
    assert punches(site) == 2, "what lies outside of the time was not asked for"
    [newest, routine] = listed(site)
    assert (newest["command"], newest["state"], newest["result"]) == (2, "answered", "2")
    assert newest["queued_at"] <= newest["sent_at"] <= newest["answered_at"]
    assert routine["state"] == "answered"
    assert said(site) == [(1, "queued"), (1, "sent"), (1, "done"), (2, "queued"), (2, "sent"), (2, "done")]
    [by] = [each for each in site.entries("command") if "actor" in each]
    assert by["actor"]["type"] == "operator" and "Chen" not in json.dumps(by)
    assert terminal.poll().body == "OK\n"


def test_a_terminal_that_refuses_is_shown_as_one_that_refused(site, terminal):
    licet(site, "devices", "query", SERIAL, *ASKED)
    status, body = site.post(f"/iclock/devicecmd?SN={SERIAL}", b"ID=2&Return=0&CMD=DATA\n")
    assert (status, body) == (200, b"OK\n")
    assert listed(site)[0]["state"] == "queued", "an answer to what was never handed over is none"
    fetched = site.post(f"/iclock/getrequest?SN={SERIAL}", b"")
    assert fetched[1].startswith(b"C:2:")
    for _ in range(2):  # a repeat says nothing new
        site.post(f"/iclock/devicecmd?SN={SERIAL}", b"ID=2&Return=-1002&CMD=DATA\n")
    assert (listed(site)[0]["state"], listed(site)[0]["result"]) == ("answered", "-1002")
    assert said(site)[-2:] == [(2, "sent"), (2, "failed")]


def test_a_command_outlasts_the_process_that_took_it(site, terminal):
    licet(site, "devices", "query", SERIAL, *ASKED)
    site.end(signal.SIGKILL)
    site.start()
    assert site.post(f"/iclock/getrequest?SN={SERIAL}", b"")[1].startswith(b"C:2:")
    site.end(signal.SIGKILL)
    site.start()
    site.post(f"/iclock/devicecmd?SN={SERIAL}", b"ID=2&Return=0&CMD=DATA\n")
    assert listed(site)[0]["state"] == "answered", "a hub that was restarted knows what it had handed over"


def test_a_retired_terminal_fetches_nothing(site, terminal):
    licet(site, "devices", "query", SERIAL, *ASKED)
    assert licet(site, "devices", "retire", SERIAL).returncode == 0
    for _ in range(2):
        assert not site.post(f"/iclock/getrequest?SN={SERIAL}", b"")[1].startswith(b"C:")
    assert listed(site)[0]["state"] == "queued"


def test_what_cannot_be_asked_is_said_in_one_line(site, terminal):
    query = ("devices", "query")
    one_line(licet(site, *query, "SN-9", *ASKED, "--lang", "en"), "SN-9", "has called yet")
    one_line(
        licet(site, *query, SERIAL, "--from", "2026-03-02", "--to", "2026-03-01", "--by", "Chen", "--lang", "en"),
        "--to",
        "after",
    )
    site.handshake("SN-3")
    one_line(licet(site, *query, "SN-3", *ASKED, "--lang", "en"), "pending", "licet devices approve")
    access = Terminal(site.url, "SN-4", "acc3")
    access.handshake()
    licet(site, "devices", "approve", "SN-4")
    one_line(licet(site, *query, "SN-4", *ASKED, "--lang", "en"), "acc3", "cannot be asked")
    access.close()
