"""Which ends of a standing were announced: a closing at one waits neither for a guard nor for a manning."""

from collections.abc import Iterable

from hub.rules.closing.guard import End
from hub.rules.fact import Fact
from hub.rules.posts.standing import Standing
from schemas.decision import Issued, Warned


def is_announced(standing: Standing, facts: Iterable[Fact]) -> bool:
    """Whether the scope fell at an end that had stood for a month and of which the person was warned a week before."""
    ended_at = standing.lapsed_at
    if ended_at is None:
        return False
    words = [(fact.known_at, fact.record) for fact in facts]
    warned = [
        said.accepted_at
        for _at, said in words
        if isinstance(said, Warned) and (said.position, said.ends_at) == (standing.position, ended_at)
    ]
    stood = [at for at, said in words if isinstance(said, Issued) and said.issued_until == ended_at]
    return End(ended_at, min([*stood, *warned], default=None), min(warned, default=None)).announced
