"""What people say of a device's clock: so much it was off in a time. It takes two, as it concerns a whole class."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.port import Kept
from hub.intake.basis import Basis, Weight, check
from hub.intake.by_hand import ByHand, Word
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import connectors
from hub.wording import meant
from schemas.attendance import ClockOffset
from schemas.errors import CallError
from schemas.words import Words

LONGEST = timedelta(days=31)
"""No longer time in one statement: a clock is looked at before."""


class DeviceClockDesk:
    """Takes words about clocks of devices."""

    def __init__(self, by_hand: ByHand, database: Database) -> None:
        self._by_hand = by_hand
        self._database = database

    def state(
        self, device: str, start: datetime, end: datetime, offset: timedelta, basis: Basis, now: datetime
    ) -> Kept:
        """Keep that ``offset`` is to be added to what a device recorded from ``start`` to ``end`` by its own clock.

        Raises:
            CallError: The device is unknown, the time is none, or the basis does not do.
        """
        self._check(device, start, end, offset)
        check(
            basis, Weight(always_two=Words("it moves what a whole class is credited", "将改变整班计入的时长")), (), now
        )
        seconds = round(offset.total_seconds())
        said = ClockOffset(subject=device, starts_at=start, ends_at=end, offset_seconds=seconds, as_of=now)
        return self._by_hand.keep(Word("clock_offset", [said]), basis, now, [partial(_enter, device)], ())

    def _check(self, device: str, start: datetime, end: datetime, offset: timedelta) -> None:
        with self._database.reading() as session:
            known = {row.peer for row in session.all(connectors.peers, {})}
        if device not in known:
            raise CallError(
                Words(
                    f"no device {device!r} has called; see `licet devices list`{meant(device, known)}",
                    f"没有终端 {device!r} 的联系记录；见 `licet devices list`{meant(device, known).zh}",
                )
            )
        if end <= start or end - start > LONGEST:
            raise CallError(
                Words(
                    f"--to: found {end.isoformat()}, expected an instant within {LONGEST.days} days after "
                    f"{start.isoformat()}; state a longer time in parts",
                    f"--to：现为 {end.isoformat()}，应在 {start.isoformat()} 之后 {LONGEST.days} 天内；"
                    "更长的时段请分段说明",
                )
            )
        if offset % timedelta(seconds=1):
            raise CallError(
                Words(f"found an offset of {offset}, expected whole seconds", f"时钟偏差为 {offset}，应为整秒")
            )


def _enter(device: str, entry: str, said: Mapping[str, Any], tx: Tx) -> None:
    tx.log("offset", entry=entry, peer=device, **said)
