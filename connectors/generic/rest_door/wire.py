"""Requests to a system: changes, and lists that are read to their end; each answer must be to what was asked."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from connectors.generic.rest_door.answers import Answers, applied, require_done
from connectors.generic.rest_door.settings import ListOperation, Operation, Settings
from connectors.generic.rest_door.templates import path_of, query_of
from connectors.http import Answer as HttpAnswer
from connectors.http import HttpClient
from connectors.port import Applied, Change, Dialect
from connectors.server import Server
from schemas.door import Account, Answer, Asked, Member
from schemas.errors import PayloadError, RejectedError

_MAX_ANSWER = 16 << 20
_MOST = 100_000
"""Entries of one list."""
_R = TypeVar("_R", Account, Member)


class Listing(NamedTuple, Generic[_R]):
    """A list as it was shown: who stands in it, whether it is certain that nobody else does, and its evidence."""

    entries: tuple[_R, ...]
    whole: bool
    evidence: dict[str, str]

    @property
    def subjects(self) -> frozenset[str]:
        """The names of who stands in it."""
        return frozenset(each.subject for each in self.entries)


class Wire:
    """One system."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect],
        reach: Callable[..., HttpClient] = HttpClient,
    ) -> None:
        self.name = name
        self._settings, self._dialect = settings, dialect
        self._counting: set[str] = set()
        self._server = Server(
            settings, {"accept": "application/json, application/xml;q=0.9, */*;q=0.5"}, _MAX_ANSWER, reach
        )

    def accounts(self, person: str) -> Listing[Account]:
        """The accounts that the system shows when it is asked for one of our identifiers."""
        return self._list(self._settings.find, "accounts", Asked(person=person), Account)

    def members(self, target: str) -> Listing[Member]:
        """To whom a target is open, by its id there.

        Raises:
            RejectedError: ``sink.no-target``.
        """
        return self._list(self._settings.members, "members", Asked(target=target), Member)

    def change(self, change: Change, target: str) -> Applied:
        """Open or close a target, by its id there, to one account."""
        operation = self._settings.grant if change.wanted == "present" else self._settings.revoke
        asked = Asked(subject=change.subject, target=target, key=change.key)
        return applied(self._ask(operation, asked, write=True)[1], change)

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    # --- a request -------------------------------------------------------------------------------------------

    def _ask(self, operation: Operation, asked: Asked, *, write: bool) -> tuple[HttpAnswer, Answer]:
        """One request, and what its answer says; of one that was refused for a token that has run out, another."""
        for _ in range(2):
            answer = self._call(operation, asked, write=write)
            said = Answers(self.name, self._dialect()).said(answer, write=write)
            if said.says != "login" or not self._server.renew():
                break
        for name in ("subject", "target"):
            told, meant = getattr(said, name), getattr(asked, name)
            if told and told != meant:
                raise self._answers.odd(f"answered about another {name} than was asked for", write=write)
        return answer, said

    @property
    def _answers(self) -> Answers:
        return Answers(self.name, self._dialect())

    def _call(self, operation: Operation, asked: Asked, *, write: bool) -> HttpAnswer:
        settings, values, body = self._settings, _texts(asked), self._body(operation, asked)
        headers = {"content-type": operation.content_type} if body is not None else {}
        if write:
            headers["idempotency-key"] = quote(asked.key)  # no Chinese in headers
        return self._server.call(
            operation.method,
            path_of(operation.path, values),
            query=query_of(operation.query, values),
            headers=headers,
            body=body,
            deadline_s=settings.deadline_seconds if write else settings.read_deadline_seconds,
            write=write,
            heard=settings.statuses,
        )

    def _body(self, operation: Operation, asked: Asked) -> bytes | None:
        """The body of a request; a ``RejectedError`` where it cannot tell what is asked: nothing is sent then."""
        try:
            return self._dialect().asked(operation.body, asked) if operation.body else None
        except PayloadError as error:
            what = f"{self.name}: form {operation.body!r} cannot tell what is asked ({error.message})"
            raise RejectedError("peer.rejected", what) from error

    # --- a list ----------------------------------------------------------------------------------------------

    def _list(self, operation: ListOperation, form: str, what: Asked, of: type[_R]) -> Listing[_R]:
        """A list, page by page, as far as it can be read.

        Raises:
            UnavailableError: ``peer.bad-answer``: its pages do not come to what it says that there are.
        """
        reading = _Reading[_R](self._answers, operation, form)
        while not reading.is_over:
            asked = what.model_copy(update=reading.place)
            answer, said = self._ask(operation, asked, write=False)
            if said.says != "nobody":
                require_done(said, f"{self.name}: {form}", write=False)
            self._require_counted(form, said)
            entries, count = ([], 0) if said.says == "nobody" else self._answers.listed(form, answer, of)
            self._require_asked(entries, what)
            reading.take(entries, count, said)
            reading.note(f"{operation.method} {operation.path} {urlencode(_texts(asked))}", answer.body)
        return reading.listing()

    def _require_counted(self, form: str, said: Answer) -> None:
        """A list of which it was told how many there are is none without that."""
        if said.total is not None:
            self._counting.add(form)
        elif form in self._counting and said.says != "nobody":
            raise self._answers.odd(f"{form}: no total, where there was one before", write=False)

    def _require_asked(self, entries: Iterable[Account | Member], what: Asked) -> None:
        for each in entries:
            if isinstance(each, Member) and each.target not in ("", what.target):
                raise self._answers.odd("listed somebody of another target than was asked for", write=False)


