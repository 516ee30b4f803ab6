"""What the tests of bad input share: one hub that serves with terminals that are approved, and what must hold of it."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.journeys.commands import licet
from tests.site import Site, build, until

ABROAD = '\n[connectors.terminals.devices.SN-NY]\nzone = "America/New_York"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    """A hub; at the end its process lives, all that came in is accounted for, and its log can be verified."""
    built = build(tmp_path_factory.mktemp("bad") / "hub")
    with (built.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(ABROAD)
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == 3, "the roster is in")
    for serial in ("SN-1", "SN-NY"):
        built.handshake(serial)
        assert licet(built, "devices", "approve", serial).returncode == 0
        until(partial(_taken, built, serial), "it is approved")
    yield built
    assert built.process is not None and built.process.poll() is None, "the process lives"
    built.end()
    assert built.balanced()
    assert built.command("audit", "verify").returncode == 0


def _taken(site: Site, serial: str) -> bool:
    first = b"1\t2026-03-01 08:00:00\t0\t15\t0\t0\t0\n"
    return site.post(f"/iclock/cdata?SN={serial}&table=ATTLOG", first)[0] == 200
