"""What a hub meets: an adapter for every instance, as source, door or messenger, and the documents that read them."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

from connectors.port import Door, Messenger, Partner, Registrar
from hub.access.sinks import Sink
from hub.audit.calls import Calls
from hub.audit.peer_clocks import PeerClocks
from hub.audit.recorded import Recorded
from hub.called import CalledDoor, CalledMessenger, CalledPartner, CalledRegistrar, Way
from hub.config.folder import HubFolder
from hub.config.instances import Instance
from hub.config.mappings import documents
from hub.errands.asking import Errands
from hub.exams.desk import ExamSystem
from hub.intake.active_mappings import ActiveMappings
from hub.notification.letters import MessageRoute
from hub.partners.desk import PartnerSystem
from hub.parts.held import Held
from hub.store.passing import Passing
from hub.workers import Activator, Loop
from mappings import MappingDocument


class Outside(Held):
    """The outside systems, as the folder names them."""

    @cached_property
    def adapters(self) -> dict[str, Any]:
        """Every instance's adapter."""
        return {name: self._built(name, each) for name, each in self.folder.instances.items()}

    def _built(self, name: str, instance: Instance) -> Any:
        spec = instance.spec
        own = {"own": self.own_keys} if spec.own_keys else {}
        if spec.dialect is None:
            return spec.build(name, instance.settings, **own)
        return spec.build(name, instance.settings, lambda: self.mappings.of(name), **own)

    def _instances(self, port: str) -> dict[str, Instance]:
        return {name: each for name, each in self.folder.instances.items() if port in each.spec.ports}

    @property
    def _roster(self) -> str:
        name = self.folder.settings.hub.roster
        instance = self.folder.instances.get(name)
        return (instance and instance.identifiers) or name

    def _known_by(self, door: Instance) -> str:
        """The source whose identifiers a door uses; a device that also reports uses its own for both."""
        return door.identifiers or (door.name if door.spec.mapping else self._roster)

    @cached_property
    def peer_clocks(self) -> PeerClocks:
        """What time it is for them."""
        machine = self.clock.now if self.guard is None else self.guard.machine_now
        return PeerClocks(machine, self.clock.monotonic)

    @cached_property
    def calls(self) -> Calls:
        """What takes down every call to one of them."""
        return Calls(self.clock, Activator(), self.peer_clocks)

    @cached_property
    def errands(self) -> Errands:
        """What has calls made by other processes."""
        errands = Errands(self.database, Passing(self.folder.master_key), self._owner, self._ids, self.clock)
        self._closing.callback(errands.stop)
        errands.start()
        return errands

    @property
    def errand_loops(self) -> Sequence[Loop]:
        """What turns so that they are made; nothing where this process makes all itself."""
        return self.errands.loops if self._away else ()

    def _elsewhere(self, port: str, name: str) -> Way:
        """Calls of a port are made by a process of another role."""
        return partial(self.errands.ask, port, name)

    def _recorded(self, name: str, called: object) -> Way:
        return Recorded(name, called, self.calls)

    def _door(self, name: str) -> Door:
        door: Door = self.adapters[name]
        if "door" in self._away:
            door = CalledDoor(door, self._elsewhere("door", name))
        return CalledDoor(door, self._recorded(name, door))

    def _messenger(self, name: str) -> Messenger:
        messenger: Messenger = self.adapters[name]
        if "messenger" in self._away:
            messenger = CalledMessenger(self._elsewhere("messenger", name))
        return CalledMessenger(self._recorded(name, messenger))

    def _registrar(self, name: str) -> Registrar:
        registrar: Registrar = self.adapters[name]
        if "registrar" in self._away:
            registrar = CalledRegistrar(registrar, self._elsewhere("registrar", name))
        return CalledRegistrar(registrar, self._recorded(name, registrar))

    def _partner(self, name: str) -> Partner:
        partner: Partner = self.adapters[name]
        if "partner" in self._away:
            partner = CalledPartner(partner, self._elsewhere("partner", name))
        return CalledPartner(partner, self._recorded(name, partner))

    @cached_property
    def sinks(self) -> dict[str, Sink]:
        """The doors, and the identifiers by which each knows people."""
        doubt = self.folder.settings.hub.doubt_seconds
        return {
            name: Sink(name, self._door(name), self._known_by(each), doubt)
            for name, each in self._instances("door").items()
        }

    @cached_property
    def message_routes(self) -> list[MessageRoute]:
        """The messengers, in the order of the folder."""
        return [
            MessageRoute(name, self._messenger(name), each.spec.reaches)
            for name, each in self._instances("messenger").items()
        ]

    @property
    def messenger(self) -> str:
        """The instance by which messages go out first; empty where there is none."""
        return next(iter(self._instances("messenger")), "")

    @cached_property
    def exam_systems(self) -> list[ExamSystem]:
        """The exam systems, in the order of the folder, and the identifiers by which each knows people."""
        return [
            ExamSystem(name, self._registrar(name), each.identifiers or self._roster)
            for name, each in self._instances("registrar").items()
        ]

    @cached_property
    def partners(self) -> list[PartnerSystem]:
        """The systems that hear of training, in the order of the folder, and by which identifiers they know people."""
        return [
            PartnerSystem(name, self._partner(name), each.identifiers or self._roster)
            for name, each in self._instances("partner").items()
        ]

    @cached_property
    def mappings(self) -> ActiveMappings:
        """What reads bodies, by instance."""
        _ = self.begun_with  # looked at before they are read
        return ActiveMappings(self.documents(self.folder))

    def documents(self, folder: HubFolder) -> dict[str, MappingDocument]:
        """The documents that read what the instances of a folder bring: those of packages before any other."""
        names = self.folder.names
        packaged = self.stored_packages.documents(names)
        own = None if folder.settings.packages.only else folder.path
        return documents(own, folder.instances, names, packaged)
