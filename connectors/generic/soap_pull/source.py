"""A system that is asked over SOAP by settings alone."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from connectors.generic.soap_pull.settings import Settings
from connectors.http import Answer
from connectors.rounds import paging
from connectors.rounds.pace import Pace
from connectors.rounds.paging import Where
from connectors.rounds.reading import bad
from connectors.rounds.source import Rounds
from connectors.rounds.window import written
from connectors.soap.server import SoapServer
from connectors.vendor_server import nested
from schemas.errors import PayloadError
from schemas.pointer import at, text_of
from schemas.reading import Limits, read_xml
from schemas.transmission import NOTHING
from schemas.words import Words

_ASKED = {
    "path", "operation", "parameters", "text_at", "text_is", "items", "pages", "page_parameter", "first_page",
    "size_parameter", "page_size", "next_at", "last_at", "keep_cursor", "since_parameter", "until_parameter", "start",
}  # fmt: skip
_LIMITS = Limits(depth=64, items=1_000_000, string=4 << 20, elements=1_000_000)
_ANY = datetime(2026, 1, 1, tzinfo=UTC)


def soap_pull(name: str, settings: Settings) -> Rounds:
    """What asks one system.

    Raises:
        ConfigError: Its WSDL is not as pinned, or does not take what settings say.
    """
    pace = Pace(settings.requests_per_minute)
    where = Where(settings.base_url, settings.path)
    kind = settings.text_is if settings.text_at else "xml"
    return Rounds(name, settings, kind, where, Caller(settings, pace), pace, asks_for(settings))


class Caller:
    """Asks one system for a page."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        self._server = SoapServer(settings, settings.most_bytes)
        self._operation = self._server.operation(settings.operation)
        self._operation.envelope(
            self._values(_every(settings))
        )  # what the WSDL does not take is told before it is asked

    def ask(self, target: str | None, asked: Mapping[str, str | int], etag: str, now: datetime) -> Answer:
        """The answer for a page; one without content where there is nothing.

        Raises:
            LicetError: There is no answer, or it is not believed.
        """
        self._pace.asked()
        found = self._server.ask(self._operation, self._values(asked), now, self._settings.deadline_seconds)
        if found is None:
            return Answer(204, NOTHING, b"")
        return Answer(200, NOTHING, found if self._settings.text_at is None else self._within(found))

    def renew(self) -> bool:
        """Nothing is kept that could be had anew."""
        return False

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()

    def _values(self, asked: Mapping[str, str | int]) -> dict[str, Any]:
        """Parameters, pages and times as the WSDL has them: one within the other."""
        return nested({name: _written(each) for name, each in {**self._settings.parameters, **asked}.items()})

    def _within(self, body: bytes) -> bytes:
        """The text that an answer holds."""
        pointer = self._settings.text_at or ""
        try:
            found = text_of(at(read_xml(body, limits=_LIMITS), pointer))
        except PayloadError as error:
            raise bad(
                Words(
                    f"{self._operation.name}: found an answer that cannot be read ({error.code})",
                    f"{self._operation.name}：应答无法读取（{error.code}）",
                )
            ) from error
        if found is None:
            raise bad(
                Words(
                    f"{self._operation.name}: found no text at {pointer}, expected {self._settings.text_is.upper()}",
                    f"{self._operation.name}：{pointer} 处没有文字，应为 {self._settings.text_is.upper()}",
                )
            )
        return found.encode()


def _written(value: str | int) -> str | int:
    return str(value).lower() if isinstance(value, bool) else value


def _every(settings: Settings) -> dict[str, str | int]:
    """Something for every parameter that a page or a window may take."""
    places = paging.parameters(settings, paging.first(settings, None) or "1")
    times = [each for each in (settings.since_parameter, settings.until_parameter) if each]
    return {**places, **{name: written(_ANY, settings) for name in times}}


def asks_for(settings: Settings) -> str:
    """A digest of all settings that say what is asked for, and in which pages; not of where it is, or who asks."""
    told = settings.model_dump(mode="json", include=_ASKED)
    return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=8).hexdigest()
