"""What was set aside unread is one alarm for each connector and reason, however much comes, until nothing waits."""

from datetime import timedelta
from itertools import count

import pytest

from hub.alarms.aside import WAITING
from hub.alarms.desk import AlarmDesk, open_alarms
from hub.alarms.letter import letter
from hub.identity.operators import Operators
from hub.intake.facts import Origin
from schemas.transmission import Fault, Transmission
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened
from tests.hub.doors import entries_of

_NTH = count()


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, database_url, clock):
    with opened(tmp_path / "hub", clock, database_url) as made:
        yield made


def comes(parts, clock, connector="authority", code="json.syntax", times=1, **more):
    """Messages that nobody can read, a second apart."""
    for _ in range(times):
        clock.at += timedelta(seconds=1)
        wire = Transmission(connector, clock.now(), "application/json", b'{"n": %d' % next(_NTH), path="/in", **more)
        prepared = parts.preparer.prepare(wire, (Fault(code, "", "", "an event"),), Origin(connector, connector, "all"))
        parts.writer.call(lambda tx, it=prepared: parts.keeper.keep((it,), tx))


def told(parts):
    """The open alarms once the hub has looked, and looked again."""
    parts.set_aside.turn()
    parts.set_aside.turn()
    alarms = [each for each in open_alarms(parts.database) if each.code == WAITING]
    return sorted((each.about["connector"], each.about["fault"], each.times) for each in alarms)


def test_one_alarm_for_each_sender_and_reason_says_how_much_waits_and_a_flood_is_no_more(parts, clock):
    assert told(parts) == []
    comes(parts, clock)
    comes(parts, clock, code="table.unknown")
    comes(parts, clock, "other")
    assert told(parts) == [
        ("authority", "json.syntax", 1),
        ("authority", "table.unknown", 1),
        ("other", "json.syntax", 1),
    ]
    comes(parts, clock, times=50)
    assert ("authority", "json.syntax", 51) in told(parts) and len(told(parts)) == 3
    assert len(entries_of(parts, "alarm")) == 3, "the log is not flooded either"


def test_it_ends_by_itself_once_nothing_waits_and_comes_anew_with_the_next(parts, clock):
    comes(parts, clock, times=2)
    assert told(parts) == [("authority", "json.syntax", 2)]
    first, second = parts.quarantine.waiting()
    parts.quarantine.discard(first.id, "a test of theirs", "HR")
    assert told(parts) == [("authority", "json.syntax", 1)]
    parts.quarantine.discard(second.id, "a test of theirs", "HR")
    assert told(parts) == []
    comes(parts, clock)
    assert [each[:2] for each in told(parts)] == [("authority", "json.syntax")]


def test_a_mended_message_that_takes_the_place_of_one_ends_it(parts, clock):
    comes(parts, clock, id="push-1")
    assert len(told(parts)) == 1
    wire = Transmission("authority", clock.now(), "application/json", b"{}", id="push-1", path="/in")
    prepared = parts.preparer.prepare(wire, (), Origin("authority", "authority", "all"))
    parts.writer.call(lambda tx: parts.keeper.keep((prepared,), tx))
    assert told(parts) == []


def test_who_has_looked_is_left_alone_until_something_newer_waits(parts, clock):
    comes(parts, clock, times=3)
    parts.set_aside.turn()
    (alarm,) = open_alarms(parts.database)
    AlarmDesk(parts.database, parts.writer, Operators(parts.directory, "account")).acknowledge(alarm.id, "wang")
    [entry] = entries_of(parts, "acknowledged")
    assert (entry["connector"], entry["fault"]) == ("authority", "json.syntax")
    assert told(parts) == [], "they wait on, and somebody knows"
    comes(parts, clock)
    assert told(parts) == [("authority", "json.syntax", 4)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("连接器 authority", "问题 JSON 语法错误", "licet quarantine list")),
        ("en", ("connector authority", "found ")),
    ],
)
def test_the_mail_names_the_sender_and_what_is_wrong(parts, clock, language, words):
    comes(parts, clock)
    parts.set_aside.turn()
    text = letter(open_alarms(parts.database), "licet", language, ZONE, more=False).text
    assert all(each in text for each in words), text
