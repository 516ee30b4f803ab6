"""`licet connectors new` adds a connector that is read as it is, or says what is open; the file stays whole."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

import connectors
from hub.config import scaffold
from hub.config.chinese_titles import TITLES
from hub.config.folder import read_folder
from hub.config.mappings import begin
from hub.config.new_instance import add_instance
from schemas.errors import ConfigError
from tests.journeys.commands import one_line, run


@pytest.fixture
def home(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre")
    return tmp_path / "hub"


def new(home, *words):
    return run("connectors", "new", *words, "-c", str(home))


def text(home):
    return (home / "licet.toml").read_bytes()


TRAINING = ("generic/webhook", "training", "--reads", "learning/training")


def test_what_is_added_is_read_as_it_is_and_its_secret_is_made(home):
    before = text(home)
    done = new(home, *TRAINING, "--set", "media=application/xml, text/xml", "--set", "identifiers=roster")
    assert done.returncode == 0 and "/in/training" in done.stdout and "尚需填写" not in done.stdout, done
    assert text(home).startswith(before.rstrip())
    folder = read_folder(home)
    made = folder.instances["training"]
    assert (made.reads, made.identifiers) == ("learning/training", "roster")
    assert (made.settings.media, made.settings.zone) == (("application/xml", "text/xml"), "Asia/Shanghai")
    secret = home / "keys" / "training.secret"
    assert (
        made.settings.secret.get_secret_value() == secret.read_text() and stat.S_IMODE(secret.stat().st_mode) == 0o600
    )
    assert secret.read_bytes() not in text(home) and secret.read_text() not in done.stdout
    assert "licet mapping new learning/training" in done.stdout, "its document is not there yet"


@pytest.mark.parametrize("profile", ["token", "webhook"])
def test_the_secret_that_is_made_fits_each_profile_that_needs_nothing_more(home, profile):
    assert new(home, *TRAINING, "--set", f"profile={profile}").returncode == 0
    assert read_folder(home).instances["training"].spec.auth == profile


@pytest.mark.parametrize("profile", ["http-signature", "sealed", "xml"])
def test_no_secret_is_made_where_keys_prove_it(home, profile):
    named = ("--set", "audience=hub") if profile == "sealed" else ()
    assert new(home, *TRAINING, "--set", f"profile={profile}", *named).returncode == 0
    assert read_folder(home).instances["training"].spec.auth == profile
    assert not (home / "keys" / "training.secret").exists()


@pytest.mark.parametrize("adapter", connectors.shipped())
def test_every_kind_can_be_added_and_what_it_lacks_is_what_check_says(home, adapter):
    reads = ("--reads", "learning/x") if connectors.load(adapter).own_document else ()
    if reads:
        begin(home, "learning/x", "learning/xapi_push")
    done = new(home, adapter, "fresh", *reads, "--lang", "en", "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout)["open"]
    lines = text(home).decode().splitlines()
    for each in told:
        assert (each["instance"], each["file"]) == ("fresh", "licet.toml") and each["cure"]
        assert (
            each["setting"].partition(".")[0] in lines[each["line"] - 1]
            or "[connectors.fresh]" in lines[each["line"] - 1]
        )
    checked = run("check", "-c", str(home), "--lang", "en")
    said = [each for each in checked.stderr.splitlines() if "[connectors.fresh]" in each]
    assert len(said) == len(told)
    assert all(f"{each['line']}:{each['column']}: [connectors.fresh]" in "\n".join(said) for each in told)


def test_what_it_lacks_is_named_with_its_line_in_both_languages(home):
    zh = new(home, "access/ldap", "directory")
    assert zh.returncode == 0 and "尚需填写" in zh.stdout
    lines = text(home).decode().splitlines()
    for name in ("url", "bind_dn", "people_base", "groups_base"):
        line = next(n for n, each in enumerate(lines, 1) if each.startswith(f"# {name} ="))
        assert f"licet.toml:{line}:" in zh.stdout and name in zh.stdout
    assert not (home / "keys" / "directory.password").exists(), "the directory's own password is not ours to make"
    en = new(home, "access/ldap", "other", "--lang", "en", "--set", "url=ldaps://ldap.example.cn")
    assert "still to fill in:" in en.stdout and "bind_dn" in en.stdout and ": url:" not in en.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("access/scim", "iam"), "iam"),
        (("access/scim", "a b"), "'a b'"),
        (("access/scim", 'x]\nprofile = "dev"'), "x]"),
        (("access/scin", "x"), "access/scin"),
        (("generic/webhook", "x"), "--reads"),
        (("generic/webhook", "x", "--reads", "../keys/x"), "../keys/x"),
        (("access/scim", "x", "--reads", "learning/x"), "--reads"),
        ((*TRAINING, "--set", "medai=text/xml"), "'media'"),
        ((*TRAINING, "--set", "profile=tokn"), "'token'"),
        ((*TRAINING, "--set", "zone=Mars/Base"), "Mars/Base"),
        ((*TRAINING, "--set", "answer_status=two"), "two"),
        ((*TRAINING, "--set", 'answer_status=200\nprofile = "token"'), "answer_status"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_is_refused_and_nothing_is_written(home, words, said, lang):
    before = text(home), sorted(each.name for each in (home / "keys").iterdir())
    done = new(home, *words, "--lang", lang)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr, done
    assert (text(home), sorted(each.name for each in (home / "keys").iterdir())) == before


def test_a_secret_on_the_command_line_is_refused_and_not_shown(home):
    before = text(home)
    done = new(home, *TRAINING, "--set", "secret=hunter2hunter2hunter2")
    one_line(done, "file:")
    assert "hunter2" not in done.stderr and text(home) == before


def test_a_secret_that_is_there_is_never_taken_over(home):
    (home / "keys" / "training.secret").write_text("of an earlier one, perhaps leaked")
    before = text(home)
    one_line(new(home, *TRAINING), "training.secret")
    assert text(home) == before and "leaked" in (home / "keys" / "training.secret").read_text()


@pytest.mark.parametrize(
    "written",
    [
        lambda said: said.replace(b"\n", b"\r\n"),
        lambda said: said.rstrip(b"\n"),
        lambda said: said + b"\n\n# the end",
        lambda said: said + b"\n[operators.wang]\nmail = 'wang@example.cn'\n",
    ],
)
def test_it_is_added_however_the_file_ends(home, written):
    (home / "licet.toml").write_bytes(written(text(home)))
    (home / "licet.toml").chmod(0o640)
    ends = b"\r\n" if b"\r\n" in text(home) else b"\n"
    assert new(home, *TRAINING).returncode == 0
    assert text(home).count(b"\n") == text(home).count(ends) and "training" in read_folder(home).instances
    assert stat.S_IMODE((home / "licet.toml").stat().st_mode) == 0o640


@pytest.mark.parametrize("broken", [b"[hub\n", b"connectors = {}\n"])
def test_a_file_that_is_not_whole_is_left_alone(home, broken):
    (home / "licet.toml").write_bytes(broken)
    done = new(home, *TRAINING)
    assert done.returncode == 1 and "licet.toml" in done.stderr and text(home) == broken
    assert not (home / "keys" / "training.secret").exists()


def test_a_link_stays_a_link(home, tmp_path):
    kept = tmp_path / "elsewhere.toml"
    (home / "licet.toml").rename(kept)
    (home / "licet.toml").symlink_to(kept)
    assert new(home, *TRAINING).returncode == 0
    assert (home / "licet.toml").is_symlink() and b"[connectors.training]" in kept.read_bytes()


def test_without_a_word_it_says_how_all_stand(home):
    assert run("connectors", "-h").returncode == 0
    assert "new" in run("connectors", "-h").stdout


def test_every_adapter_has_a_title_in_chinese():
    assert {*connectors.shipped()} <= TITLES.keys()


def test_of_two_that_add_at_once_neither_loses_the_others_words(home):
    made = []

    def first(size):
        """Another begins while this one has read the file; it waits."""
        if not made:
            made.append(
                pool.submit(add_instance, home, "generic/webhook", "second", "learning/training", {}, os.urandom)
            )
        return os.urandom(size)

    with ThreadPoolExecutor(1) as pool:
        add_instance(home, "generic/webhook", "training", "learning/training", {}, first)
        made[0].result(30)
    assert read_folder(home).instances.keys() >= {"training", "second"}


def test_what_somebody_writes_meanwhile_is_not_lost(home):
    file = home / "licet.toml"

    def editor(size):
        file.write_bytes(text(home) + b"\n# a note of somebody\n")
        return os.urandom(size)

    with pytest.raises(ConfigError, match="changed meanwhile"):
        add_instance(home, "generic/webhook", "training", "learning/training", {}, editor)
    assert text(home).endswith(b"# a note of somebody\n") and not (home / "keys" / "training.secret").exists()
