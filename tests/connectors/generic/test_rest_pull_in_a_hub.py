"""A hub that asks an attendance cloud by a document and settings alone, and is ended in the middle of it."""

import json
import shutil
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.config import scaffold
from hub.intake.round import Round
from schemas.errors import UnavailableError
from tests.contract.attendance_cloud import SECRET, SHANGHAI, serving
from tests.site import Site, build, until

DOCUMENT = Path("tests/mappings/vendors/attendance/time_cloud.json")
START = (datetime.now(SHANGHAI) - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)


@pytest.fixture
def cloud():
    with serving() as started:
        for n in range(8):
            started.punched(n, START + timedelta(minutes=n), person=f"E{n % 3}")
        yield started


def site_of(home: Path, settings: dict[str, Any]) -> Site:
    return asking(build(home), settings)


def asking(made: Site, settings: dict[str, Any]) -> Site:
    """A site that asks the cloud, too."""
    (made.home / "mappings" / "attendance").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DOCUMENT, made.home / "mappings" / "attendance" / "time_cloud.json")
    scaffold.secret(made.home / "keys" / "cloud.secret", SECRET.encode())
    lines = ["", "[connectors.cloud]", 'adapter = "generic/rest_pull"', 'every = "1 seconds"']
    lines += ['mappings = { read = "attendance/time_cloud" }', 'login_secret = "file:keys/cloud.secret"']
    lines += [f"{name} = {toml(value)}" for name, value in settings.items()]
    with (made.home / "licet.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return made


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {toml(each)}" for name, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def counts(site: Site) -> dict[str, int]:
    names = ("received", "held", "quarantined", "duplicate")
    rows = site.rows(f"SELECT {', '.join(names)} FROM connectors WHERE connector = 'cloud'")
    return dict(zip(names, rows[0] if rows else (0,) * len(names), strict=True))


def test_every_punch_comes_in_once_though_the_hub_dies_between_two_pages(cloud, tmp_path):
    site = site_of(tmp_path / "hub", cloud.settings(start=f"{START:%Y-%m-%d}"))
    checked = site.command("check", "--lang", "en")
    assert checked.returncode == 0 and "cloud: Any system that is asked" in checked.stdout, checked
    cloud.largest, cloud.wrong = 2, ["", "500"]
    site.start()
    until(lambda: counts(site)["held"] >= 2 and len(cloud.asked) >= 2, "the first page is in and the second one failed")
    site.end(signal.SIGKILL)
    site.start()
    until(lambda: counts(site)["held"] == 8, "all pages are in")
    seen = len(cloud.asked)
    until(lambda: len(cloud.asked) > seen + 1, "it is asked again")
    assert counts(site) == {"received": 8, "held": 8, "quarantined": 0, "duplicate": 0}
    first, *later = [each["beginTime"] for each in cloud.asked if each["pageNo"] == "1"]
    assert first == f"{START:%Y-%m-%d} 00:00:00" and later[-1] > first, "the window moved once its pages were kept"
    assert site.balanced()
    site.end()


def test_settings_that_do_not_fit_are_named_where_they_stand(cloud, tmp_path):
    site = site_of(tmp_path / "hub", {**cloud.settings(), "items": "data/list"})
    said = site.command("check", "--lang", "en")
    assert (
        said.returncode != 0
        and "connectors.cloud" in said.stderr + said.stdout
        and "items" in said.stderr + said.stdout
    )


def test_a_system_that_asks_to_be_left_alone_is_left_alone_for_as_long(cloud, tmp_path):
    site = site_of(tmp_path / "hub", cloud.settings(start=f"{START:%Y-%m-%d}"))
    cloud.wrong = ["429"]
    with site.parts() as parts:
        polled = parts.polling.one("cloud")
        assert polled is not None
        assert parts.polling.turn(polled) == 7, "Retry-After"
        left = parts.polling.turn(polled)
        assert left is not None and 0 < left <= 7 and len(cloud.asked) == 1, "nothing was asked meanwhile"


def test_nobody_is_left_alone_until_the_hub_starts_anew():
    """What it has to say of withdrawals must be heard, whatever a number in a header of it says."""
    assert Round(error=UnavailableError("peer.throttled", "later", 999_999_999.0)).rest == 3600


def test_a_round_by_hand_asks_for_all_pages_and_a_turn_for_one(cloud, tmp_path):
    site = site_of(tmp_path / "hub", cloud.settings(start=f"{START:%Y-%m-%d}"))
    with site.parts() as parts:
        polled = parts.polling.one("cloud")
        assert polled is not None
        assert parts.polling.turn(polled) == 0 and len(cloud.asked) == 1, "there is more at once"
        asked = parts.polling.ask(polled)
        assert asked.error is None and asked.counts == {"held": 5} and len(cloud.asked) == 3
        assert parts.polling.turn(polled) is None


def test_it_is_tried_before_anything_of_it_is_kept(cloud, tmp_path):
    site = site_of(tmp_path / "hub", cloud.settings(start=f"{START:%Y-%m-%d}"))
    cloud.records[1]["punchTime"] = "yesterday"
    told = " ".join(site.command("check", "--online", "--lang", "en").stdout.split())
    assert (
        "2 items read, 0 ignored, 1 not read; the first: time.invalid /data/list/1/punchTime found 'yesterday'" in told
    ), told
    assert not (site.home / "data" / "licet.db").exists()
