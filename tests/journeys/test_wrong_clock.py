"""A hub whose machine has the wrong time: nobody is locked out, and it goes on by itself where others know better."""

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from connectors.simulators.authority import Authority, load_key
from hub.config.folder import read_folder
from hub.guarded_clock import GuardedClock
from hub.running import Hub
from tests.contract.scim_server import running
from tests.hub.front.test_front import serving
from tests.journeys.commands import licet
from tests.site import build, order, until

YEAR = timedelta(days=400)
ENDS = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()


class Machine:
    """The clocks of this machine, of which a test sets the calendar, and how long it was frozen as a whole."""

    def __init__(self, ahead=timedelta(0)):
        self.ahead, self.frozen = ahead, 0.0

    def now(self):
        return datetime.now(UTC) + self.ahead

    def monotonic(self):
        return time.monotonic()

    def elapsed(self):
        return time.monotonic() - self.frozen


@contextmanager
def at_work(site, machine):
    hub = Hub(read_folder(site.home), GuardedClock(machine, machine.elapsed))
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def said(site):
    return [(each["outcome"], each.get("connector")) for each in site.entries("clock")]


def test_a_start_in_another_year_locks_nobody_out_and_a_frozen_machine_goes_on(tmp_path):
    with running() as scim:
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=1)
        scim.add_group("room")
        person = scim.add_user(userName="e0", externalId="E0")
        site.start()
        until(lambda: site.rows("SELECT 1 FROM people"), "the roster is in")
        site.enforce()
        answer, _ = site.authority().push(order(0, "active", 1, valid_until=ENDS), now=datetime.now(UTC), id="e-1")
        assert answer in (200, 202)
        until(lambda: person in scim.members_of("room"), "the door is open")
        site.end()

        machine = Machine(YEAR)
        with at_work(site, machine) as hub:
            until(lambda: said(site) == [("held", None)], "the hub says so")
            assert not hub.reasons(), "it works"
            shown = json.loads(licet(site, "clock", "--json").stdout)
            assert (shown["state"], round(shown["ahead_seconds"] / 86400)) == ("held", 400)
            assert "clock.leapt" in licet(site, "alarms", "list").stdout
            machine.ahead = timedelta(0)
            until(lambda: said(site)[-1] == ("back", None), "it agrees again")
            assert json.loads(licet(site, "clock", "--json").stdout)["state"] == "believed"
            machine.frozen = 3600.0
            until(lambda: said(site)[-2:] == [("held", None), ("believed", "iam")], "the sink knows what time it is")
            assert person in scim.members_of("room")
            assert site.entries("decided")[-1]["after"] == "full"
        assert licet(site, "clock", "believe", "--by", "wang").returncode == 1, "there is nothing to say"
        with at_work(site, Machine(YEAR)):
            until(lambda: said(site)[-1] == ("held", None), "it is held once more")
            assert licet(site, "clock", "believe", "--by", "wang").returncode == 0
            until(lambda: said(site)[-1][0] == "believed", "and goes on by the word of a person")
            believed = "believed"
            until(lambda: json.loads(licet(site, "clock", "--json").stdout)["state"] == believed, "which is shown")


def test_while_the_clock_is_held_a_push_that_is_fresh_by_either_one_is_taken_and_no_other(tmp_path):
    site, machine = build(tmp_path / "hub", people=1), Machine()
    key, sequences = load_key(site.home / "keys" / "demo" / "authority.pem"), count(1)
    with at_work(site, machine) as hub, serving(app=hub.parts.front(lambda: url, hub.reasons, list)) as (host, port):
        url = f"http://{host}:{port}"

        def answer(ahead=timedelta(0)):
            """What an authority hears whose clock is so far ahead of the calendar that we go by."""
            n = next(sequences)
            authority = Authority(f"{url}/in/authority", key, "demo-ca-1", "urn:authority:demo-ca")
            return authority.push(order(0, "active", n), now=datetime.now(UTC) + ahead, id=f"e-{n}")[0]

        assert (answer(), answer(YEAR)) == (202, 401), "it is believed: another year is stale, or not yet"
        machine.ahead = YEAR
        until(lambda: said(site) == [("held", None)], "the hub says so")
        assert (answer(), answer(YEAR)) == (202, 202), "nobody knows which of them is right"
        assert (answer(YEAR / 2), answer(-YEAR)) == (401, 401), "neither clock says so"
        machine.ahead = timedelta(0)
        until(lambda: said(site)[-1] == ("back", None), "it agrees again")
        assert (answer(), answer(YEAR)) == (202, 401)
