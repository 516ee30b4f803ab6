"""What loops and pools promise: the next turn comes, and how they do can be seen."""

from queue import SimpleQueue
from threading import Event

from hub.workers import Activator, Loop, WorkerPool, drained
from schemas.errors import UnavailableError
from tests.hub.doors import until


def test_a_loop_turns_at_once_when_woken_and_at_its_interval():
    turns, activator = [], Activator()
    loop = Loop("work", lambda: turns.append(len(turns)), 60.0, activator)
    loop.start()
    until(lambda: len(turns) == 1, "the first turn")
    activator.wake()
    until(lambda: len(turns) == 2, "the second turn")
    loop.stop()
    assert loop.join(10)
    often = Loop("often", lambda: turns.append(len(turns)), 0.01)
    often.start()
    until(lambda: len(turns) > 10, "many turns")
    often.stop()
    assert often.join(10)


def test_whatever_a_turn_raises_the_next_one_comes_and_it_is_counted(caplog):
    raised = iter([UnavailableError("store.busy", "away"), ValueError("a bug"), UnavailableError("store.busy", "away")])
    good = Event()

    def work():
        error = next(raised, None)
        if error is not None:
            raise error
        good.set()

    loop = Loop("work", work, 0.01)
    loop.start()
    assert good.wait(10)
    loop.stop()
    assert loop.join(10)
    assert loop.status.errors == 3 and loop.status.turns >= 4
    assert [each.levelname for each in caplog.records] == ["WARNING", "ERROR"], "one word while it is away"


def test_a_wake_up_during_a_turn_is_not_lost():
    activator, begun, go_on, turns = Activator(), Event(), Event(), []

    def work():
        turns.append(None)
        begun.set()
        assert go_on.wait(10)

    loop = Loop("work", work, 60.0, activator)
    loop.start()
    assert begun.wait(10)
    activator.wake()
    go_on.set()
    until(lambda: len(turns) == 2, "the second turn")
    loop.stop()
    assert loop.join(10)


def test_a_pool_says_how_many_are_free_and_wakes_who_waits_for_that():
    freed, go_on = Activator(), Event()
    pool = WorkerPool(2, "work", freed)
    for _ in range(2):
        pool.take(lambda: go_on.wait(10) and None)
    assert pool.free == 0
    assert not pool.stop(0.05), "not finished yet"
    go_on.set()
    assert pool.stop(10) and pool.free == 2


def test_what_is_drained_comes_in_its_order_and_once():
    queue = SimpleQueue()
    assert drained(queue) == []
    for n in range(3):
        queue.put(n)
    assert (drained(queue), drained(queue)) == ([0, 1, 2], [])


def test_a_long_turn_ends_before_its_next_item_once_the_loop_is_to_end():
    begun = []
    under_way = Event()

    def work():
        while True:
            loop.progress()
            begun.append(1)
            under_way.set()

    loop = Loop("long", work, 3600)
    loop.start()
    assert under_way.wait(30)
    loop.stop()
    assert loop.join(30)
    done = len(begun)
    assert loop.status.errors == 0 and len(begun) == done
