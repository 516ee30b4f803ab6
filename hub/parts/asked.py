"""What people and systems ask: why, whether somebody may, what would be if, what is to come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from hub.audit.keys import log_key
from hub.audit.signing import Signing
from hub.audit.trail import Trail
from hub.config.drafts import Draft
from hub.config.folder import HubFolder
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.evidence.training_plan import TrainingPlan
from hub.intake.history import History
from hub.intake.redraft import Redrafting
from hub.parts.control import DoorDesk
from hub.rules.span import Span
from hub.views.attended import Attended
from hub.views.drill import Drill
from hub.views.figures import FiguresOf
from hub.views.forecast import Forecast
from hub.views.permission import Permission
from hub.views.redrafted import MappingWhatIf
from hub.views.what_if import Effects, Progress, WhatIf
from hub.views.why import Why
from hub.views.withdrawn import StatusLists

BACK, AHEAD = timedelta(days=365), timedelta(days=90)
"""So far back, and ahead, the effects of rules are looked at."""


class Asked(DoorDesk):
    """Where questions are answered; nothing is changed here."""

    @cached_property
    def why(self) -> Why:
        """What answers why."""
        known = (self.evidence, self.folder.rulebook, self.folder.positions, self.folder.renewals)
        attended = Attended(self.evidence, self.folder.courses, self.clock.now)
        now, old_tokens = self.clock.now, self.old_tokens
        return Why(self.database, self.directory, *known, attended=attended, old_tokens=old_tokens, now=now)

    @cached_property
    def permission(self) -> Permission:
        """What answers whether a person may."""
        sources, clock = self.folder.sources, self.clock
        known = (self.evidence, self.folder.rulebook, self.folder.positions)
        return Permission(self.database, self.directory, *known, self.named_targets, sources=sources, now=clock.now)

    @cached_property
    def figures(self) -> FiguresOf:
        """What answers for the figures of one person."""
        known = (self.evidence, self.folder.courses)
        return FiguresOf(self.database, self.directory, *known, zone=self.folder.zone, now=self.clock.now)

    @cached_property
    def status_lists(self) -> StatusLists:
        """What says to anybody which certificates hold no more."""
        return StatusLists(self.database, self.issuer, log_key(self.folder.path), self.clock)

    @cached_property
    def what_if(self) -> WhatIf:
        """What says what a draft of rules would change."""
        return WhatIf(self.database, self.directory, (self.evidence, self.folder.rulebook))

    def drafted(
        self, draft: Draft, within: Span, now: datetime, progress: Progress, people: Sequence[str] = ()
    ) -> Effects:
        """What a draft of rules would change within a stretch of time, for some employee numbers or everybody."""
        courses = draft.folder.courses
        counted = self.evidence if courses is self.folder.courses else _evidence(draft.folder)
        known = (counted, draft.folder.rulebook)
        return self.what_if.effects(known, draft.begins, within, now, people=people, progress=progress)

    def activation(self, present: HubFolder, coming: HubFolder, progress: Progress) -> Effects:
        """What would change for everybody from now on, if the rules of one folder took the place of another's."""
        now, held = self.clock.now(), _evidence(present)
        counted = held if coming.courses == present.courses else _evidence(coming)
        kept = present.unread is not None
        what_if = WhatIf(self.database, self.directory, (held, present.rulebook), kept=kept)
        return what_if.effects((counted, coming.rulebook), {}, Span(now, now + AHEAD), now, progress=progress)

    @cached_property
    def mapping_what_if(self) -> MappingWhatIf:
        """What says what a draft of a mapping document would change."""
        return MappingWhatIf(self.database, self.directory, self.redrafting, self.what_if)

    @cached_property
    def redrafting(self) -> Redrafting:
        """What reads by a draft what was brought."""
        return Redrafting(self.history, self.directory, self.database)

    @cached_property
    def history(self) -> History:
        """What was brought, opened again."""
        return History(self.database, self.sealer, self.folder.names)

    def fresh_evidence(self) -> Evidence:
        """What makes dossiers of facts and has kept nothing of those that are stored."""
        return _evidence(self.folder)

    @cached_property
    def forecast(self) -> Forecast:
        """What says what will be lost unless something happens."""
        return Forecast(self.database, self.directory, self.evidence, self.folder.rulebook)

    @cached_property
    def signing(self) -> Signing:
        """What signs the log."""
        return Signing(self.signer, self.database, self.writer, self.clock)

    @cached_property
    def trail(self) -> Trail:
        """What reads, checks and exports the log."""
        return Trail(self.database, self.signer, self.signing)

    @cached_property
    def drill(self) -> Drill:
        """What tries a withdrawal of everything that an issuer gave."""
        return Drill(self.database, self.folder.positions, self.sinks, self.clock)


def _evidence(folder: HubFolder) -> Evidence:
    """What makes dossiers with attendance counted by the courses of a folder."""
    return Evidence(TrainingPlan(folder.courses, folder.zone), Folds(folder.courses, folder.zone, folder.min_travel))
