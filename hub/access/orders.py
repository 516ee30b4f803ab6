"""What operators order devices to do, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from connectors.port import PeerState, Recorder
from hub.access.commands import OPERATOR, Commands, Order
from hub.clock import from_us
from hub.identity.operators import Acting
from hub.store.database import Database
from hub.store.tables import connectors
from hub.store.tables.commands import CommandRow
from hub.store.tables.connectors import PeerRow
from hub.store.writer import Writer
from hub.wording import DEVICE_WORDS, meant
from schemas.errors import CallError, RejectedError
from schemas.words import Words


@dataclass(frozen=True, slots=True)
class CommandView:
    """One command of a device: its words (none where it is about a person), how far it is, and the device's answer."""

    connector: str
    device: str
    command: int
    text: str
    state: str
    queued_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    result: str | None

    def json(self) -> dict[str, Any]:
        """The command for programs."""
        members: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return members


class Orders:
    """Queues commands that an operator enters, for devices that fetch them."""

    def __init__(
        self, recorders: Mapping[str, Recorder], database: Database, commands: Commands, writer: Writer
    ) -> None:
        self._recorders = recorders
        self._database = database
        self._commands = commands
        self._writer = writer

    def history(self, device: str, since: datetime, until: datetime, acting: Acting) -> tuple[str, int]:
        """Have a device send again what it recorded in a time: by which connector, and the number of the command.

        Raises:
            CallError: Nobody is named, the time is none, the device is not approved, or cannot be asked.
        """
        if not len(acting):
            raise CallError(
                Words("asking a device needs who does it: --by NAME", "调取终端记录须注明操作人：--by 姓名")
            )
        if until <= since:
            raise CallError(
                Words(
                    f"--to: found {until.isoformat()}, expected an instant after {since.isoformat()}",
                    f"--to：现为 {until.isoformat()}，应晚于 {since.isoformat()}",
                )
            )
        row = self._approved(device)
        recorder = self._recorders.get(row.connector)
        if recorder is None:
            raise CallError(
                Words(
                    f"{row.connector}/{device}: devices of this adapter cannot be asked for what they recorded",
                    f"{row.connector}/{device}：该适配器的终端不支持调取记录",
                ),
                cure=Words(
                    "read its records out at the device, or ask the system that it reports to",
                    "在终端上导出记录，或向其上级系统查询",
                ),
            )
        try:
            text = recorder.history(device, PeerState("approved", orjson.loads(row.memory)), since, until)
        except RejectedError as error:
            raise CallError(
                Words(f"{row.connector}/{device}: {error.message}", f"{row.connector}/{device}：{error.told('zh')}")
            ) from error
        order = Order(row.connector, device, (text,), target=OPERATOR)
        return row.connector, self._writer.call(lambda tx: self._commands.queue(order, tx, acting.member(tx)))

    def latest(self, device: str, limit: int) -> list[CommandView]:
        """The latest commands of a device, newest first.

        Raises:
            CallError: No such device has called.
        """
        return [
            _view(row.connector, device, command, text)
            for row in self._callers(device)
            for command, text in self._commands.latest(row.connector, device, limit)
        ]

    def _approved(self, device: str) -> PeerRow:
        callers = self._callers(device)
        for row in callers:
            if row.status == "approved":
                return row
        status = DEVICE_WORDS[callers[0].status]
        raise CallError(
            Words(
                f"device {device!r} is {status}; see `licet devices approve`",
                f"终端 {device!r} {status.zh}；见 `licet devices approve`",
            )
        )

    def _callers(self, device: str) -> list[PeerRow]:
        with self._database.reading() as store:
            known = store.all(connectors.peers, {})
        callers = [row for row in known if row.peer == device]
        if not callers:
            near = meant(device, [row.peer for row in known])
            raise CallError(
                Words(
                    f"no device {device!r} has called yet; see `licet devices list`{near}",
                    f"没有终端 {device!r} 的联系记录；见 `licet devices list`{near.zh}",
                )
            )
        return callers


def _view(connector: str, device: str, row: CommandRow, text: str) -> CommandView:
    return CommandView(
        connector=connector,
        device=device,
        command=row.id,
        text=text,
        state=row.state,
        queued_at=from_us(row.queued_at),
        sent_at=_instant(row.sent_at),
        answered_at=_instant(row.answered_at),
        result=row.result,
    )


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)
