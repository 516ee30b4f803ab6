"""What only SCIM does; tests/contract/test_doors.py asks what every door must do."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from connectors.access.scim import SPEC, Scim, Settings
from connectors.port import Change
from schemas.errors import RejectedError, UnavailableError
from tests.contract.scim_server import TOKEN, ScimServer, running
from tests.faults.proxy import Proxy
from tests.ports import free_port


def door(url: str, **more: object) -> Scim:
    settings = {"base_url": f"{url}/v2", "token": TOKEN, "allow_private_address": True, **more}
    return Scim("iam", Settings.model_validate(settings))


@pytest.fixture(scope="module")
def server() -> Iterator[ScimServer]:
    with running() as started:
        yield started


@pytest.fixture
def proxy(server: ScimServer) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", server.port) as started:
        yield started


def test_a_person_is_found_by_external_id_and_else_by_user_name(server: ScimServer, proxy: Proxy) -> None:
    first = server.add_user(userName="wang", externalId="HR-1001")
    second = server.add_user(userName="Li.Na")
    assert door(proxy.url).resolve("HR-1001") == first
    assert door(proxy.url).resolve("li.na") == second
    assert door(proxy.url, person_attribute="userName").resolve("wang") == first


def test_a_user_name_that_belongs_to_another_external_id_is_nobody(server: ScimServer, proxy: Proxy) -> None:
    server.add_user(userName="HR-2001", externalId="HR-2002")
    with pytest.raises(RejectedError) as refused:
        door(proxy.url).resolve("HR-2001")
    assert refused.value.code == "sink.no-person"


def test_two_users_with_one_external_id_are_not_told_apart_by_guessing(server: ScimServer, proxy: Proxy) -> None:
    for name in ("twin-1", "twin-2"):
        server.add_user(userName=name, externalId="HR-3001")
    with pytest.raises(RejectedError, match="2 users") as refused:
        door(proxy.url).resolve("HR-3001")
    assert refused.value.code == "sink.ambiguous", "not the word for nobody, to whom nothing is open"


def test_quotes_in_an_identifier_stay_inside_the_filter(server: ScimServer, proxy: Proxy) -> None:
    odd = 'x" or userName pr or externalId eq "\\王'
    known = server.add_user(userName="odd", externalId=odd)
    assert door(proxy.url).resolve(odd) == known
    target = f'role "{uuid4().hex}" \\ 运维'
    server.add_group(target, (known,))
    assert door(proxy.url).members(target) == {known}


def test_what_was_resolved_once_is_not_asked_again(server: ScimServer, proxy: Proxy) -> None:
    server.add_user(userName="once", externalId="HR-4001")
    iam = door(proxy.url)
    assert iam.resolve("HR-4001") == iam.resolve("HR-4001")
    assert len(proxy.seen) == 1


def test_a_change_is_one_patch_of_one_member_by_path(server: ScimServer, proxy: Proxy) -> None:
    subject = server.add_user(userName="path", externalId="HR-5001")
    group = server.add_group("role-path")
    iam = door(proxy.url)
    for wanted in ("present", "absent"):
        iam.apply(Change(subject, "role-path", wanted, wanted), fence=1)  # type: ignore[arg-type]
    add, remove = (each for each in proxy.seen if each.method != "GET")
    assert add.method == remove.method == "PATCH"
    assert add.target == remove.target == f"/v2/Groups/{group}"
    assert json.loads(add.body)["Operations"] == [{"op": "add", "path": "members", "value": [{"value": subject}]}]
    assert json.loads(remove.body)["Operations"] == [{"op": "remove", "path": f'members[value eq "{subject}"]'}]


def test_an_observation_counts_the_members_so_that_a_wipe_shows(server: ScimServer, proxy: Proxy) -> None:
    people = tuple(server.add_user(userName=f"wipe-{n}", externalId=f"HR-60{n}") for n in range(3))
    server.add_group("role-wipe", people)
    seen = door(proxy.url).observe(people[0], ["role-wipe"])
    assert seen.evidence["role-wipe"]["members"] == "3"
    assert seen.evidence["role-wipe"]["etag"].startswith("W/")


def test_the_evidence_of_a_target_is_its_own(server: ScimServer, proxy: Proxy) -> None:
    subject = server.add_user(userName="own", externalId="HR-6500")
    server.add_group("role-open", (subject,))
    for name in ("role-shut", "person"):
        server.add_group(name)
    seen = door(proxy.url).observe(subject, ["role-open", "role-shut", "person"])
    assert seen.presence == {"role-open": "present", "role-shut": "absent", "person": "absent"}
    assert seen.evidence["role-open"].keys() == {"request_sha256", "answer_sha256", "etag", "members"}
    assert seen.evidence["role-shut"].keys() == {*seen.evidence["role-open"], "person_sha256"}
    assert len({each["answer_sha256"] for each in seen.evidence.values()}) == 3


def test_the_evidence_of_a_closing_says_how_long_old_tokens_live(server: ScimServer, proxy: Proxy) -> None:
    user = server.add_user(userName="tokens", externalId="HR-T")
    server.add_group("role-tokens", (user,))
    server.add_group("role-no-tokens", (server.add_user(userName="tokens-2"),))
    iam = door(proxy.url, token_lifetime_seconds=900)
    seen = iam.observe(iam.resolve("HR-T"), ["role-tokens", "role-no-tokens"])
    assert seen.evidence["role-no-tokens"]["old_tokens_live_s"] == "900"
    assert "old_tokens_live_s" not in seen.evidence["role-tokens"], "nothing was taken there"


def test_absent_is_not_said_of_an_id_that_is_no_longer_that_person(server: ScimServer, proxy: Proxy) -> None:
    old = server.add_user(userName="moved", externalId="HR-7001")
    server.add_group("role-moved")
    iam = door(proxy.url)
    assert iam.resolve("HR-7001") == old
    server.call("DELETE", f"/Users/{old}")
    new = server.add_user(userName="moved", externalId="HR-7001")
    with pytest.raises(UnavailableError) as stale:
        iam.observe(old, ["role-moved"])
    assert stale.value.code == "sink.no-person"
    assert iam.resolve("HR-7001") == new
    assert iam.observe(new, ["role-moved"]).presence == {"role-moved": "absent"}


def test_nothing_is_granted_to_an_id_that_the_server_does_not_know(server: ScimServer, proxy: Proxy) -> None:
    server.add_group("role-ghost")
    with pytest.raises(UnavailableError):
        door(proxy.url).apply(Change("nobody", "role-ghost", "present", "k"), fence=1)
    assert server.members_of("role-ghost") == []


def test_ids_forgotten_by_a_restarted_server_are_looked_up_anew() -> None:
    port = free_port()
    with running(port) as before:
        before.add_group("role-x", (before.add_user(userName="w", externalId="HR-1"),))
        iam = door(f"http://127.0.0.1:{port}")
        old = iam.resolve("HR-1")
        assert iam.observe(old, ["role-x"]).presence == {"role-x": "present"}
    with running(port) as after:
        new = after.add_user(userName="w", externalId="HR-1")
        after.add_group("role-x", (new,))
        assert iam.members("role-x") == {new}
        assert iam.observe(old, ["role-x"]).gone
        iam.apply(Change(iam.resolve("HR-1"), "role-x", "absent", "k"), fence=2)
        assert after.members_of("role-x") == []
    iam.close()


def test_a_wrong_token_is_found_by_the_probe(proxy: Proxy) -> None:
    with pytest.raises(RejectedError) as refused:
        door(proxy.url, token="another").probe()
    assert refused.value.code == "peer.auth"
    assert "another" not in str(refused.value)


def test_a_forgetful_memory_keeps_the_newest(server: ScimServer, proxy: Proxy) -> None:
    ids = {f"HR-8{n}": server.add_user(userName=f"few-{n}", externalId=f"HR-8{n}") for n in range(3)}
    iam = door(proxy.url, remember=2)
    assert {person: iam.resolve(person) for person in ids} == ids
    asked = len(proxy.seen)
    iam.resolve("HR-82")
    assert len(proxy.seen) == asked
    iam.resolve("HR-80")
    assert len(proxy.seen) == asked + 1


def test_it_is_a_door() -> None:
    assert SPEC.ports == ("door",)
    assert all(field.description for field in Settings.model_fields.values())


class _LargeGroup(BaseHTTPRequestHandler):
    """A server with one group of 50,000 members, each with the four attributes of RFC 7643, 4.2."""

    ids = tuple(f"{n:08d}-1f0a-4c1e-9d39-3c1f0e7f6a10" for n in range(50_000))

    def do_GET(self) -> None:
        core = "urn:ietf:params:scim:schemas:core:2.0:"
        group: dict[str, object] = {"schemas": [f"{core}Group"], "id": "g1", "displayName": "room"}
        if self.path.startswith("/v2/Groups/g1"):
            ref = "https://iam.example.cn/scim/v2/Users/"
            members = [{"value": n, "$ref": ref + n, "type": "User", "display": f"user {n[:8]}"} for n in self.ids]
            body = json.dumps({**group, "members": members}).encode()
        elif self.path.startswith("/v2/Users/"):
            known = self.path.split("/")[-1].partition("?")[0]
            body = json.dumps({"schemas": [f"{core}User"], "id": known, "userName": "x"}).encode()
        else:
            listed = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
            body = json.dumps({"schemas": [listed], "totalResults": 1, "Resources": [group]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def test_a_group_of_fifty_thousand_is_observed() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _LargeGroup) as large:
        threading.Thread(target=large.serve_forever, daemon=True).start()
        scim = door(f"http://127.0.0.1:{large.server_port}")
        inside = scim.observe(_LargeGroup.ids[-1], ["room"])
        assert inside.presence == {"room": "present"} and inside.evidence["room"]["members"] == "50000"
        scim.close()
        large.shutdown()


def test_members_whom_nobody_was_resolved_to_are_asked_for_a_few_at_a_time_and_once() -> None:
    asked: list[str] = []

    class Recording(_LargeGroup):
        ids = _LargeGroup.ids[:300]

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Recording) as large:
        threading.Thread(target=large.serve_forever, daemon=True).start()
        scim = door(f"http://127.0.0.1:{large.server_port}")
        counts = []
        for _ in range(3):
            asked.clear()
            assert len(scim.members("room")) == 300
            counts.append(sum(path.startswith("/v2/Users/") for path in asked))
        assert counts == [200, 100, 0]
        scim.close()
        large.shutdown()
