"""What a qualification system tells the hub: an approval acts at once; our own word told back is no news; two sides."""

import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import pytest

from connectors.port import Kept
from hub.assembly import Assembly
from hub.cases.desk import Ruling
from hub.intake.basis import Basis
from hub.intake.facts import Origin
from hub.store.tables import issues, review
from hub.views.cases import CaseView
from mappings import load
from schemas.errors import ConfigError
from schemas.transmission import Transmission
from tests.hub.decision.test_law import NOW, ZONE, balanced, opened, plan, punches, qualified, roster, send, t, voided
from tests.hub.doors import LiveClock, enforced

DOCUMENT = load("credential/qualification_system")
OURS = "dc-ops-qualification"
APPROVED = {"name": OURS, "number": "Q-17", "status": "approved", "approvedAt": "2026-02-02T08:58:00+08:00"}
YEAR = {"validFrom": "2026-02-01", "validTo": "2027-01-31"}
BY = ("an officer", "another officer")


@contextmanager
def hub(path: Path, url: str = ""):
    clock = LiveClock(NOW)
    with opened(path / "hub", clock, url) as parts:
        yield parts, clock


def said(parts: Assembly, clock: LiveClock, form: str = "json", id: str = "q-1", source="roster", **event: Any) -> Kept:
    """One event, as the shipped document reads it."""
    content = {"eventId": id, "sentAt": clock.now().isoformat(), "employeeNo": "E1", **event}
    body = json.dumps(content) if form == "json" else _xml("Qualification", content)
    wire = Transmission(
        connector="quals",
        received_at=clock.now(),
        media_type=f"application/{form}",
        body=body.encode(),
        form=form,
        context={"zone": "Asia/Shanghai"},
    )
    prepared = parts.preparer.prepare(wire, DOCUMENT.read(wire), Origin("quals", source, "each"), DOCUMENT)
    [kept] = parts.writer.call(lambda tx: parts.keeper.keep([prepared], tx))
    parts.keeper.committed(prepared)
    return kept


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(each, inner) for each, inner in value.items())}</{name}>"
    return f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"


def standing(parts: Assembly) -> dict[str, Any]:
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [row] = session.all(review.standings_of, {"person": person})
    return {"scope": row.scope, **orjson.loads(row.body)}


def credential(parts: Assembly, name: str = OURS) -> dict[str, Any]:
    return next(each for each in standing(parts)["credentials"] if each["credential"] == name)


def issued(parts: Assembly) -> dict[str, Any]:
    """What the hub issued of the formal credential."""
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        rows = session.all(issues.issues_of, {"person": person, "known_by": 1 << 62})
    [found] = [body for row in rows if (body := orjson.loads(row.body))["credential"] == OURS]
    return found


def last_day(instant: str) -> date:
    return (datetime.fromisoformat(instant) - timedelta(microseconds=1)).astimezone(ZONE).date()


def given(parts: Assembly, clock: LiveClock) -> dict[str, Any]:
    """Somebody to whom the hub itself has issued the credential."""
    enforced(parts)
    for message in qualified("E1"):
        send(parts, message, clock)
    assert standing(parts)["scope"] == "full"
    return issued(parts)


def cases(parts: Assembly) -> list[CaseView]:
    return [each for each in parts.cases.all() if each.matter.startswith("partner")]


def basis(tmp_path: Path, *by: str) -> Basis:
    return Basis("as the file shows", b"a document", by)


def test_an_approval_changes_plan_demands_and_reminders_in_its_own_commit(tmp_path, database_url):
    with hub(tmp_path, database_url) as (parts, clock):
        enforced(parts)
        send(parts, roster("E1"), clock)
        before = standing(parts)
        assert {each["course"] for each in before["courses"]} == {"dc-safety", "dc-ops-online"}
        assert said(parts, clock, credential={**APPROVED, **YEAR}).counts == {"applied": 1}
        after = standing(parts)
        assert (before["scope"], after["scope"]) == ("none", "supervised")
        assert not {"dc-safety", "dc-ops-online"} & {each["course"] for each in after["courses"]}
        held = credential(parts)
        assert (held["status"], last_day(held["bound"])) == ("active", date(2027, 1, 31))
        assert {part["requirement"] for part in held["parts"]} == {"annual-hours", "annual-exam"}
        assert after["next_look"] == t("2026-11-01T00:00").isoformat(), "three months before its end"
        clock.advance(timedelta(hours=1))
        said(parts, clock, id="q-2", credential={**APPROVED, "validFrom": "2026-02-02", "validTo": "2028-01-31"})
        assert last_day(credential(parts)["bound"]) == date(2028, 1, 31)
        assert standing(parts)["next_look"] == t("2027-11-01T00:00").isoformat(), "a renewal moves the reminders, too"


