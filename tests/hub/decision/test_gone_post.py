"""A position file that is gone: its holders are named by token, nothing closes by that, and an issuer still closes."""

from datetime import UTC, datetime

from tests.contract.scim_server import running
from tests.site import build, order, until


def test_who_holds_a_post_without_a_file_is_named_stays_inside_and_is_closed_by_the_issuer(tmp_path):
    with running() as scim:
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(3)]
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        site.enforce()
        for n in (0, 1):
            told = site.authority().push(order(n, "active", 1), now=datetime.now(UTC), id=f"a-{n}")
            assert told[0] == 202
        until(lambda: set(scim.members_of("room")) == set(users[:2]), "two doors are open")
        held = "SELECT count(*) FROM desired WHERE wanted = 'present' AND state = 'confirmed'"
        until(lambda: site.rows(held)[0][0] == 2, "both are seen open")
        site.end()

        post = site.home / "positions" / "post.toml"
        text = post.read_text(encoding="utf-8").replace('id = "post"', 'id = "another"')
        post.write_text(text.replace("[targets.iam]\nfull", "[targets.iam]\nfull = []\n# full"), encoding="utf-8")
        site.start()
        holders = {person for (person,) in site.rows("SELECT person FROM standings WHERE scope = 'full'")}
        alarms = [each for each in site.entries("alarm") if each["code"] == "position.missing"]
        assert {each["person"] for each in alarms} == holders and len(alarms) == 2
        assert {each["position"] for each in alarms} == {"post"}
        starts = len(site.entries("start"))
        assert site.command("rules", "activate", "--losing", "2", "--by", "wang").returncode == 0
        until(lambda: len(site.entries("start")) > starts, "rules without the post judge")
        until(lambda: not site.rows("SELECT 1 FROM due WHERE because = 'rules'"), "everybody was looked at")
        assert set(scim.members_of("room")) == set(users[:2])

        told = site.authority().push(order(1, "revoked", 2), now=datetime.now(UTC), id="r-1")
        assert told[0] == 202
        until(lambda: scim.members_of("room") == [users[0]], "the issuer's word closes the door")
        until(lambda: site.rows(held)[0][0] == 1, "one is open")
        site.end()
        assert site.balanced() and site.command("audit", "verify").returncode == 0
