"""Somebody hears: an alarm stands on the list until a person has looked, and that of a door until it is closed."""

import json
from datetime import timedelta
from typing import NamedTuple

import pytest

from hub.alarms.desk import AlarmDesk, open_alarms
from hub.alarms.watch import LATE, LateRevocations
from hub.identity.operators import Operators
from hub.store.statement import Query
from hub.store.tables import alarms as sql
from schemas.errors import ConfigError, UnavailableError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import delivering, enforced, entries, row, until
from tests.journeys.commands import licet
from tests.ports import free_port
from tests.site import build

MINUTE = timedelta(seconds=60)


@pytest.fixture
def parts(tmp_path):
    with opened(tmp_path / "hub", HandClock(NOW)) as made:
        yield made


def desk(parts) -> AlarmDesk:
    return AlarmDesk(parts.database, parts.writer, Operators(parts.directory, "account"))


def raise_(parts, code, **about) -> None:
    parts.writer.call(lambda tx: tx.log("alarm", code=code, **about))


def test_every_alarm_that_is_entered_stands_on_the_list_once_a_cause(parts):
    raise_(parts, "review.stuck", person="a" * 32)
    raise_(parts, "review.stuck", person="a" * 32)
    raise_(parts, "review.stuck", person="b" * 32)
    raise_(parts, "log.tamper")
    found = [(each.code, dict(each.about), each.times) for each in open_alarms(parts.database)]
    assert sorted(found, key=str) == [
        ("log.tamper", {}, 1),
        ("review.stuck", {"person": "a" * 32}, 2),
        ("review.stuck", {"person": "b" * 32}, 1),
    ]


def test_an_alarm_whose_commit_failed_is_on_no_list(parts):
    def unit(tx):
        tx.log("alarm", code="log.tamper")
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        parts.writer.call(unit)
    assert open_alarms(parts.database) == []


def test_an_alarm_stays_until_somebody_by_name_has_looked_and_comes_anew_when_it_happens_again(parts):
    raise_(parts, "hub.loop")
    (alarm,) = open_alarms(parts.database)
    for id_, by in ((alarm.id, " "), ("no such id", "wang")):
        with pytest.raises(ConfigError):
            desk(parts).acknowledge(id_, by)
    assert [each.state for each in open_alarms(parts.database)] == ["raised"]
    assert desk(parts).acknowledge(alarm.id, "wang") == "ended"
    assert open_alarms(parts.database) == []
    with pytest.raises(ConfigError):
        desk(parts).acknowledge(alarm.id, "wang")
    raise_(parts, "hub.loop")
    (again,) = open_alarms(parts.database)
    assert (again.state, again.times) == ("raised", 2) and again.id != alarm.id


def test_each_alarm_says_in_both_languages_what_it_means_and_what_to_do(parts):
    raise_(parts, "sink.unconfirmed", connector="iam", person="a" * 32, target="room")
    (alarm,) = open_alarms(parts.database)
    told = alarm.json()
    words = [told[f"{what}_{language}"] for what in ("meaning", "remedy") for language in ("zh", "en")]
    assert all(words) and len(set(words)) == 4
    assert told["about"] == {"connector": "iam", "person": "a" * 32, "target": "room"}


def test_a_revocation_that_is_not_seen_carried_out_is_an_alarm_until_looked_at_and_closed(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is open")
        door.fail = away
        send(parts, status("E1", "high", "revoked", 5), clock)
        watch = LateRevocations(parts.database, parts.writer, clock, MINUTE)
        clock.at += timedelta(seconds=59)
        watch.turn()
        assert open_alarms(parts.database) == []
        clock.at += timedelta(seconds=2)
        watch.turn()
        watch.turn()
        (alarm,) = [each for each in open_alarms(parts.database) if each.about["target"] == "dc-ops"]
        assert (alarm.code, alarm.times) == (LATE, 1), "it is said once"
        (entered,) = [each for each in entries(parts, "alarm", "dc-ops") if each["code"] == LATE]
        assert entered["epoch"] == row(parts, "E1", "dc-ops")["epoch"]
        assert desk(parts).acknowledge(alarm.id, "wang") == "acknowledged"
        watch.turn()
        assert alarm.id in {each.id for each in open_alarms(parts.database)}, "the door is still open"
        door.fail = lambda _change: None
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "the door is closed")
        watch.turn()
        assert alarm.id not in {each.id for each in open_alarms(parts.database)}


