"""Requests to a system: changes, and lists that are read to their end; each answer must be to what was asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode

from connectors.generic.rest_door.answers import Answers, Question, applied, require_done
from connectors.generic.rest_door.forms import ACCOUNTS, LOOK, MEMBERS
from connectors.generic.rest_door.lists import EntryT, Listing, Reading
from connectors.generic.rest_door.settings import ListOperation, Operation, Settings
from connectors.generic.rest_door.templates import path_of, query_of
from connectors.http import Answer as HttpAnswer
from connectors.port import Applied, Change, Dialect
from connectors.vendor_server import VendorServer
from schemas.door import Account, Answer, Asked, Member
from schemas.errors import PayloadError, RejectedError

_MAX_ANSWER = 16 << 20
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
        self._settings, self._dialect = settings, dialect
        self._counting: set[str] = set()
        accept = {"accept": "application/json, application/xml;q=0.9, */*;q=0.5"}
        self._server = VendorServer(settings, accept, _MAX_ANSWER, now=now)

    def accounts(self, person: str) -> Listing[Account]:
        """The accounts that the system shows when it is asked for one of our identifiers."""
        return self._list("find", Asked(person=person), Account)

    def members(self, target: str) -> Listing[Member]:
        """To whom a target is open, by its id there.

        Raises:
            RejectedError: ``sink.no-target``.
        """
        return self._list("members", Asked(target=target), Member)

    def looked(self, subject: str, target: str) -> Listing[Member]:
        """What the system shows when it is asked whether a target is open to one account; nobody, if it is not."""
        shown = self._list("look", Asked(subject=subject, target=target), Member)
        return shown._replace(entries=tuple(each for each in shown.entries if each.target in ("", target)))

    def change(self, change: Change, target: str) -> Applied:
        """Open or close a target, by its id there, to one account."""
        asked = Asked(subject=change.subject, target=target, key=change.key)
        question = Question("grant" if change.wanted == "present" else "revoke", asked)
        return applied(self._ask(question)[1], change)

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    # --- a request -------------------------------------------------------------------------------------------

    def _ask(self, question: Question) -> tuple[HttpAnswer, Answer]:
        """One request, and what its answer says; of one that was refused for a token that has run out, another."""
        for _ in range(2):
            answer = self._call(question)
            said = self._answers.said(answer, question)
            if said.says != "login" or not self._server.renew():
                break
        for name in ("subject", "target"):
            told, meant = getattr(said, name), getattr(question.asked, name)
            if told and told != meant:
                raise self._answers.odd(f"answered about another {name} than was asked for", write=question.write)
        return answer, said

    @property
    def _answers(self) -> Answers:
        return Answers(self.name, self._dialect())

    def _call(self, question: Question) -> HttpAnswer:
        settings, operation, asked = self._settings, self._operation(question.operation), question.asked
        values, body = _texts(asked), self._body(operation, asked)
        headers = {"content-type": operation.content_type} if body is not None else {}
        if question.write:
            headers["idempotency-key"] = quote(asked.key)  # no Chinese in headers
        return self._server.call(
            operation.method,
            path_of(operation.path, values),
            query=query_of(operation.query, values),
            headers=headers,
            body=body,
            deadline_s=settings.deadline_seconds if question.write else settings.read_deadline_seconds,
            write=question.write,
            heard=settings.statuses,
        )

    def _operation(self, name: str) -> Operation:
        found: Operation = getattr(self._settings, name)
        return found

    def _body(self, operation: Operation, asked: Asked) -> bytes | None:
        """The body of a request; a ``RejectedError`` where it cannot tell what is asked: nothing is sent then."""
        try:
            return self._dialect().asked(operation.body, asked) if operation.body else None
        except PayloadError as error:
            what = f"{self.name}: form {operation.body!r} cannot tell what is asked ({error.message})"
            raise RejectedError("peer.rejected", what) from error

    # --- a list ----------------------------------------------------------------------------------------------

    def _list(self, name: ListName, what: Asked, of: type[EntryT]) -> Listing[EntryT]:
        """A list, page by page, as far as it can be read.

        Raises:
            UnavailableError: ``peer.bad-answer``: its pages do not come to what it says that there are.
        """
        operation = self._operation(name)
        assert isinstance(operation, ListOperation)
        reading = Reading[EntryT](self._answers, operation, _FORMS[name])
        while not reading.is_over:
            question = Question(name, what.model_copy(update=reading.place))
            answer, said = self._ask(question)
            reading.take(*self._entries(question, answer, said, of), said)
            reading.note(f"{operation.method} {operation.path} {urlencode(_texts(question.asked))}", answer.body)
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
            raise self._answers.odd(f"{name}: no total, where there was one before", write=False)
        entries, count = self._answers.listed(_FORMS[name], answer, question, of)
        if name == "members" and any(_of_another(each, question.asked.target) for each in entries):
            raise self._answers.odd("listed somebody of another target than was asked for", write=False)
        return entries, count


def _of_another(entry: Account | Member, target: str) -> bool:
    return isinstance(entry, Member) and entry.target not in ("", target)


def _texts(asked: Asked) -> dict[str, str]:
    """What the places of a path and a query take."""
    return {name: "" if value is None else str(value) for name, value in asked.model_dump().items()}
