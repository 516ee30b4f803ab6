"""How well closing works, in figures: of what was decided of late, from decision until it was seen closed."""

from datetime import timedelta

import pytest

from hub.views import status as views
from hub.views.effectiveness import Controls, _quantile
from tests.hub.access.test_by_hand import OPS, opened
from tests.hub.decision.test_law import NOW, send, status
from tests.hub.doors import delivering, row, sweep, until


def figures(parts, days=30):
    [found] = Controls(["iam"], parts.database, parts.clock).figures(days)
    return found


def test_closings_are_counted_and_timed_until_seen(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1", "E2")
        assert (figures(parts).revocations, figures(parts).max_seconds) == (0, None)
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS not in door.inside, "it is closed")
        found = figures(parts)
        assert (found.revocations, found.confirmed, found.unconfirmed, found.drifted) == (1, 1, 0, 0)
        assert found.p50_seconds == found.p99_seconds == found.max_seconds == 0.0, "the calendar stood still"

        def refuse(_change):
            raise AssertionError("nothing more is written")

        door.fail = refuse
        send(parts, status("E2", "high", "revoked", 6), clock)
        until(lambda: row(parts, "E2", "dc-ops")["wanted"] == "absent", "it is to be closed")
        assert (figures(parts).revocations, figures(parts).unconfirmed) == (2, 1)
        clock.advance(timedelta(days=31))
        assert figures(parts).revocations == 0 and figures(parts, 60).revocations == 2


def test_what_another_hand_moved_counts_as_drift_until_it_is_mended(tmp_path):
    with delivering(tmp_path / "hub") as (parts, door, clock):
        opened(parts, clock, "E1")
        door.inside.discard(OPS)
        sweep(parts, door, clock)
        assert figures(parts).drifted == 1
        text = views.metrics(parts.database, {}, others=[parts.controls]).decode()
        assert 'licet_sink_drifted{sink="iam"} 1.0' in text and 'licet_sink_unconfirmed{sink="iam"} 0.0' in text


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.99, 4), (1.0, 4), (0.25, 1), (0.0, 1)])
def test_a_quantile_is_a_value_that_was_measured(share, value):
    assert _quantile([1, 2, 3, 4], share) == value and NOW
