"""Passes of an online course are kept one by one: a statement has its own folded again, and all come to what folding
everything comes to."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.evidence.courses import pass_of
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.store.tables import facts
from schemas.learning import Study
from schemas.position import CourseVersion
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened, roster, send, voided

COURSE = "dc-ops-online"
BEGAN = NOW - timedelta(days=60)
NUMBERS = map("E{}".format, count(100))
MEANINGS = ("opened", "point", "answered", "closed", "completed", "completed", "uncompleted")
# A day and a quarter of an hour: few of each, so that statements meet, and neighbours lie within a break or beyond.
INSTANTS = st.tuples(st.integers(0, 6).map(lambda n: n * 9), st.integers(0, 3).map(lambda n: n * 8))
AHEAD = st.tuples(st.sampled_from((60, 63, 75)), st.just(0))
WORDS = st.tuples(st.one_of(INSTANTS, INSTANTS, INSTANTS, AHEAD), st.sampled_from(MEANINGS))


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    clock = HandClock(NOW)
    with opened(tmp_path_factory.mktemp("courses") / "hub", clock) as parts:
        yield parts, clock


@pytest.fixture
def person(hub):
    parts, clock = hub
    number = next(NUMBERS)
    send(parts, roster(number), clock)
    return number


def said(number, day, minute, meaning):
    at = BEGAN + timedelta(days=day, minutes=minute)
    statement = f"{number}-{day}-{minute}-{meaning}"
    return Study(subject=f"lms-{number}", course=COURSE, meaning=meaning, occurred_at=at, statement=statement)


def say(hub, *studies):
    parts, clock = hub
    for study in studies:
        send(parts, ("lms", [study]), clock)


def a_pass(number, day):
    words = ((0, "opened"), (8, "point"), (16, "point"), (24, "completed"))
    return [said(number, day, minute, meaning) for minute, meaning in words]


def token(parts, number):
    return parts.directory.person_by_number(number)


def units(parts, number, evidence=None, known_by=None):
    """The units of the course: with what was kept, or, as known by an instant, folded from everything."""
    with parts.database.reading() as session:
        found = (evidence or parts.evidence).dossier(token(parts, number), session, now=NOW, known_by=known_by)
    return found.units


def rows(parts, number):
    """What is kept of each pass, by the day of its first instant."""
    with parts.database.reading() as session:
        kept = [(pass_of(row.unit), row.body) for row in session.all(facts.folds_of, {"person": token(parts, number)})]
    began = int(BEGAN.timestamp()) * 1_000_000
    return {(found.at - began) // 86_400_000_000: body for found, body in kept if found is not None}


def spoil(parts, number, credited):
    """Have each kept pass credit what no folding would."""
    person, wrong = token(parts, number), f'"credited":{credited}'

    def write(tx):
        for row in tx.session.all(facts.folds_of, {"person": person}):
            if pass_of(row.unit) is not None:
                body = row.body.replace('"credited":1440', wrong)
                assert body != row.body
                tx.session.run(facts.set_fold, {"person": person, "unit": row.unit, "body": body})

    parts.writer.call(write)


def credited(parts, number, evidence=None):
    return {(unit.starts_at - BEGAN).days: unit.credited for unit in units(parts, number, evidence)}


SAME_PASSES = {"idle_minutes": 5, "break_minutes": 10}
OTHER_PASSES = {"idle_minutes": 5, "resume_days": 20}


@pytest.fixture(scope="module", params=[{}, SAME_PASSES, OTHER_PASSES], ids=["one", "same passes", "other passes"])
def versions(request, tmp_path_factory):
    """A hub whose course has one version, or an earlier one too, which may part the passes otherwise."""
    clock = HandClock(NOW)
    with opened(tmp_path_factory.mktemp("versions") / "hub", clock) as parts:
        courses = parts.folder.courses
        assert isinstance(courses, dict)
        now = courses[COURSE]
        if request.param:
            earlier = CourseVersion.model_validate({**now.model_dump(exclude={"earlier"}), **request.param})
            begins = {"effective_from": (BEGAN + timedelta(days=27)).date(), "earlier": (earlier,)}
            courses[COURSE] = now.model_copy(update=begins)
        yield parts, clock


@settings(max_examples=12, deadline=None)
@given(batches=st.lists(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=4), min_size=1, max_size=7))
def test_what_was_kept_comes_to_the_same_as_folding_everything(versions, batches):
    parts, clock = versions
    number = next(NUMBERS)
    send(parts, roster(number), clock)
    for batch in batches:
        for (when, meaning), is_withdrawn in batch:
            study = said(number, *when, meaning)
            send(parts, voided(study.statement) if is_withdrawn else ("lms", [study]), clock)
        assert units(parts, number) == units(parts, number, known_by=NOW)


def test_a_statement_has_its_own_pass_folded_again_and_no_other(hub, person):
    parts, _clock = hub
    say(hub, *a_pass(person, 0), *a_pass(person, 20), *a_pass(person, 40))
    assert credited(parts, person) == {0: 1440, 20: 1440, 40: 1440}
    spoil(parts, person, 7)
    say(hub, said(person, 40, 20, "point"))
    assert credited(parts, person) == {0: 7, 20: 7, 40: 1440}
    say(hub, said(person, 20, 20, "point"))
    assert credited(parts, person) == {0: 7, 20: 1440, 40: 1440}
    say(hub, said(person, 0, 20, "point"))
    assert credited(parts, person) == {0: 1440, 20: 1440, 40: 1440}


def test_a_withdrawn_completion_has_the_next_pass_folded_with_its_own(hub, person):
    parts, clock = hub
    say(hub, *a_pass(person, 0), *a_pass(person, 20), *a_pass(person, 40))
    assert len(rows(parts, person)) == 3
    spoil(parts, person, 7)
    send(parts, voided(a_pass(person, 20)[-1].statement), clock)
    assert sorted(rows(parts, person)) == [0, 20]
    assert credited(parts, person)[0] == 7
    assert units(parts, person)[1:] == units(parts, person, known_by=NOW)[1:]


def test_a_pass_between_two_others_leaves_them_as_they_were_kept(hub, person):
    parts, _clock = hub
    say(hub, *a_pass(person, 0), *a_pass(person, 40))
    spoil(parts, person, 7)
    say(hub, said(person, 20, 24, "completed"))
    assert sorted(rows(parts, person)) == [0, 20, 40]
    assert credited(parts, person)[40] == 7


def test_another_version_of_the_course_has_every_pass_folded_again(hub, person):
    parts, _clock = hub
    say(hub, *a_pass(person, 0), *a_pass(person, 20))
    spoil(parts, person, 7)
    course = parts.folder.courses[COURSE]
    changed = {**parts.folder.courses, COURSE: course.model_copy(update={"idle_minutes": 5})}
    assert credited(parts, person) == {0: 7, 20: 7}
    other = Evidence(parts.plan, Folds(changed, ZONE, parts.folder.min_travel))
    assert credited(parts, person, other) == {0: 1440, 20: 1440}


def test_the_first_activity_that_a_source_reports_has_every_pass_folded_again(hub, person):
    parts, clock = hub
    say(hub, said(person, 0, 0, "opened"), said(person, 0, 24, "completed"))
    say(hub, said(person, 20, 0, "opened"), said(person, 20, 24, "completed"))
    assert credited(parts, person) == {0: 1440, 20: 1440}
    say(hub, said(person, 40, 0, "answered"))
    assert credited(parts, person) == {0: 0, 20: 0}
    send(parts, voided(said(person, 40, 0, "answered").statement), clock)
    assert credited(parts, person) == {0: 1440, 20: 1440}
