"""An officer at HR finds what waits, sees whom it concerns, decides it with a second person, and why says so."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.commands import licet, one_line, told
from tests.site import build, until, write_roster

SESSION = "S-2026-09"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A hub with a session that was over two hours ago, of which its terminal has said nothing."""
    site = build(tmp_path_factory.mktemp("hr") / "hub")
    now = datetime.now(UTC).replace(microsecond=0)
    row = {"session": SESSION, "course": "dc-safety", "room": "A", "devices": "SN-A"}
    row |= {"starts_at": (now - timedelta(hours=4)).isoformat(), "ends_at": (now - timedelta(hours=2)).isoformat()}
    write_roster(site.home, range(3), [{**row, "employee_no": f"E{n}"} for n in range(3)])
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM case_members")[0][0] == 3, "everybody of the class waits in a case")
    yield site
    site.end()


def decide(site, case, verdict, *more):
    letter = site.home / "letter.txt"
    letter.write_text("the terminal was broken; the trainer's list", encoding="utf-8")
    return licet(
        site, "cases", "decide", case, verdict, "--reason", "broken terminal", "--evidence", str(letter), *more
    )


def test_from_the_list_to_the_decision_and_back_to_why(site):
    (case,) = told(site, "cases", "list")
    assert (case["matter"], case["concerned"], case["state"]) == ("source_behind", 3, "open")
    short = case["id"][:8]
    for lang, words in (("zh", "数据来源滞后"), ("en", "a source is behind")):
        listed = licet(site, "cases", "list", "--lang", lang).stdout
        shown = licet(site, "cases", "show", short, "--lang", lang).stdout
        assert short in listed and words in listed and words in shown
        assert case["due_on"] in listed and case["due_on"] in shown, "the last day, not the midnight after it"
        assert all(f"E{n}" in shown for n in range(3)) and "credited" in shown
    assert case["id"] in json.dumps(told(site, "why", "E0"))
    seats = told(site, "sessions", "show", SESSION)["seats"]
    assert [(each["person"], each["status"], each["open"]) for each in seats] == [
        (f"E{n}", "unknown", 120) for n in range(3)
    ]
    for language, words in (("zh", "数据来源滞后"), ("en", "a source is behind")):
        assert words in licet(site, "sessions", "show", SESSION, "--lang", language).stdout

    one_line(decide(site, short, "credited", "--by", "wang", "--lang", "en"), "whole class")
    one_line(decide(site, short, "credit", "--by", "wang", "--by", "li", "--lang", "en"), "did you mean 'credited'")
    one_line(decide(site, "nothing", "credited", "--by", "wang", "--by", "li", "--lang", "en"), "no case")
    one_line(decide(site, short, "credited", "--by", "人0", "--by", "li", "--lang", "en"), "themselves")
    one_line(licet(site, "sessions", "show", "S-2026-9", "--lang", "en"), f"did you mean '{SESSION}'")

    done = decide(site, short, "credited", "--by", "wang", "--by", "li", "--lang", "en")
    assert done.returncode == 0 and "decided" in done.stdout, done
    assert told(site, "cases", "list") == []
    assert told(site, "cases", "show", short)["outcome"] == "credited"
    seats = told(site, "sessions", "show", SESSION)["seats"]
    assert {(each["status"], each["minutes"], each["decided"]) for each in seats} == {("complete", 120, "credited")}
    assert told(site, "why", "E0")["cases"] == []
    said = site.entries("corrected")
    assert len(said) == 3 and site.who(said[0]["actor"]) == ["wang", "li"]
    assert site.enclosed(said[0], "reason") == b"broken terminal"
    assert site.balanced()


