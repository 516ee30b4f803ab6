"""A message as the rules give it: about which matter, to whom, with which figures, and whether it can wait."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.rules.values import Figures

Audience = Literal["person", "hr", "manager"]

MessageKind = Literal[
    "ends_missing",
    "ends_complete",
    "ends",
    "cure_opened",
    "cure_missed",
    "not_warned",
    "widened",
    "narrowed",
    "announced",
    "exam_open",
    "exam_closed",
    "shortfall",
    "renewed",
    "ground_lost",
    "mentor_missing",
    "unknown",
]


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One thing to tell one audience. ``key`` makes it once; ``at`` is the instant of its cause.

    ``urgent``: a change of scope, a closing within a day, an exam. All else may wait for the digest.
    """

    at: datetime
    kind: MessageKind
    audience: Audience
    position: str
    about: str
    key: str
    figures: Figures = ()
    urgent: bool = False
