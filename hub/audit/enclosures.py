"""What an entry commits to and does not hold: sealed outside the log under the key of its week.

The entry has HMAC-SHA256 of the content under a random salt. Where the content must be seen again it lies sealed
beside its salt; where it must not, the salt lies there alone, for whoever brings the content to prove that it was
that. Erasing the row, or the key of its week, erases salt and content; the entry and every proof stay as they are.
"""

import hmac
import os
from collections.abc import Callable
from hashlib import sha256

from audit_log.entry import Committed
from hub.store.commit import Tx
from hub.store.sealing import Sealer
from hub.store.statement import Connection
from hub.store.tables import log as t

SALT_BYTES = 32


def commitment(salt: bytes, content: bytes) -> Committed:
    """A commitment to content of which the caller keeps content and salt."""
    return {"bytes": len(content), "commit": hmac.digest(salt, content, sha256).hex()}


class Enclosures:
    """Keeps what entries commit to."""

    def __init__(self, sealer: Sealer, random: Callable[[int], bytes] = os.urandom) -> None:
        self._sealer = sealer
        self._random = random

    def keep(self, entry: str, member: str, content: bytes, tx: Tx) -> Committed:
        """The member of an entry whose content is kept."""
        bucket = self._sealer.bucket(tx.now)
        sealed, committed = self._sealer.seal_body(bucket, content, _aad(entry, member))
        self._insert(entry, member, bucket, sealed, tx)
        return committed

    def commit(self, entry: str, member: str, content: bytes, tx: Tx) -> Committed:
        """The member of an entry whose content nobody keeps; its salt is kept."""
        bucket, salt = self._sealer.bucket(tx.now), self._random(SALT_BYTES)
        self._insert(entry, member, bucket, self._sealer.seal(bucket, salt, _aad(entry, member)), tx)
        return commitment(salt, content)

    def content(self, entry: str, member: str, session: Connection) -> bytes | None:
        """What ``keep`` was given; nothing when it was erased.

        Raises:
            InvalidTag: The row was changed, or belongs to another entry.
        """
        row = session.one(t.enclosure, {"entry": entry, "member": member})
        return None if row is None else self._sealer.open_body(row.bucket, row.sealed, _aad(entry, member))

    def proves(self, entry: str, member: str, content: bytes, commit: str, session: Connection) -> bool:
        """Whether content is what ``commit`` was given: for who brings it, by the salt that was kept."""
        row = session.one(t.enclosure, {"entry": entry, "member": member})
        salt = None if row is None else self._sealer.open(row.bucket, row.sealed, _aad(entry, member))
        return salt is not None and hmac.compare_digest(str(commitment(salt, content)["commit"]), commit)

    def _insert(self, entry: str, member: str, bucket: str, sealed: bytes, tx: Tx) -> None:
        tx.session.run(t.insert_enclosure, {"entry": entry, "member": member, "bucket": bucket, "sealed": sealed})


def _aad(entry: str, member: str) -> str:
    return f"{entry}/{member}"
