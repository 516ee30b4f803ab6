"""What a request comes to, and the texts that terminals hear."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from connectors.attendance.zkteco_push.memory import Memory
from connectors.port import Command, CommandResult, Kept, Reply
from schemas.transmission import Transmission

Replier = Callable[[Sequence[Kept], Sequence[Command]], Reply]
_OK = Reply(body=b"OK\n")
REFUSED = b"refused\n"


def ok(_kept: Sequence[Kept], _commands: Sequence[Command]) -> Reply:
    """The plain acknowledgement."""
    return _OK


def orders(_kept: Sequence[Kept], commands: Sequence[Command]) -> Reply:
    """Commands, a line each."""
    return Reply(body="".join(f"C:{each.id}:{each.text}\n" for each in commands).encode()) if commands else _OK


def counted(kept: Sequence[Kept], _commands: Sequence[Command]) -> Reply:
    """All lines count, good or bad; a repeat hears the first count, or the terminal would send it for ever."""
    return Reply(body=b"OK: %d\n" % kept[0].total)


def says(text: str, status: int = 200) -> Replier:
    """The same text whatever became of a request."""
    reply = Reply(status, text.encode())
    return lambda _kept, _commands: reply


class Answer(NamedTuple):
    """What a request comes to: see ``Reception``."""

    memory: Memory
    transmissions: tuple[Transmission, ...] = ()
    reply: Replier = ok
    results: tuple[CommandResult, ...] = ()
    asks: tuple[str, ...] = ()
    fetches: int = 0
    alarms: tuple[str, ...] = ()
