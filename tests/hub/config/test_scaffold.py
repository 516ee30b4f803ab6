"""A new folder starts as it is: the shipped positions, fresh keys, the demo's authority only where asked for."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.key_files import open_to_others
from hub.rules.files.finding import UnreadableFile
from schemas.errors import ConfigError
from tests.journeys.commands import one_line, run

SHIPPED = Path(__file__).parents[3] / "hub" / "positions"


@pytest.mark.parametrize("example", scaffold.examples())
def test_its_positions_are_the_shipped_ones_to_the_byte(example, tmp_path):
    scaffold.write(tmp_path / "hub", example)
    written = {file.name: file.read_bytes() for file in (tmp_path / "hub" / "positions").iterdir()}
    assert written == {file.name: file.read_bytes() for file in SHIPPED.iterdir()} and len(written) == 5


def test_positions_stand_in_one_place():
    assert not list((SHIPPED.parent / "examples").glob("*/positions"))


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("example", scaffold.examples())
def test_it_is_read_as_it_is(example, demo, tmp_path):
    scaffold.write(tmp_path / "hub", example, demo=demo)
    folder = read_folder(tmp_path / "hub")
    assert ("authority" in folder.instances) == demo
    assert folder.master_key and folder.api_token


def test_without_demo_there_is_no_demo_key(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    assert [file.name for file in tmp_path.rglob("*") if "authority" in file.name or file.name == "demo"] == []
    assert not (tmp_path / "hub" / "demo.toml").exists()


def test_only_the_owner_reads_a_secret(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre", demo=True)
    secrets = ["master.key", "api.token", "lms.password", "log.pem", "demo/authority.pem"]
    modes = {name: stat.S_IMODE((tmp_path / "hub" / "keys" / name).stat().st_mode) for name in secrets}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE((tmp_path / "hub" / "keys" / "demo").stat().st_mode) == 0o700


def test_its_session_begins_with_the_hour_in_which_it_is_made_and_nobody_begins_later(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    scaffold.begin_at(tmp_path / "hub", datetime(2027, 3, 1, 16, 25, 7, tzinfo=UTC))
    plan = (tmp_path / "hub" / "roster" / "plan.csv").read_text(encoding="utf-8")
    assert ",2027-03-02T00:00:00+08:00,2027-03-02T03:00:00+08:00," in plan, "on the site's day, not on that of UTC"
    people = (tmp_path / "hub" / "roster" / "people.csv").read_text(encoding="utf-8")
    assert "E1001,张三,zhang.san@example.cn,zh,dc-operations,2027-03-01,,,," in people


def test_keys_are_made_anew_each_time(tmp_path):
    for name in ("a", "b"):
        scaffold.write(tmp_path / name, "datacentre", demo=True)
    for key in ("master.key", "api.token", "lms.password", "log.pem", "demo/authority.pem"):
        assert (tmp_path / "a" / "keys" / key).read_bytes() != (tmp_path / "b" / "keys" / key).read_bytes()


def production(home):
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8").replace('profile = "dev"', 'profile = "production"')
    settings.write_text(
        text.replace('listen = "127.0.0.1:8710"', 'listen = "0.0.0.0:8710"\npublic_url = "https://licet.example.cn"')
    )
    return home


def test_a_folder_without_the_demo_key_may_go_to_production_and_one_with_it_may_not(tmp_path):
    for name, demo in (("real", False), ("demo", True)):
        scaffold.write(tmp_path / name, "datacentre", demo=demo)
    assert read_folder(production(tmp_path / "real")).settings.profile == "production"
    with pytest.raises(ConfigError, match="keys/demo"):
        read_folder(production(tmp_path / "demo"))


SECRETS = ["keys/master.key", "keys/api.token", "keys/log.pem", "keys/lms.password"]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666])
@pytest.mark.parametrize("file", SECRETS)
def test_a_real_hub_takes_no_secret_that_others_may_read_or_write(tmp_path, file, mode):
    scaffold.write(tmp_path / "hub", "datacentre")
    home = production(tmp_path / "hub")
    (home / file).chmod(mode)
    with pytest.raises(UnreadableFile) as refused:
        read_folder(home)
    [finding] = refused.value.findings
    assert (finding.file, finding.code) == (file, "config.secret") and f"{mode:04o}" in finding.found
    assert f"chmod 600 {file}" in finding.told("en") and f"chmod 600 {file}" in finding.told("zh")


def test_what_a_group_may_read_and_public_keys_are_no_such_files(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    home = production(tmp_path / "hub")
    (home / "keys" / "master.key").chmod(0o440)
    (home / "keys" / "log.pub.pem").chmod(0o644)
    assert read_folder(home).settings.profile == "production"


def test_a_hub_for_development_is_warned_of_it(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    assert [*open_to_others(tmp_path / "hub", read_folder(tmp_path / "hub").settings)] == []
    (tmp_path / "hub" / "keys" / "log.pem").chmod(0o644)
    [warned] = open_to_others(tmp_path / "hub", read_folder(tmp_path / "hub").settings)
    assert not warned.refused and warned.told("en").startswith("keys/log.pem: warning: found mode 0644")


def test_a_push_is_signed_by_hand_only_with_the_demo_key(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    (tmp_path / "push.json").write_text("{}")
    done = run("demo", "sign-push", str(tmp_path / "push.json"), "-c", str(tmp_path / "hub"))
    one_line(done, "keys/demo/authority.pem", "licet init --demo")
    scaffold.write(tmp_path / "demo", "datacentre", demo=True)
    done = run("demo", "sign-push", str(tmp_path / "push.json"), "-c", str(tmp_path / "demo"))
    assert done.returncode == 0 and done.stdout.startswith("curl -i -X POST")


def test_the_command_makes_the_demo_key_only_when_asked(tmp_path):
    assert run("init", str(tmp_path / "plain")).returncode == 0
    assert not (tmp_path / "plain" / "keys" / "demo").exists()
    done = run("init", str(tmp_path / "demo"), "--demo")
    assert done.returncode == 0 and str(tmp_path / "demo" / "keys" / "demo" / "authority.pem") in done.stdout
    assert run("check", "-c", str(tmp_path / "plain")).returncode == 0


def test_a_folder_speaks_the_language_in_which_it_was_made(tmp_path):
    for language, word in (("en", "5 positions"), ("zh", "5 个岗位")):
        home = tmp_path / language
        assert run("init", str(home), "--lang", language).returncode == 0
        assert read_folder(home).settings.hub.language == language
        assert word in run("check", "-c", str(home)).stdout
