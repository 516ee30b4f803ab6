"""What a SCIM server says of itself (``/ServiceProviderConfig``), beside how its profile has it used."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.access.scim.profile import Profile
from connectors.access.scim.reading import resource
from connectors.access.scim.wire import Wire
from connectors.port import Fact

_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:serviceproviderconfig"

_INNER = {
    "listed": "read wherever a group lists one",
    "none": "there are none, says its profile",
    "hidden": "not listed, says its profile: no closing is proven; where there are none, set inner_groups there",
}


def facts_of(wire: Wire, profile: Profile) -> Iterator[Fact]:
    """Media type, If-Match, PATCH and filters: what is said, and what is done.

    Raises:
        UnavailableError: The server is away, or answers something else.
    """
    answer = wire.get("/ServiceProviderConfig")
    if answer.status != 200:
        yield Fact("what it says of itself", f"nothing ({answer.status}): the profile is taken at its word")
        return
    said = resource(answer, _SCHEMA)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    yield Fact("media type", f"sends {kind or 'none'}, is sent {profile.media_type}")
    uses_patch = "put" not in (profile.add, profile.remove)
    yield Fact("If-Match", _beside(_supported(said, "etag"), used=profile.if_match, setting="if_match"))
    yield Fact("PATCH", _beside(_supported(said, "patch"), used=uses_patch, setting="add, remove"))
    asks = profile.member_filter == "try"
    yield Fact("filters", _beside(_supported(said, "filter"), used=asks, setting="member_filter"))


def inner_groups_of(profile: Profile) -> Fact:
    """What is known of groups inside groups, through which somebody is in whom no list of the outer one shows."""
    return Fact("groups inside groups", _INNER[profile.inner_groups])


def outlived_by(lifetime: float | None) -> Fact:
    """How long tokens and sessions that were given before a removal go on: SCIM ends none (Keycloak, too)."""
    unsaid = "go on after a removal, nobody has said for how long; set token_lifetime_seconds"
    said = f"go on for {lifetime:.0f} s after a removal; its evidence says so" if lifetime is not None else unsaid
    return Fact("old tokens", said)


def _supported(said: Mapping[str, Any], name: str) -> bool:
    found = said.get(name)
    return isinstance(found, dict) and found.get("supported") is True


def _beside(supported: bool, *, used: bool, setting: str) -> str:
    says, does = "supported" if supported else "not supported", "used" if used else "not used"
    look = "" if supported == used else f"; look at {setting} of its profile"
    return f"{says}, {does}{look}"