def test_hr_credits_hours_and_takes_somebody_out(site):
    letter = site.home / "list.txt"
    letter.write_text("the list", encoding="utf-8")
    basis = ("--reason", "held at a supplier's", "--evidence", str(letter), "--by", "wang")
    day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    done = licet(site, "people", "credit", "E1", "dc-safety", "--hours", "2", "--on", day, *basis, "--lang", "en")
    assert done.returncode == 0 and "applied" in done.stdout, done
    one_line(
        licet(site, "people", "credit", "E1", "dc-safety", "--hours", "5", "--on", day, *basis, "--lang", "en"),
        "4 hours",
    )
    one_line(
        licet(site, "people", "credit", "E11", "dc-safety", "--hours", "2", "--on", day, *basis, "--lang", "en"),
        "did you mean",
    )
    one_line(licet(site, "people", "withdraw", "E1", SESSION, *basis, "--lang", "en"), "the session is over")
    assert licet(site, "people", "withdraw", "E1", SESSION, *basis, "--by", "li").returncode == 0
    persons = [each["person"] for each in told(site, "sessions", "show", SESSION)["seats"]]
    until(lambda: "E1" not in [e["person"] for e in told(site, "sessions", "show", SESSION)["seats"]], "E1 is out")
    assert "E0" in persons
    assert licet(site, "people", "enrol", "E1", SESSION, *basis).returncode == 0
    assert "E1" in [each["person"] for each in told(site, "sessions", "show", SESSION)["seats"]]


def test_two_people_sign_a_list_and_nobody_signs_their_own_row(site):
    rows, scan = site.home / "present.csv", site.home / "scan.txt"
    rows.write_text("employee_no,from,to\nE0,,\nE2,,\n", encoding="utf-8")
    scan.write_text("the list as it was signed", encoding="utf-8")
    sign = ("sessions", "sign", SESSION, "--rows", str(rows), "--evidence", str(scan))
    first = licet(site, *sign, "--by", "E2", "--lang", "en")
    assert first.returncode == 0 and "applied" in first.stdout and "nobody signs their own row" in first.stderr, first
    second = licet(site, *sign, "--by", "zhao", "--lang", "en")
    assert second.returncode == 0 and "applied 2" in second.stdout, second
    rows.write_text("number\nE0\n", encoding="utf-8")
    one_line(
        licet(site, *sign, "--by", "zhao", "--lang", "en"),
        "present.csv:1: a header without employee_no (工号)",
        "which has number",
    )


def test_hr_blocks_lifts_enters_and_reopens(site):
    letter = site.home / "letter.txt"
    letter.write_text("the issuer's letter", encoding="utf-8")
    basis = ("--reason", "as the letter says", "--evidence", str(letter))
    blocked = licet(
        site, "people", "block", "E0", "post", "--review", "2099-01-01", *basis, "--by", "wang", "--lang", "en"
    )
    assert blocked.returncode == 0 and "applied" in blocked.stdout, blocked
    until(lambda: "blocked" in json.dumps(told(site, "why", "E0")), "why tells of the block")
    one_line(licet(site, "people", "lift", "E0", "post", *basis, "--by", "wang", "--lang", "en"), "another person")
    assert licet(site, "people", "lift", "E0", "post", *basis, "--by", "li").returncode == 0
    until(lambda: '"blocked"' not in json.dumps(told(site, "why", "E0")), "the block is lifted")
    over = licet(
        site, "people", "override", "E0", "post", "full", "--until", "2099-01-01", *basis, "--by", "a", "--lang", "en"
    )
    one_line(over, "at most 7 days")
    number = ("E0", "licence", "T-1")
    entered = licet(
        site, "credential", "enter", *number, "--until", "2099-01-01", *basis, "--by", "wang", "--lang", "en"
    )
    assert entered.returncode == 0 and "applied" in entered.stdout, entered
    one_line(
        licet(site, "credential", "reopen", *number, *basis, "--by", "wang", "--lang", "en"), "two different people"
    )
    one_line(
        licet(site, "credential", "renew", "E0", "post", "x", *basis, "--by", "wang", "--lang", "en"),
        "found no credential",
    )
