"""Positions that were edited: their holders are looked at again, and what a post opens no more is closed."""

from datetime import UTC, datetime

from tests.contract.scim_server import running
from tests.site import build, order, until

EXAM = """
[requirement.exam]
kind = "exam"
name = {{ zh = "考核", en = "Exam" }}
exam = "exam-1"
"""


def test_a_post_that_demands_more_closes_to_who_does_not_have_it(tmp_path):
    with running() as scim:
        user = scim.add_user(userName="e0", externalId="E0")
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=1)
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 1, "E0 was looked at")
        site.enforce()
        assert site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="r-1")[0] == 202
        until(lambda: scim.members_of("room") == [user], "the door is open")
        site.end()
        post = site.home / "positions" / "post.toml"
        text = post.read_text(encoding="utf-8").replace('needs = ["licence"]', 'needs = ["licence", "exam"]')
        post.write_text(text.replace("[[ladder]]", EXAM.format() + "[[ladder]]"), encoding="utf-8")
        site.start()
        assert scim.members_of("room") == [user], "the rules of before judge"
        assert site.command("rules", "activate", "--losing", "1", "--by", "wang").returncode == 0
        until(lambda: scim.members_of("room") == [], "the door is closed")
        decisions = len(site.entries("decided"))
        site.end()
        site.start()
        site.end()
        assert len(site.entries("decided")) == decisions, "the same rules decide nothing anew"


def test_a_group_that_a_post_opens_no_more_is_closed(tmp_path):
    with running() as scim:
        user = scim.add_user(userName="e0", externalId="E0")
        for group in ("room", "cage"):
            scim.add_group(group)
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=1, groups=("room", "cage"))
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 1, "E0 was looked at")
        site.enforce()
        assert site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="r-1")[0] == 202
        until(lambda: scim.members_of("cage") == [user], "both doors are open")
        site.end()
        post = site.home / "positions" / "post.toml"
        post.write_text(post.read_text(encoding="utf-8").replace(', "cage"', ""), encoding="utf-8")
        refused = site.command("rules", "activate", "--by", "wang", "--lang", "en")
        assert refused.returncode != 0 and "- iam/cage" in refused.stderr and "--losing 1" in refused.stderr
        assert site.command("rules", "activate", "--losing", "1", "--by", "wang").returncode == 0
        site.start()
        until(lambda: scim.members_of("cage") == [], "the cage is closed")
        assert scim.members_of("room") == [user]
        site.end()
