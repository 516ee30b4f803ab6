"""What an integrator sets of a system that is told and asked: requests, each with its places, and how it is reached."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from connectors.dialogue.templates import places, require_places
from connectors.vendor_server import VendorSettings
from schemas.words import Words


def _path(text: str) -> str:
    if not text.startswith("/") or set(text) & set("?# ") or {".", ".."} & set(text.split("/")):
        raise ValueError(
            Words(
                "a path that begins with / and has no query: parameters stand in `query`",
                "以 / 开头且不带查询参数的路径：参数写在 query 中",
            )
        )
    return text


Path = Annotated[str, AfterValidator(_path)]


class Operation(BaseModel, frozen=True, extra="forbid"):
    """One request."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(default="GET", description="Method.")
    path: Path = Field(description="Path behind `base_url`; places such as {target} take a value, percent-encoded.")
    query: dict[str, str] = Field(
        default_factory=dict, description="Parameters, with such places; one whose places are all empty is left out."
    )
    body: str = Field(default="", description="Form of the document that writes the body; empty: no body.")
    content_type: str = Field(default="application/json", pattern=r"^[!-~][ -~]{0,127}$", description="Of the body.")

    @property
    def places(self) -> set[str]:
        """The places of its path and query."""
        return places(self.path).union(*map(places, self.query.values()))

    def require(self, *known: str) -> None:
        """Return if it has no place but these; a ``ValueError`` if it has."""
        for text in (self.path, *self.query.values()):
            require_places(text, known)


class ChangeOperation(Operation, frozen=True):
    """A request that changes something."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = Field(default="POST", description="Method.")


class DialogueSettings(VendorSettings, frozen=True):
    """What an integrator sets of any such system."""

    statuses: tuple[int, ...] = Field(
        default=(),
        description="Statuses of failure (401, 403, 429, 500, ...) whose body, read by `answer`, says what happened.",
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
