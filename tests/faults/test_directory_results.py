"""What a directory may answer to a change: each result code leads to its state and word, and nothing is believed of it.

One hub meets a real slapd through a proxy per code, which answers every change with that code and passes none on.
At each, ``E1`` stands in ``in-N`` by another hand and is to be closed; to ``out-N`` ``E1`` is to be let in. What
OpenLDAP says of who is there already, and of who is not, is 20 and 16; Active Directory says 68 and 53.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import orjson
import pytest

from connectors.access.ldap import SPEC, Settings
from hub.access.desired import desire
from hub.access.wanted import WantedTarget
from hub.config.instances import Instance
from hub.store.tables import access, log
from tests.contract import slapd
from tests.faults.ldap_proxy import LdapProxy
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, delivery_of, turning, until

pytestmark = pytest.mark.skipif(bool(slapd.missing()), reason=slapd.missing() or "slapd is here")

UNSEEN, REFUSED = "sink.unseen", "peer.rejected"
CODES = {
    16: (UNSEEN, REFUSED),
    20: (REFUSED, UNSEEN),
    32: ("sink.no-target", "sink.no-target"),
    50: (REFUSED, REFUSED),
    53: (REFUSED, REFUSED),
    68: (REFUSED, UNSEEN),
    51: ("peer.throttled", "peer.throttled"),
    52: ("peer.throttled", "peer.throttled"),
    80: ("peer.unknown-outcome", "peer.unknown-outcome"),
}
"""By code: why the one is not closed, and the other not open."""


def instance(name: str, proxy: LdapProxy) -> Instance:
    """The directory as it is seen through a proxy."""
    known = {"url": proxy.url, "bind_dn": slapd.ADMIN, "password": slapd.PASSWORD}
    bases = {"people_base": f"ou=people,{slapd.SUFFIX}", "groups_base": f"ou=groups,{slapd.SUFFIX}"}
    return Instance(name, SPEC, Settings.model_validate({**known, **bases}), "roster", timedelta(seconds=60))


class Story:
    """What became of E1 behind every proxy."""

    def __init__(self, parts, directory) -> None:
        self.parts, self.directory = parts, directory
        self.person = parts.directory.person_by_number("E1")

    def want(self) -> None:
        places = [(f"s{code}", f"in-{code}", "absent") for code in CODES]
        places += [(f"s{code}", f"out-{code}", "present") for code in CODES]
        targets = [WantedTarget(*place, place[2] == "absent", ("post",), True) for place in places]
        self.parts.writer.call(lambda tx: desire(self.person, targets, "", tx))

    def state(self, code: int, kind: str):
        with self.parts.database.reading() as session:
            rows = session.all(access.desired_of, {"person": self.person})
        return next(row for row in rows if row.target == f"{kind}-{code}")

    def words(self, code: int, kind: str) -> set[str]:
        with self.parts.database.reading() as session:
            found = [orjson.loads(each[1]) for each in session.all(log.entries_after, {"seq": -1, "limit": 99_999})]
        return {each["code"] for each in found if each.get("target") == f"{kind}-{code}" and each.get("code")}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    clock = LiveClock(NOW)
    with ExitStack() as stack:
        directory = stack.enter_context(slapd.running(tmp_path_factory.mktemp("slapd")))
        proxies = {code: stack.enter_context(LdapProxy(directory.port)) for code in CODES}
        person = directory.add_person("E1")
        for code, proxy in proxies.items():
            directory.add_group(f"in-{code}", [slapd.NOBODY, person])
            directory.add_group(f"out-{code}", [slapd.NOBODY])
            proxy.refuses = code
        instances = {f"s{code}": instance(f"s{code}", proxy) for code, proxy in proxies.items()}
        parts = stack.enter_context(opened(tmp_path_factory.mktemp("codes") / "hub", clock, instances=instances))
        send(parts, roster("E1"), clock)
        told = Story(parts, directory)
        with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
            told.want()
            yield told
        for adapter in parts.adapters.values():
            adapter.close()


@pytest.mark.parametrize("code", CODES)
class TestResults:
    def test_who_is_in_is_never_called_closed_and_why_is_said(self, story, code):
        until(lambda: CODES[code][0] in story.words(code, "in"), f"{CODES[code][0]} is said, {story.words(code, 'in')}")
        assert story.state(code, "in").state != "confirmed"
        assert any(each.startswith("uid=e1,") for each in story.directory.members_of(f"in-{code}"))

    def test_who_is_out_is_never_called_open_and_why_is_said(self, story, code):
        why = CODES[code][1]
        until(lambda: why in story.words(code, "out"), f"{why} is said, {story.words(code, 'out')}")
        assert story.state(code, "out").state != "confirmed"
        if why in (REFUSED, "sink.no-target"):
            until(lambda: story.state(code, "out").state == "failed", "a refused grant has failed")
