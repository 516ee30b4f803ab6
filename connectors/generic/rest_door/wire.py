"""Requests to a system: changes, and lists that are read to their end; each answer must be to what was asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from connectors.dialogue.answers import Question, applied, require_done
from connectors.dialogue.asking import Asking, texts_of
from connectors.generic.rest_door.forms import ACCOUNTS, LOOK, MEMBERS
from connectors.generic.rest_door.lists import EntryT, Listing, Reading
from connectors.generic.rest_door.settings import ListOperation, Settings
from connectors.http import Answer as HttpAnswer
from connectors.listings import has_lost
from connectors.port import Applied, Change, Dialect
from schemas.door import Account, Answer, Asked, Member
from schemas.words import Words

ListName = Literal["find", "members", "look"]
_FORMS = {"find": ACCOUNTS, "members": MEMBERS, "look": LOOK}


class Wire:
    """One system."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect],
        now: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._settings = settings
        self._asking = Asking(name, settings, dialect, now, settings.read_deadline_seconds)
        self._counting: set[str] = set()

    def accounts(self, person: str) -> Listing[Account]:
        """The accounts that the system shows when it is asked for one of our identifiers."""
        return self._list("find", Asked(person=person), Account, lambda each: each.person == person)

    def members(self, target: str, subject: str = "") -> Listing[Member]:
        """To whom a target is open, by its id there; whether to one account, if it is read for that one.

        Raises:
            RejectedError: ``sink.no-target``.
        """
        return self._list("members", Asked(target=target), Member, lambda each: subject in ("", each.subject))

    def looked(self, subject: str, target: str) -> Listing[Member]:
        """What the system shows when it is asked whether a target is open to one account; nobody, if it is not."""
        shown = self._pages("look", Asked(subject=subject, target=target), Member)
        return shown._replace(entries=tuple(each for each in shown.entries if each.target in ("", target)))

    def change(self, change: Change, target: str) -> Applied:
        """Open or close a target, by its id there, to one account."""
        asked = Asked(subject=change.subject, target=target, key=change.key)
        opens = change.wanted == "present"
        operation = self._settings.grant if opens else self._settings.revoke
        question = Question("grant" if opens else "revoke", asked, write=True)
        return applied(self._asking.ask(operation, question)[1], change.wanted, f"{self.name}: {change.target!r}")

    def close(self) -> None:
        """Close idle connections."""
        self._asking.close()

    # --- a list ----------------------------------------------------------------------------------------------

    def _list(self, name: ListName, what: Asked, of: type[EntryT], shows: Callable[[EntryT], bool]) -> Listing[EntryT]:
        """A list, as far as it can be read; where several pages do not show whom it is read for, it is read twice.

        A cursor says itself where a page goes on; a number counts whoever stands before it.

        Raises:
            UnavailableError: ``peer.bad-answer``: its pages do not come to what it says that there are.
        """
        shown = self._pages(name, what, of)
        by_number = getattr(self._settings, name).by_number
        if not (by_number and shown.whole and shown.pages > 1) or any(map(shows, shown.entries)):
            return shown
        again = self._pages(name, what, of)
        return again._replace(whole=again.whole and not has_lost(shown.subjects, again.subjects))

    def _pages(self, name: ListName, what: Asked, of: type[EntryT]) -> Listing[EntryT]:
        operation: ListOperation = getattr(self._settings, name)
        reading = Reading[EntryT](self._asking.answers, operation, _FORMS[name])
        while not reading.is_over:
            question = Question(name, what.model_copy(update=reading.place))
            answer, said = self._asking.ask(operation, question)
            reading.take(*self._entries(question, answer, said, of), said)
            reading.note(f"{operation.method} {operation.path} {urlencode(texts_of(question.asked))}", answer.body)
        return reading.listing()

    def _entries(
        self, question: Question, answer: HttpAnswer, said: Answer, of: type[EntryT]
    ) -> tuple[list[EntryT], int]:
        """What stands on a page, and how many entries it has in all.

        Raises:
            LicetError: It is no page of what was asked for; of a list that once had a total one without it is none.
        """
        name = question.operation
        if said.says == "nobody" or (name == "look" and said.says in ("not_there", "no_person")):
            return [], 0
        require_done(said, f"{self.name}: {name}", write=False)
        if said.total is not None:
            self._counting.add(name)
        elif name in self._counting:
            raise self._asking.answers.odd(
                Words(f"{name}: no total, where there was one before", f"{name}：没有总数，而此前有"), write=False
            )
        entries, count = self._asking.answers.listed(_FORMS[name], answer, question, of)
        if name == "members" and any(_of_another(each, question.asked.target) for each in entries):
            raise self._asking.answers.odd(
                Words("listed somebody of another target than was asked for", "列出了另一权限组的人员，不是所查询的"),
                write=False,
            )
        return entries, count


def _of_another(entry: Account | Member, target: str) -> bool:
    return isinstance(entry, Member) and entry.target not in ("", target)
