"""The attributes that CloudEvents 1.0.2 demands of every event, and how far they are held to."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import PayloadError
from schemas.faults import faults_of
from schemas.words import Words, found_and_should

_RFC3339 = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
    r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def _instant(text: str) -> str:
    if not _RFC3339.fullmatch(text):
        raise ValueError(Words("an instant of RFC 3339 with its offset", "RFC 3339 格式、带时区偏移的时刻"))
    return text


class CloudEvent(BaseModel):
    """An event's envelope; other attributes are extensions, which are not read here."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=256)]
    source: Annotated[str, Field(min_length=1, max_length=512)]
    type: Annotated[str, Field(min_length=1, max_length=128)]
    time: Annotated[str, AfterValidator(_instant)] | None = None


def envelope_of(event: dict[str, Any]) -> CloudEvent:
    """The envelope of an event.

    Raises:
        PayloadError: An attribute is missing or not of its form; ``where`` names it.
    """
    try:
        return CloudEvent.model_validate(event)
    except ValidationError as error:
        fault = faults_of(error)[0]
        raise PayloadError(
            fault.code,
            Words(
                f"found {fault.found}, expected {fault.expected}", f"{found_and_should(fault.found, fault.expected)}"
            ),
            f"/{fault.at[0]}",
        ) from error
