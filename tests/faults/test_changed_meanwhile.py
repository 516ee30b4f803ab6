"""Somebody else changes a group between our look and our change, at a real SCIM server with ETags: it answers 412.

What is said is that, and nothing is done; then the group is looked at anew, and the other hand's change stands.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.access.scim import SPEC, Settings
from hub.access.desired import desire
from hub.access.wanted import WantedTarget
from hub.assembly import Assembly
from hub.config.instances import Instance
from tests.contract.scim_server import TOKEN, ScimServer, running
from tests.faults.proxy import Proxy, Seen
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, delivery_of, entries, entries_of, row, turning, until

FORMS = {"PATCH": "if_match = true\n", "PUT": 'if_match = true\nadd = "put"\nremove = "put"\nlisting = "whole"\n'}


class Place:
    """One group of a real server: who is in it, and another hand that changes it."""

    def __init__(self, parts: Assembly, server: ScimServer, proxy: Proxy, room: str) -> None:
        self.parts, self.server, self.proxy, self.room = parts, server, proxy, room
        self.ours = server.add_user(userName=f"wang-{room}", externalId="E1")
        self.stays, self.leaves, self.comes = (server.add_user(userName=f"{n}-{room}") for n in range(3))
        self.group = server.add_group(room, (self.stays, self.leaves))

    def other_hand(self) -> None:
        """Somebody comes, and somebody goes, by an administrator of the server."""
        self._patch({"op": "add", "path": "members", "value": [{"value": self.comes}]})
        self._patch({"op": "remove", "path": f'members[value eq "{self.leaves}"]'})

    def touch(self) -> None:
        """The group has another version, and nobody comes or goes."""
        self._patch({"op": "add", "path": "members", "value": [{"value": self.comes}]})
        self._patch({"op": "remove", "path": f'members[value eq "{self.comes}"]'})

    def _patch(self, operation: dict[str, Any]) -> None:
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        self.server.call("PATCH", f"/Groups/{self.group}", {"schemas": [schema], "Operations": [operation]})

    def want(self, wanted: Any) -> None:
        target = WantedTarget("iam", self.room, wanted, wanted == "absent", ("post",), True)
        person = self.parts.directory.person_by_number("E1")
        assert person is not None
        self.parts.writer.call(lambda tx: desire(person, [target], "", tx))

    def confirmed(self) -> None:
        until(lambda: row(self.parts, "E1", self.room)["state"] == "confirmed", f"{self.room} is confirmed")

    def changes(self) -> list[Seen]:
        return [each for each in self.proxy.seen if each.method in FORMS and self.group in each.target]


@pytest.fixture(params=FORMS)
def place(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Place]:
    with running() as server, Proxy("127.0.0.1", server.port) as proxy:
        (tmp_path / "own.toml").write_text(FORMS[request.param], encoding="utf-8")
        settings = {"base_url": f"{proxy.url}/v2", "token": TOKEN, "allow_private_address": True}
        made = Settings.model_validate({**settings, "profile_file": tmp_path / "own.toml"})
        clock = LiveClock(NOW)
        instances = {"iam": Instance("iam", SPEC, made, "roster", timedelta(seconds=60))}
        with opened(tmp_path / "hub", clock, instances=instances) as parts:
            send(parts, roster("E1"), clock)
            with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
                yield Place(parts, server, proxy, "room")


def test_a_stale_version_changes_nothing_and_the_next_look_does(place: Place) -> None:
    for wanted, inside in (("present", {place.ours}), ("absent", set[str]())):
        place.proxy.clear()
        place.proxy.meanwhile(place.other_hand if wanted == "present" else place.touch)
        place.want(wanted)
        place.confirmed()
        first, *_, last = place.changes()
        assert first.answered == 412 and last.answered in (200, 204)
        told = [each for each in entries(place.parts, "failed", "room") if each["wanted"] == wanted]
        assert {each["code"] for each in told} == {"peer.conflict"}
        # Whoever the other hand took out is not put back, and whoever it let in stays, but for whom it took out itself.
        others = {place.stays, place.comes} if wanted == "present" else {place.stays}
        assert set(place.server.members_of("room")) == others | inside
    assert not entries_of(place.parts, "alarm")
