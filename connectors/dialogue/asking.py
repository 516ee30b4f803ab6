"""Requests to a system, in the words of its document; each answer must be to what was asked."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from connectors.dialogue.answers import Answers, Question
from connectors.dialogue.operations import DialogueSettings, Operation
from connectors.dialogue.templates import path_of, query_of
from connectors.http import Answer as HttpAnswer
from connectors.port import Dialect
from connectors.vendor_server import VendorServer
from schemas.door import Answer, Asked
from schemas.errors import PayloadError, RejectedError

_MAX_ANSWER = 16 << 20


class Leaving(NamedTuple):
    """A body that is about to leave: for which request, written how, and under which key it is repeated."""

    method: str
    url: str
    body: bytes
    content_type: str
    key: str


Envelope = Callable[[Leaving], tuple[bytes, Mapping[str, str]]]
"""The bytes that are sent for a body, and the headers that say what they are and prove them."""


def bare(leaving: Leaving) -> tuple[bytes, Mapping[str, str]]:
    """The body as it is: TLS and the log-in prove it."""
    return leaving.body, {"content-type": leaving.content_type}


class Asking:
    """One system. ``dialect`` gives the document in use, ``now`` stamps what is signed."""

    def __init__(
        self,
        name: str,
        settings: DialogueSettings,
        dialect: Callable[[], Dialect],
        now: Callable[[], datetime],
        read_seconds: float = 5.0,
        envelope: Envelope = bare,
    ) -> None:
        self.name = name
        self._envelope = envelope
        self._settings, self._dialect, self._read_seconds = settings, dialect, read_seconds
        accept = {"accept": "application/json, application/xml;q=0.9, */*;q=0.5"}
        self._server = VendorServer(settings, accept, _MAX_ANSWER, now=now)

    @property
    def answers(self) -> Answers:
        """What reads its answers now."""
        return Answers(self.name, self._dialect())

    def ask(self, operation: Operation, question: Question) -> tuple[HttpAnswer, Answer]:
        """One request, and what its answer says; of one that was refused for a token that has run out, another.

        Raises:
            LicetError: There is no answer, or it is none to what was asked.
        """
        for _ in range(2):
            answer = self._call(operation, question)
            said = self.answers.said(answer, question)
            if said.says != "login" or not self._server.renew():
                break
        for name in ("subject", "target"):
            told, meant = getattr(said, name), getattr(question.asked, name)
            if told and told != meant:
                raise self.answers.odd(f"answered about another {name} than was asked for", write=question.write)
        return answer, said

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    def _call(self, operation: Operation, question: Question) -> HttpAnswer:
        asked = question.asked
        values, body = texts_of(asked), self._body(operation, asked)
        path, headers = path_of(operation.path, values), dict[str, str]()
        if body is not None:
            url = f"{self._settings.base_url.rstrip('/')}{path}"
            body, added = self._envelope(Leaving(operation.method, url, body, operation.content_type, asked.key))
            headers.update(added)
        if question.write:
            headers["idempotency-key"] = quote(asked.key)  # no Chinese in headers
        return self._server.call(
            operation.method,
            path,
            query=query_of(operation.query, values),
            headers=headers,
            body=body,
            deadline_s=self._settings.deadline_seconds if question.write else self._read_seconds,
            write=question.write,
            heard=self._settings.statuses,
        )

    def _body(self, operation: Operation, asked: Asked) -> bytes | None:
        """The body of a request; a ``RejectedError`` where it cannot tell what is asked: nothing is sent then."""
        try:
            return self._dialect().asked(operation.body, asked) if operation.body else None
        except PayloadError as error:
            what = f"{self.name}: form {operation.body!r} cannot tell what is asked ({error.message})"
            raise RejectedError("peer.rejected", what) from error


def texts_of(asked: Asked) -> dict[str, str]:
    """What the places of a path and a query take."""
    return {name: "" if value is None else str(value) for name, value in asked.model_dump().items()}
