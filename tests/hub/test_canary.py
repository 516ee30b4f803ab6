"""Planted names and numbers are found nowhere but sealed: not in any table, entry, log or file of the hub."""

from datetime import UTC, datetime

from tests.site import build, order, until


def test_nobody_is_named_in_the_store(tmp_path):
    site = build(tmp_path / "hub", people=2)
    roster = (site.home / "roster" / "people.csv").read_text(encoding="utf-8")
    planted = {"E1": "EMPNO-CANARY", "人1": "姓名金丝雀", "e1@": "mail.canary@", "l1": "lms-canary", "r1": "ref-canary"}
    for plain, canary in planted.items():
        roster = roster.replace(plain, canary)
    (site.home / "roster" / "people.csv").write_text(roster, encoding="utf-8")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 2, "the roster is in")
    site.handshake("SN-1")
    site.command("devices", "approve", "SN-1")
    until(
        lambda: (
            site.post("/iclock/cdata?SN=SN-1&table=ATTLOG", b"PINCANARY\t2026-03-01 09:00:00\t0\t15\nPIN2CANARY\tx\n")[
                0
            ]
            == 200
        ),
        "punches are taken",
    )
    site.authority().push(order(1, "active", 1, holder="ref-canary"), now=datetime.now(UTC), id="e1")
    site.end()
    stored = b"".join(path.read_bytes() for path in (site.home / "data").iterdir() if path.is_file())
    for canary in (*planted.values(), "PINCANARY", "PIN2CANARY"):
        for encoding in ("utf-8", "utf-16-le"):
            assert canary.encode(encoding) not in stored, canary


def test_nothing_of_a_body_that_was_refused_whole_stands_in_clear(tmp_path):
    site = build(tmp_path / "hub", people=1)
    site.start()
    bad = {**order(0, "active", 1), "holder": "Zhang San 110101199003074477"}
    assert site.authority().push(bad, now=datetime.now(UTC), id="x")[0] == 422
    site.end()
    (row,) = site.rows("SELECT * FROM quarantine")
    assert "110101199003074477" not in str(row)
