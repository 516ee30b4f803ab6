"""Who an identifier is may change: nobody keeps, or inherits, what was done under it by somebody else."""

from datetime import timedelta

import pytest

from hub import actions
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.test_law import NOW, opened, qualified, roster, send, standings, t


def scope(parts, number):
    return standings(parts, number)[0][1]


def test_hours_of_an_identifier_that_is_taken_away_count_no_more(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        assert scope(parts, "E1") == "full"
        assert actions.unlink(parts, "terminals", "terminals-E1", "E1", t("2026-01-05T00:00"))
        assert scope(parts, "E1") == "none", "nobody was seen at the session"


def test_who_gets_a_number_that_was_another_s_inherits_nothing(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        for message in qualified("E2"):
            if message[0] != "terminals":
                send(parts, message, clock)
        assert scope(parts, "E2") == "none", "E2 was not seen at the session"
        actions.unlink(parts, "terminals", "terminals-E1", "E1", NOW)
        actions.link(parts, "terminals", "terminals-E1", "E2")
        clock.advance(timedelta(minutes=20))
        send(parts, roster("E2", "2026-01-20T00:00"), clock)
        assert (scope(parts, "E1"), scope(parts, "E2")) == ("full", "none")


def test_an_identifier_that_is_somebody_s_is_not_linked_to_another(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        send(parts, roster("E2"), clock)
        with pytest.raises(ConfigError, match="unlink"):
            actions.link(parts, "terminals", "terminals-E1", "E2")
