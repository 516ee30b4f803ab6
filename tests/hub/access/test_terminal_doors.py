"""A terminal as a door, over sockets: it fetches what it must do, and is believed only for what it then counts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from connectors.attendance.zkteco_push import SPEC, Settings
from connectors.port import PeerState
from connectors.simulators.zkteco_door import DoorTerminal
from hub.config.instances import Instance
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import LiveClock, delivery_of, enforced, entries, row, turning
from tests.hub.front.test_front import serving

SERIAL = "SN-7"


class Site:
    """A hub and one terminal with two doors, beside whose rows another person's stands."""

    def __init__(self, parts, clock, terminal) -> None:
        self.parts, self.clock, self.terminal = parts, clock, terminal

    def state(self) -> tuple[str, str]:
        found = row(self.parts, "E1", "dc-ops")
        return found["wanted"], found["state"]

    def codes(self) -> set[str]:
        return {each.get("code") or "" for each in entries(self.parts, "unknown", "dc-ops", "accepted", "drifted")}

    def until(self, what, sentence: str) -> None:
        """The terminal polls, as it does every few seconds, until something is so."""
        end = time.monotonic() + 20
        while not what():
            assert time.monotonic() < end, f"waited in vain until {sentence}: {self.state()}, {self.terminal.done}"
            self.terminal.poll()
            time.sleep(0.05)

    def let_in(self) -> None:
        for message in qualified("E1"):
            send(self.parts, message, self.clock)
        enforced(self.parts)

    def revoke(self) -> None:
        send(self.parts, status("E1", "high", "revoked", 5), self.clock)


@contextmanager
def site_of(path, **terminal) -> Iterator[Site]:
    doors = {"dc-ops": {"serial": SERIAL, "doors": [1, 2]}, "dc-assist": {"serial": "SN-8"}}
    settings = Settings.model_validate({"doors": doors})
    instance = Instance("iam", SPEC, settings, "roster", timedelta(seconds=60))
    clock = LiveClock(NOW)
    with opened(path / "hub", clock, instances={"iam": instance}) as parts:
        for serial in (SERIAL, "SN-8"):
            parts.writer.call(lambda tx, serial=serial: parts.peers.store("iam", serial, PeerState("approved"), tx))
        (path / "hub" / "keys" / "api.token").write_text("for tests only", "ascii")
        front = parts.front(lambda: "http://hub", dict, list)
        with (
            serving(app=front) as (host, port),
            turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery),
        ):
            made = DoorTerminal(f"http://{host}:{port}", SERIAL, **terminal)
            made.users += [{"Pin": "E1"}, {"Pin": "E9"}]
            made.rights.append({"Pin": "E9", "AuthorizeTimezoneId": "1", "AuthorizeDoorId": "1"})
            made.handshake()
            yield Site(parts, clock, made)
            made.close()


@pytest.fixture
def site(tmp_path):
    with site_of(tmp_path) as made:
        yield made


def test_a_door_opens_and_closes_and_is_confirmed_by_what_the_terminal_counts(site):
    site.let_in()
    site.until(lambda: site.state() == ("present", "confirmed"), "it is open")
    assert site.terminal.opens("E1", 1) and site.terminal.opens("E1", 2) and not site.terminal.opens("E1", 3)
    site.revoke()
    site.until(lambda: site.state() == ("absent", "confirmed"), "it is closed")
    assert not site.terminal.opens("E1") and site.terminal.opens("E9"), "nobody else lost anything"
    assert [each["Pin"] for each in site.terminal.users] == ["E1", "E9"], "whose face is known stays known"
    assert not [each for each in site.terminal.done if "user " in each], "no enrolment is touched"


def test_sent_accepted_and_confirmed_are_three_things(site):
    site.let_in()
    site.until(lambda: site.state() == ("present", "confirmed"), "it is open")
    site.revoke()
    kinds = []
    site.until(lambda: kinds.append(site.state()) or site.state() == ("absent", "confirmed"), "it is closed")
    assert ("absent", "sent") in kinds


def test_a_terminal_that_answers_and_does_nothing_is_not_believed(tmp_path):
    with site_of(tmp_path) as site:
        site.let_in()
        site.until(lambda: site.state() == ("present", "confirmed"), "it is open")
        site.terminal.lazy = True
        site.revoke()
        removals = lambda: len([each for each in site.terminal.done if each == "DATA DELETE userauthorize Pin=E1"])  # noqa: E731
        before = removals()
        site.until(lambda: removals() > before + 1, "it was told again")
        assert site.state()[1] != "confirmed" and site.terminal.opens("E1")
        site.terminal.lazy = False
        site.until(lambda: site.state() == ("absent", "confirmed"), "it is closed")
        assert not site.terminal.opens("E1")


def test_a_terminal_that_counts_nobody_ever_proves_no_absence(tmp_path):
    with site_of(tmp_path, counts=False) as site:
        site.terminal.rights.append({"Pin": "E1", "AuthorizeTimezoneId": "1", "AuthorizeDoorId": "1"})
        site.let_in()
        site.until(lambda: any("UPDATE" in each for each in site.terminal.done), "it was told to open")
        site.revoke()
        site.until(lambda: "sink.uncalibrated" in site.codes(), "an absence is doubted")
        assert not site.terminal.opens("E1"), "it was told to close all the same"
        assert site.state() == ("absent", "accepted")


def test_a_deaf_terminal_leaves_a_revocation_sent_and_never_more(tmp_path):
    with site_of(tmp_path) as site:
        site.let_in()
        site.until(lambda: site.state() == ("present", "confirmed"), "it is open")
        site.terminal.deaf = True
        site.revoke()
        site.until(lambda: site.state() == ("absent", "sent") and waiting(site.parts) == [], "it was handed over")
        assert not entries(site.parts, "confirmed", "dc-ops")[1:], "only the opening was confirmed"


def waiting(parts):
    """Commands about somebody that nobody has fetched at the terminal of this test."""
    with parts.database.reading() as store:
        store._cursor.execute("SELECT id FROM commands WHERE peer = 'SN-7' AND state = 'queued' AND person <> ''")
        return store._cursor.fetchall()
