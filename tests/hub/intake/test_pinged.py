"""A system that is asked because somebody says that it has news: at once, so often at most, and no news is lost."""

from datetime import timedelta

from hub.intake.pinged import Pinged


class Work:
    """Asks for pages, and counts how often."""

    def __init__(self, *again: float | None) -> None:
        self.again, self.asked = list(again), 0

    def __call__(self) -> float | None:
        self.asked += 1
        return self.again.pop(0) if self.again else None


def test_a_ping_wakes_and_after_a_round_it_rests_for_as_long_as_it_must():
    now = [100.0]
    pinged, work = Pinged(timedelta(seconds=60), lambda: now[0]), Work()
    assert pinged.turn(work) is None and work.asked == 1
    for at, left in ((100.0, 60.0), (130.0, 30.0), (159.5, 0.5)):
        now[0] = at
        pinged.ping()
        assert pinged.turn(work) == left and work.asked == 1, "it is asked when the rest is over"
    now[0] = 160.0
    assert pinged.turn(work) is None and work.asked == 2


def test_the_pages_of_a_round_wait_for_nothing():
    pinged, work = Pinged(timedelta(seconds=60), lambda: 100.0), Work(0.0, 0.2, None)
    assert [pinged.turn(work) for _ in range(4)] == [0.0, 0.2, None, 60.0] and work.asked == 3


def test_a_ping_that_comes_while_nobody_waits_is_kept():
    pinged = Pinged(timedelta(seconds=60))
    pinged.ping()
    pinged.activator.wait(3600)
