"""What makes facts of what came in, and decisions of facts; and the one who writes them."""

import getpass
import os
from datetime import timedelta
from functools import cached_property, partial

from hub.access.commands import Commands
from hub.access.desired import requeue
from hub.access.known_open import KnownOpen
from hub.access.sinks import doors_by_source
from hub.alarms.desk import AlarmDesk
from hub.alarms.space import SpaceWatch
from hub.alarms.watch import LateRevocations
from hub.audit.calls import CallRecord
from hub.audit.keys import log_key
from hub.cases.book import Casebook
from hub.cases.sponsors import Sponsors
from hub.decision.calendar_watch import ClockWord
from hub.decision.decisions import Decisions
from hub.decision.review import Review
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.evidence.training_plan import TrainingPlan
from hub.identity.directory import Directory
from hub.identity.links import Links
from hub.identity.operators import Operators
from hub.intake.batch import PushBatch
from hub.intake.echoes import Echoes
from hub.intake.keep import Keeper
from hub.intake.peers import Peers
from hub.intake.prepare import Preparer
from hub.intake.receipts import Receipts
from hub.intake.unnamed import UnnamedCredentials
from hub.partners.reporting import Reporting
from hub.parts.outside import Outside
from hub.store.left_over import LeftOver
from hub.store.tables import connectors
from hub.store.writer import Writer


class Core(Outside):
    """From a transmission to a decision: who is who, what is known of whom, and the writer that keeps it."""

    @cached_property
    def directory(self) -> Directory:
        """Who is who."""
        return Directory(self.database, self.sealer, self._ids, self._roster)

    @cached_property
    def operators(self) -> Operators:
        """Who does something at the hub."""
        return Operators(self.directory, _account())

    @cached_property
    def links(self) -> Links:
        """Whose identifiers are; a door that knows people by them hears when they move."""
        return Links(partial(requeue, doors_by_source(self.sinks)))

    @cached_property
    def plan(self) -> TrainingPlan:
        """Courses and sessions."""
        return TrainingPlan(self.folder.courses, self.folder.zone)

    @cached_property
    def preparer(self) -> Preparer:
        """What digests and seals."""
        return Preparer(self.directory, self.sealer)

    @cached_property
    def keeper(self) -> Keeper:
        """What makes records ours."""
        unnamed = UnnamedCredentials(self.folder.credentials, self.links)
        receipts = Receipts(self.folder.settings.hub.name, log_key(self.folder.path))
        echoes = Echoes(self.folder.own_credentials, self.links)
        return Keeper(self.directory, self.links, self.plan, unnamed, receipts, echoes)

    @cached_property
    def peers(self) -> Peers:
        """Those who push."""
        return Peers(self.database)

    @cached_property
    def commands(self) -> Commands:
        """What waits for peers that fetch their orders."""
        return Commands(self.database, self.sealer)

    @cached_property
    def known_open(self) -> KnownOpen:
        """By which ids doors may be open."""
        return KnownOpen(self.sealer)

    @cached_property
    def batch(self) -> PushBatch:
        """All pushes of a commit."""
        return PushBatch(self.mappings, self.preparer, self.keeper, self.peers, self.key_book)

    @cached_property
    def evidence(self) -> Evidence:
        """What is known of a person."""
        return Evidence(self.plan, Folds(self.folder.courses, self.folder.zone, self.folder.min_travel))

    @cached_property
    def casebook(self) -> Casebook:
        """What keeps the cases that reviews find."""
        sponsors = Sponsors(self.sealer, self._roster)
        return Casebook(self.sealer, self.plan, sponsors, self.folder.workdays, self.folder.zone)

    @cached_property
    def left_over(self) -> LeftOver:
        """Whom a commit had no time for."""
        return LeftOver()

    @cached_property
    def review(self) -> Review | None:
        """What looks at persons, in a hub that decides."""
        if not self._deciding:
            return None
        reporting = Reporting(self.partners, self.folder.zone)
        return Review(
            self.evidence,
            Decisions(self.folder.revision),
            self.folder.rulebook,
            self.casebook,
            reporting,
            judges=self.folder.unread is None,
        )

    @cached_property
    def writer(self) -> Writer:
        """The one who writes, from the first time it is asked for; never for a hub whose parts do not agree."""
        _ = self.identity
        writer = Writer(
            self.database,
            self.clock,
            self._ids,
            review=self.review,
            left_over=self.left_over,
            batch=self.batch,
            caches=(self.directory, self.links, self.plan, self.peers, self.key_book, self.commands),
            activators=self.activators,
            seat=self._seat,
        )
        self._closing.callback(writer.stop)
        writer.start()
        self._closing.callback(CallRecord(self.calls, writer).last)
        self._enter_instances(writer)
        return writer

    @cached_property
    def call_record(self) -> CallRecord:
        """What enters the calls in the log."""
        return CallRecord(self.calls, self.writer)

    @cached_property
    def alarm_desk(self) -> AlarmDesk:
        """What takes the word of who has looked at an alarm."""
        return AlarmDesk(self.database, self.writer, self.operators)

    @cached_property
    def clock_word(self) -> ClockWord:
        """What takes the word that the machine's clock is right."""
        return ClockWord(self.database, self.writer, self.operators)

    @cached_property
    def late_revocations(self) -> LateRevocations:
        """What raises an alarm where a door is not seen closed."""
        after = timedelta(seconds=self.folder.settings.hub.alarm_after_seconds)
        unreadable = [name for name, sink in self.sinks.items() if not sink.proof.readable]
        return LateRevocations(self.database, self.writer, self.clock, after, unreadable)

    @cached_property
    def space_watch(self) -> SpaceWatch:
        """What raises an alarm where the disk is nearly full."""
        return SpaceWatch(self.space, self.database, self.writer)

    def _enter_instances(self, writer: Writer) -> None:
        """Every instance has its row from the start: what is said of one later must find it."""
        with self.database.reading() as connection:
            entered = {row.connector for row in connection.all(connectors.connectors, {})}
        missing = [{"connector": name} for name in sorted(self.folder.instances) if name not in entered]
        if missing:
            writer.call(lambda tx: tx.session.many(connectors.ensure_connector, missing))


def _account() -> str:
    """The account of this machine under which the hub runs; a number where nobody has given it a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
