"""Whom a new fact concerns: who an identifier is at its very instant, and nobody else."""

import json
from datetime import timedelta

import pytest

from hub.clock import to_us
from hub.store.tables.facts import folds_of
from hub.store.tables.log import entries_after
from schemas.credential import CredentialStatus
from schemas.learning import Study
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, send_together, t

ENDS = t("2026-01-10T00:00")
TICK = timedelta(microseconds=1)


def study(at):
    return "lms", [Study(subject="badge", course="dc-ops-online", meaning="point", occurred_at=at, statement=str(at))]


def link(parts, number, start=None, end=None):
    bounds = {name: to_us(at) for name, at in (("start", start), ("end", end)) if at is not None}
    parts.linking.link("lms", "badge", number, **bounds)


def folded(parts, number):
    with parts.database.reading() as session:
        return {row.unit for row in session.all(folds_of, {"person": parts.directory.person_by_number(number)})}


@pytest.fixture
def hub(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for number in ("E1", "E2"):
            send(parts, roster(number), clock)
        yield parts, clock


@pytest.mark.parametrize(("at", "word"), [(ENDS - TICK, "applied"), (ENDS, "held"), (ENDS + TICK, "held")])
def test_what_happens_at_the_end_of_a_link_is_nobody_s_any_more(hub, at, word):
    parts, clock = hub
    link(parts, "E1", end=ENDS)
    [kept] = send_together(parts, [study(at)], clock)
    assert dict(kept.counts) == {word: 1}


@pytest.mark.parametrize(("at", "whose"), [(ENDS - TICK, "E1"), (ENDS, "E2")])
def test_where_one_link_ends_and_another_begins_a_fact_concerns_one_person_alone(hub, at, whose):
    parts, clock = hub
    link(parts, "E1", end=ENDS)
    link(parts, "E2", start=ENDS)
    send(parts, study(at), clock)
    assert [number for number in ("E1", "E2") if folded(parts, number)] == [whose]


@pytest.mark.parametrize(("at", "whose"), [(ENDS - TICK, "E1"), (ENDS, "E2")])
def test_a_closing_word_that_no_position_names_is_an_alarm_about_one_person_alone(hub, at, whose):
    parts, clock = hub
    parts.linking.link("authority", "holder", "E1", end=to_us(ENDS))
    parts.linking.link("authority", "holder", "E2", start=to_us(ENDS))
    said = {"credential": "misspelt", "number": "1", "status": "revoked", "changed_at": at}
    send(parts, ("authority", [CredentialStatus(subject="holder", **said)]), clock)
    with parts.database.reading() as session:
        entered = [json.loads(each.body) for each in session.all(entries_after, {"seq": -1, "limit": 9999})]
    told = [each["person"] for each in entered if each["kind"] == "alarm" and each["code"] == "ref.unknown-type"]
    assert told == [parts.directory.person_by_number(whose)]


def test_an_arrival_without_a_zone_is_a_bug_that_stays_loud_and_keeps_nothing(hub):
    parts, clock = hub
    with pytest.raises(TypeError):
        to_us(NOW.replace(tzinfo=None))
    clock.at = clock.at.replace(tzinfo=None)
    with pytest.raises(TypeError):
        send(parts, study(ENDS), clock)
