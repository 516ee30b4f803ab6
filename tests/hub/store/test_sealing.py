"""Who destroys a key has erased what it sealed; nobody opens a blob of another row, or with another master key."""

import hashlib
from contextlib import closing
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.sealing import KeyFile, Sealer
from schemas.errors import ConfigError, UnavailableError

MASTER = bytes(range(32))


@pytest.fixture
def sealer(tmp_path):
    KeyFile.make(tmp_path / "keys.db")
    keys = KeyFile(tmp_path / "keys.db", MASTER)
    keys.create(["p1", "p2"])
    yield Sealer(keys, MASTER)
    keys.close()


@given(plain=st.binary(max_size=500))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_what_is_sealed_opens_as_it_was_under_its_key_and_row_alone(sealer, plain):
    sealed = sealer.seal("p1", plain, "row-1")
    assert sealer.open("p1", sealed, "row-1") == plain
    for key, row in (("p2", "row-1"), ("p1", "row-2")):
        with pytest.raises(InvalidTag):
            sealer.open(key, sealed, row)


def test_after_its_key_is_destroyed_a_name_cannot_be_read_and_the_neighbour_s_can(sealer):
    mine, other = sealer.seal("p1", b"A", "row"), sealer.seal("p2", b"B", "row")
    sealer.keys.destroy("p1")
    assert sealer.open("p1", mine, "row") is None
    assert sealer.open("p2", other, "row") == b"B"


def test_a_body_comes_back_whole_and_its_commitment_says_nothing_about_it(sealer):
    bucket = sealer.bucket(datetime(2026, 3, 2, tzinfo=UTC))
    sealed, first = sealer.seal_body(bucket, b"1001", "t")
    _sealed, again = sealer.seal_body(bucket, b"1001", "t")
    assert sealer.open_body(bucket, sealed, "t") == b"1001"
    assert first["commit"] != again["commit"] and first["bytes"] == 4


def test_bodies_sealed_together_are_each_sealed_under_their_own_key_row_salt_and_nonce(sealer):
    bodies = [("p1", b"1001", "row-1"), ("p2", b"1001", "row-2"), ("p1", b"", "row-3")]
    done = sealer.seal_bodies(bodies)
    for (key, body, row), (sealed, said) in zip(bodies, done, strict=True):
        assert sealer.open_body(key, sealed, row) == body
        with pytest.raises(InvalidTag):
            sealer.open_body(key, sealed, "another row")
        salt = sealer.open(key, sealed, row)[:32]
        mac = HMAC(salt, SHA256())
        mac.update(body)
        assert said == {
            "bytes": len(body),
            "commit": mac.finalize().hex(),
            "ct_sha256": hashlib.sha256(sealed).hexdigest(),
        }
    assert len({said["commit"] for _sealed, said in done}) == len({sealed[:12] for sealed, _said in done}) == 3


def test_another_master_key_opens_nothing_and_says_what_to_do(sealer, tmp_path):
    with closing(KeyFile(tmp_path / "keys.db", bytes(32))) as other, pytest.raises(ConfigError, match="master"):
        other.cipher("p1")


def test_keys_survive_a_restart(sealer, tmp_path):
    sealed = sealer.seal("p1", b"A", "row")
    again = KeyFile(tmp_path / "keys.db", MASTER)
    assert Sealer(again, MASTER).open("p1", sealed, "row") == b"A"
    again.close()


def test_a_key_file_that_is_missing_is_no_new_beginning(tmp_path):
    with pytest.raises(ConfigError, match=r"keys\.db: is missing; restore it from its backup"):
        KeyFile(tmp_path / "keys.db", MASTER)
    assert not list(tmp_path.iterdir())


def test_a_key_file_is_never_made_over_another(sealer, tmp_path):
    with pytest.raises(FileExistsError):
        KeyFile.make(tmp_path / "keys.db")
    assert sealer.keys.cipher("p1") is not None


def test_what_was_acknowledged_of_keys_is_on_the_disk_and_nobody_else_may_read_it(sealer, tmp_path):
    assert sealer.keys._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert sealer.keys._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (tmp_path / "keys.db").stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_file_says_what_to_do(tmp_path):
    (tmp_path / "keys.db").write_bytes(b"no database at all" * 300)
    with pytest.raises(ConfigError, match="restore it from its backup"):
        KeyFile(tmp_path / "keys.db", MASTER)


def test_the_same_identifier_is_found_again_and_two_sources_are_never_mixed_up(sealer):
    assert sealer.lookup("terminals", "1001") == sealer.lookup("terminals", "1001")
    assert sealer.lookup("terminals", "1001") != sealer.lookup("lms", "1001")


def test_a_disk_that_was_full_for_a_moment_does_not_end_new_keys(tmp_path):
    KeyFile.make(tmp_path / "keys.db")
    keys = KeyFile(tmp_path / "keys.db", bytes(32))
    pages = keys._db.execute("PRAGMA page_count").fetchone()[0]
    keys._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(UnavailableError) as said:
        keys.create([f"k{n}" for n in range(1000)])
    assert said.value.code == "store.full"
    keys._db.execute("PRAGMA max_page_count = 100000")
    keys.create(["k"])
    assert keys.cipher("k") is not None
    keys.close()


@given(body=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_the_commitment_is_hmac_sha256_under_the_salt_inside_the_seal(sealer, body):
    sealed, said = sealer.seal_body("p1", body, "t")
    salt = sealer.open("p1", sealed, "t")[:32]
    mac = HMAC(salt, SHA256())
    mac.update(body)
    assert said["commit"] == mac.finalize().hex()


def test_each_use_has_a_key_of_its_own_so_that_one_table_tells_nothing_of_another(sealer):
    same = "terminals\x1f1001"
    found = {
        sealer.lookup("terminals", "1001"),
        sealer.body_digest(same.encode()),
        bytes.fromhex(sealer.transmission_id("terminals", "1001")),
    }
    assert len(found) == 3
    keys = {sealer._identifiers, sealer._bodies, sealer._transmissions, MASTER}
    assert len(keys) == 4
    assert hashlib.blake2b(same.encode(), key=MASTER, digest_size=16).digest() not in found


def test_another_master_key_finds_nobody(sealer):
    assert Sealer(sealer.keys, bytes(32)).lookup("terminals", "1001") != sealer.lookup("terminals", "1001")
