"""What changes of training is told to a partner within seconds, whatever that does, until its receipt has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from connectors.credential.qualification_system import SPEC, Settings
from connectors.simulators.qualification_system import QualificationSystem, qualification_system
from hub.assembly import Assembly
from hub.config.instances import Instance
from hub.store.tables import alarms, log
from hub.store.tables import partners as sql
from hub.views.status import connectors
from hub.workers import Loop
from mappings import load
from schemas.errors import ConfigError, PayloadError
from tests.hub.decision.test_law import NOW, opened, plan, punches, roster, send_together, study, voided
from tests.hub.doors import LiveClock, enforced
from tests.hub.doors import until as until_

VENDORS = Path("tests/mappings/vendors")
CAME = [roster("E1"), plan("E1"), *punches("E1", "08:55", "10:00", "10:05", "12:01")]
STUDIED = [
    study("E1", clock, said) for clock, said in (("20:00", "opened"), ("20:10", "point"), ("20:30", "completed"))
]
SAFETY, ONLINE = ("E1", "dc-safety"), ("E1", "dc-ops-online")


def until(what, sentence: str) -> None:
    until_(what, sentence, 60)


@pytest.fixture
def system() -> Iterator[QualificationSystem]:
    with qualification_system() as started:
        yield started


def instance(url: str, kind: str = "json", identifiers: str = "", **more: object) -> Instance:
    tell = {"path": "/figures", "body": "told", "content_type": f"application/{kind}"}
    made = {"base_url": url, "allow_private_address": True, "tell": tell, "deadline_seconds": 5, **more}
    settings = Settings.model_validate(made)
    return Instance("personnel", SPEC, settings, identifiers, timedelta(seconds=60), f"credential/personnel_{kind}")


@contextmanager
def hub(
    path: Path, system: QualificationSystem, url: str = "", *, starts: bool = True, **more: object
) -> Iterator[tuple[Assembly, LiveClock]]:
    clock = LiveClock(NOW)
    made = instance(system.url, **more)  # type: ignore[arg-type]
    own = path / "hub" / "mappings" / "credential"
    own.mkdir(parents=True)
    (own / f"{made.reads.partition('/')[2]}.json").write_bytes(load(made.reads, VENDORS).text)
    with opened(path / "hub", clock, url, instances={"personnel": made}) as parts:
        if starts:
            enforced(parts)
        with turning(parts):
            yield parts, clock


@contextmanager
def turning(parts: Assembly) -> Iterator[None]:
    [desk] = parts.partner_desks
    desk.recover()
    loop = Loop("partners", desk.turn, 0.05, parts.activators.partners)
    loop.start()
    try:
        yield
    finally:
        loop.stop()
        assert loop.join(20) and desk.stop(20)


def say(parts: Assembly, clock: LiveClock, *messages: object) -> None:
    """All in one commit."""
    send_together(parts, messages, clock)  # type: ignore[arg-type]


def states(parts: Assembly) -> list[tuple[str, int, str]]:
    with parts.database.reading() as session:
        rows = session.all(sql.words_listed, {"connector": "", "state": "", "limit": 100})
    return sorted((row.course, row.sequence, row.state) for row in rows)


def entries(parts: Assembly, kind: str) -> list[dict]:
    with parts.database.reading() as session:
        found = session.all(log.entries_after, {"seq": 0, "limit": 1000})
    return [entry for row in found if (entry := orjson.loads(row.body))["kind"] == kind]


def open_codes(parts: Assembly) -> list[str]:
    with parts.database.reading() as session:
        return sorted(row.code for row in session.all(alarms.open_alarms, {}) if row.code.startswith(("p", "s")))


def all_confirmed(parts: Assembly) -> bool:
    return bool(states(parts)) and all(state == "confirmed" for _course, _sequence, state in states(parts))


def test_q19_hours_name_and_rate_leave_as_they_change_and_are_confirmed(tmp_path, system, database_url):
    with hub(tmp_path, system, database_url) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "the session is told")
        assert system.figures() == {SAFETY: ("3.00", "3.00", "1.0000")}
        say(parts, clock, *STUDIED)
        until(lambda: ONLINE in system.figures() and all_confirmed(parts), "so is the study")
        assert [entry["outcome"] for entry in entries(parts, "figures")].count("confirmed") >= 2
        [word] = [each for each in system.words if each["training"] == "dc-safety"]
        assert (word["name"], word["from"]) == (parts.folder.courses["dc-safety"].name.zh, "2026-01-01")


def test_the_same_in_xml(tmp_path, system):
    with hub(tmp_path, system, kind="xml") as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "told")
        assert system.figures() == {SAFETY: ("3.00", "3.00", "1.0000")}


def test_what_changes_nothing_is_not_told_again_and_what_is_taken_back_is(tmp_path, system, database_url):
    with hub(tmp_path, system, database_url) as (parts, clock):
        say(parts, clock, *CAME, *STUDIED)
        until(lambda: ONLINE in system.figures() and all_confirmed(parts), "told")
        before = len(system.words)
        say(parts, clock, *CAME, *STUDIED, ("roster", roster("E1", "2026-01-02T00:00")[1]))
        assert all_confirmed(parts) and len(system.words) == before
        taken_back = [voided(each.statement) for _source, [each] in STUDIED]
        say(parts, clock, *taken_back)
        until(lambda: all_confirmed(parts) and system.figures()[ONLINE] == ("0.00", "0.00", ""), "taken back")


def test_nobody_hears_of_who_holds_no_enforced_post(tmp_path, system):
    with hub(tmp_path, system, starts=False) as (parts, clock):
        say(parts, clock, *CAME)
        assert states(parts) == [] and system.asked == 0
        enforced(parts)
        until(lambda: all_confirmed(parts), "told from then on")


def test_only_what_is_listed_leaves_and_under_its_name_there(tmp_path, system):
    with hub(tmp_path, system, courses={"dc-ops-online": "T-9"}) as (parts, clock):
        say(parts, clock, *CAME, *STUDIED)
        until(lambda: all_confirmed(parts), "told")
        assert {word["training"] for word in system.words} == {"T-9"}


@pytest.mark.parametrize("wrong", ["lost", "other", "bare", "code", "busy", "away"])
def test_whatever_it_answers_instead_of_a_receipt_the_same_word_comes_again(tmp_path, system, wrong):
    system.wrongs = [wrong, wrong]
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "confirmed at last")
        assert system.asked == 3 and len({word["eventId"] for word in system.words}) == 1
        assert system.figures() == {SAFETY: ("3.00", "3.00", "1.0000")}


def test_a_word_that_was_overtaken_on_its_way_is_not_the_last(tmp_path, system):
    system.wrongs, system.slow_seconds = ["slow"], 1.0
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME[:-1])
        until(lambda: system.words, "on its way")
        say(parts, clock, CAME[-1])
        until(lambda: states(parts) == [("dc-safety", 2, "confirmed")], "the later one is confirmed")
        assert system.figures() == {SAFETY: ("3.00", "3.00", "1.0000")}


def test_a_refusal_is_one_alarm_and_waits_for_a_person(tmp_path, system):
    system.wrongs = ["refused"] * 2
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME, *STUDIED)
        until(lambda: [each[2] for each in states(parts)] == ["failed", "failed"], "both are refused")
        assert open_codes(parts) == ["partner.refused"]
        assert parts.partner_words.retry("personnel") >= 1
        until(lambda: all_confirmed(parts), "confirmed")


@pytest.mark.parametrize(
    ("wrong", "code"), [("login", "peer.auth"), ("missing", "peer.missing"), ("gone", "peer.gone")]
)
def test_a_partner_that_does_not_let_us_in_or_is_not_there_loses_nothing_and_is_one_alarm(
    tmp_path, system, wrong, code
):
    system.wrongs = [wrong] * 4
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME, *STUDIED)
        until(lambda: len(states(parts)) == 2 and all_confirmed(parts), "confirmed once it lets us in")
        assert code in open_codes(parts) and "partner.refused" not in open_codes(parts)


def test_who_has_no_identifier_there_waits_for_one_and_somebody_hears(tmp_path, system):
    with hub(tmp_path, system, identifiers="personnel") as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: "partner.no-person" in open_codes(parts), "an alarm")
        parts.linking.link("personnel", "P-7", "E1", by="hr")
        until(lambda: all_confirmed(parts), "told by it")
        assert [word["employeeNo"] for word in system.words] == ["P-7"]


def test_a_receipt_that_does_not_come_is_an_alarm_that_ends_once_it_has(tmp_path, system, database_url):
    system.wrongs = ["bare"] * 1000
    with hub(tmp_path, system, database_url) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: system.words, "told")
        parts.late_partners.turn()
        assert open_codes(parts) == []
        clock.advance(timedelta(minutes=6))
        parts.late_partners.turn()
        parts.late_partners.turn()
        assert open_codes(parts) == ["partner.late"]
        [row] = connectors(parts.database, {"personnel": "x"})
        assert row.backlog == 1 and row.waiting_since is not None
        system.wrongs = []
        until(lambda: all_confirmed(parts), "confirmed")
        parts.late_partners.turn()
        assert open_codes(parts) == []
        assert connectors(parts.database, {"personnel": "x"})[0].backlog == 0


def test_what_was_under_way_when_the_hub_ended_is_told_again(tmp_path, system, database_url):
    with hub(tmp_path, system, database_url) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "told")
        [word] = parts.partner_words.listed("")
        sent = {"of": word.key.partition("/")[0], "owner": "decider/gone", "now": 0, "until": 1 << 60, "tries": 1}
        parts.writer.call(lambda tx: tx.session.run(sql.send_word, sent))
        [desk] = parts.partner_desks
        desk.recover()
        until(lambda: all_confirmed(parts), "told again")
        assert [each["eventId"] for each in system.words] == [word.key] * 2


def test_from_a_date_on_it_is_told_again_each_word_under_its_own_key(tmp_path, system, database_url):
    with hub(tmp_path, system, database_url) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "told")
        clock.advance(timedelta(days=1))
        say(parts, clock, *STUDIED)
        until(lambda: len(states(parts)) == 2 and all_confirmed(parts), "told")
        system.held.clear()
        system.words.clear()
        actor = parts.operators.one("hr")
        assert parts.partner_words.replay("personnel", NOW + timedelta(hours=1), actor) == 1
        until(lambda: all_confirmed(parts) and system.words, "the later one again")
        assert {word["training"] for word in system.words} == {"dc-ops-online"}
        assert parts.partner_words.replay("personnel", NOW, actor) == 2
        until(lambda: all_confirmed(parts) and len(system.held) == 2, "both again")
        replayed = [entry for entry in entries(parts, "figures") if entry["outcome"] == "replayed"]
        assert [entry["count"] for entry in replayed] == [1, 2]
        with pytest.raises(ConfigError):
            parts.partner_words.replay("personel", NOW, actor)


def test_a_scheduler_has_it_told_again_once_a_key(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "told")
        asked = {"kind": "replay", "partner": "personnel", "window": {"from": NOW.isoformat()}, "key": "again-1"}
        job, begins = parts.jobs.ask(asked)
        assert begins and not parts.jobs.ask(asked)[1]
        parts.job_runner.turn()
        until(lambda: parts.jobs.one(job.id).state == "succeeded", "done")
        assert parts.jobs.one(job.id).counts == {"words": 1}
        until(lambda: len(system.words) == 2 and all_confirmed(parts), "told again")
        for wrong in ({"partner": "x"}, {"window": {}}, {"window": {"from": "2099-01-01T00:00:00Z"}}):
            with pytest.raises(PayloadError):
                parts.jobs.ask({**asked, **wrong, "key": "again-2"})
        with pytest.raises(PayloadError):
            parts.jobs.ask({name: asked[name] for name in ("kind", "partner", "key")})


def test_no_entry_names_anybody(tmp_path, system):
    with hub(tmp_path, system) as (parts, clock):
        say(parts, clock, *CAME)
        until(lambda: all_confirmed(parts), "told")
        parts.call_record.turn()
        for kind in ("figures", "call"):
            assert entries(parts, kind) and "E1" not in str(entries(parts, kind))
