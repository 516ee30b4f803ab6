"""How well closing works at each sink: how many revocations, how long until each was seen closed, what is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import orjson
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.clock import Clock, to_us
from hub.store.database import Database
from hub.store.tables import closures as sql
from hub.store.tables.closures import ClosureRow

DAYS = 30


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """Closings of one sink that were decided within some days, as each target stands with its last one.

    ``seconds`` from decision to the look that last saw it closed: the median, the 99th percentile, the longest; none
    where nothing was seen closed. ``old_tokens_seconds``: how long what was given there before may go on after that;
    nothing where nobody has said.
    """

    sink: str
    since: datetime
    revocations: int
    confirmed: int
    unconfirmed: int
    drifted: int
    p50_seconds: float | None
    p99_seconds: float | None
    max_seconds: float | None
    old_tokens_seconds: float | None

    def json(self) -> dict[str, Any]:
        """The figures for programs."""
        members: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return members


class Controls(Collector):
    """What is measured of the sinks of a hub; ``sinks``: how long old tokens go on at each, where that was said."""

    def __init__(self, sinks: Mapping[str, float | None], database: Database, clock: Clock) -> None:
        self._sinks = sinks
        self._database = database
        self._clock = clock

    def figures(self, days: int = DAYS) -> list[Effectiveness]:
        """One a sink."""
        since = self._clock.now() - timedelta(days=days)
        with self._database.reading() as session:
            rows = session.all(sql.closures_since, {"since": to_us(since)})
        of: Mapping[str, list[ClosureRow]] = {sink: [] for sink in self._sinks}
        for row in rows:
            if row.sink in of:
                of[row.sink].append(row)
        return [_figures(sink, since, of[sink], old_tokens) for sink, old_tokens in self._sinks.items()]

    def collect(self) -> Iterator[Metric]:
        """The same for Prometheus."""
        found = self.figures()
        for name, meaning, member in _METRICS:
            family = GaugeMetricFamily(f"licet_sink_{name}", f"{meaning}, of {DAYS} days", labels=["sink"])
            for each in found:
                family.add_metric([each.sink], getattr(each, member))
            yield family
        seconds = GaugeMetricFamily(
            "licet_sink_closed_seconds", "From decision until seen closed", labels=["sink", "quantile"]
        )
        for each in found:
            for quantile, value in (("0.5", each.p50_seconds), ("0.99", each.p99_seconds), ("1", each.max_seconds)):
                if value is not None:
                    seconds.add_metric([each.sink, quantile], value)
        yield seconds
        lives = GaugeMetricFamily(
            "licet_sink_old_tokens_seconds", "How long what was given before a closing may go on", labels=["sink"]
        )
        for sink, old_tokens in self._sinks.items():
            if old_tokens is not None:
                lives.add_metric([sink], old_tokens)
        yield lives


_METRICS = (
    ("revocations", "Closings that were decided", "revocations"),
    ("unconfirmed", "Closings that were not seen carried out", "unconfirmed"),
    ("drifted", "Targets that another hand moved and that are not as they must be yet", "drifted"),
)


def _figures(sink: str, since: datetime, rows: Sequence[ClosureRow], old_tokens: float | None) -> Effectiveness:
    closings = [row for row in rows if row.wanted == "absent"]
    waits = sorted(
        (row.observed_at - row.decided_at) / 1_000_000
        for row in closings
        if row.state == "confirmed" and row.observed_at is not None
    )
    return Effectiveness(
        sink=sink,
        since=since,
        revocations=len(closings),
        confirmed=len(waits),
        unconfirmed=len(closings) - len(waits),
        drifted=sum(row.state in ("drifted", "held") for row in rows),
        p50_seconds=_quantile(waits, 0.5),
        p99_seconds=_quantile(waits, 0.99),
        max_seconds=_quantile(waits, 1.0),
        old_tokens_seconds=old_tokens,
    )


def _quantile(sorted_values: Sequence[float], share: float) -> float | None:
    """The nearest rank: a value that was measured, never one between two."""
    return sorted_values[max(ceil(share * len(sorted_values)), 1) - 1] if sorted_values else None
