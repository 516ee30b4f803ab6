"""Who reads a notice, where they are reached, and what it says to them in their language."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.port import Address, Message, Messenger
from hub.evidence.demanded import demands_told
from hub.identity.directory import Directory
from hub.identity.profiles import Profile
from hub.notification.texts import Whom, ending, render
from hub.store.statement import Connection
from hub.store.tables.notices import WaitingNotice
from schemas.notice import Notice
from schemas.position import Course, Position
from schemas.renewal import RenewalRule, ToldDemand


class MessageRoute(NamedTuple):
    """A messenger of the hub and the kinds of address that it reaches."""

    name: str
    messenger: Messenger
    reaches: tuple[str, ...]


class Reader(NamedTuple):
    """Where somebody reads, by kind of address, and in which language."""

    addresses: Mapping[str, str]
    language: str
    name: str = ""


class Letter(NamedTuple):
    """One message to one address by one route."""

    route: MessageRoute
    to: Address
    message: Message


class Letters:
    """Writes the letter of a notice."""

    def __init__(
        self,
        directory: Directory,
        positions: Mapping[str, Position],
        routes: Sequence[MessageRoute],
        hr: Reader,
        zone: ZoneInfo,
        courses: Mapping[str, Course],
        renewals: Mapping[str, RenewalRule],
    ) -> None:
        self._directory = directory
        self._positions = positions
        self._routes = routes
        self._hr = hr
        self._zone = zone
        self._courses = courses
        self._renewals = renewals

    @property
    def routed(self) -> bool:
        """Whether there is any way to send one."""
        return bool(self._routes)

    def letter(self, notice: WaitingNotice, store: Connection) -> Letter | None:
        """The letter, by the first route that reaches its reader; nothing if none does, or nobody is known by it.

        Raises:
            ValueError: What is kept of the notice cannot be read.
        """
        profile = self._directory.profile(notice.person, store)
        position = self._positions.get(notice.position)
        if profile is None or position is None:
            return None
        for reader in self._readers(notice.audience, profile, store):
            reached = self._reached(reader)
            if reached is not None:
                content = Notice.model_validate_json(notice.body)
                whom = Whom(profile.name, profile.employee_no, reader.name)
                told = _told(notice.person, content, position, store)
                known = (self._courses, self._renewals, told)
                return Letter(*reached, render(content, position, whom, reader.language, self._zone, *known))
        return None

    def _readers(self, audience: str, profile: Profile, store: Connection) -> list[Reader]:
        """Who reads it, the first whom anything reaches: HR in place of a manager who is not known or themselves."""
        if audience == "person":
            return [_reader(profile)]
        manager = self._manager(profile, store) if audience == "manager" else None
        return [self._hr] if manager is None else [_reader(manager), self._hr]

    def _manager(self, profile: Profile, store: Connection) -> Profile | None:
        if profile.manager in ("", profile.employee_no):
            return None
        person = self._directory.person_by_number(profile.manager)
        return None if person is None else self._directory.profile(person, store)

    def _reached(self, reader: Reader) -> tuple[MessageRoute, Address] | None:
        for route in self._routes:
            for kind in route.reaches:
                if value := reader.addresses.get(kind):
                    return route, Address(kind, value)
        return None


def _reader(profile: Profile) -> Reader:
    return Reader(profile.addresses, profile.language, profile.name)


def _told(person: str, content: Notice, position: Position, store: Connection) -> Sequence[ToldDemand]:
    """What issuers told of the renewal of the credential that a notice is about."""
    credential = ending(content, position)
    if credential is None:
        return ()
    return demands_told(person, credential.scheme or content.cause, content.at, store)
