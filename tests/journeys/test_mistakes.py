"""Ordinary mistakes at the keyboard: one clear line and an exit code, never a stack trace."""

import socket

import pytest

from tests.journeys.commands import licet, one_line, run
from tests.site import build


def started_once(home):
    """A hub that has its store."""
    site = build(home)
    with site.parts():
        return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return started_once(tmp_path_factory.mktemp("mistakes") / "hub")


@pytest.fixture
def spoilt(tmp_path):
    return started_once(tmp_path / "hub")


@pytest.mark.parametrize("listen", ["abc", "127.0.0.1:x", "127.0.0.1:99999", "nosuch.host.invalid:1", ":"])
def test_an_address_that_is_none(site, listen):
    one_line(licet(site, "serve", "--listen", listen, "--lang", "en"), repr(listen), "HOST:PORT")


def test_a_port_that_is_taken(site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        one_line(licet(site, "serve", "--listen", listen), listen, "in use")


@pytest.mark.parametrize(
    "command",
    [
        ("import", "opening", "nofile.csv"),
        ("import", "opening", "."),
        ("demo", "sign-push", "nofile.json"),
        ("audit", "export", "-o", "{home}/licet.toml"),
        ("audit", "export", "-o", "{home}/licet.toml/x"),
    ],
)
def test_a_file_that_is_not_there_or_is_something_else(site, command):
    one_line(licet(site, *(each.format(home=site.home) for each in command)))


@pytest.mark.parametrize("below", ["", "/x"])
def test_a_new_folder_where_a_file_stands(site, below):
    one_line(run("init", f"{site.home}/licet.toml{below}"))


@pytest.mark.parametrize("name", ["licet.db", "keys.db", "signer.json"])
def test_a_file_of_the_hub_that_is_rubbish(spoilt, name):
    (spoilt.home / "data" / name).write_bytes(b"rubbish, and enough of it to be no empty file" * 10)
    one_line(licet(spoilt, "audit", "verify"), name)


@pytest.mark.parametrize(
    "text", ["connectors = 1\n", "[connectors]\nx = 1\n", "[connectors.x]\nadapter = 1\n", "a = [\n"]
)
def test_settings_that_are_none(spoilt, text):
    (spoilt.home / "licet.toml").write_text(text, encoding="utf-8")
    one_line(licet(spoilt, "check"), "licet.toml")


def test_a_store_that_does_not_answer(spoilt):
    file = spoilt.home / "licet.toml"
    text = file.read_text(encoding="utf-8")
    url = "postgresql+psycopg://somebody:secret@127.0.0.1:1/x"
    file.write_text(text.replace("sqlite:///data/licet.db", url), encoding="utf-8")
    done = licet(spoilt, "check")
    one_line(done, "store")
    assert "secret" not in done.stderr


def test_a_freeze_that_is_over_before_it_begins_or_is_nobody_s(site):
    freeze = ("freeze", "iam", "--reason", "IAM moves", "--until")
    one_line(licet(site, *freeze, "2020-01-01", "--by", "Li"), "2020-01-01T00:00:00+08:00")
    one_line(licet(site, *freeze, "2199-01-01", "--by", " "), "--by")


def test_more_lines_than_a_thousand_end_with_the_newest(spoilt):
    with spoilt.parts() as parts:
        for n in range(1500):
            parts.writer.submit(lambda tx, n=n: tx.log("heartbeat", boot=f"{n:032x}"))
    done = licet(spoilt, "tail", "--entries", "-n", "1200")
    lines = done.stdout.splitlines()
    assert len(lines) == 1200 and lines[-1].endswith(f"boot={1499:032x}")
