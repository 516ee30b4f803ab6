"""What two people say in an emergency: this door opens to this person now, for hours; and that it is over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from hub.access.modes import Modes
from hub.access.overrides import CODE
from hub.audit.enclosures import Enclosures
from hub.clock import from_us, stamp, to_us
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.tables import overrides as sql
from hub.store.tables.overrides import OverrideRow
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words

LONGEST = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Opening:
    """A door that stands open by the word of two people; ``person`` is the employee number, or a token."""

    id: str
    person: str
    sink: str
    target: str
    began_at: datetime
    ends_at: datetime

    def json(self) -> dict[str, Any]:
        """The opening for programs."""
        members: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return members


class BreakGlass:
    """Opens one door to one person beside all rules. ``targets``: what positions name at each sink."""

    def __init__(
        self,
        targets: Mapping[str, Collection[str]],
        directory: Directory,
        writer: Writer,
        operators: Operators,
        enclosures: Enclosures,
    ) -> None:
        self._targets = targets
        self._directory = directory
        self._writer = writer
        self._operators = operators
        self._enclosures = enclosures

    def open(
        self, number: str, sink: str, target: str, *, lasts: timedelta, reason: str, actors: Sequence[str]
    ) -> Opening:
        """Open a target to a person until a while has passed.

        Raises:
            CallError: Not two others, no reason, too long, nobody or nothing of this name, or a sink that is not
                acted on.
        """
        acting = self._operators.named(actors)
        if len(acting) < 2:
            who = ", ".join(map(repr, actors))
            raise CallError(
                Words(
                    f"found {who} alone, expected two different people",
                    f"操作人仅有 {who}，须由两名不同人员操作",
                ),
                cure=Words(
                    "let another person agree, then the same command with both: --by NAME --by OTHER",
                    "经另一人同意后，以两人名义再次执行该命令：--by 姓名 --by 另一人",
                ),
            )
        if not reason.strip():
            raise CallError(Words("found nothing, expected a reason: --reason TEXT", "未填写理由：--reason 理由"))
        if not timedelta(0) < lasts <= LONGEST:
            raise CallError(
                Words(
                    f"--hours: found {lasts}, expected more than nothing and at most {LONGEST}",
                    f"--hours：现为 {lasts}，应大于零且不超过 {LONGEST}",
                )
            )
        if target not in self._targets.get(sink, ()):
            known = sorted(f"{name}/{each}" for name, listed in self._targets.items() for each in listed)
            near = meant(f"{sink}/{target}", known)
            raise CallError(
                Words(
                    f"found {sink}/{target}, expected a target of a position: {', '.join(known)}{near}",
                    f"{sink}/{target} 不是岗位中的权限组；可用：{'、'.join(known)}{near.zh}",
                )
            )
        person = self._directory.named(number)

        def unit(tx: Tx) -> Opening:
            self._refuse(person, sink, actors, tx)
            row = OverrideRow(tx.new_id(), sink, target, tx.now_us, to_us(tx.now + lasts))
            opening = self._opened(person, row, tx)
            about = {"connector": sink, "person": person, "target": target}
            why = self._enclosures.keep(opening.id, "reason", reason.encode(), tx)
            actor = acting.member(tx)
            ends = stamp(opening.ends_at)
            tx.log("override", entry=opening.id, **about, outcome="opened", actor=actor, reason=why, open_until=ends)
            tx.log("alarm", **about, code=CODE)
            return opening

        return self._writer.call(unit)

    def end(self, id: str, actors: Sequence[str]) -> None:
        """Close what was opened, before its time.

        Raises:
            CallError: Nobody is named, or there is none of this id.
        """
        acting = self._operators.named(actors)
        if not acting:
            raise CallError(Words("ending it needs who does it: --by NAME", "结束紧急开启须注明操作人：--by 姓名"))

        def unit(tx: Tx) -> None:
            row = next((each for each in tx.session.all(sql.overrides, {}) if each.id == id), None)
            if row is None:
                raise CallError(
                    Words(
                        f"found no opening {id[:64]!r}; `licet break-glass list` shows the ids",
                        f"没有编号为 {id[:64]!r} 的紧急开启；用 `licet break-glass list` 查看编号",
                    )
                )
            tx.session.run(sql.end_override, {"of": id, "at": tx.now_us})
            about = {"connector": row.sink, "person": row.person, "target": row.target}
            tx.log("override", **about, outcome="ended", actor=acting.member(tx))
            tx.due(row.person, at=tx.now, because="operator")

        self._writer.call(unit)

    def all(self) -> list[Opening]:
        """What stands open so, the next to end first."""
        return self._writer.call(
            lambda tx: [
                Opening(
                    row.id, self._named(row.person, tx), row.sink, row.target, from_us(row.at), from_us(row.ends_at)
                )
                for row in tx.session.all(sql.overrides, {})
                if row.ends_at > tx.now_us
            ]
        )

    def _refuse(self, person: str, sink: str, actors: Sequence[str], tx: Tx) -> None:
        profile, modes = self._directory.profile(person, tx.session), Modes.read(tx.session)
        own = set() if profile is None else {profile.employee_no.casefold(), profile.name.casefold()}
        if own & {each.strip().casefold() for each in actors}:
            raise CallError(
                Words("nobody opens a door to oneself: two others must say so", "不得为本人开启权限，须由另外两人操作"),
                cure=Words(
                    "have two others open it: `licet break-glass open PERSON SINK/TARGET --reason TEXT --by A --by B`",
                    "由另外两人开启：`licet break-glass open 工号 权限系统/权限组 --reason 理由 --by 甲 --by 乙`",
                ),
            )
        if modes.restored or not modes.enforced("sink", sink, tx.now) or modes.frozen(sink, (), tx.now):
            raise CallError(
                Words(
                    f"{sink} is observed, frozen or restored: the hub opens nothing there; do it at the sink",
                    f"{sink} 处于观察、冻结或恢复状态，平台不在此开启权限；请在该系统中直接操作",
                )
            )

    def _opened(self, person: str, row: OverrideRow, tx: Tx) -> Opening:
        tx.session.run(sql.insert_override, {**row._asdict(), "person": person})
        tx.due(person, at=tx.now, because="operator")
        number = self._named(person, tx)
        return Opening(row.id, number, row.sink, row.target, from_us(row.at), from_us(row.ends_at))

    def _named(self, person: str, tx: Tx) -> str:
        profile = self._directory.profile(person, tx.session)
        return person if profile is None else profile.employee_no
