"""What an integrator sets for one permission system that speaks HTTP in its own way."""

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.dialogue.operations import ChangeOperation, DialogueSettings, Operation

_PAGED = ("page", "offset", "size", "cursor")


class ListOperation(Operation, frozen=True):
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


class Settings(DialogueSettings, frozen=True):
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
