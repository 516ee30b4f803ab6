"""A permission system that shows writes late: no look that was too early confirms anything, or leaves a door open."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.scim_server import running
from tests.faults.late_reads import replica
from tests.site import build, order, until

TOKEN = 'token = "file:keys/scim.token"'
MINUTES = 600
"""Longer than any of these tests takes: what waits for it does not happen."""


@pytest.fixture
def scim():
    with running() as server:
        yield server


@pytest.fixture
def user(scim):
    return scim.add_user(userName="e0", externalId="E0")


@pytest.fixture
def iam(scim):
    with replica(scim.port) as started:
        yield started


@contextmanager
def serving(home, iam, propagation):
    built = build(home, scim_url=iam.url, people=1)
    settings = built.home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    assert TOKEN in text
    settings.write_text(text.replace(TOKEN, f"{TOKEN}\npropagation_seconds = {propagation}"), encoding="utf-8")
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM people")[0][0] == 1, "the roster is in")
    built.enforce()
    try:
        yield built
    finally:
        built.end()


def push(site, status, sequence):
    answer, _body = site.authority().push(order(0, status, sequence), now=datetime.now(UTC), id=f"e-{sequence}")
    assert answer in (200, 202)


def state(site):
    return site.rows("SELECT state FROM desired")[0][0]


def confirmed(site, wanted):
    return [each for each in site.entries("confirmed") if each["wanted"] == wanted]


def at(entry):
    return datetime.fromisoformat(entry["ts"])


def patches(iam):
    return [json.loads(each.body)["Operations"][0]["op"] for each in iam.changes]


def test_a_write_is_confirmed_by_a_look_after_its_propagation_and_not_by_one_before(tmp_path, scim, user, iam):
    scim.add_group("room")
    with serving(tmp_path / "hub", iam, 2) as site:
        push(site, "active", 1)
        until(lambda: confirmed(site, "present"), "the door is confirmed open")
        push(site, "revoked", 2)
        until(lambda: confirmed(site, "absent"), "the door is confirmed closed")
        assert scim.members_of("room") == [] and patches(iam) == ["add", "remove"]
        waits = [at(confirmed(site, "present")[0]), at(confirmed(site, "absent")[0])]
        for accepted, seen in zip(site.entries("accepted"), waits, strict=True):
            assert seen - at(accepted) >= timedelta(seconds=2)


def test_a_write_that_is_not_shown_yet_is_not_sent_a_second_time(tmp_path, scim, user, iam):
    scim.add_group("room", (user,))
    iam.behind = True
    with serving(tmp_path / "hub", iam, MINUTES) as site:
        push(site, "revoked", 1)
        # A sweep may enter that as well, in the middle of the attempt.
        until(lambda: site.entries("drifted") and state(site) == "accepted", "it was looked at, and nothing was shown")
        sent = patches(iam)  # where the answer is in doubt it is sent again, as the same change
        assert scim.members_of("room") == [] and set(sent) == {"remove"}
        assert len({each.key for each in iam.changes}) == 1, [each.key for each in iam.changes]
        until(lambda: put_off(site), "it is looked at again when it must be shown")
        push(site, "revoked", 2)  # somebody looks at the person again
        until(lambda: put_off(site), "that changes nothing")
        assert patches(iam) == sent


def put_off(site):
    return site.rows(f"SELECT 1 FROM outbox, store_clock WHERE next_at - now > {MINUTES * 500_000}")


def test_a_revocation_right_after_a_grant_is_sent_though_a_look_shows_nothing_open(tmp_path, scim, user, iam):
    scim.add_group("room")
    iam.behind = True
    with serving(tmp_path / "hub", iam, MINUTES) as site:
        push(site, "active", 1)
        until(lambda: patches(iam) == ["add"] and state(site) == "accepted", "the door is open, and no look shows it")
        assert scim.members_of("room") == [user] and not confirmed(site, "present")
        push(site, "revoked", 2)
        until(lambda: patches(iam) == ["add", "remove"] and state(site) == "accepted", "the removal was sent")
        assert scim.members_of("room") == [] and not confirmed(site, "absent"), "what is not seen is not confirmed"


def test_a_removal_that_was_seen_and_is_undone_meanwhile_is_sent_again_under_another_key(tmp_path, scim, user, iam):
    group = scim.add_group("room", (user,))
    add = {"op": "add", "path": "members", "value": [{"value": user}]}
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add]}
    iam.unseen = lambda: scim.call("PATCH", f"/Groups/{group}", patch)  # another system puts it back
    with serving(tmp_path / "hub", iam, 2) as site:
        push(site, "revoked", 1)
        until(lambda: confirmed(site, "absent"), "the door is confirmed closed")
        assert scim.members_of("room") == [] and patches(iam) == ["remove", "remove"]
        assert len({each.key for each in iam.changes}) == 2
        assert [each["observed"] for each in site.entries("drifted")] == ["present"]
