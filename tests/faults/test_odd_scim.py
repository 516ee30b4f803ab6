"""What servers do to a look: whoever is odd, *confirmed closed* is said of nobody who can still enter.

One hub meets every odd server at once. At each of them ``E1`` is let into ``room-a`` by the hub, stands in ``room-b``
by another hand, and is revoked. Judged is what is true at the server, not what it says.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import orjson
import pytest

from connectors.access.scim import SPEC, Settings
from hub.access.desired import desire
from hub.access.wanted import WantedTarget
from hub.config.instances import Instance
from hub.store.tables import access, log
from schemas.transmission import NOTHING
from tests.faults.odd_scim import ROOMS, OddServer, serving
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, delivery_of, turning, until

CLOSED = "closed"


def nothing(_server: OddServer) -> None:
    pass


def rename(server: OddServer) -> None:
    server.users[server.person]["userName"] = "e1.married"


def make_anew(server: OddServer) -> None:
    """The account is deleted and made again; the old id stays listed."""
    del server.users[server.person]
    server.add_user("e1.wang", "E1")


def make_second(server: OddServer) -> None:
    """The account loses its externalId, and another one has it."""
    server.users[server.person] = {"userName": "e1.old"}
    server.add_user("e1.wang", "E1")


def double(server: OddServer) -> None:
    """A second account with the same externalId, which somebody let in too."""
    twin = server.add_user("e1.twin", "E1")
    server.rooms["room-a"].append(twin)


def orphan(server: OddServer) -> None:
    """Nobody has the externalId any more."""
    server.users[server.person]["externalId"] = "X9"
    server.users[server.person]["userName"] = "who"


def delete(server: OddServer) -> None:
    del server.users[server.person]
    for room in ROOMS:
        server.rooms[room] = [each for each in server.rooms[room] if each != server.person]


def nest(server: OddServer) -> None:
    server.nested = [server.person]


def empty(server: OddServer) -> None:
    """Somebody takes everybody out by hand."""
    for room in ROOMS:
        server.rooms[room] = []


def empty_but_for_one(server: OddServer) -> None:
    """Somebody takes everybody out by hand but the account that always stands there."""
    for room in ROOMS:
        server.rooms[room] = server.rooms[room][:1]


class Row(NamedTuple):
    """One odd server: how room-a and room-b end (closed, or the code that says why that is not said)."""

    odd: str
    a: str = CLOSED
    b: str = CLOSED
    settings: Mapping[str, object] = NOTHING
    profile: str = ""
    between: Callable[[OddServer], None] = nothing
    harms: bool = False
    """It takes from others what the hub never asked for."""


UNPROVEN, BAD, UNSEEN, HARM, REFUSED, INDIRECT = (
    "sink.uncalibrated",
    "peer.bad-answer",
    "sink.unseen",
    "sink.harm",
    "peer.rejected",
    "sink.indirect",
)
NOT_DONE = {
    200: UNSEEN,
    201: UNSEEN,
    202: UNSEEN,
    204: UNSEEN,
    400: REFUSED,
    401: "peer.auth",
    403: "peer.auth",
    404: "sink.no-target",
    405: REFUSED,
    409: "peer.conflict",
    412: "peer.conflict",
    415: REFUSED,
    428: REFUSED,
    429: "peer.throttled",
    500: "peer.unknown-outcome",
    502: "peer.unknown-outcome",
    503: "peer.throttled",
}
ROWS = [
    Row("as the standard says"),
    Row("answers with the group"),
    Row("filter finds"),
    # how members are named
    Row("members by user name", profile='member_value = "userName"\nmember_filter = "never"'),
    Row("members by reference alone"),
    Row("other case"),
    # lists that show less than there is
    Row("members never shown", UNPROVEN, UNPROVEN),
    Row("members always an empty list", UNPROVEN, UNPROVEN),
    Row("members cut to two", UNPROVEN, UNPROVEN),
    Row("members cut to one", UNPROVEN, UNPROVEN),
    Row("the account alone says it"),
    Row("hidden, filter", profile='listing = "none"\ninner_groups = "none"'),
    # 200 with something else
    Row("200 with a code", BAD, BAD),
    Row("200 with an error", BAD, BAD),
    Row("200 with another group", BAD, BAD),
    Row("200 with HTML", BAD, BAD),
    Row("200 with nothing", BAD, BAD),
    Row("200 with an empty object", BAD, BAD),
    Row("no schemas", BAD, BAD),
    # filters
    Row("filter of users ignored"),
    Row("externalId filter finds nobody"),
    Row("filter of groups ignored"),
    Row("filter of members ignored", UNSEEN, UNSEEN, {"read_back": "filter"}),
    Row("filter of members finds nothing", UNPROVEN, UNPROVEN, {"read_back": "filter"}),
    # when a write shows
    Row("reads are old for a while"),
    Row("reads are old for a while, and that is known", settings={"propagation_seconds": 2.5}),
    Row("every other read is old"),
    Row("done a while later"),
    Row("answers 500 and does it"),
    # what a write does
    Row("add without effect"),
    Row("add replaces the list", HARM, harms=True),
    Row("second add doubles"),
    Row("second add destroys", profile='member_value = "userName"\nmember_filter = "never"'),
    Row("removal without effect", UNSEEN, UNSEEN),
    Row("removal answered 200 without effect", UNSEEN, UNSEEN),
    Row("removal answered with a code", "peer.unknown-outcome", "peer.unknown-outcome"),
    Row("removal refused as no target", UNSEEN, UNSEEN),
    Row("removal by path empties the group", HARM, HARM, harms=True),
    Row("removal by path refused", REFUSED, REFUSED),
    Row("removal by a list of values", profile='remove = "value-list"'),
    # what is answered to a removal that is not done, over and over
    *(Row(f"removal answered {status}, not done", code, code) for status, code in NOT_DONE.items()),
    # forms
    Row("type wanted", profile='add_with = ["type"]'),
    Row("display wanted", profile='add_with = ["display"]'),
    Row("$ref wanted", profile='add_with = ["$ref"]'),
    Row("add without path", profile='add = "no-path"'),
    Row("PUT alone", profile='add = "put"\nremove = "put"\nlisting = "whole"'),
    Row("application/json alone", profile='media_type = "application/json"'),
    Row("If-Match wanted", profile="if_match = true"),
    # refusals that pass
    Row("conflict at first"),
    Row("busy at first"),
    Row("away at first"),
    # accounts that change
    Row("renamed", between=rename),
    Row("made anew", between=make_anew),
    Row("made a second time", between=make_second),
    Row("doubled", between=double),
    Row("orphaned", between=orphan),
    Row("deleted", between=delete),
    Row("nested", INDIRECT, INDIRECT, between=nest),
    Row("emptied by hand", UNPROVEN, UNPROVEN, between=empty),
    # an account of its own that stands in every group
    Row("emptied but for the canary", settings={"canary": "HR-0"}, between=empty_but_for_one),
    Row("a canary that is not there", UNPROVEN, UNPROVEN, settings={"canary": "HR-1"}, between=empty_but_for_one),
    # how groups are named
    Row("groups by externalId", settings={"group_attribute": "externalId", "groups": {r: f"x-{r}" for r in ROOMS}}),
    Row("groups by id", settings={"group_attribute": "id", "groups": {r: f"g-{r}" for r in ROOMS}}),
]
BY_ODD = {row.odd: row for row in ROWS}


class Story:
    """What became of the person at every server."""

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

    def tries(self, wanted):
        counts: dict[tuple[str, str], int] = {}
        for each in self.entries():
            if each["kind"] == "attempt" and each["wanted"] == wanted:
                place = each["connector"], each["target"]
                counts[place] = counts.get(place, 0) + 1
        return counts

    def codes(self):
        """What was said of each place of a closure, and of what must be looked at by somebody."""
        said: dict[tuple[str, str], set[str]] = {}
        for each in self.entries():
            if each.get("target") and (each["kind"] == "alarm" or each.get("wanted") == "absent"):
                said.setdefault((each["connector"], each["target"]), set()).add(each.get("code") or "")
        return said

    def opened(self):
        """Whether the hub is done with every grant, or has tried it often enough."""
        states, tries = self.states(), self.tries("present")
        places = [(name, "room-a") for name in self.names.values()]
        return all(states[p].state == "confirmed" or tries.get(p, 0) > 2 for p in places)

    def ended(self):
        """Whether every place is as its row says."""
        states, codes = self.states(), self.codes()
        wrong = [
            (odd, room, state.state, state.observed, codes.get((name, room)))
            for odd, name in self.names.items()
            for room, ends in zip(ROOMS, BY_ODD[odd][1:3], strict=True)
            if not (state := states[name, room])
            or (state.state != "confirmed" if ends == CLOSED else ends not in codes.get((name, room), ()))
        ]
        self.wrong = wrong
        return not wrong


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("odd")
    clock = LiveClock(NOW)
    with serving([row.odd for row in ROWS]) as (url, servers):
        instances = {}
        for n, row in enumerate(ROWS):
            settings: dict[str, object] = {"base_url": f"{url}/s{n}/v2", "allow_private_address": True, **row.settings}
            if row.profile:
                file = place / f"s{n}.toml"
                file.write_text(row.profile, encoding="utf-8")
                settings["profile_file"] = file
            made = Settings.model_validate(settings)
            instances[f"s{n}"] = Instance(f"s{n}", SPEC, made, "roster", timedelta(seconds=60))
            servers[row.odd].rooms["room-b"].append(servers[row.odd].person)
        with opened(place / "hub", clock, instances=instances) as parts:
            send(parts, roster("E1"), clock)
            told = Story(parts, servers)
            with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
                told.want("present", ROOMS[:1])
                until(told.opened, "every grant was tried")
                for row in ROWS:
                    with servers[row.odd].lock:
                        row.between(servers[row.odd])
                told.want("absent", ROOMS)
                try:
                    until(told.ended, "every closure is as it must be")
                except AssertionError:
                    print("\n".join(map(str, told.wrong)))
                yield told


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.odd)
class TestOddServers:
    def test_closed_is_confirmed_of_nobody_who_can_enter(self, story, row):
        server, states = story.servers[row.odd], story.states()
        ours = {uid for uid, user in server.users.items() if uid == server.person or user.get("externalId") == "E1"}
        for room in ROOMS:
            if states[story.names[row.odd], room].state == "confirmed":
                assert not (ours | {server.person}) & set(server.inside(room)), room

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
        others = {uid for uid in server.users if uid.partition("-")[2].startswith("other")}
        if row.between in (empty, empty_but_for_one):
            return
        lost = {room for room in ROOMS if not others <= set(server.inside(room))}
        if not row.harms:
            assert not lost
            return
        told = {each.get("target") for each in story.entries() if each.get("code") == "sink.harm"}
        assert lost and lost <= told, "somebody is told of every room that lost somebody"
        for room in lost:
            kinds = [kind for kind, where in server.changes if where == room]
            assert len(set(kinds)) == len(kinds), "and it is written no more"
