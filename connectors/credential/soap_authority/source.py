"""Asks one authority, certificate by certificate, in rounds that a restart does not begin anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from connectors.credential.soap_authority.questions import Asking, NotKnown
from connectors.credential.soap_authority.settings import Settings
from connectors.port import Certificate, Page
from connectors.rounds.pace import Pace
from connectors.soap.server import SoapServer
from schemas.errors import LicetError, RejectedError, TrustError, UnavailableError
from schemas.transmission import Transmission

_STATUS, _RENEWAL = "1", "2"
"""The questions, in their order: how a certificate stands is asked about all of them first."""
_SILENT = frozenset({"peer.unreachable", "peer.timeout"})
_AWAY = _SILENT | {"peer.throttled", "peer.auth", "peer.missing", "peer.gone", "peer.tls"}
"""Nobody else would be answered either."""
_UNANSWERED = 3
"""So many times it is not there for what a renewal takes, and the round ends: how certificates stand goes before."""


class Inquiry(NamedTuple):
    """One question about one certificate."""

    question: str
    certificate: Certificate

    @property
    def place(self) -> list[str]:
        """Where it stands in a round."""
        return [self.question, *self.certificate]

    @property
    def mark(self) -> str:
        """By what a cursor knows what was said to it."""
        return _short(repr(self.certificate if self.question == _STATUS else self).encode())


class Heard(NamedTuple):
    """What came of a question: the body to hand on, or why there is none; neither where there is nothing to say."""

    body: bytes | None
    error: LicetError | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round has come; plain JSON in a cursor. ``said`` are short digests of what was said of whom last."""

    after: list[str] = field(default_factory=list)
    asked: int = 0
    missed: int = 0
    code: str = ""
    said: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0


class SoapAuthority:
    """Asks one authority. Its cursor holds the ``round`` under way, what was ``said``, and that it was ``away``."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Read WSDL, keys and certificates.

        Raises:
            ConfigError: Something of them is not as it should be, or the WSDL does not take what settings say.
        """
        self.name = name
        self._settings = settings
        self._server = SoapServer(settings, settings.most_bytes)
        self._pace = Pace(settings.requests_per_minute)
        self._asking = {_STATUS: Asking(self._server, settings.status, settings)}
        self._forms = {_STATUS: settings.status.form}
        if settings.renewal is not None:
            self._asking[_RENEWAL] = Asking(self._server, settings.renewal, settings)
            self._forms[_RENEWAL] = settings.renewal.form

    @property
    def credentials(self) -> frozenset[str]:
        """Of which credentials it is asked, by our names."""
        return frozenset(self._settings.credentials)

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    def inquire(self, cursor: Mapping[str, Any], known: Sequence[Certificate], now: datetime) -> Page:
        """What it says of the next certificates of a round, in their order.

        Raises:
            LicetError: It cannot be asked; the same ones are asked about next time.
        """
        if (left := self._pace.left()) > 0:
            return Page((), cursor, again_in=left)
        current = Round(**cursor["round"]) if "round" in cursor else Round()
        inquiries = (Inquiry(question, each) for question in self._asking for each in known)
        ahead = sorted(each for each in inquiries if each.place > current.after)
        try:
            return self._asked(current, ahead, cursor, now)
        except LicetError as error:
            return self._is_away(error, cursor)

    def _asked(self, current: Round, ahead: list[Inquiry], cursor: Mapping[str, Any], now: datetime) -> Page:
        before, brought, told = cursor.get("said", {}), list[Transmission](), dict(current.said)
        done, missed, code, heard = list(current.after), current.missed, current.code, 0
        unanswered = current.unanswered
        stuck = _passed_over(current, ahead, cursor)
        for count, inquiry in enumerate(ahead):
            if count and (count >= self._settings.at_once or self._pace.left() > 0):
                break
            try:
                body, error = self._of(inquiry, now)
                heard += 1
            except LicetError as failed:
                if inquiry != stuck and not heard:
                    raise
                if inquiry != stuck:
                    break  # what was heard is kept first; the same question is asked next
                body, error = None, failed
            done = inquiry.place
            if error is not None:
                missed, code = missed + 1, code or error.code
                unanswered += inquiry.question == _RENEWAL and error.code in _AWAY
            told[inquiry.mark] = before.get(inquiry.mark, "") if body is None else _short(body)
            if body is not None and before.get(inquiry.mark) != told[inquiry.mark]:
                brought.append(self._sent(inquiry.question, body, now))
            if unanswered == _UNANSWERED:
                told |= {each.mark: before.get(each.mark, "") for each in ahead[count + 1 :]}
                missed, done = missed + len(ahead) - count - 1, ahead[-1].place
                break
        asked = current.asked + sum(each.question == _STATUS and each.place <= done for each in ahead)
        taken = Round(done, asked, missed, code, told, unanswered)
        if ahead and done != ahead[-1].place:
            onward = {"said": before, "round": _plain(taken)}
            return Page(tuple(brought), onward, summary=_figures(taken), again_in=self._pace.left())
        held = {"held": f"{missed} answers not had about {asked} certificates; their state stays"} if missed else {}
        return Page(
            tuple(brought),
            {"said": told},
            summary={"certificates": {**_figures(taken)["certificates"], **held}},
            alarm=code,
        )

    def _of(self, inquiry: Inquiry, now: datetime) -> Heard:
        """What is said of one certificate. That it has no demands of it says nothing; that it does not know it, does.

        Raises:
            LicetError: It cannot be asked at all.
        """
        self._pace.asked()
        try:
            return Heard(self._asking[inquiry.question].ask(inquiry.certificate, now))
        except NotKnown as error:
            return Heard(None, error.error if inquiry.question == _STATUS else None)
        except (UnavailableError, RejectedError, TrustError) as error:
            if error.code in _AWAY and inquiry.question == _STATUS:
                raise
            return Heard(None, error)

    def _is_away(self, error: LicetError, cursor: Mapping[str, Any]) -> Page:
        """It cannot be asked: an alarm once, and an error of this connector for as long as that lasts.

        Raises:
            LicetError: It was so the last time, too.
        """
        if cursor.get("away") == error.code:
            raise error
        return Page(
            (), {**cursor, "away": error.code}, summary={"certificates": {"held": error.message}}, alarm=error.code
        )

    def _sent(self, question: str, body: bytes, now: datetime) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=now,
            media_type="application/xml",
            body=body,
            form=self._forms[question],
            context={"zone": self._settings.zone},
        )


def _passed_over(current: Round, ahead: list[Inquiry], cursor: Mapping[str, Any]) -> Inquiry | None:
    """The question that nobody answered the last time: if that is so again, others are asked."""
    others = len(ahead) > 1 or current.asked > 0
    return ahead[0] if ahead and others and cursor.get("away") in _SILENT else None


def _short(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()


def _plain(taken: Round) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in Round.__slots__}


def _figures(taken: Round) -> dict[str, Any]:
    return {"certificates": {"asked": taken.asked, "missed": taken.missed}}
