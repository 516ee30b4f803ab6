"""A hub whose parts do not fit does not start, and says which part it is and what to do; nothing is made anew."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from hub.parts.identity import KEYS, MEMORY, STORE, Word, agree
from schemas.errors import ConfigError
from tests import postgres
from tests.site import build, until


def words(keys: int, memory: int, store: int) -> dict[str, Word | None]:
    return {KEYS: Word("a", keys), MEMORY: Word("a", memory), STORE: Word("a", store)}


@pytest.mark.parametrize("starts", [(0, 0, 0), (7, 7, 7), (8, 7, 7), (8, 8, 7)])
def test_parts_of_one_age_agree_whenever_a_start_was_cut_off(starts):
    agree(words(*starts))


@pytest.mark.parametrize(
    ("starts", "older"),
    [((6, 7, 7), KEYS), ((6, 7, 6), KEYS), ((7, 5, 7), MEMORY), ((7, 6, 7), MEMORY), ((7, 7, 5), STORE)],
)
def test_the_older_part_is_named(starts, older):
    with pytest.raises(ConfigError, match=f"{older} is of start .*an older copy; restore the newest copy"):
        agree(words(*starts))


@pytest.mark.parametrize("part", [KEYS, MEMORY, STORE])
def test_a_part_of_another_hub_is_named(part):
    with pytest.raises(ConfigError, match=f"{part} is of another hub"):
        agree({**words(7, 7, 7), part: Word("b", 7)})
    with pytest.raises(ConfigError, match=f"{part} does not say"):
        agree({**words(7, 7, 7), part: None})


@pytest.fixture
def site(tmp_path):
    """A hub that was started twice; ``first`` are its parts as of the first end."""
    built = build(tmp_path / "hub")
    run(built)
    shutil.copytree(built.home / "data", tmp_path / "first")
    run(built)
    return built


def run(site):
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    site.end()


def refusal(site) -> str:
    before = sorted(path.name for path in (site.home / "data").iterdir())
    done = site.command("serve", "--listen", f"127.0.0.1:{site.port}", "--lang", "en")
    assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr.startswith("licet: "), done.stderr
    after = sorted(path.name for path in (site.home / "data").iterdir())
    assert set(after) - set(before) <= {"licet.db-wal", "licet.db-shm", "keys.db-wal", "keys.db-shm"}
    return str(done.stderr)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("licet.db", "the store is missing; restore the newest copy"),
        ("keys.db", "keys.db: is missing; restore it"),
        ("signer.json", "signer.json is missing"),
    ],
)
def test_a_missing_part_is_refused_and_not_made_anew(site, part, words):
    for each in (site.home / "data").glob(f"{part}*"):
        each.unlink()
    assert words in refusal(site)
    assert words in refusal(site), "the second time too"
    assert not (site.home / "data" / part).exists()


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("licet.db", "rolled back"),  # the log itself tells first
        ("keys.db", "data/keys.db is of start 1, its siblings are of start 2: an older copy"),
        ("signer.json", "data/signer.json is of start 1, its siblings are of start 2: an older copy"),
    ],
)
def test_a_part_that_is_older_than_its_siblings_is_refused(site, part, words):
    for each in (site.home / "data").glob(f"{part}*"):
        each.unlink()
    for each in (site.home.parent / "first").glob(f"{part}*"):
        shutil.copy(each, site.home / "data" / each.name)
    said = refusal(site)
    assert words in said or (part == "licet.db" and "the store is of start 1" in said), said


def test_a_key_file_from_before_keys_were_made_is_refused_though_its_count_fits(site):
    with closing(sqlite3.connect(site.home / "data" / "keys.db")) as keys, keys:
        keys.execute("DELETE FROM keys WHERE id IN (SELECT id FROM keys WHERE id NOT LIKE 'week-%' LIMIT 1)")
    keys.close()
    assert "uses 1 keys that it does not hold" in refusal(site)


def test_a_part_of_another_hub_is_refused(site, tmp_path):
    other = build(tmp_path / "other")
    shutil.copy(site.home / "keys" / "master.key", other.home / "keys" / "master.key")
    run(other)
    for each in (site.home / "data").glob("keys.db*"):
        each.unlink()
    for each in (other.home / "data").glob("keys.db*"):
        shutil.copy(each, site.home / "data")
    assert "data/keys.db is of another hub" in refusal(site)


def test_another_name_or_another_key_of_the_log_is_refused_with_what_to_put_back(site, tmp_path):
    settings = (site.home / "licet.toml").read_text(encoding="utf-8")
    assert 'name = "' in settings
    name = settings.partition('name = "')[2].partition('"')[0]
    (site.home / "licet.toml").write_text(settings.replace(f'name = "{name}"', 'name = "else"', 1), encoding="utf-8")
    assert f"found 'else', but the log of this hub is signed as '{name}'; put that back" in refusal(site)
    (site.home / "licet.toml").write_text(settings, encoding="utf-8")
    other = build(tmp_path / "other")
    shutil.copy(other.home / "keys" / "log.pem", site.home / "keys" / "log.pem")
    assert "keys/log.pem: found another key than the one that signs this log; put the old file back" in refusal(site)


def test_an_empty_database_in_the_place_of_the_store_is_refused(tmp_path):
    with postgres.running() as store:
        site = build(tmp_path / "hub")
        site.on(store.url)
        site.start()
        until(lambda: store.rows("SELECT count(*) FROM people") == [(3,)], "the roster is in")
        site.end()
        store.server.psql("DROP DATABASE hub;")
        store.server.psql("CREATE DATABASE hub;")
        assert "the store is missing; restore" in refusal(site)
        assert store.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_first_start_that_was_cut_off_is_taken_up(tmp_path):
    site = build(tmp_path / "hub")
    mark = (site.home / "data" / "new.json").read_bytes()
    run(site)
    (site.home / "data" / "new.json").write_bytes(mark)  # as if the machine had stopped before it was gone
    run(site)
    assert not (site.home / "data" / "new.json").exists()
