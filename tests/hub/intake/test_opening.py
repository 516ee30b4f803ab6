"""Opening balances: what they bring in can be taken away again."""

import pytest

from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings, status

HEADER = "employee_no,kind,what,from,until,number,hours,required_hours\n"


def test_an_authority_s_credential_without_its_number_is_refused_for_nobody_could_revoke_it(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        row = "E1,credential,high-voltage-electrician,2024-01-01,2027-01-01,"
        preview = parts.opening.preview(f"{HEADER}{row},,\n".encode(), parts.clock.now())
        assert [(each.code, each.where) for each in preview.faults] == [("schema.missing", "line 2 number")]
        with pytest.raises(ConfigError):
            parts.opening.keep(preview, ["HR"])
        named = parts.opening.preview(f"{HEADER}{row}high-E1,,\n".encode(), parts.clock.now())
        assert parts.opening.keep(named, ["HR"]).counts == {"applied": 1}
        send(parts, status("E1", "high", "revoked", 5), clock)
        assert standings(parts, "E1")[0][1] != "full"


def test_a_credential_of_our_own_needs_no_number(tmp_path):
    with opened(tmp_path / "hub", HandClock(NOW)) as parts:
        own = next(n for each in parts.folder.positions.values() for n, rule in each.credential.items() if rule.own)
        preview = parts.opening.preview(f"{HEADER}E1,credential,{own},2026-01-01,,,,\n".encode(), parts.clock.now())
        assert preview.faults == () and preview.records == {"credential_status": 1}
