"""What asks other systems, and what does the jobs that are asked for from outside."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from connectors.port import Inquiring, PollSource
from hub.audit.recorded import RecordedSource
from hub.config.instances import Instance
from hub.intake.facts import Origin
from hub.intake.inquiries import Inquiries
from hub.intake.polling import Polled, Polling
from hub.jobs.desk import Jobs
from hub.jobs.kinds import Foresee, Poll, Reconcile, Replay
from hub.jobs.runner import JobRunner
from hub.jobs.steps import Work
from hub.jobs.wanted import Reading
from hub.parts.asked import Asked


def origin_of(instance: Instance) -> Origin:
    """What intake must know of an instance."""
    spec = instance.spec
    known_by = spec.known_by or ("push" if "push" in spec.ports else "query")
    source = instance.identifiers or instance.name
    return Origin(instance.name, source, spec.batch, receipts=spec.receipts, known_by=known_by)


class Working(Asked):
    """Where work is done that other systems wait for, or answer."""

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """What intake must know of each instance."""
        return {name: origin_of(each) for name, each in self.folder.instances.items()}

    @cached_property
    def polling(self) -> Polling:
        """What asks the systems that do not push."""
        return Polling(
            [self._polled(name, each) for name, each in self._instances("poll").items()],
            mappings=self.mappings,
            preparer=self.preparer,
            keeper=self.keeper,
            sealer=self.sealer,
            writer=self.writer,
            database=self.database,
            clock=self.clock,
            space=self.space,
        )

    def asked_source(self, name: str) -> PollSource:
        """An instance that is asked, as it is asked; what it has to be told of whom, it is told."""
        adapter: Any = self.adapters[name]
        if not isinstance(adapter, Inquiring):
            source: PollSource = adapter
            return source
        return Inquiries(adapter, self.origins[name].source, self.database, self.directory)

    def _polled(self, name: str, instance: Instance) -> Polled:
        source = RecordedSource(name, self.asked_source(name), self.calls)
        return Polled(name=name, source=source, origin=origin_of(instance), every=instance.every)

    @cached_property
    def jobs(self) -> Jobs:
        """What keeps the jobs that are asked for."""
        instances: Mapping[str, Iterable[str]] = {
            "connector": self._instances("poll"),
            "sink": self.sinks,
            "partner": self._instances("partner"),
        }
        return Jobs(Reading(instances, self.clock.now), self.database, self.writer, self.directory)

    @cached_property
    def job_runner(self) -> JobRunner:
        """What does them."""
        works: Mapping[str, Work] = {
            "forecast": Foresee(self.forecast, self.clock),
            "poll": Poll(self.polling),
            "reconcile": Reconcile(self.reconciler),
            "replay": Replay(self.partner_words, self.operators),
        }
        return JobRunner(
            works,
            writer=self.writer,
            database=self.database,
            clock=self.clock,
            activator=self.activators.jobs,
            owner=self._owner,
        )
