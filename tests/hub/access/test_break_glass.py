"""Doors that two people open beside the rules: for one person, one target, some hours, on record, closed by itself."""

from datetime import timedelta

import pytest

from hub.access.enforcement import Enforcement
from hub.store.tables import overrides as sql
from schemas.errors import ConfigError
from tests.hub.decision.test_law import NOW, know, qualified, roster, send, status
from tests.hub.doors import delivering, enforced, entries, look, row, until

OPS = ("id-E1", "dc-ops")
TWO = ["Chen", "Wang"]
HOUR = timedelta(hours=1)


@pytest.fixture
def hub(tmp_path):
    """E1 has the post, and nothing of what it takes."""
    with delivering(tmp_path / "hub") as (parts, door, clock):
        send(parts, roster("E1"), clock)
        enforced(parts)
        yield parts, door, clock


def open_it(parts, number="E1", target="dc-ops", sink="iam", lasts=HOUR, reason="水浸,机房抢修", actors=TWO):
    return parts.break_glass.open(number, sink, target, lasts=lasts, reason=reason, actors=actors)


def pass_time(parts, clock, span):
    clock.advance(span)
    parts.deadlines.work_off()


def is_open(door):
    return OPS in door.inside


def seen(parts, wanted):
    found = row(parts, "E1", "dc-ops")
    return (found["wanted"], found["state"]) == (wanted, "confirmed")


def test_it_opens_at_once_and_closes_at_its_end_by_itself(hub):
    parts, door, clock = hub
    made = open_it(parts)
    until(lambda: is_open(door) and seen(parts, "present"), "it is open")
    assert [(each.id, each.person, each.ends_at) for each in parts.break_glass.all()] == [(made.id, "E1", NOW + HOUR)]
    pass_time(parts, clock, HOUR - timedelta(seconds=1))
    assert is_open(door)
    pass_time(parts, clock, timedelta(seconds=1))
    until(lambda: not is_open(door) and seen(parts, "absent"), "it is closed")
    assert parts.break_glass.all() == [] and not rows(parts)


def rows(parts):
    with parts.database.reading() as store:
        return store.all(sql.overrides, {})


def test_it_is_on_record_with_both_names_and_the_reason_and_somebody_hears(hub):
    parts, door, clock = hub
    made = open_it(parts)
    until(lambda: is_open(door), "it is open")
    pass_time(parts, clock, HOUR)
    opened, ended = entries(parts, "override", "dc-ops")
    assert (opened["outcome"], ended["outcome"]) == ("opened", "ended") and len(opened["actor"]) == 2
    with parts.database.reading() as store:
        assert parts.enclosures.content(made.id, "reason", store) == "水浸,机房抢修".encode()
    assert [each["code"] for each in entries(parts, "alarm", "dc-ops")] == ["access.break-glass"]


def test_one_person_can_end_it_before_its_time(hub):
    parts, door, _clock = hub
    made = open_it(parts)
    until(lambda: is_open(door), "it is open")
    with pytest.raises(ConfigError, match="--by"):
        parts.break_glass.end(made.id, [])
    parts.break_glass.end(made.id, ["Chen"])
    until(lambda: not is_open(door) and seen(parts, "absent"), "it is closed")
    with pytest.raises(ConfigError, match="found no opening"):
        parts.break_glass.end(made.id, ["Chen"])


def test_a_withdrawal_during_it_closes_nothing_before_its_end(hub):
    parts, door, clock = hub
    for message in qualified("E1")[1:]:
        send(parts, message, clock)
    until(lambda: is_open(door), "the rules open it")
    open_it(parts)
    send(parts, status("E1", "high", "revoked", 5), clock)
    assert row(parts, "E1", "dc-ops")["wanted"] == "present"
    pass_time(parts, clock, HOUR)
    until(lambda: not is_open(door) and seen(parts, "absent"), "it is closed")


def test_what_the_rules_open_by_then_stays_open(hub):
    parts, door, clock = hub
    open_it(parts)
    until(lambda: is_open(door), "it is open")
    for message in qualified("E1")[1:]:
        send(parts, message, clock)
    pass_time(parts, clock, HOUR)
    assert is_open(door) and row(parts, "E1", "dc-ops")["wanted"] == "present"


def test_it_closes_what_no_post_of_the_person_names_too(hub):
    parts, door, clock = hub
    open_it(parts, target="machine-room")
    until(lambda: ("id-E1", "machine-room") in door.inside, "it is open")
    pass_time(parts, clock, HOUR)
    until(lambda: ("id-E1", "machine-room") not in door.inside, "it is closed")
    look(parts)
    assert row(parts, "E1", "machine-room")["wanted"] == "absent"


def test_a_freeze_meanwhile_keeps_nothing_open_beyond_its_end(hub):
    parts, door, clock = hub
    open_it(parts)
    until(lambda: is_open(door), "it is open")
    Enforcement(parts.folder.positions, parts.sinks, parts.writer, parts.operators, parts.enclosures).freeze(
        "iam", NOW + 9 * HOUR, "audit", ["Chen"]
    )
    pass_time(parts, clock, HOUR)
    until(lambda: not is_open(door), "it is closed")


def test_a_rule_that_fails_keeps_nothing_open_beyond_its_end(hub):
    parts, door, clock = hub
    open_it(parts)
    until(lambda: is_open(door), "it is open")
    broken = parts.folder.positions["dc-operations"].model_copy(update={"ladder": ()})
    know(parts, broken.model_copy(update={"ladder": (None,)}))
    pass_time(parts, clock, HOUR)
    until(lambda: not is_open(door), "it is closed")
    assert [each["outcome"] for each in entries(parts, "override", "dc-ops")] == ["opened", "ended"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"actors": ["Chen"]}, "two different people"),
        ({"actors": ["Chen", " Chen "]}, "two different people"),
        ({"actors": ["Chen", "ｃＨen"]}, "two different people"),
        ({"reason": " "}, "a reason"),
        ({"lasts": timedelta(hours=4, seconds=1)}, "at most 4:00:00"),
        ({"lasts": timedelta(0)}, "more than nothing"),
        ({"target": "mail"}, "a target of a position"),
        ({"sink": "hr"}, "a target of a position"),
        ({"number": "E9"}, "expected the employee number of somebody on the roster"),
        ({"actors": ["Chen", "e1"]}, "to oneself"),
        ({"actors": ["Chen", "张三"]}, "to oneself"),
    ],
)
def test_what_may_not_be_is_refused_and_opens_nothing(hub, wrong, said):
    parts, door, _clock = hub
    with pytest.raises(ConfigError, match=said):
        open_it(parts, **wrong)
    assert not rows(parts) and not door.inside and not entries(parts, "override", "dc-ops")


def test_a_sink_on_which_the_hub_does_not_act_is_for_people(tmp_path):
    with delivering(tmp_path / "hub") as (parts, _door, clock):
        send(parts, roster("E1"), clock)
        with pytest.raises(ConfigError, match="observed, frozen or restored"):
            open_it(parts)
