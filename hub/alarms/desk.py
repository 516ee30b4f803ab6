"""Where people look at alarms: what is open, what it means, what to do, and the word that somebody has."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from hub.alarms.remedies import remedy
from hub.alarms.watch import LATE
from hub.clock import from_us, stamp
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import alarms as sql
from hub.store.writer import Writer
from schemas.errors import CODES, CallError, ConfigError
from schemas.words import Words, told

_ABOUT: Mapping[str, Words] = {
    "connector": Words("connector", "连接器"),
    "peer": Words("device", "设备"),
    "person": Words("person", "人员"),
    "position": Words("position", "岗位"),
    "target": Words("target", "权限"),
    "fault": Words("found", "问题"),
}
_COMMA = Words(", ", "，")


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a person must look at. ``about``: the instance, device, person, position and target that it concerns.

    ``told_at``, ``told``: when an operator was told of it last, and how often.
    """

    id: str
    code: str
    state: str
    about: Mapping[str, str]
    times: int
    raised_at: datetime
    last_at: datetime
    told_at: datetime | None
    told: int

    def meaning(self, language: str) -> str:
        """What its code means."""
        return _meaning(self.code, language)

    def concerns(self, language: str, called: Callable[[str], str]) -> str:
        """What it is about, each thing by what it is; ``called`` says how a person is called, by the token."""
        said: Mapping[str, Callable[[str], str]] = {"person": called, "fault": partial(_meaning, language=language)}
        texts = {name: said.get(name, str)(value) for name, value in self.about.items()}
        return told(_COMMA, language).join(f"{told(_ABOUT[name], language)} {text}" for name, text in texts.items())

    def remedy(self, language: str) -> str:
        """What to do."""
        return remedy(self.code, language)

    def json(self) -> dict[str, Any]:
        """The alarm for programs."""
        words = {f"{name}_{each}": value(each) for each in ("zh", "en") for name, value in self._words.items()}
        told_at = None if self.told_at is None else stamp(self.told_at)
        return {
            **asdict(self),
            "raised_at": stamp(self.raised_at),
            "last_at": stamp(self.last_at),
            "told_at": told_at,
            **words,
        }

    @property
    def _words(self) -> Mapping[str, Any]:
        return {"meaning": self.meaning, "remedy": self.remedy}


def _meaning(code: str, language: str) -> str:
    known = CODES.get(code)
    return code if known is None else known.zh if language == "zh" else known.en


class AlarmDesk:
    """Shows alarms, and takes the word of who has looked at one."""

    def __init__(self, database: Database, writer: Writer, operators: Operators) -> None:
        self._database = database
        self._writer = writer
        self._operators = operators

    def acknowledge(self, alarm: str, by: str) -> str:
        """Say that somebody has looked; the state from now on.

        What only happened is over with that. A door that is not seen closed stays on the list until it is.

        Raises:
            CallError: No open alarm has this id, or nobody is named.
        """
        if not by.strip():
            raise CallError(
                Words("acknowledging an alarm needs who does it: --by NAME", "确认告警须注明操作人：--by 姓名")
            )
        acting = self._operators.one(by)

        def unit(tx: Tx) -> str:
            row = tx.session.one(sql.alarm, {"id": alarm})
            if row is None or row.state == "ended":
                raise no_alarm(alarm)
            state = "acknowledged" if row.code == LATE else "ended"
            tx.session.run(sql.set_alarm, {"of": row.id, "state": state, "at": tx.now_us})
            about = {name: getattr(row, name) for name in _ABOUT if name != "peer"}
            tx.log("acknowledged", actor=acting.member(tx), code=row.code, **about)
            return state

        return self._writer.call(unit)


def no_alarm(id_: str) -> ConfigError:
    """The refusal of an id that no open alarm has."""
    return CallError(
        Words(
            f"found no open alarm {id_[:64]!r}; `licet alarms list` shows the ids",
            f"没有编号为 {id_[:64]!r} 的未处理告警；用 `licet alarms list` 查看编号",
        )
    )


def open_alarms(database: Database) -> list[Alarm]:
    """Every alarm that is not over, oldest first."""
    with database.reading() as session:
        return [alarm_of(row) for row in session.all(sql.open_alarms, {})]


def alarm_of(row: sql.AlarmRow) -> Alarm:
    """The alarm of a row."""
    about = {name: getattr(row, name) for name in _ABOUT}
    return Alarm(
        id=row.id,
        code=row.code,
        state=row.state,
        about={name: value for name, value in about.items() if value is not None},
        times=row.times,
        raised_at=from_us(row.raised_at),
        last_at=from_us(row.last_at),
        told_at=None if row.told_at is None else from_us(row.told_at),
        told=row.told,
    )
