"""How each connector stands: last contact, last error, backlog, watermark, balance; and the hub's own health."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.audit.inspection import NOTHING_CHECKED, Progress
from hub.clock import from_us
from hub.store.database import Database
from hub.store.tables import alarms, log, notices, review
from hub.store.tables import connectors as tables
from hub.wording import connector_word
from hub.workers import LoopStatus
from schemas.errors import CODES, UnavailableError

EXPOSITION = "text/plain; version=0.0.4"
"""The media type of figures for Prometheus."""
State = Literal["well", "away", "refused", "waiting", "unheard"]
BALANCE_WORDS = ("received", "applied", "duplicate", "ignored", "held", "quarantined", "discarded", "in_flight")
_BECAME = BALANCE_WORDS[1:-1]


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """How one connector stands. ``balance``: what came in and what became of it, by word.

    ``last_error`` is the last one, ``state`` says whether it still holds; ``waiting_since``: of the oldest that waits.
    """

    name: str
    adapter: str
    last_contact_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    watermark: datetime | None
    backlog: int
    waiting_since: datetime | None
    state: State
    balance: Mapping[str, int]
    summary: Mapping[str, Any] | None

    @property
    def balanced(self) -> bool:
        """Whether what came in is what became of it: the law that always holds."""
        return self.balance["received"] == sum(self.balance[word] for word in _BECAME)

    @property
    def instants(self) -> Mapping[str, datetime]:
        """Its instants, where there are any."""
        found = {"contact": self.last_contact_at, "error": self.last_error_at, "waiting": self.waiting_since}
        return {what: at for what, at in found.items() if at is not None}

    def error_words(self, language: str) -> str | None:
        """What the last error means; a failure of ours that has no code by its class."""
        known = CODES.get(self.last_error or "")
        return self.last_error if known is None else known.zh if language == "zh" else known.en

    def json(self) -> dict[str, Any]:
        """The status for programs."""
        words = {f"state_{each}": connector_word(self.state, each) for each in ("zh", "en")}
        errors = {f"last_error_{each}": self.error_words(each) for each in ("zh", "en")}
        return {**orjson.loads(orjson.dumps(self)), "balanced": self.balanced, **words, **errors}


def connectors(database: Database, adapters: Mapping[str, str], messenger: str = "") -> list[ConnectorStatus]:
    """One status per instance of ``adapters`` (name -> adapter), also for those that were never heard of.

    ``messenger`` is the instance by which messages go out first: what waits of them waits for it.
    """
    with database.reading() as session:
        rows = {row.connector: row for row in session.all(tables.connectors, {})}
        waiting = [*session.all(tables.waiting_at_sinks, {}), *session.all(tables.waiting_at_partners, {})]
        backlog = {row.sink: (row.waiting, row.since) for row in waiting}
        letters = session.one(notices.notices_waiting, {})
        last_peer = _last_contacts(session.all(tables.peers, {}))
    if messenger and letters is not None:
        backlog[messenger] = (letters.waiting, letters.since)
    return [
        _status(name, adapter, rows.get(name) or _unheard(name), backlog.get(name, (0, None)), last_peer.get(name))
        for name, adapter in adapters.items()
    ]


def _unheard(name: str) -> tables.ConnectorRow:
    return tables.ConnectorRow(name, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None, None, None, None)


def _status(
    name: str, adapter: str, row: tables.ConnectorRow, backlog: tuple[int, int | None], heard: int | None
) -> ConnectorStatus:
    contact = max(filter(None, (row.last_contact_at, heard)), default=None)
    return ConnectorStatus(
        name=name,
        adapter=adapter,
        last_contact_at=_instant(contact),
        last_error=row.last_error,
        last_error_at=_instant(row.last_error_at),
        watermark=_instant(row.complete_until),
        backlog=backlog[0],
        waiting_since=_instant(backlog[1]),
        state=_state(row, contact, backlog[0]),
        balance=_balance(row),
        summary=orjson.loads(row.summary) if row.summary else None,
    )


def _state(row: tables.ConnectorRow, contact: int | None, backlog: int) -> State:
    """Whether it answered when it was asked last; what strangers did at its door says nothing of it."""
    code, at = row.last_error, row.last_error_at
    about_it = code is not None and (code.startswith("peer.") or "." not in code)
    if code is not None and at is not None and about_it and (contact is None or at > contact):
        return "refused" if code == "peer.auth" else "away"
    if contact is None:
        return "unheard"
    return "waiting" if backlog else "well"


def _balance(row: tables.ConnectorRow) -> dict[str, int]:
    """The counts of a connector. What has not committed is in no count, ``received`` neither: nothing is in flight."""
    counts = {word: int(getattr(row, word)) for word in (*BALANCE_WORDS[:-1], "refused")}
    return {**counts, "in_flight": 0}


def _last_contacts(rows: Iterable[tables.PeerRow]) -> dict[str, int]:
    last: dict[str, int] = {}
    for row in rows:
        if row.last_contact_at is not None:
            last[row.connector] = max(row.last_contact_at, last.get(row.connector, row.last_contact_at))
    return last


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def metrics(
    database: Database,
    adapters: Mapping[str, str],
    loops: Sequence[LoopStatus] = (),
    inspection: Progress = NOTHING_CHECKED,
    others: Sequence[Collector] = (),
    messenger: str = "",
) -> bytes:
    """Prometheus text; ``others`` have figures of their own, and are left out while the store is away."""
    own: list[Collector] = [_Inspected(inspection), _Collector(database, adapters, messenger)]
    return exposed(loops, [*own, *map(_WhileStored, others)])


def exposed(loops: Sequence[LoopStatus], others: Sequence[Collector]) -> bytes:
    """Prometheus text of a process: how its loops do, and what ``others`` count."""
    registry = CollectorRegistry()
    registry.register(_Loops(loops))
    for each in others:
        registry.register(each)
    return generate_latest(registry)


class _WhileStored:
    """Figures that may stand in the store: none while it is away, so that what the hub knows without it is told."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def collect(self) -> Iterable[Metric]:
        try:
            return list(self._collector.collect())
        except UnavailableError:
            return []


