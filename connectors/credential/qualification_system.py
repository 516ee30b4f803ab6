"""The employer's own qualification system hears who did how much of which training, by a document.

Wire:    one operation, ``tell``: a method, a path, a query and a body that the document writes (JSON or XML) from
         ``door.Asked``: ``person``, ``target`` (the course there), ``course_zh``, ``course_en``, ``from_on``,
         ``until_on``, ``hours``, ``required_hours``, ``rate`` and the same in seconds, ``key``, ``sequence``,
         ``since``. Its form ``answer`` reads how it went, and of which word (``key``) that is the receipt.
Trust:   TLS and a log-in; and by agreement Standard Webhooks, an HTTP message signature (RFC 9421) by a key of the
         hub, or a body that is signed and sealed (JOSE, XML).
Repeats: until there is a receipt of this very word; the same word has one ``key`` and one ``Idempotency-Key``. A
         receiver drops a ``sequence`` below the last of an ``id`` (the key before its ``/``).
Source:  public interfaces of personnel and qualification systems: 200 with a code, people by number.

A log-in that answers 200 with a code of failure, a receipt of another word, and an answer without any are told apart:
none of them is taken for a receipt.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Self

from pydantic import Field, model_validator

from connectors.absence import NOT_THERE
from connectors.dialogue.answers import ANSWER, CONTEXT, Question, require_done
from connectors.dialogue.asking import Asking
from connectors.dialogue.forms import no_document, require_read, require_written
from connectors.dialogue.operations import ChangeOperation, ToldSettings
from connectors.envelope.outgoing import NO_KEYS, SigningKeys
from connectors.http import Answer as HttpAnswer
from connectors.port import Dialect, Receipt, Spec, Trained
from schemas.door import Answer, Asked
from schemas.errors import RejectedError, SettingError, UnknownOutcomeError
from schemas.words import Words

_HOUR, _HUNDREDTH, _TEN_THOUSANDTH = 3600, Decimal("0.01"), Decimal("0.0001")
_SAMPLE = Asked(
    person="1",
    target="2",
    key="3/4",
    sequence=4,
    since=datetime(2026, 1, 1, tzinfo=UTC),
    course_zh="5",
    course_en="6",
    from_on="2026-01-01",
    until_on="2026-12-31",
    credited_seconds=7200,
    required_seconds=7200,
    open_seconds=0,
    hours="2.00",
    required_hours="2.00",
    rate="1.0000",
)


class Settings(ToldSettings, frozen=True):
    """What an integrator sets for one qualification system."""

    tell: ChangeOperation = Field(description="Say what somebody did of a course: {person}, {target}, {key}.")
    courses: dict[str, str] = Field(
        default_factory=dict,
        description="Course of the training plan -> its id there, and no other is told; empty: all, by our names.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.tell.require("person", "target", "key")
        self.require_sealable(self.tell)
        return self


def require_forms(settings: Settings, dialect: Dialect) -> None:
    """Return if a document writes what is told, and reads of what word an answer is the receipt.

    Raises:
        SettingError: Which form is missing, or cannot be written, and why.
    """
    require_read(dialect, {})
    if not dialect.gives(ANSWER):
        expected = Words(f"a form `{ANSWER}` that reads the receipt", f"读取回执的表单 `{ANSWER}`")
        raise SettingError(Words(f"{ANSWER}: none", f"{ANSWER}：无"), expected, setting="mappings")
    require_written(dialect, {"tell": settings.tell}, _SAMPLE)


def _calendar() -> datetime:
    return datetime.now(UTC)


class QualificationSystem:
    """Tells one qualification system."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        dialect: Callable[[], Dialect] = no_document,
        now: Callable[[], datetime] = _calendar,
        own: SigningKeys = NO_KEYS,
    ) -> None:
        """``dialect`` gives the document in use, ``now`` stamps what ``own`` keys sign."""
        self.name = name
        self._settings = settings
        self._asking = Asking(name, settings, dialect, now, envelope=settings.closing(own))

    def takes(self, course: str) -> bool:
        """Whether it hears of a course; without a list it hears of all."""
        return not self._settings.courses or course in self._settings.courses

    def tell(self, word: Trained) -> Receipt:
        """Tell one word; taken once the system gives a receipt of it."""
        asked = self._asked(word)
        answer, said = self._asking.ask(self._settings.tell, Question("tell", asked, write=True))
        _require_there(answer, said, self.name)
        if said.key and said.key != asked.key:
            raise UnknownOutcomeError(
                Words(
                    f"{self.name}: answered with the receipt of another word than was sent",
                    f"{self.name}：应答的回执不属于所发送的内容",
                )
            )
        if said.says != "already":
            require_done(said, f"{self.name}: course {asked.target!r}", write=True)
        if not said.key:
            raise UnknownOutcomeError(
                Words(
                    f"{self.name}: answered {said.says} without a receipt of the word that was sent",
                    f"{self.name}：应答 {said.says}，但没有所发送内容的回执",
                )
            )
        return Receipt(said.receipt or said.key, f"{said.says} {said.code}".rstrip())

    def close(self) -> None:
        """Close idle connections."""
        self._asking.close()

    def _asked(self, word: Trained) -> Asked:
        zh, en = word.named
        return Asked(
            person=word.learner,
            target=self._settings.courses.get(word.course, word.course),
            key=word.key,
            sequence=word.sequence,
            since=word.since,
            course_zh=zh,
            course_en=en,
            from_on=word.from_on.isoformat(),
            until_on=word.until_on.isoformat(),
            credited_seconds=word.credited,
            required_seconds=word.required,
            open_seconds=word.open,
            hours=_hours(word.credited),
            required_hours=_hours(word.required),
            rate=_rate(word.counted, word.required),
        )


def _require_there(answer: HttpAnswer, said: Answer, name: str) -> None:
    """Return unless the status alone answers that nothing stands at this address: no word of ours was refused."""
    code = NOT_THERE.get(answer.status)
    if code is not None and said.says in ("no_target", "refused") and not said.code:
        words = Words(
            f"{name}: answered {answer.status}, expected a receipt", f"{name}：应答 {answer.status}，应为回执"
        )
        raise RejectedError(code, words)


def _hours(seconds: int) -> str:
    """Hours with two decimals, cut: never more than there were."""
    return str((Decimal(seconds) / _HOUR).quantize(_HUNDREDTH, ROUND_DOWN))


def _rate(counted: int, required: int) -> str:
    return str((Decimal(counted) / required).quantize(_TEN_THOUSANDTH, ROUND_DOWN)) if required else ""


SPEC = Spec(
    title="The employer's own qualification system, told training hours and rates by a mapping document",
    settings=Settings,
    build=QualificationSystem,
    ports=("partner",),
    own_document=True,
    own_keys=True,
    courses="courses",
    dialect=require_forms,
    context=CONTEXT,
)
