"""What an integrator sets for one permission system that speaks HTTP in its own way."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from connectors.generic.rest_door.templates import places, require_places
from connectors.vendor_server import VendorSettings
from schemas.words import Words

_PAGED = ("page", "offset", "size", "cursor")


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


class _Operation(BaseModel, frozen=True, extra="forbid"):
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


class ChangeOperation(_Operation, frozen=True):
    """A request that changes something."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = Field(default="POST", description="Method.")


class ListOperation(_Operation, frozen=True):
    """A request for a list, page by page where it has a place for {page}, {offset} or {cursor}."""

    method: Literal["GET", "POST"] = Field(default="GET", description="Method.")
    page_size: int = Field(default=100, gt=0, le=10_000, description="What {size} is: so many are asked for at once.")
    first_page: int = Field(default=1, ge=0, le=1, description="Number of the first page.")
    whole: bool = Field(
        default=False,
        description="A list without pages and without a total is whole: only where the system is known to cut none.",
    )

    @property
    def by_number(self) -> bool:
        """Whether its pages are asked for by their number, or by how much was read."""
        return bool({"page", "offset"} & self.places)


Operation = ListOperation | ChangeOperation


class Settings(VendorSettings, frozen=True):
    """What an integrator sets for one permission system."""

    find: ListOperation = Field(description="Accounts by our identifier: {person}, {page}, {offset}, {size}, {cursor}.")
    members: ListOperation = Field(
        description="To whom a target is open: {target}, {page}, {offset}, {size}, {cursor}."
    )
    look: ListOperation | None = Field(
        default=None,
        description="Whether a target is open to one account, for targets with thousands: {subject}, {target}, {page}, "
        "{offset}, {size}, {cursor}; read by the form `look`. Without it `members` is read.",
    )
    grant: ChangeOperation = Field(description="Open a target to an account: {subject}, {target}, {key}.")
    revoke: ChangeOperation = Field(description="Close a target to an account: {subject}, {target}, {key}.")
    targets: dict[str, str] = Field(
        default_factory=dict, description="Target of positions -> its id there. Empty: positions name the ids."
    )
    canary: str = Field(
        default="",
        description="Identifier of an account of its own that stands in every target: where it is seen, an answer that "
        "shows nobody else proves that nobody is there.",
    )
    statuses: tuple[int, ...] = Field(
        default=(),
        description="Statuses of failure (401, 403, 429, 500, ...) whose body, read by `answer`, says what happened.",
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    token_lifetime_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long tokens and sessions that were given before a removal go on there: the evidence of a "
        "closing says so.",
    )
    propagation_seconds: float = Field(
        default=0.0, ge=0, description="How long a change takes to reach the last reader behind this system."
    )
    remember: int = Field(default=10_000, gt=0, le=1_000_000, description="Ids of persons to keep in mind.")

    @model_validator(mode="after")
    def _places_are_known(self) -> Self:
        self.find.require("person", *_PAGED)
        self.members.require("target", *_PAGED)
        if self.look is not None:
            self.look.require("subject", "target", *_PAGED)
        for change in (self.grant, self.revoke):
            change.require("subject", "target", "key")
        return self
