"""What a key signed: the transmissions that the log says it proved, and of whom they speak."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from hub.clock import to_us
from hub.identity.links import links_in
from hub.store.statement import Connection
from hub.store.tables import keys as sql

_PAGE = 5000


class SignedTransmission(NamedTuple):
    """A transmission that a key proved: its id, its entry, when that was made, and whether it was quarantined."""

    seq: int
    entry: str
    at: str
    kind: str
    transmission: str


def signed_by(
    connector: str, kid: str, since: datetime, session: Connection, after: int = -1
) -> Iterator[SignedTransmission]:
    """What an instance's key signed from an instant on, after a number of the log, in order."""
    asked = {"connector": connector, "since": to_us(since), "limit": _PAGE}
    while rows := session.all(sql.brought_after, {**asked, "seq": after}):
        after = rows[-1].seq
        for row in rows:
            entry = orjson.loads(row.body)
            if entry.get("auth", {}).get("key_id") == kid:
                yield SignedTransmission(row.seq, entry["id"], entry["ts"], entry["kind"], entry["transmission"])


def persons_of(transmissions: Sequence[str], session: Connection) -> list[str]:
    """Of whom transmissions speak, as links are now; who is not linked yet is named by none."""
    ids = orjson.dumps(list(transmissions)).decode()
    said = session.all(sql.concerned_by, {"ids": ids}) if transmissions else ()
    links = (link for each in said for link in links_in(each.subject, session) if link.holds(each.at))
    return sorted({link.person for link in links})
