"""What `licet check --online` finds at a door."""

import pytest

from connectors.access.hikvision import Hikvision
from connectors.access.hikvision import Settings as TerminalSettings
from connectors.access.scim import Scim, Settings
from connectors.simulators.hikvision import Device
from connectors.simulators.hikvision import serving as at_terminal
from hub.access.examine import examine
from hub.access.sinks import Sink
from tests.contract.scim_server import TOKEN, running
from tests.faults.odd_scim import serving
from tests.ports import free_port


def tried(url, targets, *identifiers, **settings):
    made = Settings.model_validate({"base_url": url, "allow_private_address": True, **settings})
    return [each[1:] for each in examine(Sink("iam", Scim("iam", made), "roster"), targets, identifiers)]


def test_people_targets_and_read_back_are_tried_one_by_one():
    with serving(["filter finds"]) as (url, _servers):
        found = tried(f"{url}/s0/v2", ["room-a", "nowhere"], "E1", "HR-0", "HR-9", groups={"room-a": "room-b"})
    assert found[:7] == [
        ("connection", "answers", "", False),
        ("what it says of itself", "nothing (404): the profile is taken at its word", "", False),
        ("groups inside groups", "read wherever a group lists one", "", False),
        (
            "old tokens",
            "go on after a removal, nobody has said for how long; set token_lifetime_seconds",
            "",
            False,
        ),
        ("people", "2 of 3 found", "sink.no-person (1)", False),
        ("target room-a", "3 members shown", "", False),
        ("read-back room-a", "an absence counts", "", False),
    ]
    [(what, answer, code, stops)] = found[7:]
    assert (what, code, stops) == ("target nowhere", "sink.no-target", True) and "0 groups" in answer


@pytest.mark.parametrize("odd", ["members never shown", "members cut to two"])
def test_a_read_that_shows_too_little_is_told(odd):
    with serving([odd]) as (url, _servers):
        found = tried(f"{url}/s0/v2", ["room-a"], "E1")
    assert found[-1] == ("read-back room-a", "an absence proves nothing yet", "sink.uncalibrated", False)


def test_a_door_that_is_away_is_tried_no_further():
    [(what, _answer, code, stops)] = tried(f"http://127.0.0.1:{free_port()}/v2", ["room-a"], "E1")
    assert (what, code, stops) == ("connection", "peer.unreachable", True)


def test_what_the_server_says_of_itself_stands_beside_what_its_profile_does():
    with running() as server:
        server.add_group("room", (server.add_user(userName="other", externalId="HR-0"),))
        found = {each[0]: each[1] for each in tried(f"http://127.0.0.1:{server.port}/v2", ["room"], token=TOKEN)}
        other = {
            each[0]: each[1]
            for each in tried(f"http://127.0.0.1:{server.port}/v2", [], token=TOKEN, profile="canaille")
        }
    assert found["media type"] == "sends application/scim+json, is sent application/scim+json"
    assert found["If-Match"] == "supported, not used; look at if_match of its profile"
    assert found["PATCH"] == "supported, used" and found["filters"] == "supported, used"
    assert other["filters"] == "supported, not used; look at member_filter of its profile"


def test_how_long_old_tokens_of_keycloak_go_on_is_told_and_whether_anybody_said():
    """A removal ends neither tokens nor sessions there."""
    with serving(["as the standard says"]) as (url, _servers):
        keycloak = {"profile": "keycloak"}
        unsaid, said = (
            {each[0]: each[1] for each in tried(f"{url}/s0/v2", [], **keycloak, **more)}
            for more in ({}, {"token_lifetime_seconds": 300})
        )
    assert "nobody has said for how long; set token_lifetime_seconds" in unsaid["old tokens"]
    assert said["old tokens"] == "go on for 300 s after a removal; its evidence says so"
    assert "no closing is proven" in said["groups inside groups"]


@pytest.mark.parametrize("hours", [None, 96])
def test_that_a_terminal_ends_by_itself_what_it_opened_is_told(hours):
    known = {"user": "licet", "password": "secret-1", "targets": {"hall": {}}, "allow_private_address": True}
    with at_terminal(Device()) as url:
        door = Hikvision("gate", TerminalSettings.model_validate({**known, "url": url, "lease_hours": hours}))
        found = {each.tried: each.answer for each in examine(Sink("gate", door, "roster"), [], [])}
        door.close()
    assert found.get("leases") == (None if hours is None else "what is opened ends after 96 h unless prolonged")
