"""A system that nobody wrote an adapter for, as a document and settings alone connect it: *confirmed closed* is said of
nobody who can still enter, however it is odd.

One hub meets every odd system at once. At each of them ``E1`` is let into ``room-a`` by the hub, stands in ``room-b``
by another hand, and is revoked. Judged is what is true at the system, not what it says.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from connectors.generic.rest_door import SPEC, Settings
from hub.access.desired import desire
from hub.access.wanted import WantedTarget
from hub.config.instances import Instance
from hub.store.tables import access, log
from schemas.transmission import NOTHING
from tests.faults.odd_iam import LOOK, ROOMS, SHOP, TOKEN, OddIam, serving
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, delivery_of, turning, until

DOCUMENT = Path("tests/mappings/vendors/door/iam.json")
CLOSED = "closed"
UNPROVEN, BAD, UNSEEN, HARM = "sink.uncalibrated", "peer.bad-answer", "sink.unseen", "sink.harm"
UNKNOWN, AUTH, AWAY, BUSY = "peer.unknown-outcome", "peer.auth", "peer.unreachable", "peer.throttled"


def nothing(_server: OddIam) -> None:
    pass


def make_anew(server: OddIam) -> None:
    """The account is deleted and made again; the old one stays listed."""
    server.accounts[server.person]["jobNo"] = "X1"
    server.add_account("E1", "王一")


def double(server: OddIam) -> None:
    """A second account of the same number, which somebody let in too."""
    twin = server.add_account("E1", "王一")
    server.rooms["room-a"].append(twin)


def delete(server: OddIam) -> None:
    del server.accounts[server.person]
    for room in ROOMS:
        server.rooms[room].remove(server.person)


def lose_data(server: OddIam) -> None:
    """From now on accounts are answered as if there were none, without a word of how many."""
    server.odd = "find is done without data"


def empty(server: OddIam) -> None:
    """Somebody takes everybody out by hand."""
    for room in ROOMS:
        server.rooms[room] = []


class Row(NamedTuple):
    """One odd system: how room-a and room-b end (closed, or the code that says why that is not said)."""

    odd: str
    a: str = CLOSED
    b: str = CLOSED
    settings: Mapping[str, object] = NOTHING
    between: Callable[[OddIam], None] = nothing
    harms: bool = False
    """It takes from others what the hub never asked for."""


def sized(size: int, **more: object) -> Mapping[str, object]:
    """Settings of lists with pages of a size."""
    lists = {name: {**SHOP[name], "page_size": size, **more} for name in ("find", "members")}
    return {**lists}


NO_PAGES = {
    "find": {"path": "/v1/users", "query": {"jobNo": "{person}"}},
    "members": {"path": "/v1/roles/{target}/users"},
}
ROWS = [
    Row("as it says"),
    Row("as it says (with a canary)", settings={"canary": "HR-1"}),
    Row("as it says (in pages of two)", settings=sized(2)),
    Row("as it says (asked for without pages)", settings=NO_PAGES),
    # 200 with something else
    Row("200 with code 500", AWAY, AWAY),
    Row("200 with code 429", BUSY, BUSY),
    Row("200 with an unknown code", "peer.rejected", "peer.rejected"),
    Row("200 with HTML", BAD, BAD),
    Row("200 with nothing", BAD, BAD),
    Row("200 with an empty object", BAD, BAD),
    Row("done without data", UNPROVEN, UNPROVEN),
    Row("null for an empty list", UNPROVEN, UNPROVEN),
    Row("another role", BAD, BAD),
    Row("one entry without an id", BAD, BAD),
    # lists that show less than there is
    Row("members always an empty list", UNPROVEN, UNPROVEN),
    Row("half a page", BAD, BAD, sized(3)),
    Row("the first page again and again", BAD, BAD, sized(2)),
    Row("counts fewer than it lists", BAD, BAD),
    Row("total changes between pages", BAD, BAD, sized(2)),
    Row("pages are smaller than asked for"),
    Row("total as a text"),
    Row("no total"),
    Row("no total (in pages of two)", settings=sized(2)),
    Row("no total, the last page again", settings=sized(2)),
    Row("no total (asked for without pages)", UNPROVEN, UNPROVEN, NO_PAGES),
    # who is whom
    Row("filter of users ignored"),
    Row("filter of users ignored, first page alone (asked for without pages)", UNPROVEN, UNPROVEN, NO_PAGES),
    Row("finds what begins alike"),
    Row("find finds nobody", UNPROVEN, UNPROVEN),
    Row("find comes to be without data", BAD, BAD, between=lose_data),
    Row("numbers in other case", UNPROVEN, UNPROVEN),
    Row("deleted accounts are listed"),
    # one account is asked about, instead of all
    Row("as it says (looked at)", settings=LOOK),
    Row("as it says (looked at, with a canary)", settings={**LOOK, "canary": "HR-1"}),
    Row("looks are answered by a code", settings=LOOK),
    Row("looks show everybody", settings=LOOK),
    Row("looks show everybody, cut to two", UNPROVEN, UNPROVEN, LOOK),
    Row("looks show nobody", UNPROVEN, UNPROVEN, LOOK),
    Row("looks show whoever is asked for", UNSEEN, UNSEEN, LOOK),
    Row("every other read is old (looked at)", settings=LOOK),
    Row("removal without effect (looked at)", UNSEEN, UNSEEN, LOOK),
    # when a write shows
    Row("reads are old for a while"),
    Row("reads are old for a while, and that is known", settings={"propagation_seconds": 2.5}),
    Row("every other read is old"),
    Row("done a while later"),
    # what a write does
    Row("grant without effect"),
    Row("grant replaces the list", HARM, harms=True),
    Row("removal without effect", UNSEEN, UNSEEN),
    Row("removal answered as not there", UNSEEN, UNSEEN),
    Row("removal is not ours to do", AUTH, AUTH),
    Row("removal answered with an unknown code", "peer.rejected", "peer.rejected"),
    Row("removal answered with HTML", UNKNOWN, UNKNOWN),
    Row("removal answered 500 in a 200, not done", UNKNOWN, UNKNOWN),
    Row("removal answered 500 in a 200, and done"),
    Row("removal empties the role", HARM, HARM, harms=True),
    # refusals that pass
    Row("busy at first"),
    Row("conflict at first"),
    # accounts that change
    Row("made anew", between=make_anew),
    Row("doubled", between=double),
    Row("deleted", between=delete),
    Row("emptied by hand", UNPROVEN, UNPROVEN, between=empty),
]
BY_ODD = {row.odd: row for row in ROWS}


class Story:
    """What became of the person at every system."""

    def __init__(self, parts, servers) -> None:
        self.parts, self.servers = parts, servers
        self.person = parts.directory.person_by_number("E1")
        self.names = {odd: f"s{n}" for n, odd in enumerate(servers)}

    def want(self, wanted, rooms):
        targets = [
            WantedTarget(name, room, wanted, wanted == "absent", ("post",), True)
            for name in self.names.values()
            for room in rooms
        ]
        self.parts.writer.call(lambda tx: desire(self.person, targets, "", tx))

    def states(self):
        with self.parts.database.reading() as session:
            rows = session.all(access.desired_of, {"person": self.person})
        return {(row.sink, row.target): row for row in rows}

    def entries(self):
        with self.parts.database.reading() as session:
            return [orjson.loads(each[1]) for each in session.all(log.entries_after, {"seq": -1, "limit": 99_999})]

    def codes(self):
        """What was said of each place of a closure, and of what must be looked at by somebody."""
        said: dict[tuple[str, str], set[str]] = {}
        for each in self.entries():
            if each.get("target") and (each["kind"] == "alarm" or each.get("wanted") == "absent"):
                said.setdefault((each["connector"], each["target"]), set()).add(each.get("code") or "")
        return said

    def opened(self):
        """Whether the hub is done with every grant, or has tried it often enough."""
        states, tries = self.states(), {}
        for each in self.entries():
            if each["kind"] == "attempt" and each["wanted"] == "present":
                place = each["connector"], each["target"]
                tries[place] = tries.get(place, 0) + 1
        places = [(name, "room-a") for name in self.names.values()]
        return all(states[p].state == "confirmed" or tries.get(p, 0) > 2 for p in places)

    def ended(self):
        """Whether every place is as its row says."""
        states, codes = self.states(), self.codes()
        self.wrong = [
            (odd, room, state.state, state.observed, codes.get((name, room)))
            for odd, name in self.names.items()
            for room, ends in zip(ROOMS, BY_ODD[odd][1:3], strict=True)
            if not (state := states[name, room])
            or (state.state != "confirmed" if ends == CLOSED else ends not in codes.get((name, room), ()))
        ]
        return not self.wrong


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("odd")
    clock = LiveClock(NOW)
    (place / "hub" / "mappings" / "door").mkdir(parents=True)
    shutil.copyfile(DOCUMENT, place / "hub" / "mappings" / "door" / "iam.json")
    servers = {row.odd: OddIam(row.odd.partition(" (")[0]) for row in ROWS}
    with serving({f"s{n}": server for n, server in enumerate(servers.values())}) as url:
        instances = {}
        for n, row in enumerate(ROWS):
            given = {**SHOP, "base_url": f"{url}/s{n}/api", "allow_private_address": True, "token": TOKEN}
            made = Settings.model_validate({**given, **row.settings})
            instances[f"s{n}"] = Instance(f"s{n}", SPEC, made, "roster", timedelta(seconds=60), "door/iam")
            servers[row.odd].rooms["room-b"].append(servers[row.odd].person)
        with opened(place / "hub", clock, instances=instances) as parts:
            send(parts, roster("E1"), clock)
            told = Story(parts, servers)
            with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
                told.want("present", list(ROOMS)[:1])
                until(told.opened, "every grant was tried")
                for row in ROWS:
                    with servers[row.odd].lock:
                        row.between(servers[row.odd])
                told.want("absent", ROOMS)
                try:
                    until(told.ended, "every closure is as it must be", 40)
                except AssertionError:
                    print("\n".join(map(str, told.wrong)))
                yield told


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.odd)
class TestOddSystems:
    def test_closed_is_confirmed_of_nobody_who_can_enter(self, story, row):
        server, states = story.servers[row.odd], story.states()
        ours = {server.person} | {uid for uid, each in server.accounts.items() if each["jobNo"] == "E1"}
        for room in ROOMS:
            if states[story.names[row.odd], room].state == "confirmed":
                assert not ours & set(server.inside(room)), room

    def test_it_ends_as_it_must(self, story, row):
        states, codes = story.states(), story.codes()  # one that was closed may just be looked at once more
        for room, ends in zip(ROOMS, row[1:3], strict=True):
            place = story.names[row.odd], room
            if ends == CLOSED:
                until(
                    lambda place=place: story.states()[place].state == "confirmed",
                    f"{room} is closed, {codes.get(place)}",
                )
            else:
                assert states[place].state != "confirmed", room
                assert ends in codes[place], (room, codes[place])

    def test_nobody_else_loses_anything(self, story, row):
        server = story.servers[row.odd]
        others = {uid for uid, each in server.accounts.items() if each["jobNo"].startswith("HR-")}
        if row.between is empty:
            return
        lost = {room for room in ROOMS if not others <= set(server.inside(room))}
        if not row.harms:
            assert not lost
            return
        told = {each.get("target") for each in story.entries() if each.get("code") == "sink.harm"}
        assert lost and lost <= told, "somebody is told of every room that lost somebody"
