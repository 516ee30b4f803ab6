"""A hub, its door, the authority and the machine it runs on, moved step by step by chance; what must hold is looked at
after each step.

What is done is the hub's own: store, writer, rules, delivery, sweeps, backup, restore, and the SCIM adapter. The clocks
(calendar, monotonic, the store's) are values that a step moves, and whose turn it is says chance.
"""

import logging
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from connectors.access.scim import Scim
from hub.access.delivery import Delivery
from hub.access.modes import Mode, set_mode
from hub.access.restore import enter_restored
from hub.assembly import Assembly
from hub.backup import restore, take
from hub.clock import to_us
from hub.config.folder import HubFolder, read_folder
from hub.decision.calendar_watch import wake_deliveries
from hub.guarded_clock import STEP
from hub.store.tables.hub import count_start
from schemas.credential import CredentialStatus
from schemas.errors import LicetError
from schemas.people import Assignment, OtherIdentifier, Person
from tests import site
from tests.conftest import CountedIds, HandClock
from tests.hub.decision.test_law import NOW, Message, send, t
from tests.hub.doors import act
from tests.interleavings.baton import Baton, Hand, hired_by
from tests.interleavings.server import InProcess, Permissions

PEOPLE = ("E1", "E2")
CREDENTIALS = ("licence", "safety")
ROOMS = ("room-a", "room-b")
DOUBT_SECONDS = 4.0
STEPS = 60
POSITION = """
id = "post"
name = { zh = "岗位", en = "Post" }
risk = "medium"
[credential.licence]
issuer = "authority"
name = { zh = "证书", en = "Licence" }
[credential.safety]
issuer = "authority"
name = { zh = "安全", en = "Safety" }
[[ladder]]
scope = "supervised"
needs = ["safety"]
[[ladder]]
scope = "full"
needs = ["safety", "licence"]
[targets.iam]
supervised = ["room-b"]
full = ["room-a", "room-b"]
"""
_CLOCK = (
    "DROP VIEW store_clock",
    "CREATE TABLE hand_clock (now INTEGER)",
    "INSERT INTO hand_clock VALUES (0)",
    "CREATE VIEW store_clock AS SELECT now FROM hand_clock",
)


class Template:
    """A hub that has begun, with its people, everything enforced and nobody inside; copied for each run."""

    def __init__(self, place: Path) -> None:
        self.home = place / "template"
        self.home.mkdir(parents=True)
        site.build(self.home, people=0, groups=ROOMS)
        (self.home / "positions" / "post.toml").write_text(POSITION, encoding="utf-8")
        self.folder = read_folder(self.home)
        clock = HandClock(NOW)
        with Assembly(self.folder, clock, CountedIds(), deciding=True) as parts:
            parts.writer.call(lambda tx: tx.session.run(count_start, {}))
            parts.identity.announce()
            for number in PEOPLE:
                send(parts, _somebody(number), clock)
            for scope, name in (("sink", "iam"), ("position", "post")):
                parts.writer.call(partial(set_mode, scope, name, Mode(enforced_from=NOW), act("enforce")))
            parts.deadlines.work_off()
        hold_clock(self.home)


def hold_clock(home: Path) -> None:
    """From now on the clock of this store is a value in it."""
    with closing(sqlite3.connect(home / "data" / "licet.db", isolation_level=None)) as store:
        for each in _CLOCK:
            store.execute(each)


def _somebody(number: str) -> Message:
    known = (OtherIdentifier(source="authority", subject=f"authority-{number}"),)
    person = Person(subject=number, name="张三", identifiers=known, as_of=t("2026-01-01T00:00"))
    starts = t("2026-01-05T00:00")
    post = Assignment(subject=number, position="post", starts_at=starts, as_of=t("2026-01-01T00:00"))
    return "roster", [person, post]


