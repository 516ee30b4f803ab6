"""An answer counts if it is of the form that was asked for; anything else with a 200 is no answer."""

import json

import pytest

from connectors.access.scim.profile import SHIPPED, load_profile
from connectors.access.scim.reading import GROUP, Member, members, page, resource
from connectors.http import Answer
from connectors.listings import Listings
from schemas.errors import ConfigError, UnavailableError

CORE = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def answer(body):
    return Answer(200, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        [],
        {},
        {"code": 429, "message": "slow down"},
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"},
        {"schemas": [CORE], "displayName": "no id"},
        {"schemas": [CORE], "id": "another"},
        {"id": "g1", "members": []},
        {"schemas": [CORE], "id": "g1", "ID": "g1"},
    ],
    ids=str,
)
def test_what_is_not_the_group_that_was_asked_for_is_a_bad_answer(body):
    with pytest.raises(UnavailableError) as bad:
        resource(answer(body), GROUP, "g1")
    assert bad.value.code == "peer.bad-answer"


@pytest.mark.parametrize(
    "body",
    [
        {"Resources": []},
        {"schemas": [LIST], "Resources": []},
        {"schemas": [LIST], "totalResults": "0"},
        {"schemas": [LIST], "totalResults": 1, "Resources": [7]},
        {"schemas": [LIST], "totalResults": 1, "Resources": [{"displayName": "no id"}]},
        {"code": 0, "data": []},
    ],
    ids=str,
)
def test_what_is_no_list_is_a_bad_answer(body):
    with pytest.raises(UnavailableError) as bad:
        page(answer(body), GROUP)
    assert bad.value.code == "peer.bad-answer"


def test_names_have_no_case_and_members_are_named_by_value_or_reference():
    group = {"Schemas": [CORE.upper()], "ID": "g1"}
    group["Members"] = [{"Value": "u1"}, {"$REF": "https://iam/Users/u2"}, {"value": 3, "type": "group"}]
    found = members(resource(answer(group), GROUP, "g1"))
    assert found == [Member("u1", "", False, False), Member("", "u2", False), Member("3", "", True)]


@pytest.mark.parametrize("wrong", [["u1"], {"value": "u1"}, [{"display": "who"}]], ids=str)
def test_members_that_cannot_be_told_are_a_bad_answer(wrong):
    with pytest.raises(UnavailableError):
        members({"members": wrong})


def test_a_list_is_whole_where_a_longer_one_was_seen_and_empty_where_we_took_everybody_away():
    listings = Listings()
    assert not listings.are_whole(0) and not listings.emptied("room")
    listings.saw("other", {"a", "b"}, 2)
    assert listings.are_whole(1) and not listings.are_whole(2), "a server that shows two at most shows two"
    listings.saw("room", {"a"}, 1)
    listings.removed("room", "b")
    listings.saw("room", (), 0)
    assert not listings.emptied("room"), "somebody was there, and it was not us who took them away"
    listings.removed("room", "a")
    assert listings.emptied("room")


@pytest.mark.parametrize("name", sorted(each.stem for each in SHIPPED.glob("*.toml")))
def test_every_shipped_profile_can_be_read(name):
    assert load_profile(name, None)


def test_a_profile_that_is_missing_or_wrong_says_what_is_expected(tmp_path):
    with pytest.raises(ConfigError, match="one of aliyun, aws, canaille, entra, keycloak, rfc"):
        load_profile("okta", None)
    (tmp_path / "own.toml").write_text('remove = "delete"\n')
    with pytest.raises(ConfigError, match=r"own\.toml: remove"):
        load_profile("rfc", tmp_path / "own.toml")
