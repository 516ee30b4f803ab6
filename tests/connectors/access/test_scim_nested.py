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
        self.filters: tuple[str, ...] = ()
        """By which attributes of members groups can be filtered."""

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        _, kind, *rest = unquote(path).strip("/").split("/")
        table: dict[str, Any] = self.users if kind == "Users" else self.groups
        if rest:
            return (200, self._shown(kind, rest[0])) if rest[0] in table else (404, {})
        wanted = query.get("filter", "")
        if "members" in wanted:
            return self._by_member(wanted)
        start = int(query.get("startIndex", 1))
        self.before_page(start)
        found = [self._shown(kind, each) for each in table]
        if wanted:
            attribute, _, value = wanted.split(" ", 2)
            found = [each for each in found if each.get(attribute) == json.loads(value)]
        listed = found[start - 1 : start - 1 + self.page]
        return 200, {"schemas": [f"{MESSAGE}ListResponse"], "totalResults": len(found), "Resources": listed}

    def _by_member(self, wanted: str) -> tuple[int, Any]:
        """A filter by ``members.value``, or by what the server ``asks`` for as well."""
        _, gid, attribute, value = (json.loads(each) if each[0] == '"' else each for each in wanted.split()[0::2])
        if attribute not in self.filters:
            return 400, {}
        found = [gid] if any(each.get(attribute.rpartition(".")[2]) == value for each in self.groups[gid]) else []
        shown = [{"schemas": [f"{CORE}Group"], "id": each} for each in found]
        return 200, {"schemas": [f"{MESSAGE}ListResponse"], "totalResults": len(found), "Resources": shown}

    def _shown(self, kind: str, name: str) -> dict[str, Any]:
        if kind == "Users":
            return {"schemas": [f"{CORE}User"], "id": name, "externalId": self.users[name], "userName": name}
        return {"schemas": [f"{CORE}Group"], "id": name, "displayName": name, "members": self.groups[name]}


@contextmanager
def serving(iam: Iam, **settings: object) -> Iterator[Scim]:
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
        known = {"base_url": url, "token": "t", "allow_private_address": True}
        door = Scim("iam", Settings.model_validate({**known, **settings}))
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


def plain(name: str) -> dict[str, str]:
    """A member of whom the list does not say what it is, as at many servers."""
    return {"value": name}


@pytest.mark.parametrize(
    ("listed", "presence", "proven"),
    [
        ([plain("u-o"), plain("u-p")], "absent", True),
        ([plain("u-o"), plain("g1")], "present", True),
        ([plain("u-o"), plain("g2")], "absent", True),
        ([plain("u-o"), plain("g3")], "present", True),
        ([plain("u-o"), plain("hidden-group-or-nobody")], "absent", False),
        ([plain("u-o"), {"value": "g1", "type": "direct"}], "present", True),
        ([plain("u-o"), {"value": "g1", "$ref": "https://iam/v2/Groups/g1"}], "present", True),
    ],
    ids=["people", "a group", "a group without them", "two deep", "leads nowhere", "odd type", "by reference"],
)
def test_a_member_that_is_told_neither_person_nor_group_is_found_out(listed, presence, proven):
    inner = {"g1": [plain("u-e1")], "g2": [plain("u-p")], "g3": [plain("u-o"), plain("g1")]}
    with serving(Iam(USERS, {"big": BIG, "ops": listed, **inner})) as door:
        door.members("big")
        subject = door.resolve("E1")
        look = door.observe(subject, ["ops"])
        assert look.presence == {"ops": presence}
        assert (look.unproven == {}) == proven
        assert (subject in door.members("ops")) == (presence == "present")


