"""Incidents at work: each is a case for HR with the course it concerns, a pattern shows, and no scope falls by one."""

from datetime import timedelta

import pytest

from hub.cases.desk import Ruling
from hub.intake.basis import Basis
from hub.views.incidents import patterns
from hub.views.text import tell
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.cases.test_cases import the_case
from tests.hub.decision.test_law import NOW, ZONE, opened, qualified, send, standings, t, targets
from tests.hub.intake.test_corrections import entered

ONE = Basis("a cable was touched that was live", b"report 17", ["wang"])
TWO = Basis("a cable was touched that was live", b"report 17", ["wang", "li"])
POST = "dc-operations"


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        for number in ("E1", "E2"):
            for message in qualified(number):
                send(parts, message, clock)
        yield parts


def report(parts, number, at="2026-01-30T15:00", course="dc-safety", basis=ONE, position=POST):
    parts.clock.advance(timedelta(minutes=1))
    return parts.incidents.report(number, position, course, t(at), basis, parts.clock.now())


def test_q16_it_is_a_case_with_its_course_and_lowers_no_scope(hub):
    before = standings(hub, "E1"), targets(hub, "E1")
    report(hub, "E1")
    case = the_case(hub, "incident")
    assert dict(case.place) == {"position": POST, "course": "dc-safety"}
    assert [each.person for each in case.members] == ["E1"]
    assert (standings(hub, "E1"), targets(hub, "E1")) == before
    assert "an incident at work" in tell(hub.why.person("E1"), "en", ZONE)
    assert [each["verdict"] for each in entered(hub, "corrected")] == ["incident"]


def test_once_looked_at_it_asks_nobody_again_and_said_again_it_is_one(hub, clock):
    report(hub, "E1")
    hub.case_desk.decide(the_case(hub, "incident").id, Ruling("noted"), ONE, clock.now())
    report(hub, "E1")
    clock.advance(timedelta(days=1))
    hub.deadlines.work_off()
    assert hub.cases.all() == []
    assert [each.incidents for each in patterns(hub.database, clock, ZONE)] == [1]


def test_q16_a_pattern_shows_by_post_and_course_and_names_nobody(hub, clock):
    report(hub, "E1")
    report(hub, "E1", at="2026-01-31T15:00")
    report(hub, "E2")
    report(hub, "E2", at="2026-01-29T10:00", course="")
    found = [tuple(each) for each in patterns(hub.database, clock, ZONE)]
    assert found == [
        (POST, "dc-safety", 3, 2, t("2026-01-31T15:00")),
        (POST, "", 1, 1, t("2026-01-29T10:00")),
    ]
    clock.advance(timedelta(days=363))
    assert [each.incidents for each in patterns(hub.database, clock, ZONE)] == [1], "of the last twelve months"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "2026-02-02T09:30"}, "lies ahead"),
        ({"at": "2025-12-20T09:00"}, "two different people"),
        ({"course": "dc-safty"}, "did you mean"),
        ({"position": "dc-operation"}, "did you mean"),
        ({"number": "E99"}, "E99"),
        ({"basis": Basis("", b"x", ["wang"])}, "--reason"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(hub, wrong, said):
    with pytest.raises(ConfigError, match=said):
        report(hub, **{"number": "E1", **wrong})


def test_what_lies_far_back_takes_two(hub):
    report(hub, "E1", at="2025-12-20T09:00", basis=TWO)
    assert the_case(hub, "incident").concerned == 1
