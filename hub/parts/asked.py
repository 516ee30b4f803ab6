"""What people and systems ask: why, whether somebody may, what would be if, what is to come."""

from functools import cached_property

from hub.parts.control import DoorDesk
from hub.views.attended import Attended
from hub.views.drill import Drill
from hub.views.forecast import Forecast
from hub.views.permission import Permission
from hub.views.what_if import WhatIf
from hub.views.why import Why


class Asked(DoorDesk):
    """Where questions are answered; nothing is changed here."""

    @cached_property
    def why(self) -> Why:
        """What answers why."""
        known = (self.evidence, self.folder.rulebook, self.folder.positions)
        attended = Attended(self.evidence, self.folder.courses, self.clock.now)
        return Why(self.database, self.directory, *known, attended=attended, now=self.clock.now)

    @cached_property
    def permission(self) -> Permission:
        """What answers whether a person may."""
        sources, clock = self.folder.sources, self.clock
        known = (self.evidence, self.folder.rulebook, self.folder.positions)
        return Permission(self.database, self.directory, *known, self.named_targets, sources=sources, now=clock.now)

    @cached_property
    def what_if(self) -> WhatIf:
        """What says what a draft of rules would change."""
        return WhatIf(self.database, self.directory, (self.evidence, self.folder.rulebook))

    @cached_property
    def forecast(self) -> Forecast:
        """What says what will be lost unless something happens."""
        return Forecast(self.database, self.directory, self.evidence, self.folder.rulebook)

    @cached_property
    def drill(self) -> Drill:
        """What tries a withdrawal of everything that an issuer gave."""
        return Drill(self.database, self.folder.positions, self.sinks, self.clock)
