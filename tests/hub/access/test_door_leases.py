"""What a terminal opens for a time only: prolonged by the hub, over where none is there, and opened by the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.access.hikvision import Hikvision, Settings
from connectors.simulators.hikvision import Device, serving
from hub.access.sinks import Sink
from hub.assembly import Assembly
from tests.hub.decision.test_law import NOW, opened, qualified, send, status
from tests.hub.doors import LiveClock, delivery_of, enforced, entries, instance, row, turning, until

LEASE = timedelta(hours=72)
FARTHEST_ZONE = timedelta(hours=14)
TARGETS = {"dc-ops": {"doors": [2]}, "dc-assist": {"doors": [1]}}


def terminal(url: str, clock: LiveClock, hours: int | None) -> Hikvision:
    """The hub's side of it, with leases of so many hours."""
    known = {"url": url, "user": "licet", "password": "secret-1", "targets": TARGETS, "allow_private_address": True}
    return Hikvision("iam", Settings.model_validate({**known, "lease_hours": hours}), clock.now)


@contextmanager
def inside(path: Path) -> Iterator[tuple[Assembly, Device, LiveClock, str]]:
    """Somebody to whom a terminal is opened by a lease."""
    device, clock = Device(), LiveClock(NOW)
    device.enrol("E1", "张三")
    with serving(device) as url:
        door = terminal(url, clock, 72)
        with (
            opened(path, clock, instances={"iam": instance(door, "roster")}) as parts,
            turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery),
        ):
            for message in qualified("E1"):
                send(parts, message, clock)
            enforced(parts)
            until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open")
            yield parts, device, clock, url
        door.close()


def sweep(parts: Assembly) -> int:
    return parts.reconciler.sweep(parts.sinks["iam"])


def end(device: Device) -> datetime:
    return datetime.fromisoformat(device.people["E1"]["Valid"]["endTime"]).replace(tzinfo=NOW.tzinfo)


def told(parts: Assembly) -> list[str]:
    return [each["code"] for each in entries(parts, "alarm", "dc-ops")]


def test_a_lease_is_prolonged_from_half_of_it_on_and_nobody_is_told(tmp_path):
    with inside(tmp_path / "hub") as (parts, device, clock, _url):
        assert end(device) == NOW + LEASE + FARTHEST_ZONE
        epoch, writes = row(parts, "E1", "dc-ops")["epoch"], len(device.calls)
        clock.advance(LEASE / 2 - timedelta(minutes=1))
        assert sweep(parts) == 0 and row(parts, "E1", "dc-ops")["state"] == "confirmed"
        assert not [each for each in device.calls[writes:] if each.startswith("PUT")]
        clock.advance(timedelta(minutes=2))
        assert sweep(parts) == 0, "that is no drift"
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open for longer")
        assert end(device) == clock.now() + LEASE + FARTHEST_ZONE
        assert row(parts, "E1", "dc-ops")["epoch"] > epoch, "it is no repeat of the opening"
        assert (told(parts), entries(parts, "drifted", "dc-ops")) == ([], [])
        assert len(entries(parts, "accepted", "dc-ops")) == 2, "each time that it was written is on record"


def test_a_terminal_lets_nobody_in_while_no_hub_is_there_and_the_next_one_opens_it_again(tmp_path):
    with inside(tmp_path / "hub") as (parts, device, clock, _url):
        clock.advance(LEASE + FARTHEST_ZONE + timedelta(minutes=1))
        assert not device.opens("E1", 2, clock.now())
        clock.advance(timedelta(days=1))
        assert sweep(parts) == len(TARGETS)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is open again")
        assert device.opens("E1", 2, clock.now()) and end(device) == clock.now() + LEASE + FARTHEST_ZONE
        assert told(parts) == [], "no other hand has closed it"


def test_what_another_hand_closed_is_not_prolonged(tmp_path):
    with inside(tmp_path / "hub") as (parts, device, clock, _url):
        device.people["E1"] |= {"doorRight": "", "RightPlan": []}
        clock.advance(LEASE * 0.6)
        sweep(parts)
        assert row(parts, "E1", "dc-ops")["state"] == "held" and told(parts) == ["sink.closed-by-hand"]
        assert not device.opens("E1", 2, clock.now())


def test_what_its_issuer_closes_is_closed_at_once_and_never_prolonged(tmp_path):
    with inside(tmp_path / "hub") as (parts, device, clock, _url):
        send(parts, status("E1", "high", "revoked", 6), clock)
        until(lambda: row(parts, "E1", "dc-ops")["state"] == "confirmed", "it is closed")
        assert not device.opens("E1", 2, clock.now())
        clock.advance(LEASE * 0.6)
        sweep(parts)
        assert row(parts, "E1", "dc-ops")["state"] == "confirmed" and not device.opens("E1", 2, clock.now())


@pytest.mark.parametrize("hours", [None, 24 * 30])
def test_what_is_open_follows_where_leases_are_set_otherwise(tmp_path, hours):
    with inside(tmp_path / "hub") as (parts, device, clock, url):
        door = terminal(url, clock, hours)
        sink = Sink("iam", door, "roster")
        with turning(delivery_of(parts, {"iam": sink}, clock, "decider/next"), parts.activators.delivery):
            parts.reconciler.sweep(sink)
            until(lambda: end(device) != NOW + LEASE + FARTHEST_ZONE, "it is written anew")
        clock.advance(timedelta(days=20))
        assert device.opens("E1", 2, clock.now())
        door.close()
