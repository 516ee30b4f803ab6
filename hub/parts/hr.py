"""What people at HR do: they correct what is known of somebody, and decide cases."""

from functools import cached_property

from hub.intake.corrections import Corrections
from hub.parts.telling import Telling


class HrDesk(Telling):
    """Where the words of people at HR are taken."""

    @cached_property
    def corrections(self) -> Corrections:
        """What keeps the words of people at HR."""
        return Corrections(
            self.directory,
            self.preparer,
            self.keeper,
            self.writer,
            self.database,
            self.operators,
            self.enclosures,
            self.plan,
            self.folder.courses,
        )
