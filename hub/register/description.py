"""What is known of a document and names somebody: sealed in its row under the key of the person whom it is about."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from hub.clock import stamp


@dataclass(frozen=True, slots=True)
class Description:
    """The key of its file, and what stands on the document or was said of it."""

    key: bytes
    salt: bytes
    file: str
    number: str
    valid_from: datetime | None
    valid_until: datetime | None
    remarks: Sequence[str]
    by: Sequence[str]

    @property
    def validity(self) -> tuple[datetime | None, datetime | None]:
        """From when to when what it shows holds, as far as it says so."""
        return self.valid_from, self.valid_until

    def dump(self) -> bytes:
        """As it is sealed."""
        members = {
            "key": b64encode(self.key).decode(),
            "salt": b64encode(self.salt).decode(),
            "file": self.file,
            "number": self.number,
            "valid_from": self.valid_from and stamp(self.valid_from),
            "valid_until": self.valid_until and stamp(self.valid_until),
            "remarks": list(self.remarks),
            "by": list(self.by),
        }
        return orjson.dumps(members)


def read_description(plain: bytes) -> Description:
    """What ``dump`` wrote; members that are not known here are passed over."""
    members = orjson.loads(plain)
    since, until = (members[name] and datetime.fromisoformat(members[name]) for name in ("valid_from", "valid_until"))
    return Description(
        key=b64decode(members["key"]),
        salt=b64decode(members["salt"]),
        file=members["file"],
        number=members["number"],
        valid_from=since,
        valid_until=until,
        remarks=members["remarks"],
        by=members["by"],
    )


def place_of(document: str) -> str:
    """What its seal is bound to."""
    return f"register/{document}"
