"""Requests to a system, in the words of its document; each answer must be to what was asked."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from connectors.dialogue.answers import Answers, Question
from connectors.dialogue.operations import DialogueSettings, Operation
from connectors.dialogue.templates import path_of, query_of
from connectors.envelope.outgoing import Envelope
from connectors.http import Answer as HttpAnswer
from connectors.port import Dialect
from connectors.vendor_server import VendorServer
from schemas.door import Answer, Asked
from schemas.errors import PayloadError, RejectedError
from schemas.words import Words

_MAX_ANSWER = 16 << 20


class Asking:
    """One system. ``dialect`` gives the document in use, ``now`` stamps what is signed."""

    def __init__(
        self,
        name: str,
        settings: DialogueSettings,
        dialect: Callable[[], Dialect],
        now: Callable[[], datetime],
        read_seconds: float = 5.0,
        envelope: Envelope | None = None,
    ) -> None:
        self.name = name
        self._settings, self._dialect, self._read_seconds = settings, dialect, read_seconds
        accept = {"accept": "application/json, application/xml;q=0.9, */*;q=0.5"}
        self._server = VendorServer(settings, accept, _MAX_ANSWER, now=now, envelope=envelope)

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
                raise self.answers.odd(
                    Words(f"answered about another {name} than was asked for", f"应答的是另一 {name}，不是所查询的"),
                    write=question.write,
                )
        return answer, said

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    def _call(self, operation: Operation, question: Question) -> HttpAnswer:
        asked = question.asked
        values, body = texts_of(asked), self._body(operation, asked)
        headers = {"content-type": operation.content_type} if body is not None else {}
        if question.write:
            headers["idempotency-key"] = quote(asked.key)  # no Chinese in headers
        return self._server.call(
            operation.method,
            path_of(operation.path, values),
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
            what = Words(
                f"{self.name}: form {operation.body!r} cannot tell what is asked ({error.message})",
                f"{self.name}：形式 {operation.body!r} 不能表达所发送的内容（{error.told('zh')}）",
            )
            raise RejectedError("peer.rejected", what) from error


def texts_of(asked: Asked) -> dict[str, str]:
    """What the places of a path and a query take."""
    return {name: "" if value is None else str(value) for name, value in asked.model_dump().items()}