def test_the_same_in_xml_is_the_same(tmp_path):
    with hub(tmp_path) as (parts, clock):
        send(parts, roster("E1"), clock)
        said(parts, clock, "xml", credential={**APPROVED, **YEAR})
        assert last_day(credential(parts)["bound"]) == date(2027, 1, 31)
        assert said(parts, clock, "json", credential={**APPROVED, **YEAR}).counts == {"duplicate": 1}


def test_a_result_comes_in_and_one_that_contradicts_another_is_a_case(tmp_path):
    with hub(tmp_path) as (parts, clock):
        for message in qualified("E1")[:-4]:
            send(parts, message, clock)
        taken = {"exam": "dc-ops-exam", "passed": True, "score": "81", "takenAt": "2026-01-12T15:00:00+08:00"}
        assert said(parts, clock, result=taken).counts == {"applied": 1}
        assert credential(parts)["status"] == "active", "the exam is passed"
        said(parts, clock, id="q-2", result={**taken, "passed": False, "score": "41"})
        assert {each.matter for each in parts.cases.all()} >= {"contradicting_results"}


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("written", ["{}", "  {}", "{upper}"], ids=["plain", "blanks", "capitals"])
def test_our_own_certificate_told_back_is_known_and_no_new_fact(tmp_path, form, written):
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        before = standing(parts)
        dates = {"validFrom": "2026-01-12", "validTo": last_day(ours["issued_until"]).isoformat()}
        number = written.format(ours["number"], upper=ours["number"].upper())
        kept = said(parts, clock, form, credential={**APPROVED, "number": number, **dates})
        assert kept.counts == {"duplicate": 1} and balanced(parts)
        assert standing(parts) == before and cases(parts) == []


def test_what_comes_back_to_us_does_not_outlive_its_ground(tmp_path):
    """The loop: an issue whose evidence is taken back is gone, however often others repeat it."""
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        dates = {"validTo": last_day(ours["issued_until"]).isoformat()}
        for n in range(3):
            said(parts, clock, id=f"q-{n}", credential={**APPROVED, "number": ours["number"], **dates})
        send(parts, voided("E1-exam-2026-01-12"), clock)
        assert credential(parts)["status"] == "lapsed" and standing(parts)["scope"] != "full"


def test_other_dates_of_what_we_gave_grant_nothing_and_are_a_case_with_both_sides(tmp_path, database_url):
    with hub(tmp_path, database_url) as (parts, clock):
        ours = given(parts, clock)
        end = last_day(ours["issued_until"])
        claim = {**APPROVED, "number": ours["number"], "validFrom": "2026-01-12", "validTo": "2029-01-11"}
        assert said(parts, clock, credential=claim).counts == {"applied": 1}
        assert last_day(credential(parts)["bound"]) == end
        [case] = cases(parts)
        assert (case.matter, dict(case.place)) == (
            "partner_dates",
            {"credential": OURS, "theirs": "2029-01-11", "ours": end.isoformat()},
        )
        assert (case.verdicts, [each.person for each in case.members]) == (("credited", "rejected"), ["E1"])
        assert ours["number"] not in str(case)
        with pytest.raises(ConfigError):
            parts.case_desk.decide(case.id, Ruling("credited"), basis(tmp_path, BY[0]), clock.now())
        parts.case_desk.decide(case.id, Ruling("credited"), basis(tmp_path, *BY), clock.now())
        assert last_day(credential(parts)["bound"]) == date(2029, 1, 11) and cases(parts) == []


