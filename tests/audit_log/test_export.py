"""An exported log: strangers check it to the last byte, with the key that they know."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit_log.checkpoint import Checkpoint, TamperError, sign, vkey
from audit_log.export import export
from audit_log.folder import verify_export
from audit_log.merkle import leaf_hash, root
from tests.audit_log.test_log import KEY, NAME, entry, leaves

VKEY = vkey(NAME, KEY.public_key())
SIZE, CHANGES = 270, 1000
"""Entries that make a full and a partial tile on one level and a partial one above; changes of one byte each."""


def exported(folder: Path, size: int, key: Ed25519PrivateKey = KEY) -> Path:
    note = sign(Checkpoint(NAME, size, root(leaves(size))), NAME, key)
    assert export(folder, ((n, entry(n)) for n in range(size)), note, vkey(NAME, key.public_key())) == size
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("export") / "log", 600)


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def checked(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audit_log.verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class TestCommand:
    def test_a_stranger_verifies_it_with_the_package_and_the_key_that_he_knows(self, folder, tmp_path):
        done = checked(folder, "--json", "--key", VKEY)
        assert (
            done.returncode == 0 and json.loads(done.stdout)["size"] == 600 and json.loads(done.stdout)["origin_proven"]
        )
        (tmp_path / "key").write_text(VKEY + "\n")
        assert checked(folder, "--key", tmp_path / "key").stdout.startswith("verified: 600 entries")

    def test_with_the_key_of_the_folder_alone_it_says_that_no_origin_is_proven(self, folder):
        done = checked(folder)
        assert done.returncode == 3 and "ORIGIN NOT PROVEN" in done.stdout and "not origin" in done.stdout
        assert json.loads(checked(folder, "--json").stdout)["origin_proven"] is False

    def test_a_folder_of_somebody_else_is_consistent_and_not_of_the_key_that_is_known(self, tmp_path):
        forged = exported(tmp_path / "log", 3, Ed25519PrivateKey.from_private_bytes(b"x" * 32))
        assert checked(forged).returncode == 3
        assert checked(forged, "--key", VKEY).returncode == 1

    def test_it_names_the_first_wrong_index(self, copy):
        lines = (copy / "entries.jsonl").read_bytes().splitlines(keepends=True)
        lines[7] = lines[7].replace(b'"size":7', b'"size":8')
        (copy / "entries.jsonl").write_bytes(b"".join(lines))
        done = checked(copy, "--key", VKEY)
        assert done.returncode == 1 and "first wrong index: 7\n" in done.stdout

    @pytest.mark.parametrize("file", ["checkpoint", "vkey.txt"])
    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", None])
    def test_what_cannot_be_read_is_not_verified_and_no_stack_trace(self, copy, file, content):
        (copy / file).unlink()
        if content is not None:
            (copy / file).write_bytes(content)
        done = checked(copy, "--key", VKEY)
        assert done.returncode == 1 and "NOT verified" in done.stdout and "Traceback" not in done.stderr


def test_tiles_hold_the_hashes_of_the_tree(folder):
    tile = (folder / "tile/0/000").read_bytes()
    assert len(tile) == 256 * 32 and tile[:32] == leaf_hash(entry(0))
    assert len((folder / "tile/0/002.p/88").read_bytes()) == 88 * 32
    assert (folder / "tile/1/000.p/2").read_bytes()[:32] == root(leaves(256))
    bundle = (folder / "tile/entries/000").read_bytes()
    size = int.from_bytes(bundle[:2], "big")
    assert bundle[2 : 2 + size] == entry(0)


def test_every_changed_byte_is_reported_wherever_it_stands(tmp_path):
    """Each file in turn, at places drawn by chance from a seed; the byte becomes another by chance too."""
    whole, chance = exported(tmp_path / "log", SIZE), random.Random(20261126)
    assert verify_export(whole, VKEY).good and verify_export(whole).good
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    assert len(files) == 9
    missed = []
    for n in range(CHANGES):
        path = files[n % len(files)]
        content = path.read_bytes()
        at = chance.randrange(len(content))
        other = bytes([(content[at] + chance.randrange(1, 256)) % 256])
        path.write_bytes(content[:at] + other + content[at + 1 :])
        if not reported(whole, VKEY) or not reported(whole, None):
            missed.append((path.name, at, other))
        path.write_bytes(content)
    assert missed == []


def reported(folder: Path, key: str | None) -> bool:
    try:
        return not verify_export(folder, key).good
    except TamperError:
        return True


def test_every_byte_of_the_small_files_matters(tmp_path):
    whole = exported(tmp_path / "log", 2)
    for path in (whole / "checkpoint", whole / "vkey.txt"):
        content = path.read_bytes()
        for at in range(len(content)):
            for flipped in (content[at] ^ 1, content[at] ^ 0x20):
                path.write_bytes(content[:at] + bytes([flipped]) + content[at + 1 :])
                assert reported(whole, VKEY) and reported(whole, None), (path.name, at, flipped)
        path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines.pop(300),
        lambda lines: lines.__setitem__(slice(5, 7), [lines[6], lines[5]]),
        lambda lines: lines.append(b"600\t{}\n"),
        lambda lines: lines.append(b"rubbish"),
        lambda lines: lines.__setitem__(3, lines[3].replace(b"\n", b"\r\n")),
        lambda lines: lines.__setitem__(599, lines[599].rstrip(b"\n")),
    ],
)
def test_a_missing_swapped_added_or_rewritten_line_is_noticed(copy, spoil):
    lines = (copy / "entries.jsonl").read_bytes().splitlines(keepends=True)
    spoil(lines)
    (copy / "entries.jsonl").write_bytes(b"".join(lines))
    assert not verify_export(copy, VKEY).good


@pytest.mark.parametrize("file", ["checkpoint", "vkey.txt", "README"])
def test_line_ends_of_another_system_are_refused(copy, file):
    (copy / file).write_bytes((copy / file).read_bytes().replace(b"\n", b"\r\n"))
    assert reported(copy, VKEY) and reported(copy, None)


def test_a_file_too_many_and_a_file_too_few_are_noticed(copy):
    (copy / "tile/0/003").write_bytes(b"more")
    assert verify_export(copy, VKEY).problems == ["tile/0/003: has no place in an export"]
    (copy / "tile/0/003").unlink()
    (copy / "tile/0/001").unlink()
    assert verify_export(copy, VKEY).first_bad == 256


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b + b"\x00\x00", lambda b: b[: 2 + len(entry(256))]])
def test_a_bundle_that_ends_early_or_late_is_noticed(copy, spoil):
    bundle = copy / "tile/entries/001"
    bundle.write_bytes(spoil(bundle.read_bytes()))
    report = verify_export(copy, VKEY)
    assert not report.good and report.first_bad is not None and report.first_bad >= 256


def test_a_log_signed_anew_after_a_rollback_is_caught_by_a_checkpoint_kept_from_before(folder):
    kept = sign(Checkpoint(NAME, 700, root(leaves(700))), NAME, KEY)
    assert not verify_export(folder, VKEY, older=[kept.encode()]).good


def test_a_file_whose_name_would_forge_a_verdict_is_told_on_one_line(copy):
    (copy / "tile" / "x\nverified: 9 entries\x1b[2J").write_bytes(b"more")
    said = checked(copy, "--key", VKEY).stdout
    assert said.startswith("NOT verified") and len(said.splitlines()) == 2
    assert r"x\nverified: 9 entries\x1b[2J: has no place" in said
