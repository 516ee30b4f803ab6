"""Who is hired or transferred hears of the courses in the commit that brings the word, as does a training office."""

from datetime import timedelta

import pytest

from hub.store.tables import log, notices
from hub.views.text import tell
from schemas.errors import ConfigError
from schemas.people import Assignment
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened, qualified, roster, send, t
from tests.hub.doors import enforced


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        enforced(parts)
        yield parts


def told(parts, number):
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        rows = session.all(notices.notices_of, {"person": person})
    return [(row.kind, row.audience) for row in rows if row.kind == "courses"]


def to_take(parts, **which):
    return [(each.person, each.course, each.requirement) for each in parts.courses_to_take.listed("hr", **which)]


HIRED = [
    ("E1", "dc-ops-online", "prepost-course"),
    ("E1", "dc-ops-online", "prepost-hours"),
    ("E1", "dc-safety", "prepost-hours"),
]


def test_q11_a_new_hire_has_the_courses_and_is_told_in_the_same_commit(hub, clock):
    send(hub, roster("E1", as_of="2026-02-02T08:00"), clock)
    assert told(hub, "E1") == [("courses", "person")]
    assert to_take(hub) == HIRED
    for language, words in (("en", "courses to take: "), ("zh", "须完成课程：")):
        [line] = [each for each in tell(hub.why.person("E1"), language, ZONE).splitlines() if words in each]
        assert line.count("dc-ops-online") == line.count("dc-safety") == 1
    [held] = hub.why.person("E1").json()["positions"]
    assert [each["course"] for each in held["courses"]] == [course for _who, course, _what in HIRED]
    send(hub, roster("E1", as_of="2026-02-03T08:00"), clock)
    assert told(hub, "E1") == [("courses", "person")], "once"


def test_who_is_qualified_has_none(hub, clock):
    for message in qualified("E1"):
        send(hub, message, clock)
    assert to_take(hub) == []


def test_a_transfer_is_prepared_from_its_word_on_and_why_says_from_when_it_holds(hub, clock):
    person, _post = roster("E1")[1]
    later = Assignment(subject="E1", position="dc-operations", starts_at=t("2026-03-02T00:00"), as_of=NOW)
    send(hub, ("roster", [person, later]), clock)
    assert told(hub, "E1") == [("courses", "person")]
    assert "first day in the post 2026-03-02" in tell(hub.why.person("E1"), "en", ZONE)
    clock.advance(timedelta(days=40))
    hub.deadlines.work_off()
    assert told(hub, "E1") == [("courses", "person")]
    assert "first day" not in tell(hub.why.person("E1"), "en", ZONE)


def test_a_training_office_lists_one_course_and_reading_leaves_an_entry(hub, clock):
    send(hub, roster("E1"), clock)
    before = _accesses(hub)
    assert to_take(hub, course="dc-safety") == [HIRED[2]]
    assert _accesses(hub) == before + 1
    with pytest.raises(ConfigError, match=r"found 'dc-safty'.*did you mean"):
        hub.courses_to_take.listed("hr", "dc-safty")


def _accesses(parts):
    with parts.database.reading() as session:
        return sum(b'"access"' in row.body.encode() for row in session.all(log.entries_after, {"seq": 0, "limit": 999}))
