"""What operators see of the doors as a whole, and what they may do there beside the rules."""

from functools import cached_property

from hub.access.break_glass import BreakGlass
from hub.access.budget import Budget
from hub.access.reconcile import Reconciler
from hub.access.resuming import Halts
from hub.parts.hr import HrDesk
from hub.views.effectiveness import Controls
from hub.views.hindrances import Hindrances
from hub.views.plan import Plan


class DoorDesk(HrDesk):
    """Where doors are compared, measured, halted, and opened in an emergency."""

    @cached_property
    def controls(self) -> Controls:
        """How well closing works at each sink."""
        return Controls(self.old_tokens, self.database, self.clock)

    @cached_property
    def old_tokens(self) -> dict[str, float | None]:
        """By sink, for how many seconds what was given there goes on after a closing; nothing where nobody has said."""
        return {name: sink.door.capabilities().old_tokens_s for name, sink in self.sinks.items()}

    @cached_property
    def named_targets(self) -> dict[str, set[str]]:
        """By sink, the targets that any position names."""
        targets: dict[str, set[str]] = {}
        for position in self.folder.positions.values():
            for sink, by_scope in position.targets.items():
                targets.setdefault(sink, set()).update(*by_scope.values())
        return targets

    @cached_property
    def break_glass(self) -> BreakGlass:
        """What two people open in an emergency."""
        return BreakGlass(self.named_targets, self.directory, self.writer, self.operators, self.enclosures)

    @cached_property
    def halts(self) -> Halts:
        """Which targets are written no more."""
        return Halts(self.named_targets, self.directory, self.writer, self.operators)

    @cached_property
    def reconciler(self) -> Reconciler:
        """What compares the doors with what must be true."""
        budget = Budget(self.folder.settings.hub.sweep_per_second)
        return Reconciler(self.sinks, self.directory, self.writer, self.database, self.clock, self.known_open, budget)

    @cached_property
    def changes(self) -> Plan:
        """What says what enforcing would change."""
        return Plan(self.sinks.values(), self.reconciler, self.directory, self.database)

    @cached_property
    def hindrances(self) -> Hindrances:
        """What says what still hinders enforcement."""
        return Hindrances(self.folder.positions, self.sinks, self.database, self.folder.zone)

    # --- the log --------------------------------------------------------------------------------------------
