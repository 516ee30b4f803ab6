"""What asks other systems, and what does the jobs that are asked for from outside."""

from collections.abc import Collection, Mapping
from functools import cached_property, partial
from typing import Any

from connectors.port import Inquiring, Keyed, PollSource, Windowed
from hub.access.leases import helper
from hub.called import CalledSource
from hub.config.drafts import DRAFTS, drafts_of, read_draft
from hub.config.instances import Instance
from hub.errands.carrying import Carrier
from hub.intake.facts import Origin
from hub.intake.inquiries import Inquiries
from hub.intake.keyed import ByKeys
from hub.intake.pinged import Pinged
from hub.intake.polling import Polled, Polling
from hub.intake.quarantine import Quarantine
from hub.jobs.desk import Jobs
from hub.jobs.found import Export, Figures, Report, Suppose
from hub.jobs.kinds import Backfill, Foresee, Poll, Reconcile, Replay
from hub.jobs.runner import JobRunner
from hub.jobs.steps import Work
from hub.jobs.wanted import Instances, Reading
from hub.parts.asked import AHEAD, BACK, Asked
from hub.rules.span import Span
from hub.store.passing import Passing
from hub.views import status
from hub.views.what_if import Effects, Progress


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
        """An instance that is asked, as it is asked; what it has to be told of whom, or of keys, it is told."""
        adapter: Any = self.adapters[name]
        if isinstance(adapter, Keyed):
            return ByKeys(name, adapter, self.key_book)
        if not isinstance(adapter, Inquiring):
            source: PollSource = adapter
            return source
        return Inquiries(adapter, self.origins[name].source, self.database, self.directory)

    def carrier(self, ports: Collection[str]) -> Carrier:
        """What makes calls of ports for the process that decides."""
        served = {port: {name: partial(self._callee, port, name) for name in self._instances(port)} for port in ports}
        return Carrier(self.database, Passing(self.folder.master_key), helper(self._ids.token()), served)

    def _callee(self, port: str, name: str) -> Any:
        """What is called; a source of its own for each page, as what that must be told of may be new."""
        return self.asked_source(name) if port == "poll" else self.adapters[name]

    @cached_property
    def pinged(self) -> Mapping[str, Pinged]:
        """What lets instances be asked at once of which somebody may say that they have news."""
        known = {name: (each.ping, each.every) for name, each in self._instances("poll").items()}
        return {name: Pinged(min(least, every)) for name, (least, every) in known.items() if least is not None}

    def _polled(self, name: str, instance: Instance) -> Polled:
        asked = CalledSource(self._elsewhere("poll", name)) if "poll" in self._away else self.asked_source(name)
        source = CalledSource(self._recorded(name, asked))
        return Polled(name=name, source=source, origin=origin_of(instance), every=instance.every)

    @cached_property
    def quarantine(self) -> Quarantine:
        """What shows, replays and discards what waits."""
        return Quarantine(
            self.database,
            self.sealer,
            self.preparer,
            self.keeper,
            self.writer,
            self.mappings,
            self.origins,
            self.operators,
            self.enclosures,
        )

    @cached_property
    def jobs(self) -> Jobs:
        """What keeps the jobs that are asked for."""
        instances: Instances = {
            "backfill": lambda: self._windowed,
            "poll": lambda: self._instances("poll"),
            "reconcile": lambda: self.sinks,
            "replay": lambda: self._instances("partner"),
            "report": lambda: self._reports,
            "what-if": lambda: drafts_of(self.folder.path),
        }
        return Jobs(Reading(instances, self.clock.now), self.database, self.writer, self.directory)

    @cached_property
    def job_runner(self) -> JobRunner:
        """What does them."""
        works: Mapping[str, Work] = {
            "backfill": Backfill(self.polling, self._windowed, self.database),
            "export": Export(self.trail, self._data / "exports", lambda: self.signing.vkey, self.space),
            "forecast": Foresee(self.forecast, self.clock),
            "poll": Poll(self.polling),
            "reconcile": Reconcile(self.reconciler),
            "replay": Replay(self.partner_words, self.operators),
            "report": Report(self._reports, self.clock),
            "sweep": Reconcile(self.reconciler, sorted(self.sinks)),
            "what-if": Suppose(self._supposed),
        }
        return JobRunner(
            works,
            writer=self.writer,
            database=self.database,
            clock=self.clock,
            activator=self.activators.jobs,
            owner=self._owner,
        )

    @cached_property
    def _windowed(self) -> Mapping[str, Windowed]:
        """Those that are asked, and may be asked once more for a window."""
        found = {name: self.adapters[name] for name in self._instances("poll")}
        return {name: each for name, each in found.items() if isinstance(each, Windowed) and each.windowed}

    @cached_property
    def _reports(self) -> Mapping[str, Figures]:
        """What may be reported: figures that name nobody."""
        titles = {name: each.spec.title for name, each in self.folder.instances.items()}
        return {
            "closings": lambda: [each.json() for each in self.controls.figures()],
            "connectors": lambda: [each.json() for each in status.connectors(self.database, titles, self.messenger)],
        }

    def _supposed(self, draft: str, progress: Progress) -> Effects:
        """What a draft of the hub folder would change, over as long a time as the command looks at."""
        now = self.clock.now()
        read = read_draft(self.folder, self.folder.path / DRAFTS / draft)
        return self.drafted(read, Span(now - BACK, now + AHEAD), now, progress)
