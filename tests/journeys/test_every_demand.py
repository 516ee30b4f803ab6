"""What is demanded has a journey, or a table of examples, that bears its number: whoever looks for ``q10`` finds it."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DEMANDED = {"1", "2", "2a", *map(str, range(3, 15)), "19", "20", "21"}


def test_every_demand_is_found_by_its_number():
    found: set[str] = set()
    for file in TESTS.rglob("test_*.py"):
        text = file.read_text("utf-8")
        found.update(re.findall(r"def test_q(\d+a?)_", text))
        found.update(re.findall(r'^ +"Q(\d+a?) ', text, re.MULTILINE))
    assert found >= DEMANDED, sorted(DEMANDED - found)
