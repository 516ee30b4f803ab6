"""What still hinders enforcement is told with the command that ends it; and a plan is told in words."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from hub.views.hindrances import Hindrance
from hub.views.plan import PlannedChange, Reason
from hub.views.plan_text import PlanText
from tests.journeys.commands import licet
from tests.site import build

NOW = datetime.now(UTC)


@pytest.fixture
def site(tmp_path):
    made = build(tmp_path / "hub")
    with made.parts():
        pass
    return made


def hindered(site, name="post"):
    with site.parts() as parts:
        return parts.hindrances.of(name, NOW, NOW)


def changed(site, text, *values):
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store, store:
        store.execute(text, values)


def ahead(**time):
    return int((NOW + timedelta(**time)).timestamp() * 1e6)


CAUSES = {
    "a sink in observe": (lambda s: None, "licet enforce iam --by A --by B"),
    "frozen": (
        lambda s: changed(s, "INSERT INTO modes (scope, name, frozen_until) VALUES ('all', 'all', ?)", ahead(hours=1)),
        "licet unfreeze all --by NAME",
    ),
    "halted": (
        lambda s: changed(s, "INSERT INTO halts VALUES ('iam', 'room', 'sink.harm', 0)"),
        "licet resume iam room --by NAME",
    ),
    "restored": (lambda s: changed(s, "UPDATE hub SET restored_at = 1"), "licet release"),
    "not reviewed": (lambda s: changed(s, "INSERT INTO due VALUES ('p', 0, 'x', 0, 0)"), "licet doctor"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_told_with_the_command_that_ends_it(site, cause):
    make, command = CAUSES[cause]
    make(site)
    found = {each.command: each for each in hindered(site)}
    assert command in found
    words = found[command].words
    assert words.zh != str(words) and any("\u4e00" <= each <= "\u9fff" for each in words.zh)


def test_a_sink_is_hindered_by_its_posts_and_nothing_hinders_once_both_are_enforced(site):
    assert [each.command for each in hindered(site, "iam")] == ["licet enforce post --by A --by B"]
    site.enforce()
    with site.parts() as parts:
        assert parts.hindrances.of("iam", datetime.now(UTC), NOW) == []
        assert parts.hindrances.of("post", datetime.now(UTC), NOW) == []


def test_enforcing_says_what_hinders_it_for_people_and_for_programs(site):
    both = ("--by", "wang", "--by", "li")
    done = licet(site, "enforce", "post", *both, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "what still hinders it:\n  - sink iam is in observe" in done.stdout and "→ licet enforce iam" in done.stdout
    known = json.loads(licet(site, "enforce", "iam", *both, "--json").stdout)
    assert known["hindrances"] == [] and known["enforced_from"].endswith("Z")
    assert known["changes"][0]["sink"] == "iam" and known["changes"][0]["away"] is None


def test_a_change_is_told_by_the_names_that_people_use(site):
    change = PlannedChange(
        "E1", "张三", "iam", "room", "absent", "present", "observe",
        (Reason("post", "none", (("licence", "credential_expired"), ("blocked", "blocked"))),),
    )  # fmt: skip
    with site.parts() as parts:
        positions = parts.folder.positions
    zh, en = (list(PlanText(positions, language).lines([change], "iam")) for language in ("zh", "en"))
    assert zh == [
        "关闭  E1 张三  iam/room  岗位：不得上岗（证书：已到期、人力资源限制）",
        "iam：共 1 项：关闭 1 项（1 人），开通 0 项",
    ]
    assert en == [
        "close  E1 张三  iam/room  Post: none (Licence: expired, blocked by HR)",
        "iam: 1 changes: 1 close (of 1 people), 0 open",
    ]
    assert list(PlanText(positions, "zh").hindered([])) == ["没有妨碍执行的情况"]
    assert isinstance(hindered(site)[0], Hindrance)
