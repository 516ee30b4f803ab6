"""The benches of other doors close what they count at the peer itself; else they measure another thing."""

import pytest

from benchmarks import doors
from tests.contract import slapd


@pytest.mark.skipif(bool(slapd.missing()), reason=slapd.missing() or "slapd is here")
def test_a_directory_shows_nobody_in_of_whom_that_was_confirmed():
    found = doors.measured_directory(20)
    assert set(found) == {"slapd_p50_ms", "slapd_p99_ms", "slapd_own_ms", "slapd_cpu_ms"}
    assert 0 < found["slapd_p50_ms"] <= found["slapd_p99_ms"]


def test_a_receiver_of_signals_has_verified_and_taken_each_revocation():
    found = doors.measured_receiver(20)
    assert set(found) == {"signals_p50_ms", "signals_p99_ms", "signals_cpu_ms"}
    assert found["signals_p50_ms"] <= found["signals_p99_ms"]