def test_a_person_may_hold_by_ours_and_another_claim_is_another_case(tmp_path):
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        claim = {**APPROVED, "number": ours["number"], "validTo": "2029-01-11"}
        said(parts, clock, credential=claim)
        [case] = cases(parts)
        parts.case_desk.decide(case.id, Ruling("rejected"), basis(tmp_path, BY[0]), clock.now())
        clock.advance(timedelta(hours=1))
        said(parts, clock, id="q-2", credential=claim)
        assert cases(parts) == [], "decided is decided"
        clock.advance(timedelta(hours=1))
        said(parts, clock, id="q-3", credential={**claim, "validTo": "2030-01-11"})
        [other] = cases(parts)
        assert other.id != case.id
        assert last_day(credential(parts)["bound"]) == last_day(ours["issued_until"])


def test_a_claim_that_is_taken_back_is_a_case_no_more(tmp_path):
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        said(parts, clock, credential={**APPROVED, "number": ours["number"], "validTo": "2029-01-11"})
        assert len(cases(parts)) == 1
        clock.advance(timedelta(hours=1))
        right = {"validTo": last_day(ours["issued_until"]).isoformat()}
        said(parts, clock, id="q-2", credential={**APPROVED, "number": ours["number"], **right})
        assert cases(parts) == []


def test_a_closing_word_is_no_echo_it_closes_at_once_and_hr_sees_both_sides(tmp_path):
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        revoked = {**APPROVED, "number": ours["number"], "status": "revoked"}
        said(parts, clock, credential=revoked)
        assert standing(parts)["scope"] != "full"
        [case] = cases(parts)
        assert (case.matter, case.place["theirs"], case.place["ours"]) == (
            "partner_closed",
            "revoked",
            last_day(ours["issued_until"]).isoformat(),
        )


def test_somebody_elses_number_grants_nothing(tmp_path):
    with hub(tmp_path) as (parts, clock):
        ours = given(parts, clock)
        send(parts, roster("E2"), clock)
        claim = {**APPROVED, "number": ours["number"], "validTo": "2029-01-11"}
        said(parts, clock, employeeNo="E2", credential=claim)
        person = parts.directory.person_by_number("E2")
        with parts.database.reading() as session:
            [row] = session.all(review.standings_of, {"person": person})
        assert row.scope == "none"


def came(parts: Assembly, clock: LiveClock) -> None:
    """Somebody with three hours of a course."""
    enforced(parts)
    for message in (roster("E1"), plan("E1"), *punches("E1", "08:55", "10:00", "10:05", "12:01")):
        send(parts, message, clock)


def test_hours_that_agree_are_no_case_and_never_count(tmp_path):
    with hub(tmp_path) as (parts, clock):
        came(parts, clock)
        before = standing(parts)
        said(parts, clock, figures={"training": "dc-safety", "year": 2026, "hours": "3.00"})
        assert cases(parts) == [] and standing(parts)["verdicts"] == before["verdicts"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_other_hours_are_a_case_with_both_sides_and_what_they_hold_more_counts_once_a_person_says_so(tmp_path, form):
    with hub(tmp_path) as (parts, clock):
        came(parts, clock)
        before = standing(parts)["verdicts"]
        said(parts, clock, form, figures={"training": "dc-safety", "year": 2026, "hours": "4.50"})
        assert standing(parts)["verdicts"] == before
        [case] = cases(parts)
        assert dict(case.place) == {"course": "dc-safety", "year": "2026", "theirs": "4.50", "ours": "3.00"}
        parts.case_desk.decide(case.id, Ruling("credited"), basis(tmp_path, *BY), clock.now())
        assert cases(parts) == []
        with parts.database.reading() as session:
            person = parts.directory.person_by_number("E1")
            units = parts.evidence.dossier(person, session, now=clock.now()).units
        assert sum(unit.credited for unit in units if unit.course == "dc-safety") == 4.5 * 3600


def test_less_hours_than_the_evidence_are_not_taken_by_a_decision(tmp_path):
    with hub(tmp_path) as (parts, clock):
        came(parts, clock)
        said(parts, clock, figures={"training": "dc-safety", "year": 2026, "hours": "1.00"})
        [case] = cases(parts)
        with pytest.raises(ConfigError):
            parts.case_desk.decide(case.id, Ruling("credited"), basis(tmp_path, *BY), clock.now())
        clock.advance(timedelta(hours=1))
        said(parts, clock, id="q-2", figures={"training": "dc-safety", "year": 2026, "hours": "3.00"})
        assert cases(parts) == [], "they agree now"
