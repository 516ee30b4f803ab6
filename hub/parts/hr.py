"""What people at HR do: they correct what is known of somebody, and decide cases."""

from functools import cached_property

from hub.cases.desk import CaseDesk
from hub.cases.rooms import RoomWatch
from hub.erasure.conditions import Duty
from hub.erasure.desk import Erasure
from hub.intake.acts import Acts
from hub.intake.by_hand import ByHand
from hub.intake.corrections import Corrections
from hub.intake.device_clocks import DeviceClockDesk
from hub.intake.device_service import DeviceService
from hub.intake.incidents import IncidentDesk
from hub.intake.lists import ListDesk
from hub.intake.probation import Probation
from hub.intake.typed import TypedNames
from hub.parts.telling import Telling
from hub.register.desk import MOST_OF_PERSON, FilingDesk
from hub.register.documents import Documents
from hub.register.inspection import RegisterWatch
from hub.register.shelf import REGISTER, Shelf
from hub.views.cases import Cases
from hub.views.outside import Outside
from hub.views.sessions import Sessions


class HrDesk(Telling):
    """Where the words of people at HR are taken."""

    @cached_property
    def corrections(self) -> Corrections:
        """What keeps the words of people at HR."""
        return Corrections(self.by_hand, self.typed_names, self.folder.courses, self.folder.rulebook)

    @cached_property
    def lists(self) -> ListDesk:
        """What keeps lists of those present, and marks of witnesses."""
        return ListDesk(self.by_hand, self.typed_names, self.operators, self.writer, self.plan)

    @cached_property
    def typed_names(self) -> TypedNames:
        """What finds people and sessions by what was typed."""
        return TypedNames(self.directory, self.database, self.plan, self.folder.sources)

    @cached_property
    def by_hand(self) -> ByHand:
        """What keeps any word of people of the house."""
        return ByHand(self.directory, self.preparer, self.keeper, self.writer, self.operators, self.enclosures)

    @cached_property
    def device_clocks(self) -> DeviceClockDesk:
        """What keeps how far the clocks of devices were off."""
        return DeviceClockDesk(self.by_hand, self.database)

    @cached_property
    def device_service(self) -> DeviceService:
        """What takes devices into service and out of it."""
        return DeviceService(self.peers, self.by_hand, self.operators, self.database, self.writer)

    @cached_property
    def probation(self) -> Probation:
        """What keeps the words about people on probation."""
        return Probation(self.corrections, self.directory, self.folder.positions.keys())

    @cached_property
    def incidents(self) -> IncidentDesk:
        """What keeps incidents at work."""
        return IncidentDesk(self.corrections, self.folder.positions.keys(), self.folder.courses.keys())

    @cached_property
    def acts(self) -> Acts:
        """What keeps what HR does to scopes and credentials."""
        rules = self.folder.rulebook
        return Acts(self.corrections, self.typed_names, rules, self.operators, self.writer, self.database)

    @cached_property
    def shelf(self) -> Shelf:
        """Where the files of the register lie."""
        return Shelf(self._data / REGISTER)

    @cached_property
    def register(self) -> Documents:
        """What reads documents of the register."""
        return Documents(self.database, self.directory, self.operators, self.writer, self.shelf)

    @cached_property
    def filing_desk(self) -> FilingDesk:
        """Where documents are filed in the register, and removed from it."""
        return self.filing_desk_of(MOST_OF_PERSON)

    def filing_desk_of(self, most: int) -> FilingDesk:
        """One that takes so many documents of a person."""
        folder = self.folder
        return FilingDesk(
            documents=self.register,
            database=self.database,
            directory=self.directory,
            operators=self.operators,
            enclosures=self.enclosures,
            sealer=self.sealer,
            writer=self.writer,
            shelf=self.shelf,
            space=self.space,
            ids=self._ids,
            abouts=folder.credentials | folder.own_credentials | folder.exams | frozenset(folder.courses),
            most=most,
        )

    @cached_property
    def register_watch(self) -> RegisterWatch:
        """What looks whether the files of the register are there as they were filed."""
        return RegisterWatch(self.database, self.shelf, self.writer, finish=self.erasure.finish)

    @cached_property
    def erasure(self) -> Erasure:
        """Where people are erased."""
        return Erasure(
            database=self.database,
            directory=self.directory,
            evidence=self.evidence,
            operators=self.operators,
            enclosures=self.enclosures,
            sealer=self.sealer,
            writer=self.writer,
            shelf=self.shelf,
            clock=self.clock,
            duty=Duty(self.folder.settings.hub.keep_days, self.folder.zone),
            folders=[each.folder for each in self.folder.instances.values() if each.folder is not None],
        )

    @cached_property
    def case_desk(self) -> CaseDesk:
        """What takes decisions of cases."""
        return CaseDesk(self.database, self.directory, self.corrections, self.casebook, self.plan)

    @cached_property
    def cases(self) -> Cases:
        """What shows cases."""
        return Cases(self.database, self.directory, self.folder.workdays, self.folder.zone, self.clock)

    @cached_property
    def rooms(self) -> RoomWatch:
        """What has people looked at who were not enrolled where they were."""
        return RoomWatch(self.plan, self.database, self.writer, self.clock)

    @cached_property
    def outside(self) -> Outside:
        """What shows punches that belong to no session."""
        known = (self.database, self.directory, self.operators, self.writer)
        return Outside(*known, self.evidence, self.plan, self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """What shows how a session went."""
        return Sessions(self.database, self.directory, self.evidence, self.plan, self.clock)
