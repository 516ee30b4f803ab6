"""A command beside a store that it must not move, or that is not there yet: one line, and nothing is touched."""

import sqlite3
from contextlib import closing

import pytest

from tests.journeys.commands import licet, one_line
from tests.site import build

READING = (
    ("tail",),
    ("why", "E1"),
    ("connectors",),
    ("plan",),
    ("audit", "verify"),
    ("audit", "export", "-o", "{home}/export"),
    ("devices", "list"),
    ("devices", "pending"),
    ("people", "unresolved"),
    ("people", "history", "E1"),
    ("quarantine", "list"),
)
WRITING = (
    ("enforce", "iam", "--by", "A,B"),
    ("devices", "approve", "SN-1"),
    ("people", "import"),
    ("people", "link", "lms", "l1", "E1"),
    ("quarantine", "discard", "x", "--reason", "r", "--by", "A"),
    ("reconcile",),
)


@pytest.fixture
def site(tmp_path):
    return build(tmp_path / "hub")


@pytest.fixture
def older(site):
    """A hub whose store is of an earlier version, and nobody has it open."""
    with site.parts():
        pass
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store:
        store.execute("UPDATE alembic_version SET version_num = 'v0'")
        store.commit()
    return site


def held(site):
    """Every file of a hub, with what is in it."""
    files = (each for each in site.home.rglob("*") if each.is_file())
    return {str(each.relative_to(site.home)): each.read_bytes() for each in files}


@pytest.mark.parametrize("command", READING + WRITING, ids=" ".join)
def test_a_command_before_the_first_start_makes_nothing(site, command):
    before = held(site)
    one_line(licet(site, *(each.format(home=site.home) for each in command)), "store.missing", "licet serve")
    assert held(site) == before


@pytest.mark.parametrize("command", READING + WRITING, ids=" ".join)
def test_a_command_beside_an_older_store_leaves_it_as_it_is(older, command):
    before = held(older)
    said = licet(older, *(each.format(home=older.home) for each in command), "--lang", "en")
    one_line(said, "store.older", "found version v0, expected v", "licet upgrade")
    assert held(older) == before


def test_check_says_what_there_is_of_the_store(site):
    done = licet(site, "check", "--lang", "en")
    assert done.returncode == 0 and f"store: none yet; `licet serve -c {site.home}` makes it" in done.stdout
    with site.parts():
        pass
    assert "store: version v" in licet(site, "check", "--lang", "en").stdout


def test_check_refuses_an_older_store(older):
    one_line(licet(older, "check"), "store.older")


def test_upgrade_makes_no_store_and_leaves_one_of_today_alone(site):
    one_line(licet(site, "upgrade"), "store.missing")
    with site.parts():
        pass
    before = held(site)
    done = licet(site, "upgrade", "--lang", "en")
    assert done.returncode == 0 and "already" in done.stdout
    assert held(site) == before


def test_reading_commands_leave_a_store_that_nobody_has_open_as_it_is(site):
    with site.parts():
        pass
    before = held(site)
    for command in READING:
        licet(site, *(each.format(home=site.home) for each in command))
    after = {name: content for name, content in held(site).items() if not name.startswith("export")}
    assert after == before
