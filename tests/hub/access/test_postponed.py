"""Doors close after a lapse when their post says so; what an issuer withdraws, and who leaves, at once."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from hub.rules.closing.closing_time import closes_at
from hub.rules.workdays import Workdays
from hub.views.text import tell
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, know, opened, qualified, roster, send, status, t, targets
from tests.hub.doors import enforced
from tests.hub.intake.test_acts import basis

HOLIDAY = Workdays(holidays=frozenset({date(2026, 2, 3)}))
LAPSES = t("2026-02-03T00:00")  # a Tuesday


def saying(parts, **how):
    """The post, with another word on when its doors close."""
    post = parts.folder.positions["dc-operations"].model_dump(by_alias=True, exclude_unset=True)
    know(parts, type(parts.folder.positions["dc-operations"]).model_validate({**post, **how}))


@pytest.fixture
def hub(tmp_path):
    """Somebody whose certificate ends with today."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        saying(parts, close_at="next working morning", morning="08:30")
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        send(parts, status("E1", "high", "active", 5, until="2026-02-03T00:00"), clock)
        yield parts, clock


def at(parts, clock, local, number="E1"):
    clock.advance(max(t(local) - clock.now(), timedelta()))
    parts.deadlines.work_off()
    return targets(parts, number)["dc-ops"]


def test_a_door_is_open_until_the_next_working_morning(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-03T00:00") == "present"
    assert at(parts, clock, "2026-02-03T08:29") == "present"
    assert at(parts, clock, "2026-02-03T08:30") == "absent"


def test_why_says_until_when_a_door_is_open_and_by_which_word(hub):
    parts, clock = hub
    at(parts, clock, "2026-02-03T00:00")
    view = parts.why.person("E1")
    [told] = [each for each in view.targets if each.target == "dc-ops"]
    assert (told.kept_by, told.kept_until) == ("close_at", t("2026-02-03T08:30"))
    assert "2026-02-03T08:30" in tell(view, "en", ZONE) and "2026-02-03T08:30" in tell(view, "zh", ZONE)
    at(parts, clock, "2026-02-03T08:30")
    assert {each.kept_by for each in parts.why.person("E1").targets} == {None}


def test_an_issuers_word_closes_at_once(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-03T01:00") == "present"
    send(parts, status("E1", "high", "revoked", 6), clock)
    assert targets(parts, "E1")["dc-ops"] == "absent"


def test_who_leaves_the_post_is_out_at_once(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-03T01:00") == "present"
    send(parts, roster("E1", "2026-01-20T00:00", ends="2026-02-03T01:00"), clock)
    assert targets(parts, "E1")["dc-ops"] == "absent"


def test_a_lapse_that_is_seen_late_waits_for_no_further_morning(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-04T03:00") == "absent"


def test_what_is_cured_meanwhile_stays_open(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-03T01:00") == "present"
    send(parts, status("E1", "high", "active", 7), clock)
    assert at(parts, clock, "2026-02-03T12:00") == "present"


def over(parts, number, until):
    now = parts.clock.now()
    parts.acts.override(number, "dc-operations", "full", now, t(until), basis("wang", "li"), now)


def test_what_people_opened_ends_when_they_said_and_waits_for_no_morning(hub):
    parts, clock = hub
    send(parts, roster("E9", "2026-01-15T00:00"), clock)
    over(parts, "E9", "2026-02-06T18:00")  # a Friday
    assert at(parts, clock, "2026-02-06T17:59", "E9") == "present"
    assert at(parts, clock, "2026-02-06T18:00", "E9") == "absent"


def test_a_lapse_under_an_override_waits_from_its_own_instant(hub):
    parts, clock = hub
    over(parts, "E1", "2026-02-03T01:00")
    assert at(parts, clock, "2026-02-03T01:00") == "present", "it lapsed at midnight, and doors close in the morning"
    assert at(parts, clock, "2026-02-03T08:30") == "absent"


def test_a_door_that_was_opened_in_an_emergency_closes_at_its_end(hub):
    parts, clock = hub
    send(parts, roster("E9", "2026-01-15T00:00"), clock)
    parts.break_glass.open("E9", "iam", "dc-ops", lasts=timedelta(hours=1), reason="水浸", actors=["Chen", "Wang"])
    assert at(parts, clock, "2026-02-02T09:30", "E9") == "present"
    assert at(parts, clock, "2026-02-02T10:31", "E9") == "absent"


@pytest.mark.parametrize(
    ("how", "closes"),
    [
        ({}, "2026-02-03T00:00"),
        ({"close_at": "end of shift", "shift_ends": ("20:00", "08:00")}, "2026-02-03T08:00"),
        ({"close_at": "end of shift", "shift_ends": ("00:00",)}, "2026-02-03T00:00"),
        ({"close_at": "next working morning"}, "2026-02-04T09:00"),
    ],
)
def test_when_doors_close(how, closes, hub):
    parts, _clock = hub
    saying(parts, **({"close_at": "instant"} | how))
    post = parts.folder.rulebook.current("dc-operations", NOW)
    assert closes_at(LAPSES, post, HOLIDAY, ZONE) == t(closes)
    assert closes_at(LAPSES - timedelta(hours=1), post, HOLIDAY, ZONE) >= LAPSES - timedelta(hours=1)


@pytest.mark.parametrize("wrong", [{"close_at": "end of shift"}, {"shift_ends": ["08:00"]}, {"morning": "8:30"}])
def test_a_file_that_says_half_of_it_is_refused(wrong, hub):
    with pytest.raises(ValidationError, match=r"shift_ends|time of day"):
        saying(hub[0], **({"close_at": "instant"} | wrong))
