"""How far long work is stands on one line of a terminal, on few lines of a file, and nowhere where it takes no time."""

import os
import pty
import sys
from contextlib import contextmanager

import pytest

from hub.cli.counting import Counting

STEPS = ((1.9, 10), (2.0, 20), (2.5, 30), (3.0, 40), (11.9, 50), (12.0, 60), (12.1, 100))
"""When so much of 100 is done, in seconds from the beginning."""


@contextmanager
def error_output(to: int):
    """The error output of this process, which goes to an open file."""
    kept, sys.stderr = sys.stderr, os.fdopen(os.dup(to), "w", encoding="utf-8")
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = kept


def worked(steps, *, ends: bool = True):
    """Work whose steps are done at these instants."""
    instants = iter([0.0, *(at for at, _done in steps)])
    counting = Counting(lambda: next(instants))
    for _at, done in steps:
        counting(done, 100)
    if ends:
        counting.end()


def on_a_terminal(steps) -> str:
    """What a real terminal gets."""
    ours, theirs = pty.openpty()
    try:
        with error_output(theirs):
            worked(steps)
        os.write(theirs, b"|")
        shown = b""
        while not shown.endswith(b"|"):
            shown += os.read(ours, 4096)
        return shown.decode().removesuffix("|")
    finally:
        os.close(ours)
        os.close(theirs)


def in_a_file(steps, path) -> str:
    with path.open("w") as file, error_output(file.fileno()):
        worked(steps)
    return path.read_text(encoding="utf-8")


def test_a_terminal_shows_on_one_line_how_far_it_is_each_second():
    assert on_a_terminal(STEPS) == "\r20/100\r40/100\r50/100\r100/100\r\n"


def test_a_file_gets_a_line_each_ten_seconds_alone(tmp_path):
    assert in_a_file(STEPS, tmp_path / "err") == "20/100\n60/100\n"


@pytest.mark.parametrize("steps", [((0.5, 50), (1.9, 100)), ()])
def test_what_takes_less_than_two_seconds_says_nothing(steps, tmp_path):
    assert on_a_terminal(steps) == in_a_file(steps, tmp_path / "err") == ""


def test_work_that_is_given_up_ends_its_line():
    assert on_a_terminal(((2.0, 20),)) == "\r20/100\r\n"