class World:
    """One run. ``story`` is what happened, for whoever must find out why it went wrong."""

    def __init__(self, seed: int, template: Template, place: Path) -> None:
        random.seed(seed)  # the waits of the hub
        self.chance = Random(seed)
        self.story: list[str] = []
        self.baton = Baton()
        self.permissions = Permissions(self.chance, self.baton, PEOPLE, DOUBT_SECONDS)
        self._clock = HandClock(NOW)
        self._store_at = to_us(NOW)
        self._ids = CountedIds()
        self._place, self._folder = place, template.folder
        self._homes = 0
        self._home = place / "hub-0"
        shutil.copytree(template.home, self._home)
        self._copy: Path | None = None
        self._words: dict[tuple[str, str], list[CredentialStatus]] = {}
        self._restored = self._was_restored = False
        self._numbers: dict[str, str] = {}
        self._stepped = ""
        self._wanted: dict[str, dict[tuple[str, str], str]] = {}
        """What was to be true when a hand rested last: it asks the hub right before, and the server once more then."""
        self._begin()

    # --- the process -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """A process takes up what the last one left."""
        self._parts = parts = Assembly(self._here(), self._clock, self._ids, deciding=True)
        self._tell_time()
        parts.writer.prove()
        parts.identity.announce()
        parts.writer.call(self._start)
        self._delivery = Delivery(
            writer=parts.writer,
            database=parts.database,
            directory=parts.directory,
            sinks=parts.sinks,
            enclosures=parts.enclosures,
            clock=parts.clock,
            commands=parts.commands,
            known=parts.known_open,
            activator=parts.activators.delivery,
            owner=f"decider/{self._ids.token()}",
            hire=hired_by(self.baton),
            exclusion=self.baton.exclusion,
        )
        self._delivery.recover()
        self._unswept = self._restored

    def _start(self, tx: object) -> None:
        tx.session.run(count_start, {})  # type: ignore[attr-defined]
        enter_restored(tx)  # type: ignore[arg-type]

    def _here(self) -> HubFolder:
        def build(name: str, settings: object) -> Scim:
            return Scim(name, settings, partial(InProcess, self.permissions))  # type: ignore[arg-type]

        iam = self._folder.instances["iam"]
        instances = {"iam": replace(iam, spec=replace(iam.spec, build=build))}
        settings = self._folder.settings
        hub = settings.hub.model_copy(update={"doubt_seconds": DOUBT_SECONDS, "sweep_per_second": 1_000_000.0})
        return replace(
            self._folder, path=self._home, instances=instances, settings=settings.model_copy(update={"hub": hub})
        )

    def kill(self) -> None:
        """The process is gone, wherever it was; another one begins."""
        self._end()
        self._begin()

    def _end(self) -> None:
        self._parts.writer.stop()
        for hand in self.baton.kill():
            self.permissions.killed(hand.name)
        self._parts.close()

    def back_up(self) -> None:
        """A copy of all, beside the running hub."""
        if self._copy is not None:
            shutil.rmtree(self._copy)
        self._copy = self._place / f"copy-{self._homes}"
        self._homes += 1
        take(replace(self._folder, path=self._home), self._copy, self._clock.now())

    def restore(self) -> None:
        """The machine is lost; a new one begins with the last copy, once nothing of the old one is under way."""
        if self._copy is None:
            return
        self._end()
        self.advance(DOUBT_SECONDS + 1)
        shutil.rmtree(self._home)
        self._homes += 1
        self._home = self._place / f"hub-{self._homes}"
        restore(self._copy, self._home)
        hold_clock(self._home)
        self._restored = self._was_restored = True
        self._begin()

    def release(self) -> None:
        """A person lets a restored hub go on, once the authority has said everything again and all was looked at."""
        if not self._restored:
            return
        self.say_all_again()
        self._sweep()
        if self._unswept:
            return  # it could not be looked at
        self._parts.restore.release(["A"])
        self._restored = False

    # --- time ------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """All clocks go on."""
        self._clock.advance(timedelta(seconds=seconds))
        self._store_at += int(seconds * 1_000_000)
        self.permissions.advance(seconds)
        self._tell_time()

    def set_back(self) -> None:
        """Somebody sets the store's clock back; the hub is told of leaps, and of small ones is not."""
        seconds = self.chance.choice((1, 60, 3600))
        self._store_at -= seconds * 1_000_000
        self._tell_time()
        if seconds > STEP.total_seconds():
            self._parts.writer.call(wake_deliveries)

    def _tell_time(self) -> None:
        if (self._home / "data" / "licet.db").exists():
            with closing(self._store()) as store:
                store.execute("UPDATE hand_clock SET now = ?", (self._store_at,))

    def _store(self) -> sqlite3.Connection:
        return sqlite3.connect(self._home / "data" / "licet.db", isolation_level=None)

    # --- the authority ---------------------------------------------------------------------------------------

    def say(self, person: str, credential: str, status: str, until: timedelta = timedelta(days=700)) -> None:
        """A new word of the issuer about one credential."""
        said = self._words.setdefault((person, credential), [])
        at = self._clock.now()
        word = CredentialStatus(
            subject=f"authority-{person}",
            credential=credential,
            number=f"{credential}-{person}",
            status=status,  # type: ignore[arg-type]
            sequence=len(said) + 1,
            changed_at=at,
            said_at=at,
            valid_until=at + until,
        )
        said.append(word)
        self._send(word)

    def say_again(self, person: str, credential: str) -> None:
        """Any word once more, the last or an old one."""
        if said := self._words.get((person, credential)):
            self._send(self.chance.choice(said))

    def say_all_again(self) -> None:
        """The last word about everything once more."""
        for said in self._words.values():
            self._send(said[-1])

    def _send(self, word: CredentialStatus) -> None:
        send(self._parts, ("authority", [word]), self._clock)

    def must_be_out(self, person: str, room: str) -> bool:
        """Whether the issuer's last words leave nothing on which this room could be open."""
        needs = CREDENTIALS if room == "room-a" else ("safety",)
        return not all(self._stands(person, each) for each in needs)

    def _stands(self, person: str, credential: str) -> bool:
        said = self._words.get((person, credential))
        if not said:
            return False
        until = said[-1].valid_until
        return said[-1].status == "active" and until is not None and until > self._clock.now()

    # --- the steps -------------------------------------------------------------------------------------------

    def first_words(self) -> None:
        """Somebody is inside already, more often than not."""
        for person in PEOPLE:
            if self.chance.random() < 0.6:
                for each in CREDENTIALS:
                    self._do(f"{each} of {person} is active", partial(self.say, person, each, "active"))

    def step(self) -> None:
        """Whatever chance has come next."""
        acts = self._acts()
        [(name, act, _weight)] = self.chance.choices(acts, [weight for _name, _act, weight in acts])
        self._do(name, act)

    def _do(self, name: str, act: Callable[[], object]) -> None:
        self.story.append(f"{self._clock.now():%d %H:%M:%S.%f} {name}")
        self._stepped = ""
        act()
        self.story += [f"    {each}" for each in self.permissions.said]
        self.permissions.said.clear()
        self.look()

    def _acts(self) -> list[tuple[str, Callable[[], object], float]]:
        """What could come next, and how often it does; where a change is under way it is the worst that could."""
        chance, hands = self.chance, self.baton.hands
        delicate = self.permissions.is_something_under_way or any("PATCH" in each.rests for each in hands)
        acts: list[tuple[str, Callable[[], object], float]] = [
            ("delivery turns", self._delivery.turn, 6),
            ("dates pass", self._parts.deadlines.turn, 1),
            ("a sweep begins", lambda: self.baton.add("sweep", self._sweep), 0.5),
            ("the process is killed", self.kill, 2 if delicate else 0.4),
            ("the store's clock is set back", self.set_back, 0.2),
            ("a copy is made", self.back_up, 0.3),
        ]
        acts += [("the copy is restored", self.restore, 0.3)] if self._copy is not None else []
        acts += [("the restored hub is released", self.release, 1)] if self._restored else []
        if hands:
            hand = chance.choice(hands)
            acts.append((f"{hand.name} goes on: {hand.rests}", partial(self._step, hand), 24))
        seconds = chance.choice((0.05, 0.3, 1, 1, 2) if delicate else (0.3, 1, 2, 4, 4, 5, 9, 70, 3600))
        acts.append((f"{seconds} s pass", lambda: self.advance(seconds), 3))
        return acts + self._messages(8 if delicate else 2)

    def _messages(self, suspensions: float) -> list[tuple[str, Callable[[], object], float]]:
        person, credential = self.chance.choice(PEOPLE), self.chance.choice(CREDENTIALS)
        soon = timedelta(seconds=self.chance.choice((0.5, 3, 60)))

        def qualify() -> None:
            for each in CREDENTIALS:
                self.say(person, each, "active")

        return [
            (f"{person} is qualified", qualify, 1.5),
            (f"{person} has {credential} for {soon}", lambda: self.say(person, credential, "active", soon), 0.3),
            (f"{credential} of {person} is active", lambda: self.say(person, credential, "active"), 1),
            (f"{credential} of {person} is suspended", lambda: self.say(person, credential, "suspended"), suspensions),
            (f"{credential} of {person} is revoked", lambda: self.say(person, credential, "revoked"), 0.4),
            (f"a word on {credential} of {person} again", lambda: self.say_again(person, credential), 0.5),
        ]

    def _step(self, hand: Hand) -> None:
        self._stepped = hand.name
        self.baton.step(hand)

    def _sweep(self) -> None:
        try:
            self._parts.reconciler.sweep(self._parts.sinks["iam"])
        except LicetError as error:
            self.story.append(f"    sweep: {error.message}")
        else:
            self._unswept = False

    # --- what must hold --------------------------------------------------------------------------------------

    def look(self) -> None:
        """Nobody else has lost anything, and what is said to be confirmed is true."""
        for room, others in self.permissions.others.items():
            assert others <= set(self.permissions.server.rooms[room]), f"others were put out of {room}"
        rows = self._rows()
        for number, target in self.permissions.grants:
            assert not self._restored, f"{number} {target}: granted by a restored hub that nobody has released"
            before = self._wanted.get(self._stepped, {}).get((number, target), "present")
            assert before == "present", f"{number} {target}: granted, though it was to be closed when the hub was asked"
        self.permissions.grants.clear()
        if self._stepped:
            self._wanted[self._stepped] = {(number, target): wanted for number, target, wanted, _state in rows}
        for number, target, wanted, state in rows:
            is_inside = self.permissions.is_inside(number, target)
            if state == "confirmed" and not self._unswept:
                assert is_inside == (wanted == "present"), f"{number} {target}: false confirmed {wanted}"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        """Of each number and target what is wanted, and how far that is."""
        with closing(self._store()) as store:
            rows = store.execute("SELECT person, target, wanted, state FROM desired").fetchall()
        if len(self._numbers) < len(PEOPLE):
            self._numbers = {str(self._parts.directory.person_by_number(each)): each for each in PEOPLE}
        return [(self._numbers[person], *more) for person, *more in rows]

    def settle(self) -> None:
        """Let everything come to its end on a calm day, and see how it stands."""
        self._do("it is calm", self._calm)
        for n in range(30):
            self._do("all go on", self._all_go_on)
            if not self._waits():
                break
            seconds = 5 if n < 12 else 600
            self._do(f"{seconds} s pass", partial(self.advance, seconds))
        self._do("a sweep", self._sweep)
        self._do("all go on", self._all_go_on)
        self._do("30 s pass", lambda: self.advance(30))
        self._do("all go on", self._all_go_on)
        self._judge()

    @property
    def _proves(self) -> bool:
        """Whether this server shows enough for an absence to count."""
        return self.permissions.server.odd != ""

    def _calm(self) -> None:
        self.permissions.calm = True
        self.advance(DOUBT_SECONDS)
        self.release()

    def _all_go_on(self) -> None:
        for _ in range(40):
            while self.baton.hands:
                self._step(self.chance.choice(self.baton.hands))
                self.look()
            self._parts.deadlines.work_off()
            self._delivery.turn()
            if not self.baton.hands:
                return
        raise AssertionError("delivery turns for ever")

    def _waits(self) -> bool:
        with closing(self._store()) as store:
            return store.execute("SELECT 1 FROM outbox").fetchone() is not None

    def _judge(self) -> None:
        for number, target, wanted, state in self._rows():
            place, is_inside = f"{number} {target} ({wanted}, {state})", self.permissions.is_inside(number, target)
            if self.must_be_out(number, target):
                assert wanted == "absent", f"{place}: to be open, though the issuer has closed it"
            if wanted == "absent":
                assert not is_inside, f"{place}: wrongly open"
                assert state == "confirmed" or not self._proves, f"{place}: closed and not confirmed"
            else:
                assert is_inside or state == "held", f"{place}: wrongly shut"
                assert state != "held" or self._was_restored, f"{place}: held, though nobody else has done anything"

    def end(self) -> None:
        """Let go of everything."""
        self._end()


def play(seed: int, template: Template, place: Path) -> None:
    """One run from its seed to its end.

    Raises:
        AssertionError: Something did not hold; with the whole story.
    """
    logging.disable(logging.CRITICAL)
    world = World(seed, template, place)
    try:
        world.first_words()
        for _ in range(STEPS):
            world.step()
        world.settle()
    except BaseException as error:
        raise AssertionError("\n".join([f"seed {seed}: {error!r}", *world.story])) from error
    finally:
        logging.disable(logging.NOTSET)
        world.end()
