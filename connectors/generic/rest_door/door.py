"""The door: who is whom at the system, who stands in a target, what an absence there is worth, one change at a time."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from connectors.dialogue.forms import no_document
from connectors.generic.rest_door.lists import Listing
from connectors.generic.rest_door.looks import NOBODY, Looks
from connectors.generic.rest_door.settings import Settings
from connectors.generic.rest_door.wire import Wire
from connectors.listings import Listings, Memory
from connectors.port import Applied, Capabilities, Change, Dialect, Observation
from schemas.access import Presence
from schemas.door import Account, Member
from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

_UNPROVEN = "sink.uncalibrated"
_TRIES = 3
"""How many members that nobody was resolved to, or people who were found before, are looked up to prove one look."""


def _calendar() -> datetime:
    return datetime.now(UTC)


class RestDoor:
    """Opens and closes targets of one system to accounts, and reads back what is true."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect] = no_document,
        now: Callable[[], datetime] = _calendar,
    ) -> None:
        """A door to one system; ``dialect`` gives the document in use, ``now`` stamps requests that are signed."""
        self.name = name
        self._settings = settings
        self._wire = Wire(name, settings, dialect, now)
        self._looks = Looks(self._wire)
        self._ids, self._met = Memory(settings.remember), Memory(settings.remember)
        self._listings = Listings()
        self._found: tuple[str, ...] = ()

    def capabilities(self) -> Capabilities:
        """Who stands in a target can be read back exactly."""
        settings = self._settings
        return Capabilities("exact", settings.propagation_seconds, old_tokens_s=settings.token_lifetime_seconds)

    def probe(self) -> None:
        """Look for the canary; without one, for a name that nobody has."""
        self._wire.accounts(self._settings.canary or NOBODY)

    def resolve(self, person: str) -> str:
        """The system's name of a person's account, remembered until it is another one.

        Raises:
            RejectedError: ``sink.no-person``, ``sink.ambiguous``; ``sink.uncalibrated``: nobody was found, and ``find``
                finds nobody else now either.
        """
        if known := self._ids.get(person):
            return known
        found = self.matches(person)
        if not found:
            self._require_finding()
        if len(found) != 1:
            code = "sink.ambiguous" if found else "sink.no-person"
            raise RejectedError(
                code,
                Words(
                    f"{self.name}: {len(found)} accounts have this identifier; expected one",
                    f"{self.name}：该标识有 {len(found)} 个账号，应为一个",
                ),
            )
        [subject] = found
        self._ids.put(person, subject)
        return subject

    def matches(self, person: str) -> frozenset[str]:
        """The names of all accounts that have this identifier.

        Raises:
            RejectedError: ``sink.uncalibrated``: others were listed as well, and not to the end.
        """
        return self._named(person).subjects

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Whether each target is open to the account now, with digests of question and answer.

        "Absent" is said only of an account that is still that of the person who was resolved.

        Raises:
            UnavailableError: Also if the account is another's now: ``resolve`` again.
        """
        looks = {target: self._look(subject, target) for target in targets}
        closed = [target for target, look in looks.items() if subject not in look.subjects]
        proof = self._confirm(subject) if closed else {}
        for target in closed:
            looks[target].evidence.update(proof)
        presence: dict[str, Presence] = {each: "absent" if each in closed else "present" for each in looks}
        unproven = {each: _UNPROVEN for each in closed if not self._proves(looks[each], each)}
        evidence = {target: look.evidence for target, look in looks.items()}
        listed = {} if self._settings.look else {target: look.subjects for target, look in looks.items()}
        return Observation(presence, evidence, unproven, listed)

    def members(self, target: str) -> frozenset[str]:
        """The names of all accounts to whom a target is open; that it shows them is proven anew after it."""
        self._looks.doubt()
        return self._list(target).subjects

    def apply(self, change: Change, *, fence: int) -> Applied:
        """Open or close one target to one account; ``fence`` is not sent."""
        target = self._target(change.target)
        if change.wanted == "present":
            self._confirm(change.subject)
        else:
            self._listings.removed(change.target, change.subject)
        return self._wire.change(change, target)

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    # --- people ----------------------------------------------------------------------------------------------

    def _named(self, person: str) -> Listing[Account]:
        """The accounts that have an identifier, whoever else is listed: some systems find what begins alike, or all."""
        shown = self._wire.accounts(person)
        named = tuple(each for each in shown.entries if each.person == person)
        if len(named) < len(shown.entries) and not shown.whole:
            raise RejectedError(
                _UNPROVEN,
                Words(
                    f"{self.name}: find lists others too, and not to its end",
                    f"{self.name}：find 的结果含有其他人，且未到末尾",
                ),
            )
        if named:
            self._found = (person, *(each for each in self._found if each != person))[:_TRIES]
        return shown._replace(entries=named)

    def _require_finding(self) -> None:
        """Return if ``find`` finds somebody now, the canary or whom it found before: its finding nobody counts then."""
        if not any(known and self._named(known).entries for known in (self._settings.canary, *self._found)):
            raise RejectedError(
                _UNPROVEN,
                Words(
                    f"{self.name}: find finds nobody at all; set canary to one who is there",
                    f"{self.name}：find 找不到任何人；请将 canary 设为确实存在的人",
                ),
            )

    def _confirm(self, subject: str) -> dict[str, str]:
        """Evidence that an account is still that of the person who was resolved; none if nobody was resolved to it."""
        person = self._ids.key_of(subject)
        if person is None:
            return {}
        found = self._named(person)
        if found.subjects == {subject}:
            return {"person_sha256": found.evidence["answer_sha256"], **self._tokens}
        self._ids.drop(person)
        code = "sink.ambiguous" if subject in found.subjects else "sink.no-person"
        raise UnavailableError(
            code,
            Words(
                f"{self.name}: the account of the person is another one now; resolve it again",
                f"{self.name}：此人的账号已变更；请重新查找",
            ),
        )

    @property
    def _tokens(self) -> dict[str, str]:
        lifetime = self._settings.token_lifetime_seconds
        return {} if lifetime is None else {"old_tokens_live_s": f"{lifetime:.0f}"}

    # --- targets ---------------------------------------------------------------------------------------------

    def _target(self, target: str) -> str:
        """The id of a target there."""
        targets = self._settings.targets
        if targets and target not in targets:
            raise RejectedError(
                "sink.no-target",
                Words(f"{self.name}: targets: there is no {target!r}", f"{self.name}：targets：没有 {target!r}"),
            )
        return targets.get(target, target)

    def _look(self, subject: str, target: str) -> Listing[Member]:
        return self._looks.at(subject, self._target(target)) if self._settings.look else self._list(target, subject)

    def _list(self, target: str, subject: str = "") -> Listing[Member]:
        shown = self._wire.members(self._target(target), subject)
        self._listings.saw(target, shown.subjects, len(shown.entries))
        return shown

    def _proves(self, shown: Listing[Member], target: str) -> bool:
        """Whether the answer that did not show an account would have shown it."""
        if self._settings.look and self._looks.work(self._target(target), lambda: self._somebody(target)):
            return True
        if not shown.whole or (self._settings.look and not shown.entries):
            return False
        return self._listings.emptied(target) if not shown.entries else self._shows_somebody(shown)

    def _shows_somebody(self, shown: Listing[Member]) -> bool:
        """Whether one who is listed is an account for certain: the canary, or one that is found by its identifier."""
        if self._settings.canary:
            return self.resolve(self._settings.canary) in shown.subjects
        if any(self._is_known(each.subject) for each in shown.entries):
            return True
        return any(self._meets(each) for each in shown.entries[-_TRIES:])

    def _somebody(self, target: str) -> str:
        """An account that stands in a target: the canary, or one that is listed; nobody where there is none."""
        if self._settings.canary:
            return self.resolve(self._settings.canary)
        return min(self._list(target).subjects, default="")

    def _is_known(self, subject: str) -> bool:
        return self._ids.key_of(subject) is not None or self._met.get(subject) is not None

    def _meets(self, member: Member) -> bool:
        if not member.person or member.subject not in self.matches(member.person):
            return False
        self._met.put(member.subject, member.person)
        return True
