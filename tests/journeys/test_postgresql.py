"""The same hub on PostgreSQL, as a process: a push closes a door, a kill loses nothing, the log verifies."""

import json
import signal
from datetime import UTC, datetime

from tests.contract.scim_server import running
from tests.site import build, order, until


def test_a_push_closes_a_door_and_a_kill_loses_nothing(tmp_path, postgresql_url):
    with running() as scim:
        scim.add_user(userName="e0", externalId="E0")
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=2)
        settings = (site.home / "licet.toml").read_text(encoding="utf-8")
        settings = settings.replace("sqlite:///data/licet.db", "env:LICET_TEST_STORE")
        (site.home / "licet.toml").write_text(settings, encoding="utf-8")
        site.environment["LICET_TEST_STORE"] = postgresql_url
        site.start()
        until(lambda: _applied(site, "roster") == 2, "the roster is in")
        for name in ("iam", "post"):
            assert site.command("enforce", name, "--by", "A", "--by", "B").returncode == 0

        def push(status: str, sequence: int) -> int:
            at = datetime.now(UTC)
            return site.authority().push(order(0, status, sequence), now=at, id=f"e-{sequence}")[0]

        assert push("active", 1) == 202
        until(lambda: len(scim.members_of("room")) == 1, "the door is open")
        site.end(signal.SIGKILL)
        site.start()
        assert push("revoked", 2) == 202
        until(lambda: scim.members_of("room") == [], "the door is closed")
        until(lambda: site.get("/api/v1/people/E0")["targets"][0]["state"] == "confirmed", "it was seen closed")
        assert all(each["balanced"] for each in site.get("/api/v1/connectors"))
        site.end()
        verified = site.command("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def _applied(site, connector: str) -> int:
    rows = json.loads(site.command("connectors", "--json").stdout or "[]")
    return next((each["balance"]["applied"] for each in rows if each["name"] == connector), 0)
