"""What the log promises to a stranger: one tree, signed heads, and no change unnoticed."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_log.checkpoint import Checkpoint, TamperError, read_vkey, sign, verify, vkey
from audit_log.entry import canonical
from audit_log.log import Head, grow, number
from audit_log.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from audit_log.signer import TAIL, Signer
from audit_log.walk import verify_entries

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "hub.example/audit"


def entry(n: int) -> bytes:
    entry_id = f"0190c4f0-3d1a-7abc-8def-{n:012x}"
    whole = {"v": 1, "id": entry_id, "ts": "2026-03-02T01:00:00.000000Z", "kind": "checked", "size": n}
    return canonical({**whole, "root": sha256(b"%d" % n).hexdigest()})


def leaves(n: int) -> list[bytes]:
    return [leaf_hash(entry(each)) for each in range(n)]


class TestTree:
    def test_known_values_of_rfc_6962(self):
        assert EMPTY_ROOT.hex().startswith("e3b0c442") and EMPTY_ROOT.hex().endswith("b855")
        assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
        assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"

    @given(st.integers(0, 70), st.integers(0, 70))
    def test_numbering_in_steps_gives_the_tree_of_all_at_once(self, first, more):
        bodies = [entry(n) for n in range(first + more)]
        _rows, head = number(bodies[:first], Head())
        rows, head = number(bodies[first:], head)
        assert [seq for seq, _leaf in rows] == list(range(first, first + more))
        assert head.root() == naive([leaf_hash(each) for each in bodies])

    @given(st.integers(1, 40), st.data())
    def test_inclusion_proofs_prove_their_leaf_and_no_other(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        tree = leaves(size)
        proof = inclusion_proof(index, tree)
        assert verify_inclusion(index, size, tree[index], proof, root(tree))
        assert not verify_inclusion(index, size, leaf_hash(b"other"), proof, root(tree))
        assert not verify_inclusion(index, size, tree[index], [*proof, bytes(32)], root(tree))
        assert not verify_inclusion(size, size, tree[index], proof, root(tree))
        if proof:
            assert not verify_inclusion(index, size, tree[index], proof[:-1], root(tree))

    @given(st.integers(1, 40), st.integers(0, 20))
    def test_consistency_proofs_prove_that_nothing_before_changed(self, old, more):
        tree = leaves(old + more)
        proof = consistency_proof(old, tree)
        assert verify_consistency(old, old + more, root(tree[:old]), root(tree), proof)
        changed = [leaf_hash(b"x"), *tree[1:]]
        assert not verify_consistency(old, old + more, root(tree[:old]), root(changed), consistency_proof(old, changed))
        assert not verify_consistency(old, old + more, root(tree[:old]), root(tree), [*proof, bytes(32)])

    def test_consistency_from_nothing_proves_nothing(self):
        with pytest.raises(ValueError, match="0"):
            consistency_proof(0, leaves(3))
        assert not verify_consistency(0, 3, EMPTY_ROOT, root(leaves(3)), [])


def naive(hashes: list[bytes]) -> bytes:
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + naive(hashes[:split]) + naive(hashes[split:])).digest()


class TestCheckpoint:
    keys: ClassVar = {NAME: KEY.public_key()}
    note = sign(Checkpoint(NAME, 3, root(leaves(3))), NAME, KEY)

    def test_a_signed_head_is_read_back(self):
        assert verify(self.note, self.keys, NAME) == Checkpoint(NAME, 3, root(leaves(3)))

    def test_the_verifier_key_survives_text(self):
        name, public = read_vkey(vkey(NAME, KEY.public_key()))
        assert name == NAME and public.public_bytes_raw() == KEY.public_key().public_bytes_raw()

    @pytest.mark.parametrize(
        "note",
        [
            note.replace("\n3\n", "\n03\n"),
            note.replace("\n3\n", "\n4\n"),
            note.replace("\n", "\r\n"),
            note.replace(NAME, "other.example/audit"),
            note.replace("\n\n", "\nextension\n\n"),
            note[:-1],
            note.replace("— ", "- "),
            note + "— x AAAA\n" * 16,
            note.replace(b64encode(root(leaves(3))).decode(), b64encode(bytes(31)).decode()),
            "",
        ],
    )
    def test_a_note_that_is_not_exactly_ours_is_refused(self, note):
        with pytest.raises(TamperError):
            verify(note, self.keys, NAME)

    def test_signatures_of_unknown_keys_beside_ours_are_ignored(self):
        other = sign(Checkpoint(NAME, 3, root(leaves(3))), "witness", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
        assert verify(self.note + other.rpartition("\n\n")[2], self.keys, NAME).size == 3

    @given(at=st.integers(0, len(note) - 1))
    @settings(max_examples=100)
    def test_no_changed_character_is_believed(self, at):
        changed = self.note[:at] + ("A" if self.note[at] != "A" else "B") + self.note[at + 1 :]
        try:
            assert verify(changed, self.keys, NAME) == Checkpoint(NAME, 3, root(leaves(3)))
        except TamperError:
            return
        assert at >= len(self.note) - 2  # the unused bits of the last base64 character only


class TestSigner:
    def test_it_signs_what_extends_and_remembers_it_over_a_restart(self, tmp_path):
        signer = Signer.begin(NAME, KEY, tmp_path / "signer.json")
        signer.extend(leaves(5))
        signer.sign()
        again = Signer(NAME, KEY, tmp_path / "signer.json")
        again.extend(leaves(8)[5:])
        assert verify(again.sign(), {NAME: KEY.public_key()}, NAME) == Checkpoint(NAME, 8, root(leaves(8)))

    def test_it_refuses_a_log_that_was_cut(self, tmp_path):
        signer = Signer.begin(NAME, KEY, tmp_path / "signer.json")
        signer.extend(leaves(5))
        signer.sign()
        _rows, short = number([entry(n) for n in range(4)], Head())
        with pytest.raises(TamperError, match="rolled back"):
            signer.check(short)

    def test_it_refuses_a_log_that_was_rebuilt_with_another_entry(self, tmp_path):
        signer = Signer.begin(NAME, KEY, tmp_path / "signer.json")
        signer.extend(leaves(5))
        signer.sign()
        _rows, forged = number([b"forged", *(entry(n) for n in range(1, 7))], Head())
        signer.extend(leaves(7)[5:])
        with pytest.raises(TamperError):
            signer.sign(forged)

    def test_of_two_who_sign_at_once_none_takes_back_what_the_other_has_signed(self, tmp_path):
        """As the hub and a command beside it: each with a memory that it read at its beginning."""
        memory, log, upto = tmp_path / "signer.json", leaves(40), []
        Signer.begin(NAME, KEY, memory, {"starts": 0})

        def work(_n):
            signer, notes = Signer(NAME, KEY, memory), 0
            while signer.size < len(log):
                signer.extend(log[signer.size : signer.size + 1])
                notes += signer.sign(grow(log[: signer.size], Head())) is not None
                upto.append(signer.signed.size)
                assert Signer(NAME, KEY, memory).signed.size >= signer.signed.size
            return notes

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(work, range(2))) == len(log), "each head is signed by one of them"
        assert Signer(NAME, KEY, memory).signed == Checkpoint(NAME, len(log), root(log))
        assert {each.name for each in tmp_path.iterdir()} == {"signer.json", "signer.json.lock"}

    def test_who_read_the_memory_long_ago_takes_over_what_was_signed_since(self, tmp_path):
        memory = tmp_path / "signer.json"
        hub = Signer.begin(NAME, KEY, memory, {"hub": "x", "starts": 5})
        command = Signer(NAME, KEY, memory)
        hub.remember({"hub": "x", "starts": 6})
        hub.extend(leaves(10))
        hub.sign()
        command.extend(leaves(4))
        assert command.sign() is None and command.size == 10, "nothing is signed that may not be a part of the ten"
        command.extend(leaves(12)[10:])
        assert verify(command.sign(), {NAME: KEY.public_key()}, NAME) == Checkpoint(NAME, 12, root(leaves(12)))
        command.remember({"hub": "x", "starts": 3})
        again = Signer(NAME, KEY, memory)
        assert (again.signed.size, again.mark) == (12, {"hub": "x", "starts": 6})

    def test_an_older_memory_that_somebody_puts_back_is_not_believed_by_who_knows_better(self, tmp_path):
        memory = tmp_path / "signer.json"
        signer = Signer.begin(NAME, KEY, memory, {"starts": 1})
        old = memory.read_bytes()
        signer.remember({"starts": 2})
        signer.extend(leaves(3))
        signer.sign()
        memory.write_bytes(old)
        signer.extend(leaves(5)[3:])
        signer.sign()
        again = Signer(NAME, KEY, memory)
        assert (again.signed.size, again.mark) == (5, {"starts": 2})

    @pytest.mark.parametrize("other", [b"{", b""], ids=["broken", "empty"])
    def test_a_memory_that_was_changed_meanwhile_is_told_and_not_written_over(self, tmp_path, other):
        memory = tmp_path / "signer.json"
        signer = Signer.begin(NAME, KEY, memory)
        memory.write_bytes(other)
        signer.extend(leaves(3))
        with pytest.raises(TamperError, match="not what the signer wrote"):
            signer.sign()
        assert memory.read_bytes() == other

    def test_a_memory_of_as_many_other_entries_is_no_other_word_for_the_same(self, tmp_path):
        memory = tmp_path / "signer.json"
        signer = Signer.begin(NAME, KEY, memory)
        signer.extend(leaves(3))
        signer.sign()
        memory.unlink()
        other = Signer.begin(NAME, KEY, memory)
        other.extend([leaf_hash(b"other")] * 3)
        other.sign()
        signer.extend(leaves(4)[3:])
        with pytest.raises(TamperError, match="another root"):
            signer.sign()

    def test_a_memory_that_is_missing_is_no_new_beginning(self, tmp_path):
        with pytest.raises(TamperError, match="missing"):
            Signer(NAME, KEY, tmp_path / "signer.json")

    def test_nobody_begins_a_log_twice(self, tmp_path):
        Signer.begin(NAME, KEY, tmp_path / "signer.json")
        with pytest.raises(FileExistsError):
            Signer.begin(NAME, KEY, tmp_path / "signer.json")

    @pytest.mark.parametrize("step", [90, 700, TAIL, 5 * TAIL])
    def test_it_remembers_a_head_from_which_the_end_of_the_log_can_be_made_anew(self, tmp_path, step):
        signer, size = Signer.begin(NAME, KEY, tmp_path / "signer.json"), 0
        while size < 3 * TAIL:
            signer.extend([leaf_hash(b"%d" % n) for n in range(size, size + step)])
            size += step
            signer.sign()
            assert len(signer.heads) <= 3 and signer.signed.size == size
        again = Signer(NAME, KEY, tmp_path / "signer.json")
        assert again.heads == signer.heads and TAIL <= size - again.oldest.size <= max(3 * TAIL, 2 * step)


class TestVerify:
    heads: ClassVar = [Checkpoint(NAME, 6, root(leaves(6))), Checkpoint(NAME, 10, root(leaves(10)))]

    def rows(self):
        return [(n, entry(n), leaf_hash(entry(n))) for n in range(10)]

    def test_a_whole_log_verifies(self):
        report = verify_entries(self.rows(), self.heads)
        assert report.good and report.size == 10 and report.root == root(leaves(10)).hex()

    @pytest.mark.parametrize(
        ("attack", "first_bad"),
        [
            (lambda rows: rows.__setitem__(4, (4, entry(44), rows[4][2])), 4),
            (lambda rows: rows.pop(3), 3),
            (lambda rows: rows.pop(), 9),
        ],
    )
    def test_an_edited_a_removed_and_a_cut_entry_are_named(self, attack, first_bad):
        rows = self.rows()
        attack(rows)
        report = verify_entries(rows, self.heads)
        assert not report.good and report.first_bad == first_bad

    @pytest.mark.parametrize(
        "attack",
        [
            lambda rows: rows.__setitem__(4, (4, entry(44), leaf_hash(entry(44)))),
            lambda rows: rows.__setitem__(
                slice(2, 4), [(2, entry(3), leaf_hash(entry(3))), (3, entry(2), leaf_hash(entry(2)))]
            ),
            lambda rows: rows.__setitem__(
                slice(3, 10), [(n, entry(n + 1), leaf_hash(entry(n + 1))) for n in range(3, 10)]
            ),
        ],
    )
    def test_an_edit_with_its_leaf_a_swap_and_a_renumbering_miss_the_signed_root(self, attack):
        rows = self.rows()
        attack(rows)
        report = verify_entries(rows, self.heads)
        assert not report.good
        assert (report.first_bad, "one of 0 to 5" in report.problems[0]) == (0, True)

    def test_where_only_the_tree_tells_the_first_index_after_the_last_good_head_is_named(self):
        rows = self.rows()
        rows[8] = (8, entry(88), leaf_hash(entry(88)))
        report = verify_entries(rows, self.heads)
        assert report.first_bad == 6 and "one of 6 to 9" in report.problems[0]


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"null", b"[" * 100_000, b'{"v":1e999}', b"\xff"])
def test_an_entry_that_is_no_entry_is_reported_and_the_rest_is_checked(body):
    report = verify_entries([(0, entry(0), None), (1, body, None), (2, entry(2), None)], [])
    assert (report.first_bad, report.size) == (1, 3)
