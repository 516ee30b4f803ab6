"""What an integrator sets for one system that is asked."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from connectors.rounds.settings import RoundSettings
from connectors.vendor_server import Placed, Value, VendorSettings
from schemas.words import Words

Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class _RequestSettings(VendorSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What a request of it looks like."""

    path: str = Field(
        default="", pattern=r"^(/[^?#\s]*)?$", description="What is asked for, behind base_url: /v1/records."
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="How it is asked; a POST must change nothing.")
    query: dict[str, str] = Field(default_factory=dict, description="Parameters of the URL of every request.")
    headers: dict[Header, str] = Field(default_factory=dict, description="Headers of every request; no secret.")
    send: Placed = Field(
        default="query",
        description="Where `parameters`, pages and times go: into the URL, or into the body of a POST. In JSON a name "
        "such as /page/no is a pointer, and numbers are numbers.",
    )
    parameters: dict[str, Value] = Field(default_factory=dict, description="What else goes there.")

    answer: Literal["json", "xml", "text"] = Field(
        default="json", description="What an answer is; of a text nothing is read here."
    )

    @model_validator(mode="after")
    def _body_is_posted(self) -> Self:
        if self.send != "query" and self.method != "POST":
            raise ValueError(Words("send: a body needs method POST", "send：请求体须用 method = POST"))
        return self


class Settings(RoundSettings, _RequestSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one system that is asked."""

    @model_validator(mode="after")
    def _text_is_not_read(self) -> Self:
        if self.answer == "text" and any((self.success_at, self.items, self.next_at, self.last_at)):
            raise ValueError(
                Words(
                    "answer: nothing can be read of a text; json or xml",
                    "answer：纯文本无法读取其中内容，应为 json 或 xml",
                )
            )
        return self