def test_who_turns_out_to_have_a_second_account_while_a_group_is_read_is_resolved_again():
    """The second one is listed, so that it is met in the middle of a look at the first."""
    iam = Iam(dict(USERS), {"big": BIG, "ops": [plain("u-o"), plain("u-twin")]})
    with serving(iam) as door:
        subject = door.resolve("E1")
        iam.users["u-twin"] = "E1"
        with pytest.raises(UnavailableError) as stale:
            door.observe(subject, ["ops"])
        assert stale.value.code == "sink.no-person"
        with pytest.raises(RejectedError) as several:
            door.resolve("E1")
        assert several.value.code == "sink.ambiguous"
        assert door.matches("E1") == {"u-e1", "u-twin"}
        assert door.observe("u-twin", ["ops"]).presence == {"ops": "present"}


def test_of_very_many_members_that_are_told_nothing_the_list_of_groups_tells_the_groups():
    people = {f"u-{n}": f"P{n}" for n in range(300)}
    many = [plain(each) for each in people]
    iam = Iam({**USERS, **people}, {"big": [*many, plain("u-x")], "ops": [*many, plain("g1")], "g1": [plain("u-e1")]})
    with serving(iam) as door:
        assert door.observe(door.resolve("E1"), ["ops"]).presence == {"ops": "present"}
    assert len(iam.asked) < 30, "not one by one"


@pytest.mark.parametrize(
    ("filters", "listed", "presence", "proven"),
    [
        (("members.value", "members.type"), [person("u-o")], "absent", True),
        (("members.value", "members.type"), [person("u-o"), group("g1")], "present", True),
        (("members.value", "members.type"), [person("u-o"), group("hidden")], "absent", False),
        (("members.value",), [person("u-o")], "absent", True),
        (("members.value",), [person("u-o"), group("g1")], "present", True),
        (("members.value",), [plain("u-o"), plain("g1")], "present", True),
        (("members.value",), [person("u-o"), group("hidden")], "absent", False),
    ],
)
def test_a_filter_by_member_does_not_show_who_is_in_a_group_inside(filters, listed, presence, proven):
    """It finds whom a group lists itself: that no group stands there is asked for, or read from the list."""
    iam = Iam(USERS, {"big": BIG, "ops": listed, "g1": [person("u-e1")]})
    iam.filters = filters
    with serving(iam, read_back="filter") as door:
        door.members("big")
        look = door.observe(door.resolve("E1"), ["ops"])
        assert look.presence == {"ops": presence}
        assert (look.unproven == {}) == proven


@pytest.mark.parametrize(
    ("inner_groups", "proven"), [("listed", True), ("none", True), ("hidden", False)], ids=lambda each: each
)
def test_where_groups_below_another_are_not_listed_no_absence_is_proven(tmp_path, inner_groups, proven):
    (tmp_path / "own.toml").write_text(f'inner_groups = "{inner_groups}"\n', encoding="utf-8")
    with serving(Iam(USERS, {"big": BIG, "ops": [person("u-o")]}), profile_file=tmp_path / "own.toml") as door:
        door.members("big")
        assert (door.observe(door.resolve("E1"), ["ops"]).unproven == {}) == proven


def test_keycloak_shows_nobody_who_is_in_a_group_below():
    with serving(Iam(USERS, {"big": BIG, "ops": [person("u-o")]}), profile="keycloak") as door:
        door.members("big")
        assert door.observe(door.resolve("E1"), ["ops"]).unproven == {"ops": "sink.uncalibrated"}


def gone(iam: Iam) -> None:
    del iam.users["u-0"]


def swapped(iam: Iam) -> None:
    """One goes and one comes: the last of the first page stands on the second as well."""
    iam.users.pop("u-7")
    kept = dict(iam.users)
    iam.users.clear()
    iam.users.update({"u-new": "N", **kept})


def hidden(iam: Iam) -> None:
    """One goes, who was seen, and one comes at the end: whoever comes first on the second page moves to the first."""
    del iam.users["u-0"]
    iam.users["u-new"] = "N"


@pytest.mark.parametrize("change", [gone, swapped, hidden])
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
