"""A hub that looks at the badges that its people handed in, and what follows at the door."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from connectors.credential import badges
from connectors.simulators.badge_issuer import BadgeIssuer, serving, written
from connectors.simulators.hosted_badges import HostedBadges
from hub.alarms.desk import open_alarms
from hub.assembly import Assembly
from hub.clock import to_us
from hub.config.instances import Instance
from hub.store.tables import keys as keys_table
from hub.views.status import connectors
from tests.conftest import HandClock
from tests.connectors.credential.test_badges import registered
from tests.connectors.credential.test_badges_of_2_0 import registered as hosted_by
from tests.hub.decision.test_law import NOW, opened, qualified, send, t, targets

HIGH = "https://issuer.example/achievements/high-voltage"
END = "2027-12-31T16:00:00Z"


@pytest.fixture
def issuer() -> Iterator[BadgeIssuer]:
    with serving(BadgeIssuer()) as started:
        yield started


@contextmanager
def hub(home: Path, issuer: BadgeIssuer, clock: HandClock, url: str = "", **more: Any) -> Iterator[Assembly]:
    """A hub in which E1 stands the post but for one licence, of which there is a badge."""
    folder = home / "badges"
    folder.mkdir(parents=True)
    badge = issuer.badge("authority-E1", HIGH, t("2026-01-20T00:00"), places=7, validUntil=END)
    (folder / "one.jwt").write_text(issuer.sign(badge))
    issuer.now = clock.now
    given = registered(issuer, folder, credentials={"high-voltage-electrician": HIGH}, **more)
    spec, settings = badges.SPEC, badges.Settings.model_validate(given)
    instance = Instance("badges", spec, settings, "authority", timedelta(hours=1), spec.mapping)
    with without_the_licence(home, clock, instance, url) as parts:
        yield parts


@contextmanager
def without_the_licence(home: Path, clock: HandClock, instance: Instance, url: str = "") -> Iterator[Assembly]:
    with opened(home, clock, url, {"badges": instance}) as parts:
        for message in qualified("E1"):
            if not any(getattr(each, "credential", "") == "high-voltage-electrician" for each in message[1]):
                send(parts, message, clock)
        assert targets(parts, "E1")["dc-ops"] == "absent"
        yield parts


def look(parts: Assembly) -> dict[str, int]:
    polled = parts.polling.one("badges")
    assert polled is not None
    return dict(parts.polling.ask(polled).counts)


def alarms(parts: Assembly) -> Sequence[str]:
    return [each.code for each in open_alarms(parts.database) if each.about.get("connector") == "badges"]


@pytest.mark.parametrize("dated", [None, t("2026-01-01T00:00")], ids=["dated anew", "dated once for ever"])
def test_a_badge_opens_the_door_and_a_bit_in_its_issuers_list_closes_it(issuer, tmp_path, database_url, dated):
    clock, issuer.dated = HandClock(NOW), dated
    issuer.changed = {} if dated is None else {"validUntil": "2030-01-01T00:00:00Z"}
    with hub(tmp_path / "hub", issuer, clock, database_url) as parts:
        assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "present"
        clock.advance(timedelta(hours=1))
        issuer.set_bits["suspension"] = {7}
        assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "absent"
        clock.advance(timedelta(hours=1))
        issuer.set_bits["suspension"] = set()
        assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "present"
        clock.advance(timedelta(hours=1))
        issuer.set_bits["revocation"] = {7}
        assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "absent"
        clock.advance(timedelta(hours=1))
        issuer.set_bits["revocation"] = set()
        look(parts)
        assert targets(parts, "E1")["dc-ops"] == "absent", "what was revoked is never active again"


@pytest.mark.parametrize("wrong", ["404", "410", "500", "unsigned"])
def test_what_is_not_known_keeps_the_state_is_one_alarm_and_the_stated_end_still_closes(issuer, tmp_path, wrong):
    clock = HandClock(NOW)
    with hub(tmp_path / "hub", issuer, clock) as parts:
        look(parts)
        issuer.wrong, issuer.set_bits["revocation"] = wrong, {7}
        for _ in range(2):
            assert look(parts) == {} and targets(parts, "E1")["dc-ops"] == "present" and len(alarms(parts)) == 1
        clock.advance(t("2028-01-02T00:00") - NOW)
        parts.deadlines.work_off()
        assert targets(parts, "E1")["dc-ops"] == "absent"


def test_one_that_was_never_known_to_stand_opens_nothing(issuer, tmp_path):
    issuer.wrong = "404"
    with hub(tmp_path / "hub", issuer, HandClock(NOW)) as parts:
        assert look(parts) == {} and targets(parts, "E1")["dc-ops"] == "absent"
        assert alarms(parts) == ["status.missing"]
        (tmp_path / "hub" / "badges" / "two.jwt").write_text("nothing")
        look(parts)
        assert sorted(alarms(parts)) == ["envelope.refused", "status.missing"], "each reason is an alarm"


def test_when_lists_were_read_and_until_when_that_proves_something_is_shown(issuer, tmp_path):
    with hub(tmp_path / "hub", issuer, HandClock(NOW)) as parts:
        look(parts)
        [status] = connectors(parts.database, {"badges": "credential/badges"})
        assert status.summary is not None
        assert {**status.summary["lists"]} == {
            "read": 2,
            "missed": 0,
            "fetched_at": NOW.isoformat(),
            "stale_after": (NOW + timedelta(days=1)).isoformat(),
        }
        assert "authority-E1" not in str(status.json())


def test_one_whose_holder_the_roster_does_not_know_waits_and_opens_nothing(issuer, tmp_path):
    with hub(tmp_path / "hub", issuer, HandClock(NOW)) as parts:
        stranger = issuer.badge("nobody@elsewhere.example", HIGH, t("2026-01-20T00:00"), validUntil=written(NOW))
        (tmp_path / "hub" / "badges" / "two.jwt").write_text(issuer.sign(stranger))
        assert look(parts) == {"applied": 1, "held": 1}


def test_a_hosted_badge_opens_the_door_and_what_its_server_says_closes_it(tmp_path, database_url):
    clock = HandClock(NOW)
    with serving(HostedBadges()) as issuer:
        folder = tmp_path / "hub" / "badges"
        folder.mkdir(parents=True)
        badge = issuer.assertion("1", "authority-E1", issuer.badge_class("high"), t("2026-01-20T00:00"), expires=END)
        (folder / "one.json").write_text(json.dumps(badge))
        given = hosted_by(
            issuer, folder, keys=[], credentials={"high-voltage-electrician": f"{issuer.url}/classes/high"}
        )
        spec, settings = badges.SPEC, badges.Settings.model_validate(given)
        instance = Instance("badges", spec, settings, "authority", timedelta(hours=1), spec.mapping)
        with without_the_licence(tmp_path / "hub", clock, instance, database_url) as parts:
            assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "present"
            clock.advance(timedelta(hours=1))
            issuer.statuses["/assertions/1"] = 404
            assert look(parts) == {} and targets(parts, "E1")["dc-ops"] == "present"
            assert alarms(parts) == ["badge.missing"]
            issuer.statuses, issuer.gone = {}, {"/assertions/1"}
            assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "absent"
            clock.advance(timedelta(hours=1))
            issuer.gone = set()
            assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "present"
            clock.advance(timedelta(hours=1))
            issuer.revoked["/assertions/1"] = 410
            assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "absent"


def test_keys_that_an_issuer_publishes_are_believed_until_they_are_gone_or_revoked(issuer, tmp_path):
    clock = HandClock(NOW)
    published = {"keys": [{**json.loads(issuer.jwk), "kid": issuer.kid, "use": "sig"}]}
    with serving(Published(published)) as keys:
        where = {"url": f"{keys.url}/jwks.json", "allow_private_address": True}
        with hub(tmp_path / "hub", issuer, clock, keys=[], key_set=where) as parts:
            assert look(parts) == {} and alarms(parts) == ["sig.key-unknown"]
            parts.key_fetching.turn()
            assert look(parts) == {"applied": 1} and targets(parts, "E1")["dc-ops"] == "present"
            issuer.set_bits["revocation"] = {7}
            parts.writer.call(lambda tx: tx.session.run(keys_table.set_key, revoked(parts, issuer.kid, clock)))
            parts.key_book.invalidate()
            assert look(parts) == {} and "sig.key-state" in alarms(parts)
            assert targets(parts, "E1")["dc-ops"] == "present", "a list that is not believed closes nothing either"


@dataclass
class Published:
    """A server that shows a set of keys."""

    keys: dict[str, Any]
    url: str = ""
    gate: Event = field(default_factory=Event)

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        return 200, json.dumps(self.keys).encode(), {"content-type": "application/jwk-set+json"}


def revoked(parts: Assembly, kid: str, clock: HandClock) -> dict[str, Any]:
    """The row of a key that was revoked now."""
    (row,) = [each for each in parts.key_list.of("badges") if each.kid == kid]
    return row._replace(revoked_at=to_us(clock.now()))._asdict()
