"""Every worked example of the rules has its test: a number that is missing shows."""

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LAST = 152
ELSEWHERE = {
    15: "tests/hub/intake: two rows of one file that contradict each other",
    16: "tests/hub/intake: an enrolment that is gone before the session",
    17: "tests/hub/intake: an enrolment that is gone after the session",
    35: "tests/hub/intake/test_terminal_clocks.py",
    39: "tests/hub/intake/test_terminal_clocks.py",
    70: "tests/hub/intake/test_lists.py",
    76: "tests/journeys/test_learning.py",
    123: "tests/hub/decision/test_manning.py",
    139: "tests/hub/intake/test_terminal_clocks.py",
    144: "tests/journeys/test_learning.py",
    148: "tests/hub/intake/test_terminal_clocks.py",
}
"""Examples that are not of the pure rules, and where they are held."""


def numbers():
    """The numbers named by rows, by the names of tests, and by the comments beside them."""
    found = set()
    for file in [*HERE.glob("test_*.py"), *HERE.glob("attendance/test_*.py")]:
        if file == Path(__file__):
            continue
        text = file.read_text("utf-8")
        found |= {int(number) for number in re.findall(r"Row\(\s*(\d+),", text)}
        found |= {int(number) for number in re.findall(r"^ +\((\d+), \"", text, re.MULTILINE)}
        for name in re.findall(r"def test_(\w+)\(", text):
            found |= {int(number) for number in re.findall(r"(?<![a-z0-9])(\d+)(?=_)", name)}
        for comment in re.findall(r"def test_.*# *(?:examples? )?([\d, ]+)$", text, re.MULTILINE):
            found |= {int(number) for number in re.findall(r"\d+", comment)}
    return found - {0}


def test_what_is_held_elsewhere_is_there():
    for number, where in ELSEWHERE.items():
        if where.endswith(".py"):
            assert f"def test_{number}_" in (ROOT / where).read_text("utf-8"), where


def test_no_number_is_missing():
    missing = set(range(1, LAST + 1)) - numbers() - set(ELSEWHERE)
    assert not missing, sorted(missing)
