"""Exam systems that nobody wrote an adapter for: told who may sit which exam, and who no longer may, by a document.

Wire:    two operations, ``admit`` and ``withdraw``, each a method, a path, a query and a body that the document
         writes from ``door.Asked``: ``person`` (the learner), ``target`` (the exam there), ``key``, ``credential``,
         ``position``, ``since``. Its form ``answer`` reads how it went; without it the status of HTTP says so.
Trust:   TLS, and a token, a log-in for one, OAuth 2, Basic, Digest, or a signature in the vendor's form.
Repeats: until the answer says ``done`` or that it is so already; the same word has one ``Idempotency-Key``.
Source:  public interfaces of exam and learning systems: 200 with a code, candidates by number.

What it takes is believed: nobody reads an exam system back. ``licet exams list`` shows what it was told.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from pydantic import Field, model_validator

from connectors.dialogue.answers import Question, applied
from connectors.dialogue.asking import Asking
from connectors.dialogue.forms import require_read, require_written
from connectors.dialogue.operations import ChangeOperation, DialogueSettings
from connectors.port import Dialect, Receipt, Registration, Spec
from schemas.access import Presence
from schemas.door import Asked
from schemas.errors import ConfigError
from schemas.words import Words

_SAMPLE = Asked(person="1", target="2", key="3", credential="4", position="5", since=datetime(2026, 1, 1, tzinfo=UTC))


class Settings(DialogueSettings, frozen=True):
    """What an integrator sets for one exam system."""

    admit: ChangeOperation = Field(description="Let somebody sit an exam: {person}, {target}, {key}.")
    withdraw: ChangeOperation = Field(description="Let them sit it no longer: {person}, {target}, {key}.")
    exams: dict[str, str] = Field(
        default_factory=dict,
        description="Exam of positions -> its id there; empty: it holds every exam, by the names of positions.",
    )

    @model_validator(mode="after")
    def _places_are_known(self) -> Self:
        for operation in (self.admit, self.withdraw):
            operation.require("person", "target", "key")
        return self


def require_forms(settings: Settings, dialect: Dialect) -> None:
    """Return if a document writes what the operations send.

    Raises:
        SettingError: Which form is missing, or cannot be written, and why.
    """
    require_read(dialect, {})
    require_written(dialect, {"admit": settings.admit, "withdraw": settings.withdraw}, _SAMPLE)


def _without() -> Dialect:
    raise ConfigError(
        Words(
            "found no mapping document, expected one: nothing can be told without it",
            "未指定映射文档；没有映射文档无法发送",
        )
    )


def _calendar() -> datetime:
    return datetime.now(UTC)


class RestPush:
    """Tells one exam system."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect] = _without,
        now: Callable[[], datetime] = _calendar,
    ) -> None:
        """A way to one system; ``dialect`` gives the document in use, ``now`` stamps requests that are signed."""
        self.name = name
        self._settings = settings
        self._asking = Asking(name, settings, dialect, now)

    def takes(self, exam: str) -> bool:
        """Whether it holds an exam; one without a list holds all."""
        return not self._settings.exams or exam in self._settings.exams

    def send(self, registration: Registration) -> Receipt:
        """Tell one word; taken once the system says that it is done, or so already."""
        wanted: Presence = "present" if registration.wanted == "registered" else "absent"
        operation = self._settings.admit if wanted == "present" else self._settings.withdraw
        question = Question("admit" if wanted == "present" else "withdraw", self._asked(registration), write=True)
        _answer, said = self._asking.ask(operation, question)
        applied(said, wanted, f"{self.name}: exam {question.asked.target!r}")
        return Receipt(detail=f"{said.says} {said.code}".rstrip())

    def close(self) -> None:
        """Close idle connections."""
        self._asking.close()

    def _asked(self, word: Registration) -> Asked:
        return Asked(
            person=word.learner,
            target=self._settings.exams.get(word.exam, word.exam),
            key=f"{word.id}/{word.sequence}",
            credential=word.credential,
            position=word.position,
            since=word.since,
        )


SPEC = Spec(
    title="Any exam system, told by a mapping document who may sit which exam",
    settings=Settings,
    build=RestPush,
    ports=("registrar",),
    own_document=True,
    exams="exams",
    dialect=require_forms,
)
