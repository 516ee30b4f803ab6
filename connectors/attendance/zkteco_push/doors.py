"""Terminals of access control 3.x as doors: who may open them is a row a person, which the terminal is told to keep.

A terminal fetches its commands and answers with a number. What it was told is *sent*, what it answered is *accepted*;
how a door stands is said only by the number of rows that it counts for a person afterwards. It counts them before a
removal too: a terminal that never counts any has not shown that it can.

A person's enrolment is never touched: only rows of ``userauthorize`` are written and deleted, always by ``Pin``.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from threading import Lock
from typing import NamedTuple, Self

from pydantic import BaseModel, Field, model_validator

from connectors.port import Applied, Capabilities, Change, Command, Observation, Queued
from schemas.access import Presence
from schemas.errors import RejectedError
from schemas.words import Words

_PIN = re.compile(r"[0-9A-Za-z]{1,24}")
_COUNT = re.compile(r"[0-9]{1,9}")
_OF_PIN = re.compile(r"Pin=([0-9A-Za-z]{1,24})(?:\t|$)")
PENDING = "-5000"
"""Taken by a sub-controller, which has not done it yet: no refusal."""
ANSWER_SECONDS = 60.0
"""So long a terminal that answered is given to say what it counts, before it is told anew."""


class Door(BaseModel, frozen=True, extra="forbid"):
    """One target: the doors of one terminal."""

    serial: str = Field(min_length=1, max_length=64, description="The terminal.")
    doors: tuple[int, ...] = Field(default=(1,), min_length=1, description="Its doors by number, 1 to 32.")
    timezone: int = Field(default=1, ge=1, le=255, description="Its time zone (AuthorizeTimezoneId) within which.")

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        if not all(1 <= each <= 32 for each in self.doors):
            raise ValueError(
                Words(
                    f"doors: found {list(self.doors)}, expected numbers from 1 to 32",
                    f"doors 为 1 至 32 的编号；现为 {list(self.doors)}",
                )
            )
        return self

    @property
    def mask(self) -> int:
        """The doors as the terminal writes them: one bit each."""
        return sum(1 << (each - 1) for each in set(self.doors))


def one_target_each(doors: Mapping[str, Door]) -> Mapping[str, Door]:
    """The targets, of which no two are of one terminal: what takes a person from one would take them from both."""
    serials = [each.serial for each in doors.values()]
    if twice := sorted({each for each in serials if serials.count(each) > 1}):
        raise ValueError(
            Words(
                f"found more than one target of terminal {', '.join(twice)}; expected one with all its doors",
                f"终端 {'、'.join(twice)} 的所有门须写在同一权限组内",
            )
        )
    return doors


class _Shown(NamedTuple):
    """How many rows a terminal counted for a person after it was told something of them."""

    rows: int
    answer: str


class TerminalDoors:
    """The doors of one instance, and what their terminals counted since they were told; that lasts as the process."""

    def __init__(
        self, name: str, doors: Mapping[str, Door], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._doors = doors
        self._monotonic = monotonic
        self._lock = Lock()
        self._told: dict[tuple[str, str], float] = {}
        self._shown: dict[tuple[str, str], _Shown] = {}
        self._counting: set[str] = set()

    def capabilities(self) -> Capabilities:
        """A terminal shows only what it is asked for with a change."""
        return Capabilities("eventual")

    def probe(self) -> None:
        """Nothing: terminals call us."""

    def resolve(self, person: str) -> str:
        """The PIN itself.

        Raises:
            RejectedError: ``sink.no-person``: it can be nobody's PIN.
        """
        if not _PIN.fullmatch(person):
            raise RejectedError(
                "sink.no-person",
                Words(
                    f"{self.name}: an identifier that is no PIN: 1 to 24 letters, digits",
                    f"{self.name}：标识不是终端工号，应为 1 至 24 位字母或数字",
                ),
            )
        return person

    def matches(self, person: str) -> frozenset[str]:
        """The PIN itself."""
        return frozenset({person} if _PIN.fullmatch(person) else ())

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """What each terminal counted for the person since it was told something of them; nothing where it has not."""
        presence: dict[str, Presence] = {}
        evidence: dict[str, dict[str, str]] = {}
        unproven: dict[str, str] = {}
        for target in targets:
            place = self._door(target).serial, subject
            with self._lock:
                shown, told = self._shown.get(place), self._told.get(place)
                counting = place[0] in self._counting
            if shown is not None:
                presence[target] = "present" if shown.rows else "absent"
                asked = _digest(f"{place[0]} {_question(subject)}")
                evidence[target] = {"request_sha256": asked, "answer_sha256": _digest(shown.answer)}
                if not shown.rows and not counting:
                    unproven[target] = "sink.uncalibrated"
            elif told is not None and self._monotonic() - told < ANSWER_SECONDS:
                unproven[target] = "sink.settling"
        return Observation(presence, evidence, unproven)

    def members(self, target: str) -> frozenset[str]:
        """Always refused: a terminal does not list whom it lets in.

        Raises:
            RejectedError: ``sink.no-read-back``; ``sink.no-target``.
        """
        serial = self._door(target).serial
        raise RejectedError(
            "sink.no-read-back",
            Words(
                f"{self.name}: terminal {serial} cannot list whom it lets in",
                f"{self.name}：终端 {serial} 无法列出可通行人员",
            ),
        )

    def apply(self, change: Change, *, fence: int) -> Applied:
        """The commands that make it so and count afterwards. ``fence`` is the hub's: it hands over no older ones."""
        door, pin = self._door(change.target), self.resolve(change.subject)
        place = door.serial, pin
        with self._lock:
            self._shown.pop(place, None)
            self._told[place] = self._monotonic()
        # Rows of two time zones would count both: what was there goes first.
        told = [_question(pin), _removal(pin)] if change.wanted == "absent" else [_removal(pin), _grant(pin, door)]
        return Queued(door.serial, (*told, _question(pin)))

    def answered(self, serial: str, commands: Iterable[Command], results: Mapping[int, str]) -> None:
        """Keep what a terminal counted; ``commands`` are all that it was handed and had not answered.

        A count says how a door stands only where nothing was handed over after it that concerns the same person.
        """
        last = {pin: each.id for each in sorted(commands) if (pin := _pin(each.text))}
        now = self._monotonic()
        for each in sorted(commands):
            pin, answer = _pin(each.text), results.get(each.id, "")
            if not pin or each.text != _question(pin) or not _COUNT.fullmatch(answer):
                continue
            with self._lock:
                if int(answer):
                    self._counting.add(serial)
                if last[pin] == each.id:
                    self._told[serial, pin] = now
                    self._shown[serial, pin] = _Shown(int(answer), f"{each.id} {answer}")

    def _door(self, target: str) -> Door:
        door = self._doors.get(target)
        if door is None:
            raise RejectedError(
                "sink.no-target",
                Words(f"{self.name}: doors: there is no {target!r}", f"{self.name}：doors：没有 {target!r}"),
            )
        return door


def _question(pin: str) -> str:
    return f"DATA QUERY tablename=userauthorize,fielddesc=*,filter=Pin={pin}"


def _removal(pin: str) -> str:
    """Without its ``Pin`` this would take the right from everybody: it is made here alone, of a PIN that was proven."""
    return f"DATA DELETE userauthorize Pin={pin}"


def _grant(pin: str, door: Door) -> str:
    return f"DATA UPDATE userauthorize Pin={pin}\tAuthorizeTimezoneId={door.timezone}\tAuthorizeDoorId={door.mask}"


def _pin(text: str) -> str:
    found = _OF_PIN.search(text)
    return found[1] if found and "userauthorize" in text else ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
