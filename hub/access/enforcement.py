"""What operators say about acting on decisions: enforce, freeze, unfreeze. Each word is one unit of work."""

from collections.abc import Collection, Sequence
from datetime import datetime

from hub.access import modes
from hub.store.writer import Writer


class Enforcement:
    """From observing to acting, and how to hold it."""

    def __init__(self, positions: Collection[str], sinks: Collection[str], writer: Writer) -> None:
        self._positions = positions
        self._sinks = sinks
        self._writer = writer

    def enforce(self, name: str, start: datetime, actors: Sequence[str]) -> None:
        """Carry out from an instant what is decided about a position or sink. Takes two different people.

        Raises:
            ConfigError: Fewer than two people, or an unknown name.
        """
        scope = modes.scope_of(name, self._positions, self._sinks)
        self._writer.call(lambda tx: modes.enforce(scope, name, start, actors, tx))

    def freeze(self, name: str, until: datetime, reason: str, actors: Sequence[str]) -> None:
        """Hold derived changes of a position, a sink or all until an instant; explicit revocations pass.

        Raises:
            ConfigError: No reason, nobody, an instant that is over, or an unknown name.
        """
        scope = modes.scope_of(name, self._positions, self._sinks)
        self._writer.call(lambda tx: modes.freeze(scope, name, until, reason, actors, tx))

    def unfreeze(self, name: str, actors: Sequence[str]) -> None:
        """Let derived changes go on.

        Raises:
            ConfigError: Nobody is named, or an unknown name.
        """
        scope = modes.scope_of(name, self._positions, self._sinks)
        self._writer.call(lambda tx: modes.unfreeze(scope, name, actors, tx))
