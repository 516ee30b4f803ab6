"""What a body in JSON or XML says, read once and handed on beside its bytes."""

from dataclasses import dataclass
from typing import Any, Literal

from schemas.errors import PayloadError
from schemas.reading import LIMITS, Limits, read_json, read_xml


@dataclass(frozen=True, slots=True)
class Way:
    """How a body is read: as JSON, or as XML that must stand in a namespace where one is named, within limits.

    ``prefixes`` are pairs of a namespace and what stands before names that are in it.
    """

    form: Literal["json", "xml"]
    namespace: str | None = None
    prefixes: tuple[tuple[str, str], ...] = ()
    limits: Limits = LIMITS

    def read(self, body: bytes) -> "Content":
        """What a body says, or why it cannot be read."""
        try:
            if self.form == "json":
                return Content(self, body, read_json(body, limits=self.limits))
            prefixes = dict(self.prefixes) or None
            plain = read_xml(body, namespace=self.namespace, prefixes=prefixes, limits=self.limits)
            return Content(self, body, plain)
        except PayloadError as error:
            return Content(self, body, None, error)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The plain value of these very bytes, read in one way; nobody changes it."""

    way: Way
    body: bytes
    value: Any
    error: PayloadError | None = None

    def plain(self) -> Any:
        """The plain value.

        Raises:
            PayloadError: The bytes could not be read.
        """
        if self.error is not None:
            raise self.error
        return self.value


def content_of(body: bytes, way: Way, known: Content | None = None) -> Content:
    """What a body says: what is known already, where the same bytes were read in the same way."""
    if known is not None and known.body is body and known.way == way:
        return known
    return way.read(body)
