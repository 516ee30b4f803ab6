"""A call that takes longer than it may is ended, once and by nobody's own thread; one that is over is left alone."""

import threading
import time
from contextlib import ExitStack

from connectors import deadlines
from connectors.deadlines import REST_SECONDS, Deadlines


def watching():
    return [each for each in threading.enumerate() if each.name == "deadlines-of-calls"]


def test_what_takes_too_long_is_ended_once_and_what_is_over_never():
    made, ended = Deadlines(), []
    with made.within(0.05, lambda: ended.append("short")):
        with made.within(60, lambda: ended.append("long")):
            pass
        slept = time.monotonic() + 10
        while not ended and time.monotonic() < slept:
            time.sleep(0.01)
        time.sleep(3 * deadlines.TICK_SECONDS)
    with made.within(60, lambda: ended.append("in time")):
        pass
    assert ended == ["short"]


def test_calls_of_any_number_have_one_thread_which_wakes_again_after_a_rest():
    before, made, ended = len(watching()), Deadlines(), []
    with ExitStack() as calls:
        for _ in range(50):
            calls.enter_context(made.within(60, lambda: None))
        assert len(watching()) == before + 1
    time.sleep(REST_SECONDS + 0.3)
    with made.within(0.01, lambda: ended.append(True)):
        until = time.monotonic() + 10
        while not ended and time.monotonic() < until:
            time.sleep(0.01)
    assert ended == [True] and len(watching()) == before + 1
