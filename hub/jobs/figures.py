"""Jobs in figures, for Prometheus."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric

from hub.jobs.desk import STATES, Jobs
from hub.jobs.wanted import KINDS


class JobFigures:
    """How many jobs there are of each kind in each state."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def collect(self) -> Iterable[Metric]:
        """Each kind and state, also those of which there is none."""
        counted = {(each.kind, each.state): each.jobs for each in self._jobs.counts()}
        family = GaugeMetricFamily("licet_jobs", "Jobs that are kept", labels=["kind", "state"])
        for kind in KINDS:
            for state in STATES:
                family.add_metric([kind, state], counted.get((kind, state), 0))
        return [family]
