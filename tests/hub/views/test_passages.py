"""How far a transmission came, on one line: arrived, read, decided, sent, confirmed, or where it stopped."""

import json
from zoneinfo import ZoneInfo

import pytest

import mappings
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.intake.facts import Origin
from hub.views.passage_text import tell_passage
from hub.views.passages import Passages
from mappings.cases import read_case
from schemas.transmission import Transmission
from tests.conftest import HandClock
from tests.hub.intake.test_words import E1, NOW, Hub
from tests.journeys.commands import run

ZONE = ZoneInfo("Asia/Shanghai")
PAYLOAD = {"bytes": 1, "commit": "ab" * 32, "ct_sha256": "cd" * 32}


@pytest.fixture
def hub(tmp_path):
    """A hub in which one person was imported."""
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre", demo=True)
    clock = HandClock(NOW)
    with Assembly(read_folder(home), clock, deciding=True) as parts:
        made = Hub(parts, clock)
        made.people({**E1, "leave_from": ""})
        yield made


def looked_at(hub):
    return Passages(hub.parts.trail, hub.parts.history, hub.parts.database)


def lines(passages, language="en", names=lambda token: "E1"):
    return [tell_passage(each, names, language, ZONE).split("  ", 1)[1] for each in passages]


def arrived(hub, number, **counts):
    about = {"connector": "terminals", "peer": "SN-1", "transmission": f"{number:032x}", "payload": PAYLOAD}
    hub.parts.writer.call(lambda tx: tx.log("received", **about, counts=counts))


def decided(hub, person, after, trigger):
    about = {"person": person, "position": "dc-operations", "after": after, "holds": [], "triggers": [trigger]}
    hub.parts.writer.call(lambda tx: tx.log("decided", **about))


def test_what_arrived_was_decided_and_is_only_observed_says_so_and_with_which_command_to_go_on(hub):
    found = next(each for each in lines(looked_at(hub).last(20)) if "dc-operations" in each)
    assert found.startswith("roster/people.csv → arrived: applied ")
    assert "→ E1 dc-operations: none →" in found
    assert found.endswith("stopped: observe mode, not sent; licet plan")
    found = next(each for each in lines(looked_at(hub).last(20), "zh") if "dc-operations" in each)
    assert "收到：已采用" in found and "不得上岗" in found and "停在此处：观察模式，未发送；licet plan" in found


def test_each_way_in_which_one_stops_names_why_and_what_to_do(hub):
    arrived(hub, 1, held=2)
    arrived(hub, 2, applied=1)
    hub.parts.writer.call(lambda tx: tx.log("refused", connector="terminals", peer="SN-9", code="device.pending"))
    hub.parts.writer.call(lambda tx: tx.log("alarm", connector="roster", code="roster.shrunk"))
    about = {"connector": "terminals", "peer": "SN-1", "transmission": f"{3:032x}", "payload": PAYLOAD}
    hub.parts.writer.call(lambda tx: tx.log("quarantined", **about, counts={"quarantined": 1}, code="time.invalid"))
    held, applied, refused, alarm, unread = lines(looked_at(hub).last(5))
    assert held.startswith("terminals/SN-1 → arrived: held 2 → stopped: 2 wait: nobody is known by their identifier")
    assert held.endswith("; licet people unresolved")
    assert applied == "terminals/SN-1 → arrived: applied 1 → no scope changed so far"
    assert refused.startswith(
        "terminals/SN-9 → refused → stopped: device waits for approval [device.pending]; approve it"
    )
    assert refused.endswith("licet devices approve SN-9"), "the serial, and the command with it"
    assert "licet people accept --by NAME" in alarm
    assert unread.endswith("1 could not be read: not a date or instant [time.invalid]; licet quarantine list")


def test_who_follows_hears_of_what_is_new_and_of_what_has_come_further_and_of_nothing_twice(hub):
    passages = looked_at(hub)
    passages.last(20)
    assert passages.further() == []
    arrived(hub, 1, applied=1)
    [first] = passages.further()
    assert first.id == f"{1:032x}" and not first.decided
    person = hub.parts.directory.named("E1")
    hub.parts.writer.call(
        lambda tx: tx.log(
            "decided", person=person, position="dc-operations", after="full", holds=[], triggers=[f"{1:032x}"]
        )
    )
    [again] = passages.further()
    assert again is first and again.people == [person]
    assert "E1 dc-operations: full" in lines([again])[0]
    hub.parts.writer.call(lambda tx: tx.log("duplicate", connector="terminals", transmission=f"{1:032x}", count=2))
    assert "came 3 times" in lines(passages.further())[0]
    assert passages.further() == []


def test_a_decision_that_no_transmission_led_to_says_what_did(hub):
    person = hub.parts.directory.named("E1")
    decided(hub, person, "none", "date")
    assert lines(looked_at(hub).last(1))[0].startswith("a date has passed → E1 dc-operations: none")
    assert lines(looked_at(hub).last(1), "zh")[0].startswith("日期届满 → E1 dc-operations：不得上岗")


def test_the_last_are_found_though_many_entries_of_another_kind_stand_behind_them(hub):
    arrived(hub, 7, applied=1)
    for _ in range(1100):
        hub.parts.writer.submit(lambda tx: tx.log("heartbeat", boot="ab" * 16))
    hub.parts.writer.call(lambda tx: None)
    assert looked_at(hub).last(1)[0].id == f"{7:032x}"


def test_why_items_were_ignored_is_told(hub):
    name = "attendance/zkteco_push"
    case = read_case(name, mappings.SHIPPED / f"{name}.cases" / "attlog_pid.json").transmission
    about = {"form": case.form, "peer": "SN-1", "path": "/x", "context": case.context}
    wire = Transmission("terminals", NOW, case.media_type, case.body, **about)
    document = hub.parts.mappings.of("terminals")
    origin = Origin("terminals", "terminals", "each")
    prepared = hub.parts.preparer.prepare(wire, document.read(wire), origin, document)
    hub.parts.writer.call(lambda tx: hub.parts.keeper.keep((prepared,), tx))
    [passage] = looked_at(hub).last(1)
    assert dict(passage.ignored) == {"denied": 2}
    assert "ignored 2 (denied)" in lines([passage])[0]


def test_people_have_tokens_until_somebody_asks_for_names_which_leaves_an_entry(hub):
    home, person = str(hub.parts.folder.path), hub.parts.directory.named("E1")
    bare = run("tail", "-c", home, "--lang", "en").stdout
    assert person[:8] in bare and "张三" not in bare
    named = run("tail", "-c", home, "--lang", "zh", "--names", "--by", "wang").stdout
    assert "E1 张三" in named
    entries = [json.loads(each) for each in run("tail", "--entries", "--json", "-c", home).stdout.splitlines()]
    assert [each["person"] for each in entries if each["kind"] == "access"] == [person], "once, however many lines"
    found = [json.loads(each) for each in run("tail", "--json", "-c", home).stdout.splitlines()]
    assert {"seq", "transmission", "counts", "decided", "doors", "codes"} <= found[0].keys()
