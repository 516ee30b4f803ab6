"""From a lapse back to the bytes: `why --json` names the transmissions that were counted, and no other."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import pytest

from connectors.simulators.xapi_push import Platform
from connectors.simulators.zkteco_push import Terminal
from tests.journeys.commands import licet
from tests.site import Site, build, until, write_roster

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
PERMIT = """
id = "post"
name = { zh = "岗位", en = "Post" }
risk = "medium"
[requirement.first-hours]
kind = "hours"
name = { zh = "岗前学时", en = "First hours" }
courses = ["dc-safety"]
at_least_hours = 1
[requirement.renewal-hours]
kind = "hours"
name = { zh = "复训学时", en = "Renewal hours" }
courses = ["dc-annual", "dc-ops-online"]
at_least_hours = 6
[credential.permit]
name = { zh = "上岗证", en = "Permit" }
issuer = "hub"
grant = { needs = ["first-hours"], over = "stint" }
valid_for = "2 days"
demands = [{ needs = "renewal-hours", over = "cycle" }]
checks = []
[[ladder]]
scope = "full"
needs = ["permit"]
[targets.iam]
full = ["room"]
"""


def on(days_ago: int, clock: str) -> datetime:
    """A time of day some days ago, at the site."""
    hour, minute = map(int, clock.split(":"))
    return TODAY - timedelta(days=days_ago) + timedelta(hours=hour, minutes=minute)


def session(name: str, course: str, days_ago: int) -> dict[str, str]:
    """A session of the training plan, 9 to 12 o'clock, that E0 must come to."""
    row = {"session": name, "course": course, "room": "A", "devices": "SN-1", "employee_no": "E0"}
    return row | {
        "starts_at": f"{on(days_ago, '09:00'):%Y-%m-%d %H:%M}",
        "ends_at": f"{on(days_ago, '12:00'):%Y-%m-%d %H:%M}",
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    built = build(tmp_path_factory.mktemp("evidence") / "hub", people=2)
    (built.home / "positions" / "post.toml").write_text(PERMIT, encoding="utf-8")
    write_roster(built.home, range(2), [session("S1", "dc-safety", 4), session("R1", "dc-annual", 3)])
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == 2, "the roster is in")
    yield built
    built.end()
    assert built.balanced() and built.command("audit", "verify").returncode == 0


class Sender:
    """Sends one thing a transmission, and says under which id the hub has it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._terminal = Terminal(site.url, "SN-1")
        self._terminal.handshake()
        assert licet(site, "devices", "approve", "SN-1").returncode == 0
        until(lambda: self._terminal.poll().status == 200, "the terminal is let in")
        self._platform = Platform(site.url, "lms", (site.home / "keys" / "lms.password").read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._terminal.close()
        self._platform.close()

    def punch(self, at: datetime, state: str, pin: str = "0") -> str:
        """A punch at the terminal: in (``0``) or out (``1``)."""
        answer = self._terminal.punch(pin, at, state)
        assert answer.body.startswith("OK"), answer
        return self._last("terminals")

    def study(self, verb: str, at: datetime, course: str = "dc-ops-online", who: str = "l0") -> str:
        """A statement of the learning platform."""
        order = {"who": who, "course": course, "verb": verb, "at": at.astimezone(UTC).isoformat()}
        assert self._platform.study(order)[0] == 200
        return self._last("lms")

    def _last(self, connector: str) -> str:
        received = [each for each in self._site.entries("received") if each["connector"] == connector]
        return str(received[-1]["transmission"])


def test_q21_why_of_a_lapse_names_the_transmissions_that_were_counted_and_no_other(site):
    with Sender(site) as sender:
        counted = [sender.punch(on(3, clock), state) for clock, state in (("08:58", "0"), ("11:00", "1"))]
        studied = [sender.study(verb, on(3, clock)) for verb, clock in (("launched", "20:00"), ("progressed", "20:08"))]
        studied.append(sender.study("completed", on(3, "20:16")))
        sender.punch(on(3, "10:59") + timedelta(seconds=40), "1")  # the same face, seen twice: of two outs the last
        sender.punch(on(3, "09:05"), "0", pin="1")  # another person
        sender.punch(on(1, "09:00"), "0")  # a day without a session
        sender.study("completed", on(3, "19:00"), course="another")
        sender.study("completed", on(3, "19:00"), who="l1")
        # What grants the permit comes last, so that it is given and has lapsed at one look.
        granted = [sender.punch(on(4, clock), state) for clock, state in (("08:55", "0"), ("12:01", "1"))]

    until(lambda: lapse(site), "it has lapsed")
    [(position, hold)] = lapse(site)
    facts = {each["fact"]: each for each in position["evidence"]}
    named = [facts[fact] for fact in hold["refs"]]
    by_kind = {kind: {each["transmission"] for each in named if each["kind"] == kind} for kind in kinds(named)}
    assert "2.2/6" in hold["cure"]["en"]
    assert by_kind.pop("punch") == set(counted)
    assert by_kind.pop("study") == set(studied)
    assert set(by_kind) == {"session", "enrolment"}, "what was demanded of whom"
    assert {each["topic"] for each in named if each["kind"] == "session"} == {"R1"}
    assert {each["transmission"] for each in facts.values() if each["kind"] == "punch"} == {*granted, *counted}

    decided = site.entries("decided")[-1]
    assert {*granted, *counted, *studied} <= set(decided["evidence"])
    assert (
        decided["id"] == position["decision"] and {"cause": "permit", "reason": "credential_lapsed"} in decided["holds"]
    )


def kinds(named):
    return {each["kind"] for each in named}


def lapse(site):
    """The position of E0 and the hold of its lapsed permit, as the command tells it, once there is one."""
    [position] = json.loads(licet(site, "why", "E0", "--json").stdout)["positions"]
    return [(position, hold) for hold in position["holds"] if hold["reason"] == "credential_lapsed"]
