"""What a learning platform says, from its request to the standing: object and result decide, and when it was said."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.connectors.learning.conformance import ROWS
from tests.journeys.commands import licet
from tests.site import Site, build, until, write_roster

POST = """
id = "post"
name = { zh = "岗位", en = "Post" }
risk = "medium"
[requirement.online]
kind = "course"
name = { zh = "在线课程", en = "Online course" }
course = "dc-ops-online"
[requirement.exam]
kind = "exam"
name = { zh = "考试", en = "Exam" }
exam = "final-quiz"
exam_needs = "none"
[credential.permit]
name = { zh = "上岗证", en = "Permit" }
issuer = "hub"
valid_for = "12 months"
grant = { needs = ["online", "exam"], over = "stint" }
checks = []
demands = []
[[ladder]]
scope = "full"
needs = ["permit"]
[targets.iam]
full = ["room"]
"""
VERBS = "http://adlnet.gov/expapi/verbs/"
HOME = "https://lms.example.cn"
COURSE = {"id": f"{HOME}/course/dc-ops-online", "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}
PAGE = {"id": f"{HOME}/course/dc-ops-online/page-3"}
QUIZ = {"id": f"{HOME}/course/final-quiz"}
IN_COURSE = {"contextActivities": {"parent": [COURSE]}}
PEOPLE = 14


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    built = build(tmp_path_factory.mktemp("learning") / "hub", people=PEOPLE)
    (built.home / "positions" / "post.toml").write_text(POST, encoding="utf-8")
    settings = (built.home / "licet.toml").read_text(encoding="utf-8")
    home = f'home_page = "{HOME}"\n'
    assert home in settings
    settings = settings.replace(home, home + 'zone = "Asia/Shanghai"\n')
    (built.home / "licet.toml").write_text(settings, encoding="utf-8")
    write_roster(built.home, range(PEOPLE))
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == PEOPLE, "the roster is in")
    yield built
    built.end()
    assert built.balanced() and built.command("audit", "verify").returncode == 0


def said(who: str, verb: str, what: dict[str, Any], at: datetime, **more: Any) -> dict[str, Any]:
    """One statement about a learner."""
    actor = {"account": {"homePage": more.pop("home", HOME), "name": who}}
    return {
        "id": str(uuid4()),
        "actor": actor,
        "verb": {"id": VERBS + verb},
        "object": what,
        "timestamp": at.isoformat(),
    } | more


def send(site: Site, *statements: Any) -> tuple[int, Any]:
    """What the platform hears of a batch."""
    account = b64encode(b"lms:" + (site.home / "keys" / "lms.password").read_bytes()).decode()
    headers = {"authorization": f"Basic {account}", "x-experience-api-version": "1.0.3"}
    body = json.dumps(statements[0] if len(statements) == 1 else statements).encode()
    status, answer = site.post("/xapi/statements", body, **headers, **{"content-type": "application/json"})
    return status, json.loads(answer)


def studied(who: str, minutes: int, end: datetime) -> list[dict[str, Any]]:
    """So many minutes of activity on pages of the course, up to an instant."""
    steps = range(minutes, -1, -5)
    return [said(who, "progressed", PAGE, end - timedelta(minutes=n), context=IN_COURSE) for n in steps]


def verdicts(site: Site, who: str) -> dict[str, tuple[str, str]]:
    """State and reason of each requirement, as ``why`` tells them."""
    answer = json.loads(licet(site, "why", who, "--json").stdout)
    found: dict[str, tuple[str, str]] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if "requirement" in value and "state" in value:
                found[value["requirement"]] = (value["state"], value["reason"])
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)

    collect(answer["positions"])
    return found


def looked(site: Site) -> None:
    """Wait until everybody of whom something came was looked at."""
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    until(lambda: site.rows(f"SELECT count(*) FROM due WHERE at <= {now}")[0][0] == 0, "nobody is left to look at")


def test_each_row_of_the_table_is_answered_as_the_protocol_says(site):
    wrong = [str(row) for row in ROWS if send(site, row.statement)[0] != (200 if row.valid else 400)]
    assert not wrong, wrong


def test_76_a_page_or_a_failed_quiz_completes_no_course(site):
    end = datetime.now(UTC) - timedelta(hours=2)
    page = said("l1", "completed", PAGE, end, context=IN_COURSE, result={"completion": True})
    quiz = said("l1", "completed", QUIZ, end, context=IN_COURSE, result={"completion": True, "success": False})
    assert send(site, *studied("l1", 60, end), page, quiz)[0] == 200
    looked(site)
    found = verdicts(site, "E1")
    assert found["online"] == ("not_met", "course_incomplete")
    assert found["exam"] == ("not_met", "exam_failed")


def test_144_the_exams_own_quiz_is_a_pass_whatever_the_verb_and_passed_without_success_is_a_fault(site):
    at = datetime.now(UTC) - timedelta(hours=1)
    assert send(site, said("l2", "completed", QUIZ, at, context=IN_COURSE, result={"success": True}))[0] == 200
    status, problem = send(site, said("l3", "passed", QUIZ, at, result={"success": False}))
    assert (status, problem["code"], problem["where"]) == (400, "meaning.itself", "/result/success")
    looked(site)
    assert verdicts(site, "E2")["exam"][0] == "met"
    assert verdicts(site, "E3")["exam"] == ("not_met", "exam_missing")


def test_q5_the_course_completed_after_study_is_met(site):
    end = datetime.now(UTC) - timedelta(hours=2)
    done = said("l4", "completed", COURSE, end, result={"completion": True})
    assert send(site, *studied("l4", 60, end), done)[0] == 200
    looked(site)
    assert verdicts(site, "E4")["online"][0] == "met"


@pytest.mark.parametrize(
    ("who", "result", "verdict"),
    [
        (5, {"completion": False}, ("not_met", "course_incomplete")),
        (6, {"success": False}, ("not_met", "course_incomplete")),
    ],
)
def test_the_course_that_its_result_takes_back_is_not_completed(site, who, result, verdict):
    end = datetime.now(UTC) - timedelta(hours=2)
    assert send(site, *studied(f"l{who}", 60, end), said(f"l{who}", "completed", COURSE, end, result=result))[0] == 200
    looked(site)
    assert verdicts(site, f"E{who}")["online"] == verdict


def test_a_bare_completed_without_study_is_unknown_and_never_met(site):
    assert send(site, said("l7", "completed", COURSE, datetime.now(UTC) - timedelta(hours=2)))[0] == 200
    looked(site)
    assert verdicts(site, "E7")["online"] == ("unknown", "evidence_unknown")


def test_the_same_name_at_another_home_page_is_somebody_else_and_a_group_is_nobody(site):
    end = datetime.now(UTC) - timedelta(hours=2)
    stranger = [each | {"actor": account("https://other.example.cn", "l8")} for each in whole("l8", end)]
    group = [each | {"actor": {"objectType": "Group", **account(HOME, "l8")}} for each in whole("l8", end)]
    before = site.rows("SELECT held, ignored FROM connectors WHERE connector = 'lms'")[0]
    assert (send(site, *stranger)[0], send(site, *group)[0]) == (200, 200)
    looked(site)
    held, ignored = site.rows("SELECT held, ignored FROM connectors WHERE connector = 'lms'")[0]
    assert (held - before[0], ignored - before[1]) == (len(stranger), len(group))
    assert verdicts(site, "E8")["online"] == ("not_met", "course_incomplete")
    assert verdicts(site, "E8")["exam"] == ("not_met", "exam_missing")


def account(home: str, name: str) -> dict[str, Any]:
    """An actor with an account."""
    return {"account": {"homePage": home, "name": name}}


def whole(who: str, end: datetime) -> list[dict[str, Any]]:
    """All that meets both requirements."""
    done = said(who, "completed", COURSE, end)
    return [*studied(who, 60, end), done, said(who, "passed", QUIZ, end)]


def test_36_a_clock_minutes_ahead_counts_when_it_arrived_and_is_flagged(site):
    now = datetime.now(UTC)
    ahead = said("l9", "completed", COURSE, now + timedelta(minutes=12))
    assert send(site, *studied("l9", 60, now), ahead)[0] == 200
    looked(site)
    found = verdicts(site, "E9")
    assert found["online"][0] == "met"


def test_37_a_pass_dated_a_year_ahead_is_unknown_now_and_nothing_then(site):
    ahead = datetime.now(UTC) + timedelta(days=365)
    assert send(site, said("l10", "passed", QUIZ, ahead), said("l10", "completed", COURSE, ahead))[0] == 200
    looked(site)
    found = verdicts(site, "E10")
    assert found["exam"] == ("unknown", "disputed_date")
    assert found["online"] == ("unknown", "evidence_unknown")


@pytest.mark.parametrize("name", ["Timestamp", "timeStamp", "time_stamp"])
def test_an_instant_under_a_misspelt_name_never_dates_an_exam_now(site, name):
    at = datetime.now(UTC) - timedelta(days=400)
    passed = said("l11", "passed", QUIZ, at)
    passed[name] = passed.pop("timestamp")
    status, problem = send(site, passed)
    assert (status, problem["code"], problem["where"]) == (400, "schema.unknown-field", f"/{name}")
    looked(site)
    assert verdicts(site, "E11")["exam"] == ("not_met", "exam_missing")
