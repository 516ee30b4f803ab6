"""The digest of what a record was made from."""

import hashlib
from collections.abc import Iterable

from schemas.record import Record


def digest_of(records: Iterable[Record]) -> str:
    """Digest over records, whatever their order and repetition."""
    found = hashlib.sha256()
    for text in sorted({each.model_dump_json() for each in records}):
        found.update(text.encode())
    return found.hexdigest()
