"""What was said of a person under a key that somebody else may have had."""

from collections.abc import Sequence

import orjson

from hub.clock import from_us
from hub.rules.posts.dossier import DoubtedWord
from hub.store.statement import Connection
from hub.store.tables import keys as sql
from hub.store.tables.facts import FactRow


def doubted_of(rows: Sequence[FactRow], store: Connection) -> list[DoubtedWord]:
    """The words among these that came under a key that leaked; mostly there is none in the whole store."""
    if store.one(sql.any_doubt, {}) is None:
        return []
    ids = orjson.dumps(sorted({row.transmission for row in rows})).decode()
    found = {each.transmission: each for each in store.all(sql.doubted_among, {"ids": ids})}
    return [
        DoubtedWord(doubt.owner, doubt.kid, row.kind, row.topic, from_us(doubt.at))
        for row in rows
        if (doubt := found.get(row.transmission)) is not None
    ]
