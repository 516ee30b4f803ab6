"""What answers of a system mean: how it went, by its own words as the document reads them; and who stands in a list."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeVar

from connectors.http import Answer as HttpAnswer
from connectors.port import Dialect
from schemas.access import Presence
from schemas.door import Answer, AnswerWord, Asked
from schemas.errors import LicetError, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.record import Record
from schemas.transmission import Fault, Item, Outcome, Transmission
from schemas.words import NOTHING, Words

ANSWER = "answer"
"""The form that reads how it went; without it the status of HTTP says so."""
_OF_WHOM = ("subject", "target", "person")
CONTEXT = ("status", "media_type", "operation", *_OF_WHOM)
"""What stands beside an answer, for documents that look for it."""
_R = TypeVar("_R", bound=Record)
_ANY = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing that is read depends on when it came."""
_BY_STATUS: dict[int, AnswerWord] = {401: "login", 403: "no_rights", 404: "no_target", 409: "conflict", 412: "conflict"}
_BY_STATUS |= {408: "busy", 425: "busy", 429: "busy", 503: "busy"}


class Question(NamedTuple):
    """What was asked: the name of an operation, and what its places took."""

    operation: str
    asked: Asked
    write: bool = False
    """Whether it changes something."""

    @property
    def context(self) -> dict[str, str]:
        """What a document may read of it."""
        named = {name: getattr(self.asked, name) for name in _OF_WHOM}
        return {"operation": self.operation, **{name: value for name, value in named.items() if value}}


class Answers:
    """Reads what one system answers."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        self._dialect = dialect

    def said(self, answer: HttpAnswer, question: Question) -> Answer:
        """What an answer says of itself; its status, where it has no body or one of another kind.

        Raises:
            UnknownOutcomeError, UnavailableError: It was answered as if all were well, and by something else.
        """
        outcomes = self._read(ANSWER, answer, question) if self._dialect.gives(ANSWER) and answer.body.strip() else ()
        match outcomes:
            case (Item(records=(Answer() as said,)),):
                return said
        if not (answer.status < 300 and outcomes):
            return Answer(subject="", says=_by_status(answer.status))
        raise self.odd(
            Words(
                f"answered {answer.status} with something else: {_why(outcomes)}",
                f"应答 {answer.status}，但内容不符：{_why(outcomes).zh}",
            ),
            write=question.write,
        )

    def listed(self, form: str, answer: HttpAnswer, question: Question, of: type[_R]) -> tuple[list[_R], int]:
        """Who stands in an answer, and how many entries it has in all, those that are left out by rule included.

        Raises:
            UnavailableError: ``peer.bad-answer``: one of them cannot be read.
        """
        outcomes = self._read(form, answer, question)
        if any(isinstance(each, Fault) for each in outcomes):
            raise self.odd(Words(f"{form}: {_why(outcomes)}", f"{form}：{_why(outcomes).zh}"), write=False)
        records = [record for each in outcomes if isinstance(each, Item) for record in each.records]
        return [each for each in records if isinstance(each, of)], len(outcomes)

    def odd(self, what: Words, *, write: bool) -> LicetError:
        """What is raised where an answer is none to what was asked."""
        if write:
            return UnknownOutcomeError(Words(f"{self.name}: a change was {what}", f"{self.name}：变更请求{what.zh}"))
        return UnavailableError("peer.bad-answer", Words(f"{self.name}: {what}", f"{self.name}：{what.zh}"))

    def _read(self, form: str, answer: HttpAnswer, question: Question) -> tuple[Outcome, ...]:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        context = {"status": str(answer.status), "media_type": kind, **question.context}
        return self._dialect.read(Transmission(self.name, _ANY, kind, answer.body, form=form, context=context))


def require_done(said: Answer, what: str, *, write: bool) -> None:
    """Return if an answer says that it was done.

    Raises:
        LicetError: What follows from what it says instead.
    """
    if said.says == "done":
        return
    code = Words(f" (code {said.code!r})", f"（代码 {said.code!r}）") if said.code else NOTHING
    text = Words(f"{what}: answered {said.says}{code}", f"{what}：应答 {said.says}{code.zh}")
    if said.says == "failed":
        raise UnknownOutcomeError(text) if write else UnavailableError("peer.unreachable", text)
    raise _REFUSED.get(said.says, _refused)(text)


def applied(said: Answer, wanted: Presence, what: str) -> Literal["applied", "noop"]:
    """What an answer says of a change.

    Raises:
        LicetError: It was not made, or that is not known.
    """
    opens = wanted == "present"
    if said.says == ("already" if opens else "not_there") or (said.says == "no_person" and not opens):
        return "noop"
    require_done(said, what, write=True)
    return "applied"


def _refused(text: Words) -> LicetError:
    return RejectedError("peer.rejected", text)


_REFUSED: dict[str, Callable[[Words], LicetError]] = {
    "busy": lambda text: UnavailableError("peer.throttled", text),
    "conflict": lambda text: UnavailableError("peer.conflict", text),
    "no_person": lambda text: UnavailableError("sink.no-person", text),
    "login": lambda text: RejectedError("peer.auth", text),
    "no_rights": lambda text: RejectedError("peer.auth", text),
    "no_target": lambda text: RejectedError("sink.no-target", text),
}


def _by_status(status: int) -> AnswerWord:
    return "done" if status < 300 else _BY_STATUS.get(status, "failed" if status >= 500 else "refused")


def _why(outcomes: tuple[Outcome, ...]) -> Words:
    return next(_faults(outcomes), Words("none that the document describes", "不是文档所描述的应答"))


def _faults(outcomes: tuple[Outcome, ...]) -> Iterator[Words]:
    for each in outcomes:
        if isinstance(each, Fault):
            yield Words(f"{each.code} at {each.where or 'its beginning'}", f"{each.where or '开头'} 处 {each.code}")