class _Reading(Generic[_R]):
    """How far a list was read."""

    def __init__(self, answers: Answers, operation: ListOperation, form: str) -> None:
        self._answers, self._operation, self._form = answers, operation, form
        self._entries: dict[str, _R] = {}
        self._count, self._page, self._cursor = 0, operation.first_page, ""
        self._total: int | None = None
        self._cursors = {""}
        self._asked, self._shown = sha256(), sha256()
        self.is_over = self._whole = self._twice = False

    @property
    def place(self) -> dict[str, object]:
        """What to ask for next."""
        size = self._operation.page_size
        return {"page": self._page, "offset": self._count, "size": size, "cursor": self._cursor}

    def take(self, entries: list[_R], count: int, said: Answer) -> None:
        """Take a page: its entries, and how many of any kind it has.

        Raises:
            UnavailableError: ``peer.bad-answer``.
        """
        if self._total is not None and said.total not in (None, self._total):
            raise self._odd(f"there were {self._total}, and now {said.total}: it changed while it was read")
        fresh = {each.subject: each for each in entries if each.subject not in self._entries}
        brings = len(fresh) > 0 or count > len(entries)
        self._twice |= self._count > 0 and len(fresh) < len({each.subject for each in entries})
        self._entries.update(fresh)
        self._total = self._total if said.total is None else said.total
        self._count, self._page = self._count + count, self._page + 1
        if self._count > min(_MOST, self._count if self._total is None else self._total):
            raise self._odd(f"read {self._count}, though there are {self._total}")
        if self._total is not None:
            self._to_its_total(said, brings=brings)
        elif not self._goes_on(said):
            self._end(whole="cursor" in self._operation.places or self._operation.whole)
        elif self._operation.by_number and not brings:
            self._twice = False  # the last page once more, or none
            self._end(whole=True)

    def note(self, asked: str, shown: bytes) -> None:
        """Take down a question and its answer."""
        self._asked.update(asked.encode())
        self._shown.update(shown)

    def listing(self) -> Listing[_R]:
        """All that was read."""
        evidence = {
            "request_sha256": self._asked.hexdigest(),
            "answer_sha256": self._shown.hexdigest(),
            self._form: str(len(self._entries)),
        }
        return Listing(tuple(self._entries.values()), self._whole and not self._twice, evidence)

    def _to_its_total(self, said: Answer, *, brings: bool) -> None:
        if self._count == self._total:
            self._end(whole=True)
        elif not brings or not self._goes_on(said):
            raise self._odd(f"read {self._count} of {self._total}, and no page brings more")

    def _goes_on(self, said: Answer) -> bool:
        """Whether there is another page to ask for."""
        if "cursor" not in self._operation.places:
            return self._operation.by_number
        if said.next and said.next in self._cursors:
            raise self._odd("it goes on where it began")
        self._cursor = said.next
        self._cursors.add(said.next)
        return bool(said.next)

    def _end(self, *, whole: bool) -> None:
        self.is_over, self._whole = True, whole

    def _odd(self, what: str) -> Exception:
        return self._answers.odd(f"{self._form}: {what}", write=False)


def _texts(asked: Asked) -> dict[str, str]:
    """What the places of a path and a query take."""
    return {name: "" if value is None else str(value) for name, value in asked.model_dump().items()}
