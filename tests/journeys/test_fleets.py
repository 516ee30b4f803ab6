"""Two fleets of terminals side by side: an instance each, with settings of its own, each at its own listener."""

import csv
import urllib.request
from collections.abc import Iterator

import pytest

from connectors.simulators import roster_csv
from tests.journeys.commands import licet, told
from tests.ports import free_port
from tests.site import Site, build, until

FLEETS = """
[connectors.plant]
adapter = "attendance/zkteco_push"
zone = "Europe/Berlin"
server_time = "utc"
delay_seconds = 30
[connectors.plant.devices.SN-2]
zone = "America/New_York"
identifiers = "badges"
[listeners.office]
listen = "127.0.0.1:{office}"
serves = ["terminals", "lms", "authority", "api"]
[listeners.plant]
listen = "127.0.0.1:{plant}"
serves = ["plant"]
"""
PUNCH = b"%s\t2026-03-01 08:00:00\t0\t15\t0\t0\t0\n"


@pytest.fixture(scope="module")
def fleets(tmp_path_factory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A hub and the address of each fleet's listener; E0 is 0 at the office, p0 at the plant, and has badge b0."""
    site = build(tmp_path_factory.mktemp("fleets") / "hub")
    ports = {"office": free_port(), "plant": free_port()}
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(FLEETS.format(**ports))
    with (site.home / "roster" / "people.csv").open(encoding="utf-8", newline="") as rows:
        people = [{**row, "id:plant": f"p{n}", "id:badges": f"b{n}"} for n, row in enumerate(csv.DictReader(rows))]
    roster_csv.write_people(site.home / "roster", people, ["terminals", "lms", "authority", "plant", "badges"])
    site.serve()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    yield site, {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    site.end()


def called(url: str, path: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(f"{url}/iclock/{path}", body, timeout=60) as answer:
        said: str = answer.read().decode()
    return said


def test_each_fleet_has_its_own_settings_and_its_own_word_about_a_serial(fleets):
    site, urls = fleets
    opening = "cdata?SN={}&options=all&pushver=2.4.1&DeviceType=att"
    for name, serial in (("office", "SN-1"), ("plant", "SN-1"), ("plant", "SN-2")):
        called(urls[name], opening.format(serial))
        assert licet(site, "devices", "approve", serial).returncode == 0
    said = {(name, serial): called(urls[name], opening.format(serial)) for name in urls for serial in ("SN-1",)}
    assert "TimeZone=8\n" in said["office", "SN-1"] and "\nDelay=10\n" in said["office", "SN-1"]
    assert "TimeZone=1\n" in said["plant", "SN-1"] and "\nDelay=30\n" in said["plant", "SN-1"]
    assert "TimeZone=-" in called(urls["plant"], opening.format("SN-2"))

    upload = "cdata?SN={}&table=ATTLOG&Stamp=1"
    for name, serial, pin in (("office", "SN-1", b"0"), ("plant", "SN-1", b"p0"), ("plant", "SN-2", b"b0")):
        assert called(urls[name], upload.format(serial), PUNCH % pin) == "OK: 1\n"
    entries = [(each["connector"], each["peer"], each["counts"]) for each in site.entries("received")]
    for known in (("terminals", "SN-1"), ("plant", "SN-1"), ("plant", "SN-2")):
        assert (*known, {"applied": 1}) in entries, "each is a punch of a person whom its own identifiers name"
    assert len(site.rows("SELECT DISTINCT subject FROM punches")) == 3, "of three identifiers, all of one person"
    assert {(each["connector"], each["device"]) for each in told(site, "devices", "list")} == {
        ("terminals", "SN-1"),
        ("plant", "SN-1"),
        ("plant", "SN-2"),
    }


def test_a_source_that_only_one_terminal_uses_is_known(fleets):
    site, _urls = fleets
    assert told(site, "people", "import")["unknown_sources"] == []


@pytest.mark.parametrize(
    ("listeners", "wrong"),
    [
        ("", "answers at /iclock/ already, expected"),
        ('[listeners.all]\nlisten = "127.0.0.1:0"\n', "answers at /iclock/ already at [listeners.all], expected"),
        (
            '[listeners.a]\nlisten = "127.0.0.1:0"\nserves = ["terminals", "plant", "lms", "authority", "api"]\n',
            "[listeners.a]",
        ),
    ],
)
def test_two_fleets_at_one_listener_are_refused(listeners, wrong, tmp_path):
    site = build(tmp_path / "hub")
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[connectors.plant]\nadapter = "attendance/zkteco_push"\n{listeners}')
    found = licet(site, "check", "--lang", "en")
    assert found.returncode == 1 and wrong in found.stderr, found.stderr
