"""What operators say about acting on decisions: enforce, freeze, unfreeze. Each word is one unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hub.access.modes import Mode, ModeAct, Modes, ModeScope, scope_of, set_mode
from hub.audit.enclosures import Enclosures
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words


class Enforcement:
    """From observing to acting, and how to hold it."""

    def __init__(
        self,
        positions: Collection[str],
        sinks: Collection[str],
        writer: Writer,
        operators: Operators,
        enclosures: Enclosures,
    ) -> None:
        self._positions = positions
        self._sinks = sinks
        self._writer = writer
        self._operators = operators
        self._enclosures = enclosures

    def enforce(self, name: str, start: datetime, actors: Sequence[str]) -> None:
        """Carry out from an instant what is decided about a position or sink. Takes two different people.

        Raises:
            CallError: Fewer than two people, all at once, or an unknown name.
        """
        scope, acting = self._scope(name), self._operators.named(actors)
        if len(acting) < 2 or scope == "all":
            raise CallError(
                Words(
                    "enforcing takes two different people and one position or sink: --by A --by B",
                    "正式执行须由两名不同人员操作，并指定一个岗位或权限系统：--by 甲 --by 乙",
                )
            )

        def unit(tx: Tx) -> None:
            mode = replace(_mode(scope, name, tx), enforced_from=start)
            set_mode(scope, name, mode, ModeAct("enforce", acting.member(tx)), tx)

        self._writer.call(unit)

    def freeze(self, name: str, until: datetime, reason: str, actors: Sequence[str]) -> None:
        """Hold derived changes of a position, a sink or all until an instant; explicit revocations pass.

        Raises:
            CallError: No reason, nobody, an instant that is over (shown in its zone), or an unknown name.
        """
        scope, acting = self._scope(name), self._operators.named(actors)
        if not reason or not acting:
            raise CallError(
                Words(
                    "freezing needs a reason and who does it: --reason TEXT --by NAME",
                    "冻结须注明理由和操作人：--reason 理由 --by 姓名",
                )
            )

        def unit(tx: Tx) -> None:
            if until <= tx.now:
                raise CallError(
                    Words(
                        f"--until: found {until.isoformat()}, expected one that lies ahead",
                        f"--until：现为 {until.isoformat()}，应为将来的时刻",
                    )
                )
            mode, entry = replace(_mode(scope, name, tx), frozen_until=until.astimezone(UTC)), tx.new_id()
            why = self._enclosures.keep(entry, "reason", reason.encode(), tx)
            set_mode(scope, name, mode, ModeAct("freeze", acting.member(tx), why, entry), tx)

        self._writer.call(unit)

    def unfreeze(self, name: str, actors: Sequence[str]) -> None:
        """Let derived changes go on.

        Raises:
            CallError: Nobody is named, or an unknown name.
        """
        scope, acting = self._scope(name), self._operators.named(actors)
        if not acting:
            raise CallError(Words("unfreezing needs who does it: --by NAME", "解除冻结须注明操作人：--by 姓名"))

        def unit(tx: Tx) -> None:
            mode = replace(_mode(scope, name, tx), frozen_until=None)
            set_mode(scope, name, mode, ModeAct("unfreeze", acting.member(tx)), tx)

        self._writer.call(unit)

    def _scope(self, name: str) -> ModeScope:
        return scope_of(name, self._positions, self._sinks)


def _mode(scope: ModeScope, name: str, tx: Tx) -> Mode:
    return Modes.read(tx.session).of(scope, name)
