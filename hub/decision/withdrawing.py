"""Closes what issuers suspended or revoked, and what was open beside the rules, without asking a rule.

Many at once: each question and each statement is one for all, which costs a fraction of what each alone costs.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

import orjson

from hub.access.desired import Desire, desire_all, read_all
from hub.access.overrides import Overrides
from hub.decision.decisions import Closing, Decisions
from hub.decision.explicit import Ground, grounds
from hub.decision.words import IssuersWords, words_of
from hub.notification.withdrawn import keep_withdrawn
from hub.store.commit import Tx
from hub.store.left_over import Waiting
from hub.store.tables.access import DesiredRow

_SILENCE = IssuersWords((), {})

log = logging.getLogger(__name__)


class Withdrawing:
    """Closes, inside a commit; the reviews follow."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    def __call__(self, waiting: Sequence[Waiting], tx: Tx) -> None:
        """Close what was withdrawn of these, in a savepoint; each alone where that fails. Never raises."""
        if not waiting:
            return
        with tx.savepoint("closing") as tried:
            self._close(_causes(waiting), tx)
        if tried.error is None:
            return
        if len(waiting) > 1:
            for each in waiting:
                self([each], tx)
            return
        log.error("the closing path failed too", exc_info=tried.error)
        tx.log("alarm", person=waiting[0][0], code="review.stuck", error=type(tried.error).__name__)

    def _close(self, causes: Mapping[str, Sequence[str]], tx: Tx) -> None:
        people = orjson.dumps(list(causes)).decode()
        rows, words = read_all(people, tx), words_of(people, tx.session)
        found = [_Withdrawn(person, rows.get(person, []), words.get(person, _SILENCE), tx) for person in causes]
        news = [each for each in found if each.news]
        said = [Closing(each.person, each.news, causes[each.person]) for each in news]
        decisions = dict(zip((each.person for each in news), self._decisions.closed(said, tx), strict=True))
        tell_hr([(each.person, each.news) for each in news], tx)
        overrides = Overrides.of_all(people, tx)
        changed = [each for each in found if each.news or each.person in overrides]
        desires = [each.desire(overrides.get(each.person), decisions.get(each.person, "")) for each in changed]
        desire_all(desires, tx)
        for person, openings in overrides.items():
            openings.conclude(person, tx)


class _Withdrawn:
    """What issuers withdrew of one person's targets; ``news`` is what was not closed so before."""

    def __init__(self, person: str, rows: Sequence[DesiredRow], words: IssuersWords, tx: Tx) -> None:
        self.person = person
        self._rows = rows
        closed = [(each, each.closed(explicit=True)) for each in grounds(rows, words) if each.withdrawn(tx.now)]
        self.news = [ground for ground, target in closed if ground.is_news(target)]
        self._wanted = [target for _ground, target in closed] if self.news else []

    def desire(self, overrides: Overrides | None, decision: str) -> Desire:
        """What must be true, with the doors that were opened beside the rules."""
        wanted = self._wanted if overrides is None else overrides.over(self._wanted)
        return Desire(self.person, wanted, decision, self._rows)


def tell_hr(closed: Iterable[tuple[str, Iterable[Ground]]], tx: Tx) -> None:
    """Have HR told in which posts an issuer's own word closes what was open, of each person.

    Who has lost nothing, as their post is only observed, is nobody of whom HR must hear.
    """
    lost = (
        (person, [each for each in news if each.opened and each.row.wanted == "present"]) for person, news in closed
    )
    keep_withdrawn(((person, {post for each in open_ for post in each.positions}) for person, open_ in lost), tx)


def _causes(waiting: Iterable[Waiting]) -> dict[str, list[str]]:
    """Why each is looked at; somebody may wait for several causes."""
    found: dict[str, list[str]] = {}
    for person, causes in waiting:
        known = found.setdefault(person, [])
        known += [each for each in causes if each not in known]
    return found
