"""Checks a log where it is kept: its entries, the heads that were signed, its own head, what the signer remembers."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit_log.checkpoint import Checkpoint, verify
from audit_log.log import Head
from audit_log.walk import Report, Walk


def verify_log(
    entries: Iterable[tuple[int, bytes, bytes | None]],
    notes: Iterable[str],
    name: str,
    public: Ed25519PublicKey,
    head: Head,
    signed: Checkpoint,
) -> Report:
    """Check a log in place: entries, every checkpoint kept beside them, its own head, and what the signer remembers.

    Raises:
        TamperError: A kept checkpoint cannot be believed.
    """
    kept = [verify(note, {name: public}, name) for note in notes]
    walk = Walk([*kept, signed])
    for index, body, stored in entries:
        walk.take(index, body, stored)
        if walk.broken:
            break
    report = walk.finish()
    report.heads = len(kept)
    if (head.size, head.root().hex()) != (report.size, report.root):
        report.doubt(None, f"the head row says {head.size} entries, with another root than they make")
    return report
