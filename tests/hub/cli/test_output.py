"""What a person reads of an entry: one line, the site's time, no digest at full length, nothing that says nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.cli.output import entry_line, short, table

ZONE = ZoneInfo("Asia/Shanghai")
DECIDED = {
    "v": 1,
    "id": "d-1",
    "ts": "2026-03-01T16:30:00.123456Z",
    "kind": "decided",
    "person": "36ab867d20b56fa4de9ff54a32fe8ae5",
    "after": "none",
    "holds": [{"cause": "entry", "reason": "hours_short"}, {"cause": "licence", "reason": "credential_missing"}],
    "evidence": ["a", "b"],
    "rules": "ab" * 32,
    "standing": {"bytes": 3080, "commit": "cd" * 32},
    "triggers": [],
}


def test_an_entry_is_one_line_in_the_site_s_time():
    line = entry_line(14, DECIDED, ZONE)
    assert line == (
        "     14 2026-03-02T00:30:00.123+08:00 decided     person=36ab867d20b56fa4de9ff54a32fe8ae5 after=none"
        " holds=entry:hours_short,licence:credential_missing rules=abababababab… triggers=-"
    )


def test_counts_are_told_by_their_names_and_a_list_without_brackets():
    assert short({"applied": 2, "held": 1}) == "applied:2,held:1"
    assert short(["dc-ops", "dc-assist"]) == "dc-ops,dc-assist"
    assert short({"id": "people/roster_csv", "sha256": "0" * 64}) == "id:people/roster_csv,sha256:000000000000…"


def test_a_table_shows_instants_in_the_site_s_zone_and_a_dash_for_nothing():
    rows = [{"name": "lms", "at": datetime(2026, 3, 1, 16, 30, tzinfo=UTC)}, {"name": "iam", "at": None}]
    assert table(rows, ("name", "at"), ZONE).splitlines() == [
        "name  at",
        "lms   2026-03-02T00:30:00+08:00",
        "iam   -",
    ]
