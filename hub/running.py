"""A hub at work: what was left is taken up, the loops turn, and everything is closed at the end."""

import logging
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from audit_log.checkpoint import TamperError
from hub.access.restore import enter_restored
from hub.assembly import Assembly
from hub.audit.calls import COUNT_SECONDS
from hub.audit.inspection import ROUND_SECONDS, check_start
from hub.audit.signing import SIGN_SECONDS
from hub.clock import Clock
from hub.config.folder import HubFolder
from hub.config.instances import Instance
from hub.decision.calendar_watch import CalendarWatch, last_instant, look_at_all
from hub.decision.missing import alarm_missing
from hub.front.routes import Router
from hub.intake.polling import Polled
from hub.packages.in_force import keep
from hub.packages.watch import PackageWatch
from hub.parts.ruled import renewed, ruled_folder
from hub.readiness import Fault, Readiness, Watch
from hub.register.inspection import ROUND_SECONDS as REGISTER_SECONDS
from hub.store.commit import Tx
from hub.store.tables.hub import count_start
from hub.workers import Loop, LoopStatus
from schemas.errors import LicetError

IDLE_SECONDS = 1.0
ALARM_SECONDS = 2.0
"""How often it is looked whether a revocation is late."""
LATE_SECONDS = 15.0
"""How often it is looked whether a message waits for too long."""
CALENDAR_SECONDS = 600.0
"""How often it is looked whether the yearly file of holidays is there."""
ROOM_SECONDS = 60.0
"""How often it is looked which sessions have settled."""
KEY_SECONDS = 300.0
"""How often the sets of keys that peers publish are fetched: as long as a reader may keep ours."""
HEARTBEAT_SECONDS = 300.0
LONG_SECONDS = 900.0
"""What asks other systems takes as long as they do: a turn that says nothing for this long is stuck."""
RESTORED_SECONDS = 5.0
"""How often a restored hub looks at its sinks as a whole: it waits until it has seen each of them."""
STOP_SECONDS = 8.0

log = logging.getLogger(__name__)


