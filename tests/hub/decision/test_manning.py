"""A closing that would leave too few in a post waits, is told every half an hour, and ends with the hold."""

import pytest

from hub.decision.manning import SOON, is_own
from hub.store.tables import alarms, notices
from schemas.people import Leave
from schemas.position import Position
from tests.conftest import HandClock
from tests.hub.decision.test_law import (
    NOW,
    exam,
    know,
    opened,
    qualified,
    send,
    send_together,
    status,
    t,
    targets,
    voided,
)
from tests.hub.doors import enforced

PEOPLE = ("E1", "E2", "E3")


@pytest.fixture
def hub(observed):
    """The same, enforced."""
    enforced(observed[0])
    return observed


@pytest.fixture
def ending(tmp_path):
    """The same; the qualification of two ends on one day, that of the third a fortnight later."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        post = parts.folder.positions["dc-operations"].model_dump(by_alias=True, exclude_unset=True)
        formal = post["credential"]["dc-ops-qualification"] | {"valid_for": "1 month", "checks": []}
        short = {"manning": {"at_least": 2, "hold": "24 hours"}, "unknown": {"grace": "0 hours"}}
        credentials = {**post["credential"], "dc-ops-qualification": formal}
        know(parts, Position.model_validate({**post, **short, "credential": credentials}))
        enforced(parts)
        for number in PEOPLE:
            for message in qualified(number):
                send(parts, message, clock)
        send(parts, voided("E3-exam-2026-01-12"), clock)
        send(parts, exam("E3", True, "2026-01-31"), clock)
        yield parts, clock


@pytest.fixture
def observed(tmp_path):
    """Three people in full scope of a post that needs two; everything is observed."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        post = parts.folder.positions["dc-operations"].model_dump(by_alias=True, exclude_unset=True)
        manned = {**post, "manning": {"at_least": 2, "hold": "24 hours"}}
        know(parts, type(parts.folder.positions["dc-operations"]).model_validate(manned))
        for number in PEOPLE:
            for message in qualified(number):
                send(parts, message, clock)
        yield parts, clock


def lost(parts, clock, number):
    """The result that a person's credential rests on is withdrawn by its source."""
    send(parts, voided(f"{number}-exam-2026-01-12"), clock)


def doors(parts):
    return [targets(parts, number)["dc-ops"] for number in PEOPLE]


def paged(parts):
    with parts.database.reading() as session:
        return sum(each.times for each in session.all(alarms.open_alarms, {}) if each.code == "manning.short")


def told(parts):
    """When the manager was told of whom."""
    numbers = {parts.directory.person_by_number(number): number for number in PEOPLE}
    with parts.database.reading() as session:
        waiting = list(session.all(notices.notices_now, {"now": 0, "horizon": 1, "limit": 99}))
    return [(numbers[each.person], each.audience) for each in waiting if each.kind == "manning"]


def at(parts, clock, local):
    clock.advance(t(local) - clock.now())
    parts.deadlines.work_off()
    return doors(parts)


def test_123_one_closes_and_the_next_waits_for_the_hold_and_no_longer(hub):
    parts, clock = hub
    assert doors(parts) == ["present"] * 3
    lost(parts, clock, "E1")
    assert doors(parts) == ["absent", "present", "present"], "two are left: enough"
    assert paged(parts) == 0
    lost(parts, clock, "E2")
    assert doors(parts) == ["absent", "present", "present"]
    assert paged(parts) == 1
    assert told(parts) == [("E2", "manager")]
    [held] = [each for each in parts.why.person("E2").targets if each.target == "dc-ops"]
    assert (held.kept_by, held.kept_until) == ("manning.hold", t("2026-02-03T09:00"))
    assert at(parts, clock, "2026-02-02T09:31")[1] == "present"
    assert paged(parts) == 2
    assert told(parts) == [("E2", "manager")] * 2
    assert at(parts, clock, "2026-02-03T08:00")[1] == "present"
    assert at(parts, clock, "2026-02-03T09:30")[1] == "absent"


def by_id(parts):
    """The three in the order of the hub's own tokens: of those who fall together the first of them goes first."""
    return sorted(PEOPLE, key=parts.directory.person_by_number)


def door_of(parts, *numbers):
    return [targets(parts, number)["dc-ops"] for number in numbers]


