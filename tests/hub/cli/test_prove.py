"""``licet rules prove``: what holds for everybody, and one person's story where it does not."""

import json

import pytest

from tests.journeys.commands import run

pytest.importorskip("z3", reason="the extra licet[prove] is not installed")

POST = """
id = "post"
name = {{ zh = "岗位", en = "Post" }}
risk = "medium"
[requirement.briefing]
kind = "exam"
exam = "briefing"
at_least_score = {score}
[credential.licence]
issuer = "authority"
[[ladder]]
scope = "full"
needs = ["licence", "briefing"]
[targets.iam]
full = ["room"]
"""


@pytest.fixture
def draft(tmp_path):
    (tmp_path / "draft.toml").write_text(POST.format(score=60), "utf-8")
    (tmp_path / "held.toml").write_text(POST.format(score=80), "utf-8")
    return tmp_path / "draft.toml"


def test_a_file_by_itself_is_proved(draft):
    done = run("rules", "prove", str(draft), "--lang", "en")
    assert (done.returncode, done.stdout) == (0, "proved: nobody stands when no credential is in force (post)\n")


def test_whom_a_draft_admits_newly_is_one_persons_story(draft):
    done = run("rules", "prove", str(draft), str(draft.with_name("held.toml")), "--json")
    told = {each["question"]: each for each in json.loads(done.stdout)}
    assert done.returncode == 1
    assert [told[each]["answer"] for each in ("nobody_new", "nobody_less")] == ["refuted", "proved"]
    assert told["nobody_new"]["scopes"] == ["full", "none"]
    assert any("score 60" in line["en"] for line in told["nobody_new"]["story"])
    chinese = run("rules", "prove", str(draft), str(draft.with_name("held.toml")), "--lang", "zh").stdout
    assert "不成立：草案不放行新的人（post）" in chinese and "60 分" in chinese and "=> 正式上岗 / 不得上岗" in chinese


def test_two_files_that_say_the_same_are_equivalent(draft):
    assert run("rules", "prove", str(draft), str(draft)).returncode == 0


def test_another_post_or_no_position_is_refused(draft):
    other = draft.with_name("other.toml")
    other.write_text(POST.format(score=60).replace('id = "post"', 'id = "another"'), "utf-8")
    done = run("rules", "prove", str(draft), str(other))
    assert done.returncode != 0 and "found position 'another', expected 'post'" in done.stderr
    assert run("rules", "prove", str(draft.with_name("none.toml"))).returncode != 0
