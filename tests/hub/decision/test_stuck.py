"""A rule that fails parks one person: neighbours decide, and the issuer's word still closes the door."""

import sqlite3
import urllib.request
from datetime import UTC, datetime

import pytest

from tests.contract.scim_server import running
from tests.site import Site, build, order, until


def push(site: Site, n: int, status: str, sequence: int, **more: object) -> None:
    told = site.authority().push(order(n, status, sequence, **more), now=datetime.now(UTC), id=f"s-{n}-{sequence}")
    assert told[0] == 202, told


def view(site: Site, n: int):
    return site.get(f"/api/v1/people/E{n}")


def confirmed(site: Site, *people: int) -> bool:
    return all(each["state"] == "confirmed" for n in people for each in view(site, n)["targets"])


def spoil(site: Site, n: int, kind: str) -> None:
    """Make one kept fact of a person unreadable, as a bug or a broken disk would, while the hub is stopped."""
    with site.parts() as parts:
        person = parts.directory.person_by_number(f"E{n}")
    store = sqlite3.connect(site.home / "data" / "licet.db")
    with store:
        changed = store.execute(
            "UPDATE facts SET body = '{}' WHERE kind = ? AND subject IN (SELECT subject FROM links WHERE person = ?)",
            (kind, person),
        )
    store.close()
    assert changed.rowcount == 1


@pytest.mark.parametrize("kind", ["assignment", "credential_status"])
def test_one_person_is_stuck_neighbours_decide_and_a_revocation_still_closes(tmp_path, kind):
    with running() as scim:
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(3)]
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        site.enforce()
        for n in (0, 1):
            push(site, n, "active", 1)
        until(lambda: set(scim.members_of("room")) == set(users[:2]), "two doors are open")
        until(lambda: confirmed(site, 0, 1), "both are confirmed")
        site.end()
        spoil(site, 1, kind)
        site.start()

        push(site, 1, "active", 2)
        until(lambda: view(site, 1)["stuck"], "the person is stuck")
        assert view(site, 1)["attended"] is None, "nobody is told of what cannot be read that it is nothing"
        alarm = site.entries("alarm")[-1]
        assert (alarm["code"], alarm["attempt"]) == ("review.stuck", 1) and alarm["error"]
        assert "licet_people_stuck 1.0" in metrics(site)
        assert set(scim.members_of("room")) == set(users[:2]), "a failure of ours closes nothing by itself"

        push(site, 0, "suspended", 2)
        push(site, 2, "active", 1)
        until(lambda: set(scim.members_of("room")) == {users[1], users[2]}, "neighbours are decided")
        assert not view(site, 0)["stuck"] and not view(site, 2)["stuck"]

        push(site, 1, "revoked", 3)
        until(lambda: scim.members_of("room") == [users[2]], "the issuer's word closes the door")
        until(lambda: confirmed(site, 1) and view(site, 1)["targets"][0]["observed"] == "absent", "it is confirmed")
        assert view(site, 1)["stuck"], "for a person to look at"
        assert site.process is not None and site.process.poll() is None
        site.end()
        assert site.balanced() and site.command("audit", "verify").returncode == 0


def test_who_cannot_even_be_parked_holds_up_no_neighbour(tmp_path):
    with running() as scim:
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(3)]
        scim.add_group("room")
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        site.enforce()
        push(site, 1, "active", 1)
        until(lambda: confirmed(site, 1) and scim.members_of("room") == [users[1]], "a door is open")
        site.end()
        spoil(site, 1, "assignment")
        store = sqlite3.connect(site.home / "data" / "licet.db")
        store.execute(
            "CREATE TRIGGER planted BEFORE INSERT ON due WHEN NEW.tries > 0 BEGIN SELECT RAISE(ABORT, 'planted'); END"
        )
        store.close()
        site.start()

        push(site, 1, "active", 2)
        alarm = site.entries("alarm")[-1]
        assert (alarm["code"], alarm["error"]) == ("review.stuck", "IntegrityError")
        push(site, 2, "active", 1)
        until(lambda: set(scim.members_of("room")) == set(users[1:]), "a neighbour is decided")
        push(site, 1, "revoked", 3)
        until(lambda: scim.members_of("room") == [users[2]], "the issuer's word closes the door")
        site.end()
        assert site.balanced() and site.command("audit", "verify").returncode == 0


def metrics(site: Site) -> str:
    token = (site.home / "keys" / "api.token").read_text()
    asked = urllib.request.Request(f"{site.url}/metrics", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read().decode()
