"""Groups inside groups, and lists that change while they are read, at a server that says what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from connectors.access.scim import Scim, Settings
from schemas.errors import RejectedError, UnavailableError

CORE, MESSAGE = "urn:ietf:params:scim:schemas:core:2.0:", "urn:ietf:params:scim:api:messages:2.0:"


def person(uid: str) -> dict[str, str]:
    return {"value": uid, "type": "User"}


def group(gid: str) -> dict[str, str]:
    return {"value": gid, "type": "Group"}


class Iam:
    """A server: accounts by id, each with its ``externalId``, and groups by id, each with its members."""

    def __init__(self, users: dict[str, str], groups: dict[str, list[dict[str, str]]]) -> None:
        self.users, self.groups = users, groups
        self.page = 100
        self.before_page: Callable[[int], None] = lambda _start: None
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        _, kind, *rest = unquote(path).strip("/").split("/")
        table: dict[str, Any] = self.users if kind == "Users" else self.groups
        if rest:
            return (200, self._shown(kind, rest[0])) if rest[0] in table else (404, {})
        wanted = query.get("filter", "")
        if "members" in wanted:
            return 400, {}
        start = int(query.get("startIndex", 1))
        self.before_page(start)
        found = [self._shown(kind, each) for each in table]
        if wanted:
            attribute, _, value = wanted.split(" ", 2)
            found = [each for each in found if each.get(attribute) == json.loads(value)]
        listed = found[start - 1 : start - 1 + self.page]
        return 200, {"schemas": [f"{MESSAGE}ListResponse"], "totalResults": len(found), "Resources": listed}

    def _shown(self, kind: str, name: str) -> dict[str, Any]:
        if kind == "Users":
            return {"schemas": [f"{CORE}User"], "id": name, "externalId": self.users[name], "userName": name}
        return {"schemas": [f"{CORE}Group"], "id": name, "displayName": name, "members": self.groups[name]}


@contextmanager
def serving(iam: Iam) -> Iterator[Scim]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            iam.asked.append(where.path)
            status, body = iam.answer(where.path, {k: v[-1] for k, v in parse_qs(where.query).items()})
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v2"
        door = Scim("iam", Settings.model_validate({"base_url": url, "token": "t", "allow_private_address": True}))
        yield door
        door.close()
        server.shutdown()


USERS = {"u-e1": "E1", "u-o": "O1", "u-p": "O2"}
BIG = [person("u-o"), person("u-p"), *(person(f"x{n}") for n in range(60))]
"""A longer list than the others: the server has shown that it does not cut those."""
CHAIN = {f"g{n}": [group(f"g{n + 1}")] for n in range(1, 7)}


@pytest.mark.parametrize(
    ("inside", "proven"),
    [
        ({"ops": [person("u-o"), group("g1")], **CHAIN, "g7": [person("u-o")]}, True),
        ({"ops": [person("u-o"), group("g1")], "g1": [person("u-p"), group("ops"), group("g1")]}, True),
        ({"ops": [person("u-o"), group("hidden")]}, False),
        ({"ops": [person("u-o"), group("g1")], "g1": [person("u-o"), group("hidden")]}, False),
        ({"ops": [person("u-o"), group("g1")], "g1": []}, False),
        ({"ops": [person("u-o"), group("g1")], "g1": [person("nobody-there")]}, False),
        ({"ops": [person("u-o"), group("g1")], "g1": [*BIG, person("u-z")]}, False),
        (
            {"ops": [person("u-o"), *(group(f"a{n}") for n in range(55))], **{f"a{n}": BIG[:2] for n in range(55)}},
            False,
        ),
    ],
    ids=["deep", "in a ring", "hidden", "hidden inside", "empty", "of strangers", "the longest of all", "too many"],
)
def test_an_absence_counts_once_every_group_inside_was_read_whole(inside, proven):
    with serving(Iam(USERS, {"big": BIG, **inside})) as door:
        door.members("big")
        look = door.observe(door.resolve("E1"), ["ops"])
        assert look.presence == {"ops": "absent"}
        assert look.unproven == ({} if proven else {"ops": "sink.uncalibrated"})


def test_who_is_in_seven_groups_deep_is_in_and_a_sweep_lists_whom_a_look_counts():
    groups = {"big": BIG, "ops": [group("hidden"), group("g1"), person("u-o")], **CHAIN, "g7": [person("u-e1")]}
    with serving(Iam(USERS, groups)) as door:
        subject = door.resolve("E1")
        assert door.observe(subject, ["ops"]).presence == {"ops": "present"}
        assert {subject, "u-o"} <= door.members("ops")


def test_what_was_read_of_groups_inside_is_part_of_the_evidence():
    iam = Iam(USERS, {"big": BIG, "ops": [person("u-o"), group("g1")], "g1": [person("u-p")]})
    with serving(iam) as door:
        subject = door.resolve("E1")
        before = door.observe(subject, ["ops"]).evidence["ops"]
        iam.groups["g1"] = [person("u-o")]
        after = door.observe(subject, ["ops"]).evidence["ops"]
    assert before["inner_groups"] == "1" and before["inner_sha256"] != after["inner_sha256"]


def gone(iam: Iam) -> None:
    del iam.users["u-0"]


def swapped(iam: Iam) -> None:
    """One goes and one comes: the last of the first page stands on the second as well."""
    iam.users.pop("u-7")
    kept = dict(iam.users)
    iam.users.clear()
    iam.users.update({"u-new": "N", **kept})


@pytest.mark.parametrize("change", [gone, swapped])
def test_a_list_of_people_that_changes_while_it_is_read_is_no_answer(change):
    """The server ignores filters, so that everybody is listed whoever is asked for."""

    class Ignoring(Iam):
        def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
            return super().answer(path, {k: v for k, v in query.items() if k != "filter"})

    iam = Ignoring({f"u-{n}": f"E{n}" for n in range(8)}, {})
    iam.page = 3
    changes = [change]
    iam.before_page = lambda start: changes.pop()(iam) if start == 4 and changes else None
    with serving(iam) as door:
        with pytest.raises(UnavailableError) as odd:
            door.resolve("E3")
        assert odd.value.code == "peer.bad-answer"
        assert door.resolve("E3") == "u-3", "looked at again, it is whole"


def test_an_account_that_is_not_found_is_gone_only_while_one_is_found_by_its_id():
    class Closed(Iam):
        hides = False

        def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
            return (404, {}) if self.hides and "/Users/" in path else super().answer(path, query)

    iam = Closed(dict(USERS), {"big": BIG, "ops": [person("u-o")]})
    with serving(iam) as door:
        door.members("big")
        assert door.observe("u-nobody", ["ops"]).gone
        iam.hides = True
        look = door.observe("u-nobody", ["ops"])
        assert not look.gone and look.unproven == {"ops": "sink.uncalibrated"}


def test_a_group_that_lists_by_user_names_is_no_proof_of_an_account_that_is_gone():
    """It may list them by a name that nobody knows any more."""

    class Named(Iam):
        def _shown(self, kind: str, name: str) -> dict[str, Any]:
            shown = super()._shown(kind, name)
            return shown | {"userName": f"n-{name}"} if kind == "Users" else shown

    listed = [person("n-u-o"), person("n-u-left")]
    iam = Named(dict(USERS), {"big": [person(f"n-{each}") for each in (*USERS, "x")], "ops": listed})
    with serving(iam) as door:
        door.members("big")
        assert door.observe("u-left", ["ops"]).unproven == {"ops": "sink.uncalibrated"}
        listed.pop()
        assert not door.observe("u-left", ["ops"]).unproven


def test_a_right_that_was_lost_makes_nobody_of_nobody():
    iam = Iam(dict(USERS), {})
    with serving(iam) as door:
        for number, code in (("E1", ""), ("E9", "sink.no-person")):
            if code:
                with pytest.raises(RejectedError) as refused:
                    door.resolve(number)
                assert refused.value.code == code
            else:
                assert door.resolve(number) == "u-e1"
        iam.users.clear()
        with pytest.raises(RejectedError) as refused:
            door.resolve("O1")
        assert refused.value.code == "sink.uncalibrated"
