"""What a sink that knows people by a badge still lacks: each case fails until it is built, and says so then."""

from datetime import timedelta

import pytest

from hub import actions
from tests.hub.doors import delivering, enforced, look, until
from tests.hub.test_law import qualified, send, status


@pytest.mark.xfail(strict=True, reason="hub/delivery.py: nobody remembers under which identifier a door was opened")
def test_a_badge_that_is_a_person_s_no_more_opens_nothing(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        enforced(parts)
        until(lambda: ("id-terminals-E1", "dc-ops") in door.inside, "the badge opens")
        clock.advance(timedelta(hours=1))
        actions.unlink(parts, "terminals", "terminals-E1", "E1", clock.now())
        actions.link(parts, "terminals", "new-badge", "E1")
        look(parts)
        until(lambda: ("id-terminals-E1", "dc-ops") not in door.inside, "the old badge opens nothing", 4)


@pytest.mark.xfail(strict=True, reason="hub/directory.py identifier: one of several identifiers is taken")
def test_a_revocation_closes_every_badge_of_a_person(tmp_path):
    with delivering(tmp_path / "hub", source="terminals") as (parts, door, clock):
        for message in qualified("E1"):
            send(parts, message, clock)
        actions.link(parts, "terminals", "second-badge", "E1")
        look(parts)
        enforced(parts)
        door.inside |= {("id-terminals-E1", "dc-ops"), ("id-second-badge", "dc-ops")}
        send(parts, status("E1", "high", "revoked", 5), clock)
        until(lambda: {target for _who, target in door.inside} <= {"dc-assist"}, "no badge opens", 4)
