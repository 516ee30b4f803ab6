"""Exam and learning systems that nobody wrote an adapter for: told who may sit, or has to take, what, by a document.

Wire:    two operations, ``admit`` and ``withdraw`` for exams, ``enrol`` and ``unenrol`` for courses, or all four, each
         a method, a path, a query and a body that the document writes from ``door.Asked``: ``person`` (the learner),
         ``target`` (the exam or the course there), ``key``, ``credential`` (of an exam), ``position``, ``since``. Its
         form ``answer`` reads how it went; without it the status of HTTP says so.
Trust:   TLS, and a token, a log-in for one, OAuth 2, Basic, Digest, or a signature in the vendor's form; by agreement
         Standard Webhooks, RFC 9421 with a key of the hub, or a body that is signed and sealed (JOSE, XML).
Repeats: until the answer says ``done`` or that it is so already; the same word has one ``Idempotency-Key``.
Source:  public interfaces of exam and learning systems: 200 with a code, candidates by number.

What it takes is believed: nobody reads such a system back. ``licet exams list`` and ``licet people courses`` show what
it was told.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.dialogue.answers import CONTEXT, Question, applied
from connectors.dialogue.asking import Asking
from connectors.dialogue.forms import no_document, require_read, require_written
from connectors.dialogue.operations import ChangeOperation, ToldSettings
from connectors.envelope.outgoing import NO_KEYS, SigningKeys
from connectors.port import Dialect, Receipt, Registration, RegistrationKind, Spec
from schemas.access import Presence
from schemas.door import Asked
from schemas.words import Words

_SAMPLE = Asked(person="1", target="2", key="3", credential="4", position="5", since=datetime(2026, 1, 1, tzinfo=UTC))
_OPERATIONS: dict[tuple[RegistrationKind, Presence], Literal["admit", "withdraw", "enrol", "unenrol"]] = {
    ("exam", "present"): "admit",
    ("exam", "absent"): "withdraw",
    ("course", "present"): "enrol",
    ("course", "absent"): "unenrol",
}


class Settings(ToldSettings, frozen=True):
    """What an integrator sets for one exam or learning system."""

    admit: ChangeOperation | None = Field(
        default=None, description="Let somebody sit an exam: {person}, {target}, {key}. None: it holds no exams."
    )
    withdraw: ChangeOperation | None = Field(
        default=None, description="Let them sit it no longer: {person}, {target}, {key}."
    )
    exams: dict[str, str] = Field(
        default_factory=dict,
        description="Exam of positions -> its id there; empty: it holds every exam, by the names of positions.",
    )
    enrol: ChangeOperation | None = Field(
        default=None, description="Have somebody take a course: {person}, {target}, {key}. None: it is told of none."
    )
    unenrol: ChangeOperation | None = Field(
        default=None, description="They need not take it any more: {person}, {target}, {key}."
    )
    courses: dict[str, str] = Field(default_factory=dict, description="Course -> its id there: those it is told of.")

    @property
    def operations(self) -> dict[str, ChangeOperation | None]:
        """What it can be told, by name."""
        return {"admit": self.admit, "withdraw": self.withdraw, "enrol": self.enrol, "unenrol": self.unenrol}

    @model_validator(mode="after")
    def _places_are_known(self) -> Self:
        for operation in filter(None, self.operations.values()):
            operation.require("person", "target", "key")
            self.require_sealable(operation)
        return self

    @model_validator(mode="after")
    def _pairs_are_whole(self) -> Self:
        said = {name for name, operation in self.operations.items() if operation is not None}
        pairs = {"admit", "withdraw"}, {"enrol", "unenrol"}
        if not said or any(said & pair not in (set(), pair) for pair in pairs):
            raise ValueError(
                Words(
                    "admit and withdraw (exams), enrol and unenrol (courses), or all four",
                    "admit 与 withdraw（考试）、enrol 与 unenrol（课程），或四项齐全",
                )
            )
        if bool(self.courses) != (self.enrol is not None):
            raise ValueError(
                Words(
                    "courses, with enrol and unenrol: which courses it is told of, and how",
                    "courses 与 enrol、unenrol 一并填写：告知哪些课程、如何告知",
                )
            )
        return self


def require_forms(settings: Settings, dialect: Dialect) -> None:
    """Return if a document writes what the operations send.

    Raises:
        SettingError: Which form is missing, or cannot be written, and why.
    """
    require_read(dialect, {})
    require_written(dialect, settings.operations, _SAMPLE)


def _calendar() -> datetime:
    return datetime.now(UTC)


class RestPush:
    """Tells one exam or learning system."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect] = no_document,
        now: Callable[[], datetime] = _calendar,
        own: SigningKeys = NO_KEYS,
    ) -> None:
        """A way to one system; ``dialect`` gives the document in use, ``now`` stamps what ``own`` keys sign."""
        self.name = name
        self._settings = settings
        self._asking = Asking(name, settings, dialect, now, envelope=settings.closing(own))

    def takes(self, kind: RegistrationKind, topic: str) -> bool:
        """Whether it holds an exam or a course; one that holds exams without a list holds all of them."""
        if kind == "course":
            return topic in self._settings.courses
        return self._settings.admit is not None and (not self._settings.exams or topic in self._settings.exams)

    def send(self, registration: Registration) -> Receipt:
        """Tell one word; taken once the system says that it is done, or so already."""
        wanted: Presence = "present" if registration.wanted == "registered" else "absent"
        name = _OPERATIONS[registration.kind, wanted]
        operation = self._settings.operations[name]
        assert operation is not None, "it is told what it takes alone"
        question = Question(name, self._asked(registration), write=True)
        _answer, said = self._asking.ask(operation, question)
        applied(said, wanted, f"{self.name}: {registration.kind} {question.asked.target!r}")
        return Receipt(detail=f"{said.says} {said.code}".rstrip())

    def close(self) -> None:
        """Close idle connections."""
        self._asking.close()

    def _asked(self, word: Registration) -> Asked:
        return Asked(
            person=word.learner,
            target=(self._settings.exams if word.kind == "exam" else self._settings.courses).get(
                word.topic, word.topic
            ),
            key=f"{word.id}/{word.sequence}",
            credential=word.credential,
            position=word.position,
            since=word.since,
        )


SPEC = Spec(
    title="Any exam or learning system, told by a mapping document who may sit or has to take what",
    settings=Settings,
    build=RestPush,
    ports=("registrar",),
    own_document=True,
    exams="exams",
    courses="courses",
    dialect=require_forms,
    context=CONTEXT,
    own_keys=True,
)
