"""How a certificate stands now: it holds, is over, or was taken back, read off the life of its credential."""

from datetime import datetime
from typing import NamedTuple

from hub.rules.life import CredentialState
from hub.rules.posts.standing import Standing
from schemas.decision import Issued


class CertificateStanding(NamedTuple):
    """``state`` in one word, since when, and the number that took its place, if one did.

    ``holds``; ``not_yet``; ``over``; ``replaced`` (it is held by another number); or what took it back: ``suspended``,
    ``revoked``, ``superseded``, ``lapsed``, ``ground_lost``. ``unknown``: its position has no rules here any more.
    """

    state: str
    since: datetime | None = None
    by: str = ""

    @property
    def holds(self) -> bool:
        """Whether it counts now."""
        return self.state == "holds"


def standing_of(issued: Issued, standings: tuple[Standing, ...], now: datetime) -> CertificateStanding:
    """How what was issued stands at an instant, by what the rules find then."""
    if now < issued.issued_from:
        return CertificateStanding("not_yet")
    posts = (each for each in standings if each.position == issued.position)
    states = (state for post in posts for state in post.credentials if state.credential == issued.credential)
    state = next(states, None)
    if state is None:
        return CertificateStanding("unknown")
    if state.status != "active":
        return _closed(issued, state, now)
    if state.number == issued.number:
        return CertificateStanding("holds")
    if now >= issued.issued_until:
        return CertificateStanding("over", issued.issued_until, state.number)
    return CertificateStanding("replaced", state.valid_from, state.number)


def _closed(issued: Issued, state: CredentialState, now: datetime) -> CertificateStanding:
    """It is not held: since its end, or since something ended it before."""
    if now >= issued.issued_until and (state.ended_at is None or state.ended_at >= issued.issued_until):
        return CertificateStanding("over", issued.issued_until)
    lost = state.reason == "ground_lost"
    return CertificateStanding("ground_lost" if lost else str(state.status), state.ended_at)
