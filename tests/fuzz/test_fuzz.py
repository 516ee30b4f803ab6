"""The targets of ``make fuzz`` stand: a first round of each."""

import pytest

from tests.fuzz.pushes import pushes
from tests.fuzz.rounds import feed
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_round_of_damaged_bodies_brings_nothing_foreign(name):
    feed(TARGETS[name], 0)


def test_a_round_at_each_door_of_a_running_hub_is_never_answered_with_500():
    with pushes() as doors:
        for target in doors.values():
            feed(target, 0, bodies=40)