class Hub:
    """A hub that can be started and stopped.

    ``away``: ports of outside systems that other processes call for it; ``loop``: where it takes what fronts hand it.
    ``give_up`` hears, once, that it cannot go on; ``renew`` that a hub of another folder is to take its place.
    """

    def __init__(
        self,
        folder: HubFolder,
        clock: Clock | None = None,
        *,
        away: Collection[str] = (),
        loop: AbstractEventLoop | None = None,
        give_up: Callable[[Fault], None] = lambda _fault: None,
        renew: Callable[[HubFolder], None] = lambda _folder: None,
    ) -> None:
        self.parts = Assembly(folder, clock, deciding=True, away=away)
        self._loop = loop
        self._give_up = give_up
        self._renew = renew
        self._readiness = Readiness()
        self._loops: list[Loop] = []
        self._watch: Watch | None = None

    def start(self, *, polling: bool = True, sweeping: bool = True) -> None:
        """Take up what was left, and begin to work; who wants to poll and sweep by hand says so.

        Raises:
            StoreError: The store cannot be written, or another process decides for it.
            TamperError: The log was cut, changed or rolled back.
        """
        parts = self.parts
        self._set_calendar()
        parts.writer.prove()
        check_start(parts.database, parts.signer)
        parts.identity.announce()
        parts.writer.call(self._begin)
        parts.writer.call(partial(alarm_missing, frozenset(parts.folder.names["position"]) - parts.folder.gone))
        parts.delivery.recover()
        parts.outbox.recover()
        parts.exam_desk.recover()
        for desk in parts.partner_desks:
            desk.recover()
        parts.job_runner.recover()
        self._loops += self._inner_loops()
        if polling:
            self._loops += [self._poll_loop(each) for each in parts.polling.polled]
        if sweeping:
            self._loops.append(self._sweep_loop())
        self._watch = Watch([*self._loops, *parts.errand_loops], parts.writer, self._readiness, self._give_up)
        for loop in self._loops:
            loop.start()
        self._watch.start()
        self._readiness.allow("hub.starting")

    def _inner_loops(self) -> list[Loop]:
        parts, activators = self.parts, self.parts.activators
        return [
            Loop("deadlines", parts.deadlines.turn, IDLE_SECONDS, activators.deadlines),
            Loop("delivery", parts.delivery.turn, IDLE_SECONDS, activators.delivery),
            Loop("notices", parts.outbox.turn, IDLE_SECONDS, activators.mail),
            Loop("calendar", parts.kept_by_hand.turn, CALENDAR_SECONDS),
            Loop("certificates", parts.certificate_desk.turn, IDLE_SECONDS, activators.certificates),
            Loop("exams", parts.exam_desk.turn, IDLE_SECONDS, activators.exams),
            *self._partner_loops(),
            Loop("jobs", parts.job_runner.turn, IDLE_SECONDS, activators.jobs),
            Loop("register", parts.register_watch.turn, REGISTER_SECONDS, first=ROOM_SECONDS),
            Loop("rooms", parts.rooms.turn, ROOM_SECONDS),
            Loop("alarms", parts.late_revocations.turn, ALARM_SECONDS),
            Loop("manned", parts.manned.turn, LATE_SECONDS),
            Loop("set-aside", parts.set_aside.turn, ALARM_SECONDS),
            Loop("space", parts.space_watch.turn, ALARM_SECONDS),
            self._mail_loop("alarm-mail", parts.alarm_mail.turn),
            self._mail_loop("undelivered", parts.undelivered.turn),
            self._mail_loop("withdrawn", parts.withdrawn.turn),
            *([Loop("late-notices", parts.late_notices.turn, LATE_SECONDS)] if parts.letters.routed else []),
            Loop("signing", self._sign, SIGN_SECONDS),
            Loop("inspection", self._inspect, ROUND_SECONDS),
            Loop("calls", parts.call_record.turn, COUNT_SECONDS, parts.calls.activator),
            *self._clock_loop(),
            Loop("keys", parts.key_fetching.turn, KEY_SECONDS, patience=LONG_SECONDS),
            Loop("packages", PackageWatch(parts.begun_with, parts.in_use, self._take, parts.writer).turn, IDLE_SECONDS),
            Loop("heartbeat", self._beat, HEARTBEAT_SECONDS, first=HEARTBEAT_SECONDS),
            *parts.inbox_loops(self._loop),
        ]

    def _partner_loops(self) -> list[Loop]:
        parts, desks = self.parts, self.parts.partner_desks
        if not parts.partners:
            return []
        return [
            Loop("partners", lambda: min(each.turn() for each in desks), IDLE_SECONDS, parts.activators.partners),
            Loop("late-partners", parts.late_partners.turn, LATE_SECONDS),
        ]

    def _set_calendar(self) -> None:
        """Go on after the last entry: a hub that begins under a wrong clock is one whose clock leapt."""
        guard, last = self.parts.guard, last_instant(self.parts.database)
        if guard is not None and last is not None:
            at, held = last
            guard.begin_after(at, held=held)

    def _clock_loop(self) -> list[Loop]:
        parts = self.parts
        if parts.guard is None:
            return []
        ask = [sink.door.probe for sink in parts.sinks.values()]
        watch = CalendarWatch(parts.guard, parts.peer_clocks, parts.database, parts.writer, ask)
        loop = Loop("clock", lambda: watch.turn(loop.progress), IDLE_SECONDS, patience=LONG_SECONDS)
        return [loop]

    def _mail_loop(self, name: str, turn: Callable[[Callable[[], None]], None]) -> Loop:
        loop = Loop(name, lambda: turn(loop.progress), ALARM_SECONDS, patience=2 * LONG_SECONDS)
        return loop

    def _poll_loop(self, polled: Polled) -> Loop:
        def ask() -> float | None:
            return self.parts.polling.turn(polled, lambda _items: loop.progress())

        pinged = self.parts.pinged.get(polled.name)
        work = ask if pinged is None else partial(pinged.turn, ask)
        activator = None if pinged is None else pinged.activator
        loop = Loop(f"poll-{polled.name}", work, polled.every.total_seconds(), activator, patience=LONG_SECONDS)
        return loop

    def _sweep_loop(self) -> Loop:
        def sweep() -> None:
            self.parts.reconciler.sweep_all(progress=loop.progress)

        every = self.parts.folder.settings.hub.sweep_seconds
        if self.parts.restore.state() is not None:
            every = min(every, RESTORED_SECONDS)
        loop = Loop("reconcile", sweep, every, first=every, patience=LONG_SECONDS)
        return loop

    def _sign(self) -> None:
        try:
            self.parts.signing.sign()
        except TamperError as error:
            self.halt(str(error))

    def _inspect(self) -> float:
        try:
            return self.parts.inspection.turn()
        except TamperError as error:
            self.halt(str(error))
            return ROUND_SECONDS

    def _beat(self) -> None:
        self.parts.writer.call(self.parts.lifetime.beat)

    def halt(self, words: str) -> None:
        """The log was tampered with: no longer ready, nothing is sent until a person has looked."""
        known = "log.tamper" in self._readiness.reasons
        self._readiness.refuse("log.tamper", words)
        self.parts.delivery.halt()
        self.parts.outbox.halt()
        self.parts.exam_desk.halt()
        for desk in self.parts.partner_desks:
            desk.halt()
        if not known:
            log.critical("the log does not verify: nothing is sent any more: %s", words)
            self.parts.writer.call(lambda tx: tx.log("alarm", code="log.tamper"))

    def reasons(self) -> Mapping[str, str]:
        """Why the hub takes no work, by code; empty when it is ready, which a commit has proven."""
        return self._readiness.reasons if self._watch is None else self._watch.reasons()

    def statuses(self) -> list[LoopStatus]:
        """How the loops do."""
        return [] if self._watch is None else self._watch.statuses()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Finish what is under way, within seconds, and close everything; nothing is lost by not doing it."""
        ends = time.monotonic() + seconds
        self._readiness.refuse("hub.ending", "the hub ends")
        if self._watch is not None:
            self._watch.stop()
        for loop in self._loops:
            loop.stop()
        late = [loop.name for loop in self._loops if not loop.join(_left(ends))]
        if not self.parts.delivery.stop(_left(ends)):
            late.append("doors")
        if not self.parts.outbox.stop(_left(ends)):
            late.append("mail")
        if not self.parts.exam_desk.stop(_left(ends)):
            late.append("exams")
        late += [f"partner {each.name}" for each in self.parts.partner_desks if not each.stop(_left(ends))]
        if not self.parts.job_runner.stop(_left(ends)):
            late.append("jobs")
        if late:
            log.warning("ended without waiting for %s", ", ".join(late))
        self._say_goodbye()
        self.close()

    def _say_goodbye(self) -> None:
        try:
            self.parts.call_record.last()
            self.parts.writer.call(self.parts.lifetime.end, 2.0)
            self.parts.signing.sign(at_once=True)
        except (LicetError, TamperError) as error:
            log.warning("the end is not on record: %s", error)

    def close(self) -> None:
        """Close what was opened."""
        self.parts.close()

    def app(self, public_url: Callable[[], str], serves: Sequence[str] = ()) -> Router:
        """The ASGI application of one listener."""
        return self.parts.front(public_url, self.reasons, self.statuses, serves)

    def _begin(self, tx: Tx) -> None:
        """Leave the entry of the start, and have everybody looked at if other rules judged before."""
        keep(self.parts.folder, tx)
        tx.session.run(count_start, {})
        if self.parts.lifetime.begin(tx):
            look_at_all("rules", tx)
        if enter_restored(tx):
            log.warning("this is a restored copy: it grants nothing until every sink was observed and it is released")

    def _take(self) -> list[str]:
        """Read with the documents of the packages in use; where other rules are, ask for a hub that judges by them."""
        changed = self.reload()
        if (folder := renewed(self.parts.folder, self.parts.database)) is not None:
            self._renew(folder)
        return changed

    def reload(self) -> list[str]:
        """Read with the folder's mapping documents as they are now; the instances for which that is another one.

        Raises:
            ConfigError: Something is wrong with the folder; what is in use stays, whole.
        """
        running, now = self.parts.folder, ruled_folder(self.parts.folder.path)
        same = {name: each for name, each in now.instances.items() if _is_same(each, running.instances.get(name))}
        fresh = self.parts.documents(replace(now, instances=same))
        return self.parts.mappings.swap(fresh, self.parts.writer)


def _is_same(instance: Instance, running: Instance | None) -> bool:
    """Whether an instance of the folder is one that runs; others begin at the next start."""
    return running is not None and running.spec.build is instance.spec.build


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.0)
