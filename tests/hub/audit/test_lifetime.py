"""A run of the hub in its log: start, pulse, end; and what is other than before has an entry of its own."""

import re

import pytest

from hub.config.folder import read_folder
from hub.running import Hub
from tests.site import Site, build


@pytest.fixture
def site(tmp_path) -> Site:
    return build(tmp_path / "hub", people=1)


def run(site: Site, *, beat: bool = False) -> None:
    hub = Hub(read_folder(site.home))
    hub.start(polling=False, sweeping=False)
    if beat:
        hub.parts.writer.call(hub.parts.lifetime.beat)
    hub.stop()


def test_a_start_names_version_machine_settings_rules_and_key_and_its_run_goes_on_to_its_end(site):
    run(site, beat=True)
    run(site)
    first, second = site.entries("start")
    assert (
        re.fullmatch(r"\d+\.\d+\.\d+.*", first["version"])
        and first["host"]
        and re.fullmatch("[0-9a-f]{8}", first["key"])
    )
    assert [each["boot"] for each in site.entries("stop")] == [first["boot"], second["boot"]] != [first["boot"]] * 2
    assert [each["boot"] for each in site.entries("heartbeat")] == [first["boot"]]
    same = ("version", "host", "config", "rules", "key")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert not any(site.entries(kind) for kind in ("config", "rules", "key"))


@pytest.mark.parametrize(
    ("kind", "file", "old", "new"),
    [
        ("config", "licet.toml", 'language = "zh"', 'language = "en"'),
        ("config", "keys/scim.token", "for-tests-only", "another"),
        ("rules", "positions/post.toml", 'risk = "medium"', 'risk = "low"'),
    ],
)
def test_what_has_changed_since_the_last_start_has_an_entry_of_its_own(site, kind, file, old, new):
    path = site.home / file
    run(site)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    run(site)
    run(site)
    [change] = site.entries(kind)
    starts = [each[kind] for each in site.entries("start")]
    assert [change[f"{kind}_before"], change[kind]] == starts[:2] and starts[1] == starts[2]
    assert not any(site.entries(other) for other in {"config", "rules", "key"} - {kind})


def test_no_setting_stands_in_the_log_and_none_can_be_tried(site):
    from hashlib import blake2b, sha256

    run(site)
    folder, start = read_folder(site.home), site.entries("start")[0]
    for content in (folder.configuration, (site.home / "licet.toml").read_bytes()):
        assert start["config"] not in {sha256(content).hexdigest()[:32], blake2b(content, digest_size=16).hexdigest()}