@pytest.mark.parametrize("turned", [False, True])
def test_123_of_those_who_lapse_together_the_first_by_id_closes_in_whatever_order_they_come(hub, turned):
    parts, clock = hub
    first, second, third = by_id(parts)
    numbers = (second, first) if turned else (first, second)
    send_together(parts, [voided(f"{number}-exam-2026-01-12") for number in numbers], clock)
    assert door_of(parts, first, second, third) == ["absent", "present", "present"]
    assert told(parts) == [(second, "manager")]
    at(parts, clock, "2026-02-03T08:00")
    assert door_of(parts, first, second, third) == ["absent", "present", "present"]
    at(parts, clock, "2026-02-03T09:30")
    assert door_of(parts, first, second, third) == ["absent", "absent", "present"]


def test_123_who_is_looked_at_first_waits_for_who_lapses_with_them_and_goes_before(ending):
    parts, clock = ending
    first, second = (number for number in by_id(parts) if number != "E3")
    clock.advance(t("2026-02-16T00:00") - clock.now())  # 72 hours after its end: nobody had been warned
    send(parts, status(second, "low", "active", 2), clock)
    assert doors(parts) == ["present"] * 3, "nobody has looked at the other yet, who may go first"
    assert paged(parts) == 0
    clock.advance(SOON)
    parts.deadlines.work_off()
    assert door_of(parts, first, second, "E3") == ["absent", "present", "present"]
    assert told(parts) == [(second, "manager")]
    at(parts, clock, "2026-02-17T00:00")
    assert door_of(parts, first, second, "E3") == ["absent", "absent", "present"]


def test_123_of_three_who_lapse_as_many_stay_for_a_day_as_the_post_needs(hub):
    parts, clock = hub
    first, second, third = by_id(parts)
    send_together(parts, [voided(f"{number}-exam-2026-01-12") for number in (third, second, first)], clock)
    assert door_of(parts, first, second, third) == ["absent", "present", "present"]
    assert sorted(told(parts)) == sorted([(second, "manager"), (third, "manager")])


def test_who_is_on_leave_does_not_man_the_post(hub):
    parts, clock = hub
    away = Leave(
        subject="E3", starts_at=t("2026-02-01T00:00"), ends_at=t("2026-02-20T00:00"), as_of=t("2026-02-01T00:00")
    )
    send(parts, ("roster", [away]), clock)
    lost(parts, clock, "E1")
    assert doors(parts) == ["present"] * 3, "only one other is there"


def test_what_an_issuer_closes_waits_for_nobody(hub):
    parts, clock = hub
    lost(parts, clock, "E1")
    send(parts, status("E2", "high", "revoked", 9), clock)
    assert doors(parts) == ["absent", "absent", "present"]
    send(parts, status("E3", "high", "suspended", 9), clock)
    assert doors(parts) == ["absent"] * 3


def test_the_closing_goes_on_once_enough_are_back(hub):
    parts, clock = hub
    send(parts, status("E1", "high", "suspended", 9), clock)
    lost(parts, clock, "E2")
    assert doors(parts) == ["absent", "present", "present"]
    send(parts, status("E1", "high", "active", 10), clock)
    assert at(parts, clock, "2026-02-02T09:40") == ["present", "absent", "present"]


def test_the_alarm_ends_by_itself_once_the_post_is_manned_and_not_before(hub):
    parts, clock = hub
    send(parts, status("E1", "high", "suspended", 9), clock)
    lost(parts, clock, "E2")
    parts.manned.turn()
    assert paged(parts) == 1, "one is left, and two must be"
    send(parts, status("E1", "high", "active", 10), clock)
    parts.manned.turn()
    assert paged(parts) == 0


def test_nobody_is_paged_about_a_post_in_observe(observed):
    parts, clock = observed
    for number in PEOPLE:
        lost(parts, clock, number)
    assert doors(parts) == ["absent"] * 3
    assert paged(parts) == 0


def test_what_rests_on_an_issuer_s_certificate_is_nobody_s_own_however_it_is_asked_for(hub):
    parts, _clock = hub
    shipped = parts.folder.positions["network-security"]
    assert not is_own("professional", shipped), "CISSP or CISP, by the name of the requirement"
    position = parts.folder.positions["dc-operations"]
    asked = ("high-voltage", "dc-ops-qualification", "other-post:licence", "mentors")
    assert [is_own(name, position) for name in asked] == [False, True, False, True]
