"""A view as people read it: their language, the site's zone with offset, and nothing left out."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.rules.posts.standing import Standing
from hub.rules.values import Cure, Hold, Verdict
from hub.views.person import PersonView, PositionView, TargetView
from hub.views.text import tell
from schemas.errors import ConfigError
from schemas.position import Bilingual

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
STANDING = Standing(
    "post",
    "none",
    holds=(Hold("licence", "full", "credential_expired", Cure("续期后解除。", "Have it renewed.", "issuer")),),
    verdicts=(Verdict("licence", "not_met", None, (("ended", AT.isoformat()), ("hours", "2.6/3"))),),
)
TARGET = TargetView(
    "iam", "room", "absent", False, ("post",), "enforce", 3, "confirmed", "d-1", AT, "absent", AT.replace(hour=17)
)
CALLED = {"licence": Bilingual(zh="许可证", en="Licence")}
VIEW = PersonView(
    "E1", "张三", (PositionView(Bilingual(zh="岗位", en="Post"), STANDING, "d-1", AT, named=CALLED),), (TARGET,)
)


def test_an_instant_is_shown_as_the_site_s_clocks_show_it_with_the_offset():
    text = tell(replace(VIEW, next_look=AT), "en", ZONE)
    assert "ended 2026-03-02T00:30:00+08:00, hours 2.6/3" in text
    assert "decision d-1  2026-03-02T00:30:00+08:00" in text
    assert "closed 2026-03-02T01:30:00+08:00" in text and text.endswith("next look: 2026-03-02T00:30:00+08:00")
    assert "+00:00" not in text and "16:30" not in text


@pytest.mark.parametrize(
    ("language", "words", "others"),
    [
        (
            "zh",
            [
                "岗位（post）：不得上岗",
                "未达标",
                "许可证 [licence]  期满 ",
                "，学时 2.6/3",
                "-> 正式上岗",
                "解除条件：续期后解除。",
                "关闭  已核实",
            ],
            ["renewed", "Post", "Licence", "hours", "ended"],
        ),
        (
            "en",
            ["Post (post): none", "not met", "cure: Have it renewed.", "closed  confirmed"],
            ["续期", "岗位", "许可证"],
        ),
    ],
)
def test_it_is_all_in_one_language(language, words, others):
    text = tell(VIEW, language, ZONE)
    assert all(word in text for word in words), text
    assert not any(word in text for word in others), text


def test_what_was_not_carried_out_is_not_said_to_be_confirmed():
    text = tell(replace(VIEW, targets=(replace(TARGET, mode="observe"),)), "en", ZONE)
    assert "observe: not carried out" in text and "confirmed" not in text


@pytest.mark.parametrize(("language", "because"), [("zh", "无法回读"), ("en", "cannot be read back")])
def test_what_is_accepted_at_most_says_why(language, because):
    accepted = replace(TARGET, state="accepted", observed=None, observed_at=None, code="sink.no-read-back")
    text = tell(replace(VIEW, targets=(accepted,)), language, ZONE)
    assert because in text


def test_a_person_whose_review_failed_is_marked_first():
    assert tell(replace(VIEW, stuck=True), "en", ZONE).splitlines()[1].startswith("note: a rule failed")


def test_who_holds_no_position_is_told_so():
    assert tell(PersonView("E1", "张三", ()), "zh", ZONE) == "E1  张三\n没有特殊岗位"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("how", ["behind", "stuck"])
def test_who_is_not_reviewed_yet_is_not_said_to_hold_no_position(language, how):
    nobody = PersonView("E1", "张三", ())
    nothing = tell(nobody, language, ZONE).splitlines()[1]
    said = tell(replace(nobody, **{how: True}), language, ZONE).splitlines()
    assert nothing not in said and said[1].startswith(("注意：", "note: "))


def test_a_position_that_the_person_does_not_hold_is_a_mistake_that_names_those_held():
    assert VIEW.only("post") == VIEW
    with pytest.raises(ConfigError, match="found position 'pilot', expected one of post"):
        VIEW.only("pilot")
    with pytest.raises(ConfigError, match="holds no position"):
        PersonView("E1", "张三", ()).only("post")


def test_for_programs_a_view_of_now_has_targets_and_one_of_the_past_its_decisions():
    now, past = VIEW.json(), replace(VIEW, at=AT).json()
    own = {"person", "name", "positions", "attended"}
    assert set(now) == own | {"targets", "notices", "next_look", "stuck", "behind", "cases"}
    assert set(past) == own | {"at", "decisions"}
    assert past["at"] == "2026-03-01T16:30:00+00:00"
    [position], [target] = now["positions"], now["targets"]
    assert position["name"] == {"zh": "岗位", "en": "Post"} and position["decided_at"] == "2026-03-01T16:30:00+00:00"
    assert position["verdicts"][0]["figures"][1] == ["hours", "2.6/3"]
    assert target["positions"] == ["post"] and target["observed_at"] == "2026-03-01T17:30:00+00:00"
