"""A certificate that nobody tells the hub of is looked up by a person, and again by a day; overdue, it is a case."""

from datetime import timedelta

import pytest

from hub.intake.basis import Basis
from hub.store.tables.identity import profile
from hub.views.checks import checks_to_come
from schemas.credential import CredentialStatus
from schemas.decision import RegisterEntry
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.cases.test_cases import the_case
from tests.hub.decision.test_law import NOW, opened, qualified, send, standings
from tests.hub.intake.test_opening import HEADER

ONE = Basis("looked up by its QR code", b"a picture of what was shown", ["wang"])
SCHEME, NUMBER = "high-voltage-electrician", "T 1101 7"
BY = NOW + timedelta(days=90)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        yield parts


def enter(hub, check_by, number=NUMBER, status="active"):
    hub.clock.advance(timedelta(minutes=1))
    now = hub.clock.now()
    entry = RegisterEntry(
        subject="E1",
        credential=SCHEME,
        number=number,
        status=status,
        changed_at=now,
        check_by=check_by,
        entered_by="person",
        as_of=now,
    )
    hub.acts.enter(entry, ONE, now)
    hub.deadlines.work_off()


def cases(hub):
    return [each for each in hub.cases.all() if each.matter == "check_due"]


def to_come(hub):
    return checks_to_come(hub.database, hub.directory, hub.clock.now())


def until(hub, at):
    hub.clock.at = at
    hub.deadlines.work_off()


def test_before_its_day_it_is_listed_and_from_then_on_it_is_a_case(hub):
    enter(hub, BY)
    [check] = to_come(hub)
    assert (check.person, check.credential, check.check_by, check.overdue) == ("E1", SCHEME, BY, False)
    assert check.known_by == "person"
    assert check.number == "…1017", "only the end of a number is shown, as it is compared"
    until(hub, BY - timedelta(microseconds=1))
    assert cases(hub) == []
    before = standings(hub, "E1")
    until(hub, BY)
    case = the_case(hub, "check_due")
    assert dict(case.place) == {"credential": SCHEME} and case.owner == "hr" and case.due_at > BY
    assert [each.person for each in case.members] == ["E1"]
    assert [each.overdue for each in to_come(hub)] == [True]
    assert standings(hub, "E1") == before, "who was not looked up again loses nothing by that alone"


def test_who_looks_again_ends_it_with_the_next_day_or_none(hub):
    enter(hub, BY)
    until(hub, BY)
    enter(hub, BY + timedelta(days=90))
    assert cases(hub) == [] and [each.check_by for each in to_come(hub)] == [BY + timedelta(days=90)]
    until(hub, BY + timedelta(days=90))
    assert len(cases(hub)) == 1, "the next one is a case of its own"
    enter(hub, None)
    assert cases(hub) == [] and to_come(hub) == []


def test_each_number_has_a_day_of_its_own(hub):
    enter(hub, BY)
    enter(hub, BY + timedelta(days=1), number="T2")
    assert [each.check_by for each in to_come(hub)] == [BY, BY + timedelta(days=1)]
    enter(hub, BY + timedelta(days=5), number="t11017")
    assert [each.check_by for each in to_come(hub)] == [BY + timedelta(days=1), BY + timedelta(days=5)], "the same one"


def test_an_issuer_that_speaks_of_the_number_needs_nobody_to_look(hub, clock):
    enter(hub, BY)
    told = CredentialStatus(
        subject="authority-E1", credential=SCHEME, number="T11017", status="active", changed_at=clock.now()
    )
    send(hub, ("authority", [told]), clock)
    until(hub, BY)
    assert cases(hub) == [] and to_come(hub) == []


def test_an_issuer_that_says_that_it_does_not_know_spares_nobody_the_look(hub, clock):
    enter(hub, BY)
    told = CredentialStatus(
        subject="authority-E1", credential=SCHEME, number="T11017", status="unknown", changed_at=clock.now()
    )
    send(hub, ("authority", [told]), clock)
    until(hub, BY)
    assert len(cases(hub)) == 1 and [each.overdue for each in to_come(hub)] == [True]


def test_a_day_that_is_not_ahead_is_refused(hub, clock):
    for late in (timedelta(), timedelta(minutes=1)):  # before the entry, and at its very instant
        with pytest.raises(ConfigError, match="ahead"):
            enter(hub, clock.now() + late)
    enter(hub, clock.now() + timedelta(minutes=1, microseconds=1))


def test_an_opening_balance_spares_nobody_the_look(hub, clock):
    """It is what somebody once wrote down, not the issuer's word."""
    enter(hub, BY)
    row = f"E1,credential,{SCHEME},2024-01-01,2027-01-01,T11017,,"
    preview = hub.opening.preview(f"{HEADER}{row}\n".encode(), clock.now())
    assert hub.opening.keep(preview, ["HR"]).counts == {"applied": 1}
    until(hub, BY)
    assert len(cases(hub)) == 1 and [each.overdue for each in to_come(hub)] == [True]


def test_of_a_person_who_was_erased_no_check_is_listed(hub):
    enter(hub, BY)
    [row] = to_come(hub)
    person = hub.directory.named(row.person)
    with hub.database.reading() as session:
        hub.keys.destroy(session.one(profile, {"person": person}).key)
    hub.directory.invalidate()
    assert to_come(hub) == []
