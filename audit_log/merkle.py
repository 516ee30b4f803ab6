"""The Merkle tree of RFC 9162 section 2: hashes, the growing right edge, inclusion and consistency proofs."""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, edge: list[bytes], leaf: bytes) -> None:
    """Grow the right edge of a tree of ``size`` leaves by one; subtrees of equal size melt into one."""
    while size & 1:
        leaf = node_hash(edge.pop(), leaf)
        size >>= 1
    edge.append(leaf)


def edge_root(edge: Sequence[bytes]) -> bytes:
    """Root of the tree whose right edge this is, the largest subtree first."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for each in reversed(edge[:-1]):
        root = node_hash(each, root)
    return root


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    edge: list[bytes] = []
    for size, leaf in enumerate(leaves):
        append(size, edge, leaf)
    return edge_root(edge)


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The path of leaf ``index`` to the root (RFC 9162 2.1.3.1).

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), root(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), root(leaves[:split])]


def consistency_proof(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """That the first ``old`` leaves are those of an older tree (RFC 9162 2.1.4.1).

    Raises:
        ValueError: ``old`` is 0 (which proves nothing) or more than there are.
    """
    if not 0 < old <= len(leaves):
        raise ValueError(f"no consistency between {old} and {len(leaves)} leaves")
    return _subproof(old, leaves, whole=True)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the leaf stands at ``index`` of the tree of ``size`` with this root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _hashes(leaf, expected, *proof):
        return False
    node, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and found == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the newer tree only appends to the older one (RFC 9162 2.1.4.2). Size 0 proves nothing: false."""
    if not 0 < old <= new or not _hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if node:
        if not path:
            return False
        seed = path.pop(0)
    else:
        seed = old_root
    old_found = new_found = seed
    for each in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_found, new_found = node_hash(each, old_found), node_hash(each, new_found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_found = node_hash(new_found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if old <= split:
        return [*_subproof(old, leaves[:split], whole=whole), root(leaves[split:])]
    return [*_subproof(old - split, leaves[split:], whole=False), root(leaves[:split])]


def _hashes(*values: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in values)
