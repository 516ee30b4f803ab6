"""What leave excuses of a session: S, 14:00-17:00 on 6 May, of which nobody saw anything."""

from hub.rules.people.leaves import leaves
from tests.hub.rules.attendance.test_room import session
from tests.hub.rules.attendance.test_session import asked, figures, sitting
from tests.hub.rules.story import facts_of, leave, roster_lists

ABSENT, EXCUSED = ("absent", 0, 180, 0), ("excused", 0, 0, 0)
WHOLE = leave("05-04", "05-22", said="05-01")


def stands(*said):
    away = leaves(facts_of(said))
    return figures(asked(sitting(frame=session("14:00-17:00", leaves=away)), "22:00"))


def test_9_leave_that_was_mended_excuses_no_more_than_it_says_now():
    assert stands(WHOLE) == EXCUSED
    assert stands(WHOLE, leave("05-18", "05-22", said="05-12")) == ABSENT


def test_10_leave_that_was_cleared_before_it_ended_excuses_nothing():
    assert stands(WHOLE, roster_lists(said="05-12")) == ABSENT


def test_11_leave_that_was_over_and_is_listed_no_longer_still_excuses():
    over = leave("05-04", "05-08", said="05-01")
    assert stands(over, roster_lists(said="06-01")) == EXCUSED