def away(_change):
    raise UnavailableError("peer.unreachable", "nobody there")


def test_people_programs_and_scrapers_hear_of_the_same_alarm(tmp_path):
    site = build(tmp_path / "hub")
    settings = site.home / "licet.toml"
    written = settings.read_text(encoding="utf-8").replace("port = 8725", f"port = {free_port()}")
    settings.write_text(f'{written}\n[operators.wang]\nmail = "wang@ops.example"\n', encoding="utf-8")
    site.start()
    try:
        with site.parts() as parts:
            raise_(parts, "position.missing", person="c" * 32, position="post")
        (told,) = [each for each in site.get("/api/v1/alarms") if each["code"] == "position.missing"]
        assert 'licet_alarms{code="position.missing",state="raised"} 1.0' in site.metrics()
        listed = json.loads(licet(site, "alarms", "list", "--json").stdout)
        assert told in listed
        assert told["id"] in licet(site, "alarms", "list").stdout
        for language in ("zh", "en"):
            shown = licet(site, "alarms", "show", told["id"], "--lang", language).stdout
            unfolded = "".join(shown.split()).replace(f"-c{site.home}", "")
            assert told[f"remedy_{language}"].replace(" ", "") in unfolded
        assert licet(site, "alarms", "show", "nothing").returncode == 1
        until(lambda: "alarm.untold" in site.status("/readyz")[1], "it is said that nobody could be told")
        assert licet(site, "alarms", "ack", told["id"], "--by", "wang").returncode == 0
        assert site.status("/readyz")[0] == 200, "work goes on"
        assert "alarm.untold" in {each["code"] for each in site.get("/api/v1/alarms")}
        assert "licet_alarms_untold 0.0" not in site.metrics() and "licet_alarms_untold" in site.metrics()
        assert told["id"] not in {each["id"] for each in site.get("/api/v1/alarms")}
        (said,) = site.entries("acknowledged")
        assert said["code"] == "position.missing" and site.who(said["actor"]) == ["wang"]
    finally:
        site.end()


class Step(NamedTuple):
    """One step of how the store answers."""

    id: int
    parent: int
    unused: int
    detail: str


def test_looking_for_late_revocations_reads_no_door_that_is_as_it_must_be(parts):
    asked = {"code": LATE, "before": 1, "unreadable": "[]", "limit": 1}
    with parts.database.reading() as session:
        steps = session.all(Query(Step, f"EXPLAIN QUERY PLAN {sql.late_revocations.text}"), asked)
    (door,) = [step.detail for step in steps if " desired " in f"{step.detail} "]
    assert "desired_unconfirmed" in door and door.startswith("SEARCH")


def test_an_alarm_names_its_person_to_who_asks_for_names_and_that_is_entered(tmp_path):
    site = build(tmp_path / "hub")
    with site.parts() as parts:
        for message in qualified("E1"):
            send(parts, message, HandClock(NOW))
        person = parts.directory.named("E1")
        raise_(parts, "sink.unconfirmed", connector="iam", person=person, target="room")
    listed = licet(site, "alarms", "list", "--lang", "zh").stdout
    assert person not in listed and "E1" not in listed and f"连接器 iam，人员 {person[:8]}，权限 room" in listed
    assert site.entries("access") == []
    named = licet(site, "alarms", "list", "--names", "--by", "wang", "--lang", "zh").stdout
    assert "连接器 iam，人员 E1" in named and person[:8] not in named
    (entry,) = site.entries("access")
    assert entry["person"] == person and site.who(entry["actor"]) == ["wang"]
    (alarm,) = json.loads(licet(site, "alarms", "list", "--names", "--by", "wang", "--json").stdout)
    assert alarm["name"].startswith("E1") and alarm["about"]["person"] == person
    shown = licet(site, "alarms", "show", alarm["id"], "--names", "--by", "wang", "--lang", "en").stdout
    assert "connector iam, person E1" in shown and len(site.entries("access")) == 3
