"""Puts a hub together from its folder: the one place where parts meet, and where clocks and chance come in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version

import mappings
from connectors.port import Spec
from hub.access.delivery import Delivery
from hub.access.enforcement import Enforcement
from hub.access.orders import Orders
from hub.access.restore import Restore
from hub.alarms.mail import UNTOLD
from hub.audit.inspection import Inspection
from hub.config.instances import Instance
from hub.decision.deadlines import Deadlines
from hub.front.api import QUESTIONS, Api, LimitedApi
from hub.front.figures import AskEndpoint, AskRoute
from hub.front.openapi import document
from hub.front.ping import PingEndpoint, question_of
from hub.front.rates import Rates
from hub.front.routes import Router
from hub.intake.linking import Linking
from hub.intake.opening import Known, Opening
from hub.intake.pinged import Pinged
from hub.parts.pushing import Pushing
from hub.store.space import LOW
from hub.views.disclosure import Disclosure
from hub.views.figures import Right
from hub.workbench.desk import Desk
from hub.workbench.links import Sessions
from hub.workbench.process import Bench
from hub.workers import LoopStatus


class Assembly(Pushing):
    """The parts of one hub, each made when it is first asked for: words of operators, loops, the front.

    They stand on ``hub.parts``: ground, outside, core, telling, what HR does, doors, what is asked.
    """

    # --- what operators say ----------------------------------------------------------------------------------

    @cached_property
    def linking(self) -> Linking:
        """What says whose an identifier is."""
        return Linking(self.directory, self.links, self.writer, self.database, self.operators)

    @cached_property
    def opening(self) -> Opening:
        """What imports opening balances."""
        own = {name for each in self.folder.positions.values() for name, rule in each.credential.items() if rule.own}
        targets = {f"{sink}/{each}" for sink, named in self.named_targets.items() for each in named}
        known = Known(self.folder.credentials, own, targets)
        mapping = mappings.load("people/opening_csv", names=self.folder.names)
        zone = self.folder.settings.hub.zone
        return Opening(
            self.directory, self.preparer, self.keeper, self.writer, mapping, self.operators, known=known, zone=zone
        )

    # --- what works in the background -----------------------------------------------------------------------

    @cached_property
    def restore(self) -> Restore:
        """What holds back a restored hub."""
        readable = [name for name, sink in self.sinks.items() if sink.proof.readable]
        return Restore(readable, self.database, self.writer, self.operators)

    @cached_property
    def delivery(self) -> Delivery:
        """What makes the doors what they must be."""
        return Delivery(
            writer=self.writer,
            database=self.database,
            directory=self.directory,
            sinks=self.sinks,
            enclosures=self.enclosures,
            clock=self.clock,
            commands=self.commands,
            known=self.known_open,
            activator=self.activators.delivery,
            owner=self._owner,
            closing=self.left_over.__bool__,
        )

    @cached_property
    def orders(self) -> Orders:
        """What operators order devices to do."""
        recorders = {name: self.adapters[name] for name in self._instances("recorder")}
        return Orders(recorders, self.database, self.commands, self.writer)

    @cached_property
    def enforcement(self) -> Enforcement:
        """What enforces, freezes and unfreezes."""
        return Enforcement(self.folder.positions, self.sinks, self.writer, self.operators, self.enclosures)

    @cached_property
    def inspection(self) -> Inspection:
        """What checks the log in the background."""
        return Inspection(self.database, self.signer, self.writer, self.clock)

    @cached_property
    def disclosure(self) -> Disclosure:
        """What opens what stands sealed behind the log."""
        return Disclosure(self.directory, self.enclosures, self.operators, self.writer, self.database)

    @cached_property
    def deadlines(self) -> Deadlines:
        """What works off instants."""
        close = None if self.review is None else self.review.close
        return Deadlines(self.writer, self.database, self.clock, self.left_over, close)

    # --- the front ------------------------------------------------------------------------------------------

    def front(
        self,
        public_url: Callable[[], str],
        reasons: Callable[[], Mapping[str, str]],
        loops: Callable[[], Sequence[LoopStatus]],
        serves: Sequence[str] = (),
    ) -> Router:
        """The ASGI application of one listener: pushes, API, health; of these names, or all."""
        pushing, asking = self._served("push", serves), self._served("asker", serves)
        pinged = {name: each for name, each in self.pinged.items() if not serves or name in serves}
        asked = QUESTIONS if "api" in serves or not serves else ()
        api = Api(
            database=self.database,
            why=self.why,
            adapters={name: each.spec.title for name, each in self.folder.instances.items()},
            token=self.folder.api_token,
            refused=self.strangers.refused,
            strangers=self.strangers,
            proxies=self.proxies,
            reasons=reasons,
            loops=loops,
            inspection=lambda: self.inspection.progress,
            controls=self.controls,
            warnings=self._warnings,
            messenger=self.messenger,
            described=document(
                [*asked, *map(question_of, sorted(pinged))], self._called(pushing, asking), version=version("licet")
            ),
            keys=self.public_keys,
            permission=self.permission,
            prove=self.trail.prove,
            public_url=public_url,
            status_list=self.status_lists.signed,
            clock=self.clock,
            jobs=self.jobs,
            ending=lambda: self.job_runner.ending,
            workbench=(self.workbench, self.workbench_sessions),
            register=(self.filing_desk, self.register),
        )
        exact, under = self.pushes(public_url, serves)
        exact |= {f"/ping/{name}": self._pinged_at(each) for name, each in pinged.items()}
        exact |= {f"/ask/{name}": self._asked_at(each, public_url) for name, each in asking.items()}
        return Router(
            exact, under, LimitedApi(api.routes() if asked else [], Rates(), self.proxies, self.strangers.refused)
        )

    def _called(self, pushing: Mapping[str, Instance], asking: Mapping[str, Instance]) -> Mapping[str, Spec]:
        """What those declare whom systems call, by instance; who asks has a path of its own."""
        asked = {name: replace(each.spec, paths=(f"/ask/{name}",)) for name, each in asking.items()}
        return {**{name: each.spec for name, each in pushing.items()}, **asked}

    def _warnings(self) -> Mapping[str, str]:
        """What is wrong though work is taken."""
        code = self.alarm_mail.untold
        untold = {} if code is None else {UNTOLD: f"alarms could not be told when that was tried last: {code}"}
        low = {LOW: f"{self.space.free >> 20} MiB are free: only what may close a door is taken"}
        return {**untold, **(low if self.space.low else {})}

    @cached_property
    def workbench(self) -> Desk:
        """What looks at drafts of mapping documents for a browser."""
        bench = Bench()
        self._closing.callback(bench.close)
        return Desk(self.folder, self.mappings.all, bench, self.clock.now)

    @cached_property
    def workbench_sessions(self) -> Sessions:
        """Who may use it."""
        return Sessions(self.folder.api_token)

    def _pinged_at(self, pinged: Pinged) -> PingEndpoint:
        return PingEndpoint(pinged.ping, Rates(), self.proxies, self.strangers.refused, self.clock.now)

    def _asked_at(self, instance: Instance, public_url: Callable[[], str]) -> AskEndpoint:
        right = Right(instance.identifiers or self._roster, getattr(instance.settings, instance.spec.asks))
        return AskEndpoint(
            AskRoute(self._push_route(instance), self.adapters[instance.name], right, instance.spec.max_body),
            figures=self.figures,
            callers=self._callers,
            refusals=self._refusals(instance),
            enclosures=self.enclosures,
            writer=self.writer,
            clock=self.clock,
            public_url=public_url,
            rates=Rates(),
            proxies=self.proxies,
        )
