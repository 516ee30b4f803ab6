"""The bench of lapses has the clock close, nobody before their end and nobody else; else it measures another thing."""

from benchmarks import lapse


def test_licences_that_end_are_closed_by_the_clock_and_counted_from_their_end():
    found = lapse.measured(20, together=2)
    assert set(found) == {"lapse_close_s", "lapse_p50_s", "lapse_together_s"}
    assert 0 <= found["lapse_p50_s"] <= found["lapse_close_s"]
