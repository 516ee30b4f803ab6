"""Builds a hub from its folder: the one place where parts are put together, and clocks and chance come in."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette

import mappings
from hub.access.delivery import Delivery
from hub.access.desired import requeue
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink, doors_by_source
from hub.audit.signing import Signing
from hub.audit.trail import Trail
from hub.clock import Clock, Ids, SystemClock
from hub.config.settings import HubFolder, Instance
from hub.decision.deadlines import Deadlines
from hub.decision.review import Review
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.evidence.training_plan import TrainingPlan
from hub.front.api import Api
from hub.front.push import PushEndpoint
from hub.front.request import Asgi
from hub.front.routes import PushRoute, Router
from hub.identity.directory import Directory
from hub.identity.links import Links
from hub.intake.active_mappings import ActiveMappings
from hub.intake.batch import PushBatch
from hub.intake.facts import Origin
from hub.intake.keep import Keeper
from hub.intake.linking import Linking
from hub.intake.opening import Opening
from hub.intake.peers import Peers
from hub.intake.polling import Polled, Polling
from hub.intake.prepare import Preparer
from hub.intake.quarantine import Quarantine
from hub.intake.refusals import Refusals
from hub.notification.outbox import MailRoute, Outbox
from hub.store import queries as q
from hub.store.database import Database
from hub.store.sealing import KeyFile, Sealer
from hub.store.writer import Tx, Writer
from hub.views.why import Why

log = logging.getLogger(__name__)

WORKERS = 8
READERS = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """What the hub consists of, for commands, the demo and tests."""

    folder: HubFolder
    clock: Clock
    database: Database
    sealer: Sealer
    writer: Writer
    directory: Directory
    links: Links
    plan: TrainingPlan
    mappings: ActiveMappings
    preparer: Preparer
    keeper: Keeper
    batch: PushBatch
    evidence: Evidence
    peers: Peers
    why: Why
    sinks: dict[str, Sink]
    mail_routes: dict[str, MailRoute]
    adapters: dict[str, Any]


class Hub:
    """A hub that can be started and stopped. Everything it holds it closes again."""

    def __init__(self, folder: HubFolder, clock: Clock | None = None, ids: Ids | None = None) -> None:
        self._closing = ExitStack()
        self.parts = _parts(folder, clock or SystemClock(), ids or Ids(), self._closing)
        self.polling = polling_of(self.parts)
        self.delivery = _delivery(self.parts)
        self.outbox = _outbox(self.parts)
        self.signing = signing_of(self.parts)
        self.deadlines = Deadlines(
            self.parts.writer, self.parts.database, self.parts.clock, sign=self.signing.sign, halt=self.halt
        )
        self.reconciler = reconciler_of(self.parts)
        self.ready = False

    def start(self, *, polling: bool = True, sweeping: bool = True) -> None:
        """Take up what was left, and begin to work; who wants to poll and sweep by hand says so."""
        self.signing.check()
        self._apply_rules()
        self.delivery.start()
        self.outbox.start()
        self.parts.writer.call(lambda tx: tx.log("start"))
        self.deadlines.start()
        if polling:
            self.polling.start()
        if sweeping:
            self.reconciler.start()
        self._running = (polling, sweeping)
        self.ready = True

    def _apply_rules(self) -> None:
        """Have everybody looked at if other rules judged before, or nobody knows which."""
        file, revision = self.parts.folder.path / "data" / "rules", self.parts.folder.revision
        if file.exists() and file.read_text() == revision:
            return
        self.parts.writer.call(_look_at_all)
        file.write_text(revision)

    def halt(self) -> None:
        """The log was tampered with: no longer ready, nothing is sent until a person has looked."""
        self.ready = False
        self.delivery.halt()
        self.outbox.halt()

    def stop(self) -> None:
        """Finish what is under way and close everything; nothing is lost by this, nor by not doing it."""
        self.ready = False
        polling, sweeping = self._running
        if polling:
            self.polling.stop()
        if sweeping:
            self.reconciler.stop()
        self.deadlines.stop()
        self.delivery.stop()
        self.outbox.stop()
        self.parts.writer.call(lambda tx: tx.log("stop"))
        self.signing.sign(at_once=True)
        self.close()

    def close(self) -> None:
        """Close a hub that was never started."""
        self._closing.close()

    def app(self, public_url: Callable[[], str]) -> Router:
        """The ASGI application: pushes, API, health."""
        api = Api(
            database=self.parts.database,
            why=self.parts.why,
            adapters={name: each.spec.title for name, each in self.parts.folder.instances.items()},
            token=self.parts.folder.api_token,
            ready=lambda: self.ready,
        )
        exact: dict[str, Asgi] = {}
        under: dict[str, Asgi] = {}
        for name, instance in self.parts.folder.instances.items():
            if "push" in instance.spec.ports:
                endpoint = self._endpoint(name, instance, public_url)
                for path in instance.spec.paths or (f"/in/{name}",):
                    prefix, _, rest = path.partition("{")
                    (under if rest else exact)[prefix] = endpoint
        return Router(exact, under, Starlette(routes=api.routes()))

    def _endpoint(self, name: str, instance: Instance, public_url: Callable[[], str]) -> PushEndpoint:
        return PushEndpoint(
            _push_route(instance, self.parts.adapters[name]),
            batch=self.parts.batch,
            peers=self.parts.peers,
            refusals=Refusals(name, self.parts.writer, self.parts.clock),
            writer=self.parts.writer,
            clock=self.parts.clock,
            public_url=public_url,
            executor=self._executor(),
        )

    def _executor(self) -> ThreadPoolExecutor:
        executor = ThreadPoolExecutor(READERS, thread_name_prefix="reading")
        self._closing.callback(executor.shutdown)
        return executor


def _look_at_all(tx: Tx) -> None:
    people = tx.session.all(q.all_people, {})
    if people:
        rows = [{"person": each[0], "at": tx.now_us, "because": "rules", "tries": 0} for each in people]
        tx.session.many(q.postpone, rows)
        tx.wake("deadlines")


def open_parts(folder: HubFolder, clock: Clock | None = None) -> tuple[Parts, ExitStack]:
    """The parts without anything running but the writer: for commands beside a running hub."""
    closing = ExitStack()
    return _parts(folder, clock or SystemClock(), Ids(), closing, reviewing=False), closing


def _parts(folder: HubFolder, clock: Clock, ids: Ids, closing: ExitStack, *, reviewing: bool = True) -> Parts:
    (folder.path / "data").mkdir(mode=0o700, exist_ok=True)
    database = Database(folder.database_url)
    closing.callback(database.close)
    keys = KeyFile(folder.path / "data" / "keys.db", folder.master_key)
    closing.callback(keys.close)
    sealer = Sealer(keys, folder.master_key)
    writer = Writer(database, clock, ids)
    instance = folder.instances.get(folder.settings.hub.roster)
    roster = instance.identifiers or instance.name if instance else folder.settings.hub.roster
    adapters = {name: each.spec.build(name, each.settings) for name, each in folder.instances.items()}
    sinks = {
        name: Sink(name, adapters[name], each.identifiers or roster)
        for name, each in folder.instances.items()
        if "door" in each.spec.ports
    }
    directory = Directory(database, sealer, ids, roster)
    links = Links(partial(requeue, doors_by_source(sinks)))
    plan = TrainingPlan(folder.courses)
    active = _active_mappings(folder)
    preparer, keeper = Preparer(directory, sealer), Keeper(directory, links, plan)
    evidence = Evidence(Folds(plan, folder.zone))
    peers = Peers(database)
    writer.on_doubt += [directory.forget, links.forget, plan.forget, peers.forget]
    if reviewing:
        writer.review = Review(evidence, folder.positions, folder.zone, folder.revision)
    batch = writer.together = PushBatch(active, preparer, keeper, peers)
    writer.start()
    closing.callback(writer.stop)
    return Parts(
        folder=folder,
        clock=clock,
        database=database,
        sealer=sealer,
        writer=writer,
        directory=directory,
        links=links,
        plan=plan,
        mappings=active,
        preparer=preparer,
        keeper=keeper,
        batch=batch,
        evidence=evidence,
        peers=peers,
        why=Why(database, directory, evidence, folder.positions, folder.zone),
        sinks=sinks,
        mail_routes={
            n: _mail_route(n, adapters[n], folder) for n, i in folder.instances.items() if "messenger" in i.spec.ports
        },
        adapters=adapters,
    )


def _mail_route(name: str, messenger: Any, folder: HubFolder) -> MailRoute:
    return MailRoute(name, messenger, folder.settings.hub.hr_mail, folder.settings.hub.language)


def _active_mappings(folder: HubFolder) -> ActiveMappings:
    named = {name: each.spec.mapping for name, each in folder.instances.items() if each.spec.mapping}
    return ActiveMappings({name: mappings.load(mapping) for name, mapping in named.items()})


def _origin(instance: Instance) -> Origin:
    return Origin(instance.name, instance.identifiers or instance.name, instance.spec.batch)


def _push_route(instance: Instance, adapter: Any) -> PushRoute:
    return PushRoute(
        adapter=adapter,
        origin=_origin(instance),
        approval=instance.spec.approval,
        max_body=instance.spec.max_body,
        contact=instance.spec.completeness == "contact",
    )


def polling_of(parts: Parts) -> Polling:
    """What asks the systems that do not push."""
    return Polling(
        _polled(parts),
        mappings=parts.mappings,
        preparer=parts.preparer,
        keeper=parts.keeper,
        sealer=parts.sealer,
        writer=parts.writer,
        database=parts.database,
        clock=parts.clock,
    )


def _polled(parts: Parts) -> list[Polled]:
    return [
        Polled(
            name=name,
            source=parts.adapters[name],
            origin=_origin(instance),
            every=instance.every,
        )
        for name, instance in parts.folder.instances.items()
        if "poll" in instance.spec.ports
    ]


def linking_of(parts: Parts) -> Linking:
    """What says whose an identifier is."""
    return Linking(parts.directory, parts.links, parts.writer, parts.database)


def opening_of(parts: Parts) -> Opening:
    """What imports opening balances."""
    own = {name for each in parts.folder.positions.values() for name in each.credential}
    mapping = mappings.load("people/opening_csv")
    zone = parts.folder.settings.hub.zone
    return Opening(parts.directory, parts.preparer, parts.keeper, parts.writer, mapping, own=own, zone=zone)


def quarantine_of(parts: Parts) -> Quarantine:
    """What shows, replays and discards what waits."""
    origins = {name: _origin(each) for name, each in parts.folder.instances.items()}
    return Quarantine(parts.database, parts.sealer, parts.preparer, parts.keeper, parts.writer, parts.mappings, origins)


def _delivery(parts: Parts) -> Delivery:
    return Delivery(
        writer=parts.writer,
        database=parts.database,
        directory=parts.directory,
        sinks=parts.sinks,
        clock=parts.clock,
        workers=WORKERS,
    )


def _outbox(parts: Parts) -> Outbox:
    return Outbox(
        writer=parts.writer,
        database=parts.database,
        directory=parts.directory,
        positions=parts.folder.positions,
        routes=parts.mail_routes,
        clock=parts.clock,
        zone=parts.folder.zone,
    )


def reconciler_of(parts: Parts) -> Reconciler:
    """What compares the doors with what must be true."""
    every = parts.folder.settings.hub.sweep_seconds
    return Reconciler(parts.sinks, parts.directory, parts.writer, parts.database, parts.clock, every)


def signing_of(parts: Parts) -> Signing:
    """What signs this hub's log."""
    return Signing(parts.folder.path, parts.folder.settings.hub.name, parts.database, parts.writer, parts.clock)


def trail_of(parts: Parts) -> Trail:
    """What reads, checks and exports this hub's log."""
    return Trail(parts.database, signing_of(parts))
