"""What operators say of targets that were halted, and of doors that another hand closed: go on."""

from collections.abc import Collection, Mapping, Sequence

from hub.access.desired import advance, enqueue, read, set_state
from hub.access.halts import halted
from hub.identity.directory import Directory
from hub.identity.operators import Acting, Operators
from hub.store.commit import Tx
from hub.store.tables import access
from hub.store.tables import doors as sql
from hub.store.tables.doors import HaltRow
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words


class Halts:
    """What operators see of halted targets, and their word that lets them go on.

    ``targets``: what positions name at each sink.
    """

    def __init__(
        self,
        targets: Mapping[str, Collection[str]],
        directory: Directory,
        writer: Writer,
        operators: Operators,
    ) -> None:
        self._targets = targets
        self._directory = directory
        self._writer = writer
        self._operators = operators

    def all(self) -> list[HaltRow]:
        """Every target that is written no more, and why."""
        return self._writer.call(lambda tx: tx.session.all(sql.halts, {}))

    def resume(self, sink: str, target: str, actors: Sequence[str], number: str = "") -> None:
        """Let a target be written again, or open it again to one person to whom another hand closed it.

        Raises:
            CallError: Nobody is named, or there is nothing that waits for this word.
        """
        acting = self._operators.named(actors)
        if not acting:
            raise CallError(
                Words("writing a target again needs who says so: --by NAME", "恢复写入须注明操作人：--by 姓名")
            )
        person = self._directory.named(number, "--person: ") if number else ""
        self._require_name(sink, target)
        self._writer.call(lambda tx: _resume(sink, target, person, acting, tx))

    def _require_name(self, sink: str, target: str) -> None:
        """Refuse a target that no position names at this sink, and that nothing waits at."""
        known = {f"{name}/{each}" for name, named in self._targets.items() for each in named}
        known |= {f"{each.sink}/{each.target}" for each in self.all()}
        if f"{sink}/{target}" not in known and (near := meant(f"{sink}/{target}", known)):
            raise CallError(
                Words(
                    f"{sink}/{target}: found no such target; `licet halts` shows what is halted{near}",
                    f"{sink}/{target}：没有此权限组；用 `licet halts` 查看{near.zh}",
                )
            )


def _resume(sink: str, target: str, person: str, acting: Acting, tx: Tx) -> None:
    if person:
        _open_again(sink, target, person, tx)
    else:
        _write_again(sink, target, tx)
    tx.log("halt", connector=sink, target=target, person=person or None, outcome="resumed", actor=acting.member(tx))


def _write_again(sink: str, target: str, tx: Tx) -> None:
    if target not in halted(sink, tx.session):
        raise CallError(
            Words(
                f"{sink}/{target}: found no halt: it is being written, and nothing is to be resumed",
                f"{sink}/{target}：该目标的写入没有暂停，无须恢复",
            ),
            cure=Words(
                "if another target is meant: `licet halts` shows those that are halted",
                "如指其他目标，用 `licet halts` 查看已暂停的目标",
            ),
        )
    tx.session.run(sql.end_halt, {"sink": sink, "target": target})
    tx.session.run(access.wake_sink, {"sink": sink})
    tx.wake_delivery()


def _open_again(sink: str, target: str, person: str, tx: Tx) -> None:
    rows = read(person, tx)
    row = next((row for row in rows if (row.sink, row.target, row.state) == (sink, target, "held")), None)
    if row is None:
        raise CallError(
            Words(
                f"{sink}/{target}: found no door that another hand closed to this person",
                f"{sink}/{target}：该人员的权限未被他人关闭",
            ),
            cure=Words(
                "`licet reconcile SINK` shows how its doors differ from what must be true",
                "用 `licet reconcile 权限系统` 查看差异",
            ),
        )
    set_state(person, advance(person, row, tx), "decided", None, tx)
    enqueue(person, [sink], row.epoch, tx)
