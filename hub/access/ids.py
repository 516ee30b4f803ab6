"""Ids of people at doors, and what is known of each."""

from typing import NamedTuple

from schemas.access import Presence


class Known(NamedTuple):
    """One id under which we opened a target to a person, or saw it open, and what was written of it since.

    Attributes:
        token: The identifier that led to it.
        adds: Grants that were taken and have not been seen.
        removals: Removals that were taken and have not been seen.
        sent: Whether a removal was sent since it was opened, or seen open.
        look_at: When it is looked at once more, if it was seen closed after a doubt; by the store's clock.
        handed_to: Who had the identifier when it was theirs to close, if it was not whom it was opened to.
    """

    target: str
    mark: str
    token: str
    subject: str
    adds: int = 0
    removals: int = 0
    sent: int = 0
    look_at: int | None = None
    handed_to: str | None = None


class Subject(NamedTuple):
    """An id at a sink, and the identifier that led to it."""

    id: str
    token: str


class Shown(NamedTuple):
    """What a target showed of one id, and why an absence proves nothing, if so."""

    presence: Presence | None
    unproven: str
