"""How each connector stands: last contact, last error, backlog, watermark, balance; and the hub's own health."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from hub.clock import from_us
from hub.store import queries as q
from hub.store.database import Database

BALANCED = ("applied", "duplicate", "ignored", "held", "quarantined", "discarded")


def connectors(database: Database, known: Mapping[str, str]) -> list[dict[str, Any]]:
    """One view per instance of ``known`` (name -> adapter), also for those that were never heard of."""
    with database.reading() as session:
        rows = {row[0]: row for row in session.all(q.connectors, {})}
        backlog: dict[str, int] = dict(session.all(q.outbox_size, {}))
        last_peer = _last_contacts(session.all(q.peers, {}))
    return [_connector(name, adapter, rows.get(name), backlog, last_peer) for name, adapter in known.items()]


def balance(row: Mapping[str, int]) -> bool:
    """Whether what came in is what became of it: the law that always holds. In flight is what has not committed yet."""
    return row["received"] == sum(row[word] for word in BALANCED)


def metrics(database: Database, known: Mapping[str, str]) -> bytes:
    """Prometheus text."""
    registry = CollectorRegistry()
    registry.register(_Collector(database, known))
    return generate_latest(registry)


class _Collector:
    def __init__(self, database: Database, known: Mapping[str, str]) -> None:
        self._database = database
        self._known = known

    def collect(self) -> Iterable[Metric]:
        items = GaugeMetricFamily("licet_items", "Items by connector and result", labels=["connector", "result"])
        backlog = GaugeMetricFamily("licet_backlog", "Deliveries that wait", labels=["connector"])
        for each in connectors(self._database, self._known):
            for word, count in each["balance"].items():
                items.add_metric([each["name"], word], count)
            backlog.add_metric([each["name"]], each["backlog"])
        with self._database.reading() as session:
            size = session.one(q.head, {})
            stuck = session.all(q.stuck, {})
        entries = GaugeMetricFamily("licet_log_entries", "Entries of the sync audit log")
        entries.add_metric([], size[0] if size else 0)
        people = GaugeMetricFamily("licet_people_stuck", "Persons whose review failed")
        people.add_metric([], len(stuck))
        return [items, backlog, entries, people]


def _connector(
    name: str, adapter: str, row: tuple[Any, ...] | None, backlog: Mapping[str, int], last_peer: Mapping[str, int]
) -> dict[str, Any]:
    words = dict(zip(q.BALANCE_WORDS, row[1:9] if row else (0,) * 8, strict=True))
    contact, error, error_at, watermark, _cursor, summary = row[9:] if row else (None,) * 6
    contact = max(filter(None, (contact, last_peer.get(name))), default=None)
    return {
        "name": name,
        "adapter": adapter,
        "last_contact_at": _instant(contact),
        "last_error": error,
        "last_error_at": _instant(error_at),
        "watermark": _instant(watermark if watermark is not None else last_peer.get(name)),
        "backlog": backlog.get(name, 0),
        "balance": {**words, "in_flight": 0},
        "balanced": balance(words),
        "summary": orjson.loads(summary) if summary else None,
    }


def _last_contacts(peers: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    last: dict[str, int] = {}
    for connector, _peer, _status, _memory, _first, contact in peers:
        if contact is not None:
            last[connector] = max(contact, last.get(connector, contact))
    return last


def _instant(us: int | None) -> str | None:
    return None if us is None else from_us(us).isoformat()
