"""What still hinders that decisions about a post, or at a sink, are carried out: each with the command that ends it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hub.access.modes import Modes
from hub.access.sinks import Sink
from hub.clock import site_time, to_us
from hub.config.folder import HubFolder
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import doors, looks
from schemas.position import Position
from schemas.words import Words


class Hindrance(NamedTuple):
    """One cause why something is not carried out, or not seen so."""

    words: Words
    command: str = ""

    def json(self) -> dict[str, Any]:
        """The hindrance for programs."""
        return {"en": str(self.words), "zh": self.words.zh, "command": self.command}


class Hindrances:
    """Finds them, and changes nothing."""

    def __init__(
        self, positions: Mapping[str, Position], sinks: Mapping[str, Sink], database: Database, zone: ZoneInfo
    ) -> None:
        self._positions = positions
        self._sinks = sinks
        self._database = database
        self._zone = zone

    def of(self, name: str, at: datetime, now: datetime) -> list[Hindrance]:
        """Of a position or a sink that is enforced from ``at`` on; of those who wait for a look, who did by ``now``."""
        posts = [name] if name in self._positions else sorted(self._naming(name))
        sinks = self._opened_by(posts) if name in self._positions else {name}
        with self._database.reading() as session:
            modes = Modes.read(session)
            found = [*_held(modes), *self._unenforced(name, posts, sinks, modes, at)]
            found += self._frozen(posts, sinks, modes, at)
            found += self._of_sinks(sinks, session)
            found += _late(session, now)
        return found

    def _naming(self, sink: str) -> set[str]:
        return {post for post, position in self._positions.items() if sink in position.targets}

    def _opened_by(self, posts: Collection[str]) -> set[str]:
        return {sink for post in posts for sink in self._positions[post].targets if sink in self._sinks}

    def _unenforced(
        self, name: str, posts: Collection[str], sinks: Collection[str], modes: Modes, at: datetime
    ) -> Iterator[Hindrance]:
        """Sinks of a post, and posts of a sink, that are in observe: a door moves where both are enforced."""
        for sink in sorted(sinks):
            if sink != name and not modes.enforced("sink", sink, at):
                words = Words(
                    f"sink {sink} is in observe: nothing is sent there", f"{sink} 为观察模式，不会向其发送变更"
                )
                yield Hindrance(words, f"licet enforce {sink} --by A --by B")
        for post in sorted({*posts, *self._sharing(posts)}):
            if post != name and not modes.enforced("position", post, at):
                words = Words(
                    f"position {post} is in observe: what it opens too stays as it is",
                    f"岗位 {post} 为观察模式，其共用的权限组保持不变",
                )
                yield Hindrance(words, f"licet enforce {post} --by A --by B")

    def _sharing(self, posts: Collection[str]) -> set[str]:
        """Other posts that open a target of these."""
        own = {target for post in posts for target in _targets(self._positions[post])}
        return {post for post, position in self._positions.items() if own & set(_targets(position))}

    def _frozen(
        self, posts: Collection[str], sinks: Collection[str], modes: Modes, at: datetime
    ) -> Iterator[Hindrance]:
        for (_scope, name), mode in sorted(modes.rows.items()):
            until = mode.frozen_until
            if until is not None and until > at and name in {"all", *posts, *sinks}:
                day = site_time(until, self._zone)
                words = Words(
                    f"{name} is frozen until {day}: derived changes wait", f"{name} 冻结至 {day}，推定的变更暂缓"
                )
                yield Hindrance(words, f"licet unfreeze {name} --by NAME")

    def _of_sinks(self, sinks: Collection[str], session: Connection) -> Iterator[Hindrance]:
        for halt in session.all(doors.halts, {}):
            if halt.sink in sinks:
                target = f"{halt.sink}/{halt.target}"
                words = Words(f"{target} is written no more ({halt.code})", f"{target} 已停止写入（{halt.code}）")
                yield Hindrance(words, f"licet resume {halt.sink} {halt.target} --by NAME")
        for sink in sorted(sinks):
            if not self._sinks[sink].proof.readable:
                words = Words(
                    f"{sink} cannot be read back: nothing there is ever seen carried out",
                    f"{sink} 无法回读，执行结果无法核实",
                )
                yield Hindrance(words, "licet check --online")


def rules_waiting(folder: HubFolder) -> list[Hindrance]:
    """That files of a folder say something else than the rules by which is judged."""
    files = ", ".join(dict.fromkeys(each.file for each in folder.waiting))
    if folder.unread is not None:
        words = Words(
            f"nobody is judged: the rules in force cannot be read by this version: {files}",
            f"暂停判定：本版本无法读取现行规则：{files}",
        )
        return [Hindrance(words, "licet check")]
    words = Words(
        f"judged is by the rules taken last, which these files do not say: {files}",
        f"按现行规则判定，以下文件与其不一致：{files}",
    )
    return [Hindrance(words, "licet rules activate --losing N --by NAME")] if files else []


def _targets(position: Position) -> Iterator[tuple[str, str]]:
    for sink, by_scope in position.targets.items():
        yield from ((sink, target) for targets in by_scope.values() for target in targets)


def _held(modes: Modes) -> Iterator[Hindrance]:
    if modes.restored:
        words = Words("this is a restored copy: it grants nothing until it is released", "这是恢复的副本，放行前不授权")
        yield Hindrance(words, "licet release")


def _late(session: Connection, now: datetime) -> Iterator[Hindrance]:
    late = session.one(looks.late_reviews, {"before": to_us(now)})
    if late is not None and late.waiting:
        words = Words(f"{late.waiting} people are not reviewed yet", f"{late.waiting} 人尚未复核")
        yield Hindrance(words, "licet doctor")
