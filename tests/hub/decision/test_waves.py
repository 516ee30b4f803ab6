"""A wave of closings that the hub derived waits for a person, whole; what issuers say is never held."""

from datetime import timedelta

import pytest

from hub.cases.desk import Ruling
from hub.decision.calendar_watch import look_at_all
from hub.intake.basis import Basis
from hub.store.tables import alarms
from hub.store.tables import cases as sql
from hub.views.text import tell
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.decision.test_law import (
    NOW,
    ZONE,
    know,
    opened,
    qualified,
    send,
    send_together,
    status,
    t,
    targets,
    voided,
)
from tests.hub.doors import enforced

PEOPLE = ("E1", "E2", "E3", "E4", "E5")
TWO = Basis("the exam system withdrew the wrong results", b"a letter", ("王芳", "李强"))
OPEN, CLOSED = "present", "absent"


@pytest.fixture
def observed(tmp_path):
    """Five people in full scope of a post; everything is observed."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in PEOPLE:
            send_together(parts, qualified(number), clock)
        yield parts, clock


@pytest.fixture
def hub(observed):
    """The same, enforced."""
    enforced(observed[0])
    return observed


def lost(parts, clock, *numbers, minutes=1):
    """The results that credentials rest on are withdrawn by their source, one after the other."""
    for number in numbers:
        clock.advance(timedelta(minutes=minutes))
        send(parts, voided(f"{number}-exam-2026-01-12"), clock)
        parts.deadlines.work_off()


def doors(parts):
    return [targets(parts, number)["dc-ops"] for number in PEOPLE]


def waiting(parts):
    with parts.database.reading() as session:
        return [each for each in session.all(sql.cases_in, {"states": '["open"]', "limit": 99}) if _is_wave(each)]


def _is_wave(case):
    return case.matter == "closing_wave"


def alarmed(parts):
    with parts.database.reading() as session:
        return [each.times for each in session.all(alarms.open_alarms, {}) if each.code == "guard.wave"]


def decide(parts, clock, ruling, basis=TWO):
    [case] = waiting(parts)
    clock.advance(timedelta(minutes=1))
    return parts.case_desk.decide(case.id, ruling, basis, clock.now())


def test_121_three_pass_and_a_fourth_makes_all_four_wait(hub):
    parts, clock = hub
    lost(parts, clock, "E1", "E2", "E3")
    assert (doors(parts), waiting(parts), alarmed(parts)) == ([CLOSED] * 3 + [OPEN] * 2, [], [])
    lost(parts, clock, "E4")
    assert doors(parts) == [OPEN] * 5
    [case] = waiting(parts)
    assert parts.cases.one(case.id).concerned == 4
    assert parts.cases.one(case.id).place["position"] == "dc-operations"
    assert alarmed(parts) == [1]


def test_121_slowly_they_are_no_wave(hub):
    parts, clock = hub
    lost(parts, clock, "E1", "E2", "E3", "E4", minutes=4)
    assert (doors(parts), waiting(parts)) == ([CLOSED] * 4 + [OPEN], [])


def test_a_rules_file_that_takes_a_target_away_from_a_scope_makes_a_wave_though_nobody_falls(hub):
    parts, clock = hub
    post = parts.folder.rulebook.current("dc-operations", clock.now())
    scopes = {scope: tuple(each for each in of if each != "dc-ops") for scope, of in post.targets["iam"].items()}
    know(parts, post.model_copy(update={"targets": {**post.targets, "iam": scopes}}))
    clock.advance(timedelta(minutes=1))
    parts.writer.call(lambda tx: look_at_all("rules", tx))
    parts.deadlines.work_off()
    assert (doors(parts), alarmed(parts)) == ([OPEN] * 5, [1])
    [case] = waiting(parts)
    assert parts.cases.one(case.id).concerned == 5
    assert parts.cases.one(case.id).place == {"position": "dc-operations", "cause": "targets"}
    decide(parts, clock, Ruling("released"))
    parts.deadlines.work_off()
    assert doors(parts) == [CLOSED] * 5


def test_a_wave_within_one_commit_waits_too(hub):
    parts, clock = hub
    send_together(parts, [voided(f"{number}-exam-2026-01-12") for number in PEOPLE], clock)
    parts.deadlines.work_off()
    assert doors(parts) == [OPEN] * 5
    assert parts.cases.one(waiting(parts)[0].id).concerned == 5
    assert alarmed(parts) == [1]


def test_who_joins_later_within_ten_minutes_waits_with_the_others(hub):
    parts, clock = hub
    lost(parts, clock, "E1", "E2", "E3", "E4")
    lost(parts, clock, "E5", minutes=7)
    assert doors(parts) == [OPEN] * 5
    assert parts.cases.one(waiting(parts)[0].id).concerned == 5


def shown(parts, number, language="en"):
    """The line about the door of a person in a wave, and how programs hear it."""
    view = parts.why.person(number)
    [told] = [each for each in tell(view, language, ZONE).splitlines() if "iam/dc-ops" in each]
    [target] = [each for each in view.json()["targets"] if each["target"] == "dc-ops"]
    return told, {name: target[name] for name in ("kept_by", "kept_until", "kept_decides", "kept_case")}


@pytest.mark.parametrize(("language", "who"), [("en", "HR decides"), ("zh", "由人力资源决定")])
def test_why_says_that_a_wave_keeps_a_door_open_and_who_decides(hub, language, who):
    parts, clock = hub
    lost(parts, clock, "E1", "E2", "E3", "E4")
    [case] = waiting(parts)
    told, members = shown(parts, "E4", language)
    assert who in told and case.id[:8] in told
    assert members == {"kept_by": "wave", "kept_until": None, "kept_decides": "hr", "kept_case": case.id}
    assert shown(parts, "E5", language)[1]["kept_by"] is None


def test_why_says_until_when_two_people_keep_a_door_open(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    decide(parts, clock, Ruling("refused", until=t("2026-02-04T09:00")))
    told, members = shown(parts, "E1")
    assert "two people keep it open until 2026-02-04T09:00" in told
    assert (members["kept_by"], members["kept_until"]) == ("refused", "2026-02-04T01:00:00+00:00")


def test_a_wave_that_is_released_closes(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    decided = decide(parts, clock, Ruling("released"))
    assert (doors(parts), decided.outcome) == ([CLOSED] * 4 + [OPEN], "released")
    parts.deadlines.work_off()
    assert (doors(parts), waiting(parts)) == ([CLOSED] * 4 + [OPEN], [])


def test_one_of_a_wave_can_be_let_go_on_alone(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    decide(parts, clock, Ruling("released", persons=["E2"]), Basis("known to be right", b"a letter", ("王芳",)))
    assert doors(parts) == [OPEN, CLOSED, OPEN, OPEN, OPEN]
    assert waiting(parts) != []


def test_a_wave_that_is_refused_stays_open_until_the_end_that_was_said_and_closes_then(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    decide(parts, clock, Ruling("refused", until=t("2026-02-04T09:00")))
    parts.deadlines.work_off()
    assert (doors(parts), waiting(parts)) == ([OPEN] * 5, [])
    clock.advance(t("2026-02-04T09:00") - clock.now())
    parts.deadlines.work_off()
    assert doors(parts) == [CLOSED] * 4 + [OPEN]


def test_refusing_takes_two_people_and_an_end_within_a_week(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    with pytest.raises(ConfigError, match="two different people"):
        decide(parts, clock, Ruling("refused", persons=["E1"]), Basis("why", b"a letter", ("王芳",)))
    with pytest.raises(ConfigError, match="--until"):
        decide(parts, clock, Ruling("refused", until=t("2026-02-20T00:00")))
    assert doors(parts) == [OPEN] * 5


def test_an_issuer_s_word_about_somebody_in_a_wave_closes_at_once(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    send(parts, status("E1", "high", "revoked", 9), clock)
    assert doors(parts) == [CLOSED] + [OPEN] * 4


def test_what_issuers_close_is_no_wave_however_many(hub):
    parts, clock = hub
    send_together(parts, [status(number, "high", "revoked", 9) for number in PEOPLE], clock)
    assert (doors(parts), waiting(parts)) == ([CLOSED] * 5, [])


def test_what_comes_back_leaves_the_wave(hub):
    parts, clock = hub
    lost(parts, clock, *PEOPLE[:4])
    again = qualified("E1")[11][1][0].model_copy(update={"statement": "again"})
    send(parts, ("lms", [again]), clock)
    parts.deadlines.work_off()
    assert targets(parts, "E1")["dc-ops"] == OPEN
    assert parts.cases.one(waiting(parts)[0].id).concerned == 3


def test_a_post_in_observe_has_no_waves(observed):
    parts, clock = observed
    lost(parts, clock, *PEOPLE)
    assert (doors(parts), waiting(parts), alarmed(parts)) == ([CLOSED] * 5, [], [])
