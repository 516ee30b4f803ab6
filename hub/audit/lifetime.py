"""One run of the hub in its log: start, pulse, end; and what is other than at the start before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub.store.commit import Tx
from hub.store.tables.log import last_start

_COMPARED = ("config", "rules", "key")


def host_name(name: str) -> str:
    """The name of a machine as an entry may have it."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[:64] or "-"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What a hub is while it runs, as its entries name it.

    Attributes:
        boot: This run, a token.
        version: Of the software.
        host: The machine.
        config: A keyed mark of the settings, secrets included.
        rules: Digest of positions and courses.
        key: The id of the key that signs the log.
    """

    boot: str
    version: str
    host: str
    config: str
    rules: str
    key: str

    def begin(self, tx: Tx) -> bool:
        """Leave the entry of the start, and one for settings, rules or key that have changed since the last one.

        Whether other rules judge from now on, or nobody knows which did before.
        """
        before = _last(tx)
        for name in _COMPARED:
            was, now = before.get(name), getattr(self, name)
            if was is not None and was != now:
                tx.log(name, **{name: now, f"{name}_before": was})
        tx.log(
            "start",
            boot=self.boot,
            version=self.version,
            host=self.host,
            config=self.config,
            rules=self.rules,
            key=self.key,
        )
        return before.get("rules") != self.rules

    def beat(self, tx: Tx) -> None:
        """Say that the hub lives."""
        tx.log("heartbeat", boot=self.boot)

    def end(self, tx: Tx) -> None:
        """Say that the hub ends in order."""
        tx.log("stop", boot=self.boot)


def _last(tx: Tx) -> Mapping[str, Any]:
    row = tx.session.one(last_start, {})
    found: dict[str, Any] = {} if row is None else orjson.loads(row.body)
    return found
