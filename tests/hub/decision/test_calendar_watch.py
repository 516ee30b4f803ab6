"""A clock that leaps locks nobody out: dates wait, issuers do not, and who was decided of is looked at again."""

from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest

from hub.alarms.desk import open_alarms
from hub.audit.peer_clocks import PeerClocks
from hub.decision.calendar_watch import DIFFERS, LEAPT, CalendarWatch, ClockWord
from hub.guarded_clock import GuardedClock
from hub.identity.operators import Operators
from hub.store.tables import log
from schemas.errors import ConfigError, UnavailableError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, status, targets
from tests.hub.doors import enforced

YEAR, SOON = timedelta(days=800), timedelta(seconds=12)  # every credential of the story ends within two years
OPS = "dc-ops"


class Site:
    """A hub whose machine's clock a test sets, and the watch over it."""

    def __init__(self, parts, machine, guard, ask=()):
        self.parts, self.machine, self.guard = parts, machine, guard
        self.peers = PeerClocks(guard.machine_now, machine.monotonic)
        self.watch = CalendarWatch(guard, self.peers, parts.database, parts.writer, ask, settle_seconds=5.0)

    def leap(self, by):
        self.machine.at += by
        self.turn()

    def turn(self):
        self.watch.turn()
        self.parts.deadlines.work_off()

    def entries(self, kind="clock"):
        with self.parts.database.reading() as session:
            found = [orjson.loads(each[1]) for each in session.all(log.entries_after, {"seq": -1, "limit": 9999})]
        return [each for each in found if each["kind"] == kind]

    def outcomes(self):
        return [each["outcome"] for each in self.entries()]

    def word(self):
        return ClockWord(self.parts.database, self.parts.writer, Operators(self.parts.directory, "account"))


@contextmanager
def site(path, instances=None, ask=()):
    machine = HandClock(NOW)
    guard = GuardedClock(machine, machine.monotonic)
    with opened(path, guard, instances=instances or {}) as parts:
        for message in [*qualified("E1"), *qualified("E2")]:
            send(parts, message, guard)
        enforced(parts)
        yield Site(parts, machine, guard, ask)


@pytest.fixture
def hub(tmp_path):
    with site(tmp_path / "hub") as made:
        yield made


def test_twelve_seconds_of_another_year_close_nothing_and_somebody_hears(hub):
    hub.leap(YEAR)
    hub.machine.advance(SOON)
    hub.turn()
    assert targets(hub.parts, "E1")[OPS] == "present"
    hub.leap(-YEAR)
    assert targets(hub.parts, "E1")[OPS] == "present"
    assert hub.outcomes() == ["held", "back"]
    assert [each.code for each in open_alarms(hub.parts.database)] == [LEAPT], "until somebody has looked"
    assert {each["ts"][:10] for each in hub.entries()} == {"2026-02-02"}, "no entry is of another year"


def test_one_that_came_and_went_between_two_looks_is_told_all_the_same(hub):
    hub.machine.at += YEAR
    hub.guard.now()
    hub.machine.at -= YEAR
    hub.turn()
    assert hub.outcomes() == ["held", "back"]


def test_what_an_issuer_says_closes_at_once_meanwhile(hub):
    hub.leap(YEAR)
    send(hub.parts, status("E1", "high", "revoked", 5), hub.guard)
    assert (targets(hub.parts, "E1")[OPS], targets(hub.parts, "E2")[OPS]) == ("absent", "present")


def test_a_person_says_that_it_is_right_and_what_has_ended_closes(hub):
    with pytest.raises(ConfigError, match="believed"):
        hub.word().believe("wang")
    hub.leap(YEAR)
    with pytest.raises(ConfigError, match="--by"):
        hub.word().believe(" ")
    hub.word().believe("wang")
    hub.turn()
    assert targets(hub.parts, "E1")[OPS] == "absent" and not hub.guard.state.held
    assert hub.outcomes() == ["held", "believed", "believed"] and "actor" in hub.entries()[1]


def test_when_it_steps_back_everybody_is_looked_at_again(hub):
    hub.leap(YEAR)
    hub.word().believe("wang")
    hub.turn()
    assert targets(hub.parts, "E1")[OPS] == "absent", "locked out by a wrong word"
    hub.leap(-YEAR)
    assert hub.guard.state.held, "nobody knows which is right"
    hub.word().believe("li")
    hub.turn()
    assert {targets(hub.parts, number)[OPS] for number in ("E1", "E2")} == {"present"}


def test_a_word_of_before_holds_for_no_other_leap(hub):
    hub.leap(YEAR)
    hub.word().believe("wang")
    hub.leap(YEAR)  # before the hub has heard
    assert hub.guard.state.held and targets(hub.parts, "E1")[OPS] == "present"


def test_other_systems_say_that_it_is_right_unless_one_says_otherwise(hub):
    hub.leap(YEAR)
    hub.peers.heard("iam", [hub.machine.at])
    hub.turn()
    assert hub.guard.state.held, "others are given time to say otherwise"
    hub.peers.heard("lms", [hub.machine.at - YEAR])
    hub.machine.advance(SOON)
    hub.turn()
    assert hub.guard.state.held, "they do not agree: a person decides"
    hub.peers.heard("lms", [hub.machine.at])
    hub.turn()
    assert not hub.guard.state.held and hub.entries()[-1]["connector"] == "iam"


def test_what_was_said_before_the_leap_says_nothing_of_it(hub):
    hub.peers.heard("iam", [hub.machine.at])
    hub.machine.advance(SOON)
    hub.leap(YEAR)
    hub.machine.advance(SOON)
    hub.turn()
    assert hub.guard.state.held


def test_other_systems_are_asked_and_one_that_is_away_says_nothing(tmp_path):
    asked = []

    def away():
        asked.append("away")
        raise UnavailableError("peer.unreachable", "nobody there")

    def odd():
        asked.append("odd")
        raise OverflowError("Python int too large to convert to C long")

    with site(tmp_path / "hub", ask=[away, odd, lambda: asked.append("iam")]) as hub:
        hub.turn()
        assert asked == []
        hub.leap(YEAR)
        hub.turn()
        assert asked == ["away", "odd", "iam"] and hub.guard.state.held


def test_whoever_watches_hears_before_each_question_that_it_goes_on(tmp_path):
    heard = []
    with site(tmp_path / "hub", ask=[lambda: heard.append("iam"), lambda: heard.append("gate")]) as hub:
        hub.machine.at += YEAR
        hub.watch.turn(lambda: heard.append("goes on"))
        assert heard == ["goes on", "iam", "goes on", "gate"]


def test_a_system_that_says_otherwise_is_an_alarm_once(hub):
    for _ in range(3):
        hub.peers.heard("iam", [hub.machine.at - timedelta(minutes=5)])
        hub.turn()
    (alarm,) = open_alarms(hub.parts.database)
    assert (alarm.code, alarm.about["connector"], alarm.times) == (DIFFERS, "iam", 1)
    assert targets(hub.parts, "E1")[OPS] == "present" and not hub.guard.state.held
