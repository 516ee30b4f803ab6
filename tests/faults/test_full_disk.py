"""A disk that others fill: what may close a door is still taken, carried out and seen; everything else comes again.

The story is told on a file system of its own, which only the process that tells it can see.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from hub.store.space import LOW, RESERVE, Space
from schemas.errors import UnavailableError
from tests.conftest import HandClock
from tests.contract.scim_server import running
from tests.hub.decision.test_law import NOW
from tests.site import Site, build, order, sites, until

FLOOR_MB, SIZE_MB = 24, 96
SEQUENCES = count(3)


def can_mount() -> bool:
    """Whether a file system of a few MiB can be had without changing anything of the machine."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    tried = subprocess.run([unshare, "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


def fill(site: Site, leave: int) -> None:
    """Others write until so many bytes are left."""
    with (site.home.parent / "others").open("ab", buffering=0) as others:
        while True:
            found = os.statvfs(site.home.parent)
            free = found.f_bavail * found.f_frsize - leave
            if free <= 0:
                return
            try:
                others.write(bytes(min(free, 1 << 20)))
            except OSError:
                return


def warned(site: Site) -> bool:
    return LOW in json.loads(site.status("/readyz")[1]).get("warnings", {})


def alarmed(site: Site) -> bool:
    return LOW in {each["code"] for each in site.get("/api/v1/alarms")}


def push(site: Site, n: int, said: str, sequence: int) -> int:
    now = datetime.now(UTC)
    return int(site.authority().push(order(n, said, sequence), now=now, id=f"{n}-{sequence}")[0])


def heard_full(site: Site) -> bool:
    """Whether a push that may close a door is refused, as not even that can be written; a log has room for a few."""
    fill(site, leave=0)
    word = order(1, "revoked", next(SEQUENCES))
    status, body = site.authority().push(word, now=datetime.now(UTC), id=f"full-{word['sequence']}")
    assert status in (202, 503), body
    return status == 503 and json.loads(body)["type"].endswith("store.full")


@pytest.mark.skipif(not can_mount(), reason="needs a mount namespace for a small file system (unshare -rm)")
def test_a_revocation_is_taken_and_seen_carried_out_while_all_else_hears_503_and_comes_again(tmp_path):
    where = shlex.quote(str(tmp_path))
    script = shlex.join([sys.executable, "-m", "tests.faults.test_full_disk", str(tmp_path)])
    text = f"mount -t tmpfs -o size={SIZE_MB}m none {where} && exec {script}"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def tell(place: Path) -> None:
    """The story, in a process whose view of the machine has a small file system at this place."""
    with running() as scim:
        users = [scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(3)]
        scim.add_group("room")
        site = build(place / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
        settings = (site.home / "licet.toml").read_text("utf-8")
        (site.home / "licet.toml").write_text(settings.replace("[hub]\n", f"[hub]\ndisk_floor_mb = {FLOOR_MB}\n", 1))
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        site.enforce()
        for n in (0, 1):
            assert push(site, n, "active", 1) == 202
        until(lambda: set(scim.members_of("room")) == set(users[:2]), "two doors are open")
        until((site.home / "data" / RESERVE).exists, "there is a reserve")
        assert not warned(site)

        fill(site, leave=(FLOOR_MB - 8) << 20)
        until(lambda: warned(site) and alarmed(site), "it is said, and is an alarm")
        status, body = site.post("/iclock/cdata?SN=SN-1&table=ATTLOG", b"1\t2026-11-26 09:00:00\t0\t15\n")
        assert status == 503, body
        assert push(site, 0, "revoked", 2) == 202
        until(lambda: set(scim.members_of("room")) == {users[1]}, "the door is closed")

        fill(site, leave=0)
        until(lambda: not (site.home / "data" / RESERVE).exists(), "the reserve is let go")
        assert push(site, 1, "revoked", 2) == 202
        until(lambda: scim.members_of("room") == [], "this one, too")
        until(lambda: not site.rows("SELECT 1 FROM outbox"), "both were seen closed")

        until(lambda: heard_full(site), "who pushes hears that the disk is full, by its own code")
        until(
            lambda: "store.full" in json.loads(site.status("/readyz")[1])["reasons"], "so does who asks for readiness"
        )

        (site.home.parent / "others").unlink()
        until(lambda: site.status("/readyz")[0] == 200, "it is ready by itself")
        until(lambda: not warned(site) and not alarmed(site), "there is room again")
        until((site.home / "data" / RESERVE).exists, "and a reserve")
        assert site.post("/iclock/cdata?SN=SN-1&table=ATTLOG", b"1\t2026-11-26 09:00:00\t0\t15\n")[0] != 503
        assert push(site, 2, "active", 1) == 202
        until(lambda: scim.members_of("room") == [users[2]], "doors are opened again")
        assert site.balanced()
        site.end()


def test_below_the_floor_input_is_refused_with_what_was_found_and_when_to_come_again(tmp_path):
    clock = HandClock(NOW)
    ample, none = Space(tmp_path, 0, clock), Space(tmp_path, 1 << 60, clock)
    ample.require()
    with pytest.raises(UnavailableError, match=r"MiB are free, expected \d+ \(hub.disk_floor_mb\)") as refused:
        none.require()
    assert (refused.value.code, refused.value.retry_after) == (LOW, 30.0)


if __name__ == "__main__":
    try:
        tell(Path(sys.argv[1]))
    finally:
        for each in sites():
            each.kill()
