"""A message as the rules give it: about which matter, to whom, with which figures, and whether it can wait."""

from dataclasses import dataclass
from datetime import datetime

from hub.rules.values import Figures
from schemas.notice import Audience, NoticeKind


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One thing to tell one audience. ``key`` makes it once; ``at`` is the instant of its cause.

    ``ends_at`` is the end that it warns of, if it warns of one. ``urgent``: a change of scope, a closing within a day,
    an exam. All else may wait for the digest.
    """

    at: datetime
    kind: NoticeKind
    audience: Audience
    position: str
    about: str
    key: str
    figures: Figures = ()
    urgent: bool = False
    ends_at: datetime | None = None