class _Loops:
    def __init__(self, loops: Sequence[LoopStatus]) -> None:
        self._loops = loops

    def collect(self) -> Iterable[Metric]:
        since = GaugeMetricFamily("licet_loop_idle_seconds", "Seconds since a loop's last turn", labels=["loop"])
        turns = CounterMetricFamily("licet_loop_turns", "Turns of a loop", labels=["loop"])
        errors = CounterMetricFamily("licet_loop_errors", "Turns of a loop that failed", labels=["loop"])
        for each in self._loops:
            since.add_metric([each.name], each.seconds_since)
            turns.add_metric([each.name], each.turns)
            errors.add_metric([each.name], each.errors)
        return [since, turns, errors]


class _Inspected:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def collect(self) -> Iterable[Metric]:
        checked, rounds, good_at = self._progress
        yield GaugeMetricFamily("licet_log_checked", "Entries of the log checked in this round", value=checked)
        yield CounterMetricFamily("licet_log_rounds", "Times that the whole log was found good", value=rounds)
        at = 0.0 if good_at is None else good_at.timestamp()
        yield GaugeMetricFamily("licet_log_good_seconds", "When the whole log was last found good", value=at)


class _Collector:
    def __init__(self, database: Database, adapters: Mapping[str, str], messenger: str) -> None:
        self._database = database
        self._adapters = adapters
        self._messenger = messenger

    def collect(self) -> Iterable[Metric]:
        try:
            families, up = list(self._families()), 1
        except UnavailableError:  # what the hub knows without its store is told all the same
            families, up = [], 0
        return [GaugeMetricFamily("licet_store_up", "Whether the store answers", value=up), *families]

    def _families(self) -> Iterable[Metric]:
        items = GaugeMetricFamily("licet_items", "Items by connector and result", labels=["connector", "result"])
        backlog = GaugeMetricFamily("licet_backlog", "Deliveries that wait", labels=["connector"])
        state = GaugeMetricFamily("licet_connector_state", "1 for how it stands", labels=["connector", "state"])
        instants = GaugeMetricFamily(
            "licet_connector_seconds", "When, by what: contact, error, waiting since", labels=["connector", "what"]
        )
        for status in connectors(self._database, self._adapters, self._messenger):
            for each in get_args(State):
                state.add_metric([status.name, each], float(each == status.state))
            for what, at in status.instants.items():
                instants.add_metric([status.name, what], at.timestamp())
            for word, count in status.balance.items():
                items.add_metric([status.name, word], count)
            backlog.add_metric([status.name], status.backlog)
        return [items, backlog, state, instants, *self._counted()]

    def _counted(self) -> Iterable[Metric]:
        with self._database.reading() as session:
            head = session.one(log.head, {})
            stuck = session.all(review.stuck, {})
            counts = session.all(alarms.alarm_counts, {})
            untold = session.one(alarms.untold_count, {})
        raised = GaugeMetricFamily("licet_alarms", "Alarms that are not over", labels=["code", "state"])
        for each in counts:
            raised.add_metric([each.code, each.state], each.alarms)
        yield raised
        unheard = untold.alarms if untold else 0
        yield GaugeMetricFamily("licet_alarms_untold", "Alarms of which no operator was told", value=unheard)
        yield GaugeMetricFamily("licet_log_entries", "Entries of the sync audit log", value=head.size if head else 0)
        yield GaugeMetricFamily("licet_people_stuck", "Persons whose review failed", value=len(stuck))
