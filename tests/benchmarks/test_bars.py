"""Whoever reads the table of a bench reads of each bar whether it holds."""

import pytest

from benchmarks.__main__ import TARGETS, holds


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("mass_decided_ms", 0.527, True),
        ("mass_decided_ms", 0.528, False),
        ("mass_others_ratio", 2.0, True),
        ("mass_others_ratio", 2.01, False),
        ("lines_per_cpu_s", 14_999, False),
        ("pg_claim_doubles", 0, True),
        ("pg_claim_doubles", 1, False),
        ("mass_own_ms", 7.0, None),
    ],
)
def test_a_bar_is_judged_as_it_is_written(name, value, held):
    assert holds(name, value) is held


def test_every_bar_can_be_judged():
    assert all(holds(name, 1.0) is not None for name in TARGETS)
