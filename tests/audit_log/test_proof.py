"""One entry is proven to a stranger: by C2SP tlog-proof, and by a COSE receipt that a library of other people reads."""

from random import Random

import pytest
import scitt_cose
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit_log.checkpoint import Checkpoint, TamperError, key_id, sign, vkey
from audit_log.entry import canonical
from audit_log.export import export_entry
from audit_log.folder import verify_entry
from audit_log.merkle import leaf_hash, root
from audit_log.proof import check, prove, read
from audit_log.receipt import check as check_receipt
from audit_log.receipt import cose
from audit_log.verify import main

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME = "hub.example.cn/audit"
VKEY = vkey(NAME, KEY.public_key())
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def entry(n):
    said = {"v": 1, "id": f"0192a000-0000-7000-8000-{n:012d}", "ts": "2026-01-01T00:00:00.000000Z", "kind": "alarm"}
    return canonical({**said, "code": "clock.step"})


def proven(n, size, key=KEY):
    """The entry, its proof, the signed head."""
    leaves = [leaf_hash(entry(each)) for each in range(size)]
    head = Checkpoint(NAME, size, root(leaves))
    return entry(n), prove(n, leaves, sign(head, NAME, key)), head


def receipt(n, size):
    body, proof, head = proven(n, size)
    return body, cose(proof, head, "id", key_id(NAME, KEY.public_key()), KEY.sign)


SIZES = [(0, 1), (0, 2), (1, 2), (2, 3), (6, 7), (3, 8), (255, 256), (256, 300), (299, 300)]


@pytest.mark.parametrize(("n", "size"), SIZES)
def test_an_entry_proves_where_it_stands_and_no_other_entry_does(n, size):
    body, proof, head = proven(n, size)
    assert check(body, proof.text(), VKEY) == head
    assert read(proof.text()) == proof
    with pytest.raises(TamperError, match=f"not the one at index {n}"):
        check(entry(n + 1), proof.text(), VKEY)


@pytest.mark.parametrize(("n", "size"), SIZES)
def test_a_verifier_of_other_people_reads_the_receipt(n, size):
    body, given = receipt(n, size)
    found = scitt_cose.verify_receipt(given, leaf_entry_hex=body.hex(), log_public_key_pem=PEM)
    assert found.ok, found.errors
    assert (found.tree_size, found.leaf_index, found.issuer, found.subject) == (size, n, NAME, "id")
    assert not scitt_cose.verify_receipt(given, leaf_entry_hex=entry(n + 1).hex(), log_public_key_pem=PEM).ok


WRONG = [
    ("another key signed the head", lambda _text: proven(3, 8, OTHER)[1].text()),
    ("another index", lambda text: text.replace("index 3", "index 2")),
    ("a zero before the index", lambda text: text.replace("index 3", "index 03")),
    ("no index", lambda text: text.replace("index 3\n", "")),
    ("a hash less", lambda text: text.replace(text.split("\n")[2] + "\n", "", 1)),
    ("another first line", lambda text: text.replace("@v1", "@v2")),
    ("ends of line of another system", lambda text: text.replace("\n", "\r\n")),
    ("a hash with bits that say nothing", lambda text: text.replace("=\n", "\n", 1)),
    ("no head", lambda text: text.partition("\n\n")[0] + "\n\n"),
    ("nothing", lambda _text: ""),
    ("endless", lambda text: text + "x" * 40_000),
    ("too many hashes", lambda text: text.replace("index 3\n", "index 3\n" + ("A" * 43 + "=\n") * 80)),
]


@pytest.mark.parametrize(("about", "spoil"), WRONG, ids=[about for about, _spoil in WRONG])
def test_a_proof_that_was_touched_proves_nothing(about, spoil):
    body, proof, _head = proven(3, 8)
    spoilt = spoil(proof.text())
    assert spoilt != proof.text()
    with pytest.raises(TamperError):
        check(body, spoilt, VKEY)


def test_what_the_standard_lets_stand_beside_is_passed_over():
    body, proof, head = proven(3, 8)
    with_extra = proof.text().replace("index 3", "extra QUJD\nindex 3")
    assert check(body, with_extra, VKEY) == head
    witnessed = proof.text() + "— witness.example AAAAAAAA\n"
    assert check(body, witnessed, VKEY) == head


def test_each_byte_of_a_receipt_counts():
    _body, given = receipt(3, 8)
    _same, proof, head = proven(3, 8)
    chance = Random(7)
    for at in {0, len(given) - 1, *chance.sample(range(len(given)), 40)}:
        spoilt = bytearray(given)
        spoilt[at] ^= 1 << chance.randrange(8)
        with pytest.raises(TamperError):
            check_receipt(bytes(spoilt), proof, head, "id", VKEY)


@pytest.fixture
def folder(tmp_path):
    body, proof, head = proven(3, 8)
    said = f"0192a000-0000-7000-8000-{3:012d}"
    given = cose(proof, head, said, key_id(NAME, KEY.public_key()), KEY.sign)
    export_entry(tmp_path / "entry", body, proof, given, VKEY)
    return tmp_path / "entry"


def test_the_folder_of_one_entry_verifies_with_the_command_of_the_whole_log(folder, capsys):
    assert main([str(folder), "--key", VKEY]) == 0
    assert "verified: 8 entries" in capsys.readouterr().out
    assert main([str(folder)]) == 3, "its own key proves no origin"
    assert main([str(folder), "--key", vkey(NAME, OTHER.public_key())]) == 1


@pytest.mark.parametrize("name", ["entry.json", "entry.tlog-proof", "entry.cose", "vkey.txt", "README"])
def test_every_file_of_it_counts(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1) + b" ")
    assert main([str(folder), "--key", VKEY]) == 1


def test_what_has_no_place_there_is_named(folder):
    (folder / "more.txt").write_text("x")
    assert verify_entry(folder, VKEY).problems == ["more.txt: has no place here"]
