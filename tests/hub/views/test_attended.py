"""Minutes that count, those that do not and why, each reason as people say it; silence calls nobody absent."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from hub.cases.words import matter_word
from hub.rules.posts.cures import CURES
from hub.views.attended_text import SHOWN, tell_attended
from hub.views.reasons import HOLDS, REASONS, reason_word
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened, plan, punches, qualified, roster, send
from tests.journeys.commands import licet, told
from tests.site import build, until


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    clock = HandClock(NOW)
    with opened(tmp_path_factory.mktemp("attended") / "hub", clock) as made:
        for message in (*qualified("E1"), roster("E2"), plan("E2"), *punches("E2", "09:20", "10:00", "10:30", "11:40")):
            send(made, message, clock)
        yield made


def attended(parts, number):
    return parts.why.person(number).attended


def test_the_minutes_of_a_session_add_up_and_each_that_does_not_count_has_its_reason(parts):
    (session,) = attended(parts, "E2")
    assert (session.credited, session.required, session.open) == (110, 180, 70)
    assert session.uncounted == {"mid_leave": 30, "late": 20, "early_leave": 20}
    assert session.credited + sum(session.uncounted.values()) == session.required
    assert session.json()["name"] == {"zh": "数据中心安全操作", "en": "Data centre safety"}


def test_the_latest_comes_first_and_what_was_not_known_then_is_not_told(parts):
    assert [each.kind for each in attended(parts, "E1")] == ["study", "session"]
    assert parts.why.person_at("E1", NOW - timedelta(days=400)).attended == ()


def test_people_read_the_course_by_its_name_and_as_many_as_fit(parts):
    (session,) = attended(parts, "E2")
    zh, en = (tell_attended([session] * (SHOWN + 2), language, ZONE) for language in ("zh", "en"))
    assert "数据中心安全操作 [S1]" in zh and "暂未计入：中途离开 30 分钟、迟到 20 分钟" in zh and "另有 2 项" in zh
    assert "Data centre safety [S1]" in en and "away in between 30 min, late 20 min" in en and "2 earlier" in en


def reasons():
    """Every reason that the rules of attendance give, as they are written there."""
    for file in sorted(Path("hub/rules/attendance").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").lower().strip("_") == "noted":
                yield from (each.value for each in node.args if isinstance(each, ast.Constant))


def test_every_reason_has_a_word_in_both_languages():
    found = {*reasons(), "late", "early_leave", "mid_leave", "completed_too_fast", "source_behind", "clock_skew"}
    assert len(found) > 15
    for reason in found:
        assert reason in REASONS or matter_word(reason, "zh") != reason, reason
        assert reason_word(reason, "zh") != reason_word(reason, "en")


def test_every_hold_that_has_a_cure_has_a_word():
    assert HOLDS.keys() == CURES.keys() | {"parts_missing", "parts_unknown", "hours_owed"}


def test_who_was_not_looked_at_yet_is_told_apart_from_who_has_no_special_position(tmp_path):
    site = build(tmp_path / "hub", people=1)
    with site.parts():
        pass
    imported = licet(site, "people", "import")
    assert imported.returncode == 0, imported
    early = licet(site, "why", "E0").stdout
    assert "尚未复核" in early and "没有特殊岗位" not in early
    refused = licet(site, "why", "E0", "--position", "post")
    assert refused.returncode == 1 and "尚未复核" in refused.stderr
    site.start()
    until(lambda: told(site, "why", "E0")["positions"], "the person was looked at")
    later = licet(site, "why", "E0").stdout
    assert "尚未复核" not in later and "岗位（post）" in later and "培训与学习记录：无" in later
