"""How well closing works, in figures: of what was decided of late, from decision until it was seen closed."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.port import Capabilities
from hub.views import status as views
from hub.views.effectiveness import Controls, _quantile
from hub.views.text import tell
from tests.hub.access.test_by_hand import OPS, opened
from tests.hub.decision.test_law import NOW, send, status
from tests.hub.doors import HeldDoor, delivering, row, sweep, until


def figures(parts, days=30):
    [found] = Controls({"iam": None}, parts.database, parts.clock).figures(days)
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


@pytest.mark.parametrize("lifetime", [0.0, 900.0, None])
def test_how_long_old_tokens_go_on_after_a_closing_stands_beside_it(tmp_path, lifetime):
    door = HeldDoor()
    door.can = Capabilities("exact", old_tokens_s=lifetime)
    with delivering(tmp_path / "hub", door=door) as (parts, _door, clock):
        opened(parts, clock, "E1")
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed" and OPS not in door.inside, "it is closed")
        [found] = parts.controls.figures()
        assert found.old_tokens_seconds == found.json()["old_tokens_seconds"] == lifetime
        line = f'licet_sink_old_tokens_seconds{{sink="iam"}} {lifetime}'
        text = views.metrics(parts.database, {}, others=[parts.controls]).decode()
        assert (line in text) is (lifetime is not None), "what nobody has said is not said to be nothing"
        [closed] = [each for each in parts.why.person("E1").targets if each.target == "dc-ops"]
        ends = closed.observed_at + timedelta(seconds=lifetime) if lifetime else None
        assert (closed.old_tokens_until, closed.old_tokens_unsaid) == (ends, lifetime is None)
        for language, known, unsaid in (
            ("en", "may go on until", "nobody has said how long"),
            ("zh", "最迟于", "未注明"),
        ):
            text = tell(parts.why.person("E1"), language, ZoneInfo("Asia/Shanghai"))
            [told] = [each for each in text.splitlines() if "iam/dc-ops" in each]
            assert (known in told, unsaid in told) == (bool(lifetime), lifetime is None)
        clock.advance(timedelta(seconds=901))
        [closed] = [each for each in parts.why.person("E1").targets if each.target == "dc-ops"]
        assert closed.old_tokens_until is None, "by now all have ended"
