"""Puts a hub together from its folder: the one place where parts meet, and where clocks and chance come in."""

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette

import mappings
from audit_log.signer import Signer
from hub.access.delivery import Delivery
from hub.access.desired import requeue
from hub.access.enforcement import Enforcement
from hub.access.leases import decider
from hub.access.reconcile import Reconciler
from hub.access.sinks import Sink, doors_by_source
from hub.audit.enclosures import Enclosures
from hub.audit.keys import open_signer
from hub.audit.signing import Signing
from hub.audit.trail import Trail
from hub.clock import Clock, Ids, SystemClock
from hub.config.folder import HubFolder, Instance
from hub.config.mappings import documents
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
from hub.identity.operators import Operators
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
from hub.notification.letters import Letters, MessageRoute, Reader
from hub.notification.outbox import Outbox
from hub.store.commit import Activators
from hub.store.database import Database
from hub.store.sealing import KeyFile, Sealer
from hub.store.seat import Seat, seat_of
from hub.store.tables import connectors
from hub.store.writer import Writer
from hub.views.plan import Plan
from hub.views.why import Why
from hub.workers import LoopStatus

WORKERS = 8
READERS = 2


class Assembly:
    """The parts of one hub, each made when it is first asked for; closed in the opposite order.

    ``deciding`` is for the hub itself, which holds the seat of its store; a command beside it leaves who is to be
    looked at in ``due``.
    """

    def __init__(
        self, folder: HubFolder, clock: Clock | None = None, ids: Ids | None = None, *, deciding: bool = False
    ) -> None:
        self.folder = folder
        self.clock = clock or SystemClock()
        self._ids = ids or Ids()
        self._deciding = deciding
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        self._closing.close()

    # --- the store -------------------------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        """The store, as readers use it."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        database = Database(self.folder.database_url)
        self._closing.callback(database.close)
        return database

    @property
    def _data(self) -> Any:
        return self.folder.path / "data"

    @cached_property
    def sealer(self) -> Sealer:
        """What seals and opens names and bodies."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        keys = KeyFile(self._data / "keys.db", self.folder.master_key)
        self._closing.callback(keys.close)
        return Sealer(keys, self.folder.master_key)

    @property
    def _seat(self) -> Seat | None:
        if not self._deciding:
            return None
        seat = seat_of(self.database)
        self._closing.callback(seat.close)
        return seat

    @cached_property
    def activators(self) -> Activators:
        """What wakes the loops."""
        return Activators()

    @cached_property
    def writer(self) -> Writer:
        """The one who writes; it runs from the first time it is asked for, and never without the log's signer."""
        _ = self.signer
        writer = Writer(
            self.database,
            self.clock,
            self._ids,
            review=self._review,
            batch=self.batch,
            caches=(self.directory, self.links, self.plan, self.peers),
            activators=self.activators,
            seat=self._seat,
        )
        self._closing.callback(writer.stop)
        writer.start()
        self._enter_instances(writer)
        return writer

    def _enter_instances(self, writer: Writer) -> None:
        """Every instance has its row from the start: what is said of one later must find it."""
        with self.database.reading() as connection:
            entered = {row.connector for row in connection.all(connectors.connectors, {})}
        missing = [{"connector": name} for name in sorted(self.folder.instances) if name not in entered]
        if missing:
            writer.call(lambda tx: tx.session.many(connectors.ensure_connector, missing))

    # --- who, what follows -----------------------------------------------------------------------------------

    @cached_property
    def directory(self) -> Directory:
        """Who is who."""
        return Directory(self.database, self.sealer, self._ids, self._roster)

    @cached_property
    def operators(self) -> Operators:
        """Who does something at the hub."""
        return Operators(self.directory, _account())

    @cached_property
    def enclosures(self) -> Enclosures:
        """What entries commit to."""
        return Enclosures(self.sealer)

    @cached_property
    def links(self) -> Links:
        """Whose identifiers are; a door that knows people by them hears when they move."""
        return Links(partial(requeue, doors_by_source(self.sinks)))

    @property
    def _roster(self) -> str:
        name = self.folder.settings.hub.roster
        instance = self.folder.instances.get(name)
        return (instance and instance.identifiers) or name

    @cached_property
    def plan(self) -> TrainingPlan:
        """Courses and sessions."""
        return TrainingPlan(self.folder.courses)

    @cached_property
    def preparer(self) -> Preparer:
        """What digests and seals."""
        return Preparer(self.directory, self.sealer)

    @cached_property
    def keeper(self) -> Keeper:
        """What makes records ours."""
        return Keeper(self.directory, self.links, self.plan)

    @cached_property
    def peers(self) -> Peers:
        """Those who push."""
        return Peers(self.database)

    @cached_property
    def batch(self) -> PushBatch:
        """All pushes of a commit."""
        return PushBatch(self.mappings, self.preparer, self.keeper, self.peers)

    @cached_property
    def evidence(self) -> Evidence:
        """What is known of a person."""
        return Evidence(Folds(self.plan, self.folder.zone))

    @property
    def _review(self) -> Review | None:
        if not self._deciding:
            return None
        return Review(self.evidence, self.folder.positions, self.folder.zone, self.folder.revision)

    @cached_property
    def why(self) -> Why:
        """What answers why."""
        return Why(self.database, self.directory, self.evidence, self.folder.positions, self.folder.zone)

    @cached_property
    def linking(self) -> Linking:
        """What says whose an identifier is."""
        return Linking(self.directory, self.links, self.writer, self.database, self.operators)

    @cached_property
    def opening(self) -> Opening:
        """What imports opening balances."""
        own = {name for each in self.folder.positions.values() for name in each.credential}
        mapping, zone = mappings.load("people/opening_csv"), self.folder.settings.hub.zone
        return Opening(
            self.directory, self.preparer, self.keeper, self.writer, mapping, self.operators, own=own, zone=zone
        )

    @cached_property
    def quarantine(self) -> Quarantine:
        """What shows, replays and discards what waits."""
        origins = {name: _origin(each) for name, each in self.folder.instances.items()}
        return Quarantine(
            self.database,
            self.sealer,
            self.preparer,
            self.keeper,
            self.writer,
            self.mappings,
            origins,
            self.operators,
            self.enclosures,
        )

    # --- outside systems -------------------------------------------------------------------------------------

    @cached_property
    def adapters(self) -> dict[str, Any]:
        """Every instance's adapter."""
        return {name: each.spec.build(name, each.settings) for name, each in self.folder.instances.items()}

    def _instances(self, port: str) -> dict[str, Instance]:
        return {name: each for name, each in self.folder.instances.items() if port in each.spec.ports}

    @cached_property
    def sinks(self) -> dict[str, Sink]:
        """The doors, and the identifiers by which each knows people."""
        return {
            name: Sink(name, self.adapters[name], each.identifiers or self._roster)
            for name, each in self._instances("door").items()
        }

    @cached_property
    def message_routes(self) -> list[MessageRoute]:
        """The messengers, in the order of the folder."""
        return [
            MessageRoute(name, self.adapters[name], each.spec.reaches)
            for name, each in self._instances("messenger").items()
        ]

    @cached_property
    def letters(self) -> Letters:
        """What writes to people."""
        hub = self.folder.settings.hub
        hr = Reader({"mail": hub.hr_mail}, hub.language)
        return Letters(self.directory, self.folder.positions, self.message_routes, hr, self.folder.zone)

    @cached_property
    def mappings(self) -> ActiveMappings:
        """What reads bodies, by instance."""
        return ActiveMappings(documents(self.folder.path, self.folder.instances))

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
        )

    def _polled(self, name: str, instance: Instance) -> Polled:
        return Polled(name=name, source=self.adapters[name], origin=_origin(instance), every=instance.every)

    @cached_property
    def _owner(self) -> str:
        return decider(self._ids.token())

    @cached_property
    def delivery(self) -> Delivery:
        """What makes the doors what they must be."""
        return Delivery(
            writer=self.writer,
            database=self.database,
            directory=self.directory,
            sinks=self.sinks,
            clock=self.clock,
            activator=self.activators.delivery,
            owner=self._owner,
            workers=WORKERS,
        )

    @cached_property
    def outbox(self) -> Outbox:
        """What sends messages."""
        return Outbox(
            writer=self.writer,
            database=self.database,
            letters=self.letters,
            clock=self.clock,
            activator=self.activators.mail,
            owner=self._owner,
        )

    @cached_property
    def reconciler(self) -> Reconciler:
        """What compares the doors with what must be true."""
        return Reconciler(self.sinks, self.directory, self.writer, self.database, self.clock)

    # --- the log, time, the front ----------------------------------------------------------------------------

    @cached_property
    def enforcement(self) -> Enforcement:
        """What enforces, freezes and unfreezes."""
        return Enforcement(self.folder.positions, self.sinks, self.writer, self.operators, self.enclosures)

    @cached_property
    def changes(self) -> Plan:
        """What says what enforcing would change."""
        return Plan(self.sinks.values(), self.reconciler, self.directory, self.database)

    @cached_property
    def signer(self) -> Signer:
        """What remembers what was signed of the log."""
        return open_signer(self.folder.path, self.folder.settings.hub.name, self.database)

    @cached_property
    def signing(self) -> Signing:
        """What signs the log."""
        return Signing(self.signer, self.database, self.writer, self.clock)

    @cached_property
    def trail(self) -> Trail:
        """What reads, checks and exports the log."""
        return Trail(self.database, self.signer, self.signing)

    @cached_property
    def deadlines(self) -> Deadlines:
        """What works off instants."""
        return Deadlines(self.writer, self.database, self.clock)

    def front(
        self,
        public_url: Callable[[], str],
        reasons: Callable[[], Mapping[str, str]],
        loops: Callable[[], Sequence[LoopStatus]],
    ) -> Router:
        """The ASGI application: pushes, API, health."""
        api = Api(
            database=self.database,
            why=self.why,
            adapters={name: each.spec.title for name, each in self.folder.instances.items()},
            token=self.folder.api_token,
            reasons=reasons,
            loops=loops,
        )
        exact: dict[str, Asgi] = {}
        under: dict[str, Asgi] = {}
        for name, instance in self._instances("push").items():
            endpoint = self._endpoint(instance, public_url)
            for path in instance.spec.paths or (f"/in/{name}",):
                prefix, _, rest = path.partition("{")
                (under if rest else exact)[prefix] = endpoint
        return Router(exact, under, Starlette(routes=api.routes()))

    def _endpoint(self, instance: Instance, public_url: Callable[[], str]) -> PushEndpoint:
        return PushEndpoint(
            self._push_route(instance),
            batch=self.batch,
            peers=self.peers,
            refusals=self._refusals(instance),
            writer=self.writer,
            clock=self.clock,
            public_url=public_url,
            executor=self._readers(),
        )

    def _readers(self) -> ThreadPoolExecutor:
        readers = ThreadPoolExecutor(READERS, thread_name_prefix="reading")
        self._closing.callback(readers.shutdown, wait=False)
        return readers

    def _push_route(self, instance: Instance) -> PushRoute:
        return PushRoute(
            adapter=self.adapters[instance.name],
            origin=_origin(instance),
            approval=instance.spec.approval,
            max_body=instance.spec.max_body,
            contact=instance.spec.completeness == "contact",
            auth=instance.spec.auth,
        )

    def _refusals(self, instance: Instance) -> Refusals:
        refusals = Refusals(instance.name, instance.spec.auth, self.writer, self.clock, self.enclosures)
        self._closing.callback(refusals.close)
        return refusals


def _origin(instance: Instance) -> Origin:
    return Origin(instance.name, instance.identifiers or instance.name, instance.spec.batch)


def _account() -> str:
    """The account of this machine under which the hub runs; a number where nobody has given it a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
