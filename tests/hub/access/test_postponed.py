"""Doors close after a lapse when their post says so; what an issuer withdraws, and who leaves, at once."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from hub.rules.closing.closing_time import closes_at
from hub.rules.workdays import Workdays
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, know, opened, qualified, roster, send, status, t, targets
from tests.hub.doors import enforced

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


def at(parts, clock, local):
    clock.advance(t(local) - clock.now())
    parts.deadlines.work_off()
    return targets(parts, "E1")["dc-ops"]


def test_a_door_is_open_until_the_next_working_morning(hub):
    parts, clock = hub
    assert at(parts, clock, "2026-02-03T00:00") == "present"
    assert at(parts, clock, "2026-02-03T08:29") == "present"
    assert at(parts, clock, "2026-02-03T08:30") == "absent"


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
    with pytest.raises(ValidationError, match=r"expected|time of day"):
        saying(hub[0], **({"close_at": "instant"} | wrong))
