"""What an integrator sets for one system that is asked over SOAP."""

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.rounds.settings import RoundSettings
from connectors.soap.settings import SoapSettings
from connectors.vendor_server import Pointer, Value
from schemas.words import Words


class _OperationSettings(SoapSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What is asked of it."""

    operation: str = Field(min_length=1, description="The operation that is asked; it must change nothing.")
    parameters: dict[str, Value] = Field(
        default_factory=dict,
        description="What it is asked with, as the WSDL calls it; /query/unit is within query. Pages and times, too.",
    )
    text_at: Pointer | None = Field(
        default=None, description="Where the answer stands as a text within: /GetRecordsResponse/return."
    )
    text_is: Literal["json", "xml"] = Field(default="json", description="What that text is.")


class Settings(RoundSettings, _OperationSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one system that is asked over SOAP."""

    @model_validator(mode="after")
    def _pages_have_no_address(self) -> Self:
        if self.pages in ("next_url", "link"):
            raise ValueError(
                Words(
                    "pages: over SOAP a page has no address; page, offset or cursor",
                    "pages：SOAP 的分页没有网址，应为 page、offset 或 cursor",
                )
            )
        return self
