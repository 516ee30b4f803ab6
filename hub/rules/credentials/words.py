"""What was said of one credential number, in the order that holds, with what contradicts itself."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from hub.rules.fact import Fact, digest_of, of_kind, sorted_by
from hub.rules.values import Alarm
from schemas.credential import CredentialStatus, Status

CLOSING: tuple[Status, ...] = ("suspended", "superseded", "expired", "lapsed", "revoked")
"""Words that close, the mildest first."""
AT_ARRIVAL = timedelta(minutes=15)
"""A closing word effective so soon after its arrival acts at its arrival."""

_BETWEEN = re.compile(r"[\s\-−֊־᐀᠆‐-―⸗⸚⸺⸻⹀⹝〜〰゠\U00010EAD]+")
"""What a number is grouped by: spaces, and all that Unicode has for dashes."""


@dataclass(frozen=True, slots=True)
class Word:
    """One statement about a number: the fact, and from when it acts."""

    fact: Fact
    stated: CredentialStatus
    acts_at: datetime

    @property
    def closes(self) -> bool:
        """Whether it closes the number."""
        return self.stated.status in CLOSING

    @property
    def dated(self) -> bool:
        """Whether it states a period."""
        return self.stated.valid_from is not None or self.stated.valid_until is not None


@lru_cache(maxsize=65536)  # a name may be compared many times in one look
def normal(number: str) -> str:
    """A certificate number as rules compare it: without spaces, dashes, case and width.

    What stands for a number in the store, in small letters, stays as it is.
    """
    return _without_groups(number).casefold()


def spelled(number: str) -> str:
    """The same in capital letters. What the store knows a number by is made of this: another form would know none."""
    return _without_groups(number).upper()


def _without_groups(number: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", number))


def words_by_number(facts: Iterable[Fact], names: Iterable[str]) -> dict[str, tuple[Word, ...]]:
    """What was said of each number of a credential, by any of its names. ``unknown`` says nothing."""
    known = set(names)
    found: dict[str, list[Word]] = {}
    for fact, stated in of_kind(facts, CredentialStatus):
        if stated.credential in known and (word := word_of(fact, stated)) is not None:
            found.setdefault(normal(stated.number), []).append(word)
    return {number: tuple(found[number]) for number in sorted(found)}


def word_of(fact: Fact, stated: CredentialStatus) -> Word | None:
    """What a fact says of a number; ``unknown`` says nothing."""
    return None if stated.status == "unknown" else Word(fact, stated, _acts_at(fact, stated))


def in_order(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[Alarm, ...]]:
    """The words of one number in the order that holds, and the alarms they give.

    They go by when they were said, those of one instant by their sequence, else by when they act, the stricter one
    last. Where a source's own sequence says otherwise than time, the order that puts a closing word last holds; of two
    contents under one sequence the stricter one is kept. A word that does not say when it was said may have been
    overtaken on its way: of both orders that holds whose last word is the stricter one.
    """
    kept, alarms = _one_per_sequence(sorted_by(words, _said, _strictness))
    alarms = (*alarms, *_contrary(kept))
    acting = tuple(sorted(kept, key=_acting))
    if acting[-1].closes and acting[-1].stated.status != "revoked" and not kept[-1].closes:
        alarms = (*alarms, _disagreeing(kept))
        kept = acting
    counted = _by_sequence(kept)
    if counted != kept:
        alarms = (*alarms, _disagreeing(kept))
        if counted[-1].closes and not kept[-1].closes:
            return counted, alarms
        moved = (word for word, other in zip(kept, counted, strict=True) if word != other)
        if any(word.stated.said_at is None for word in moved) and _strictness(counted[-1]) > _strictness(kept[-1]):
            return counted, alarms
    return kept, alarms


def _acts_at(fact: Fact, stated: CredentialStatus) -> datetime:
    ahead = stated.changed_at - fact.arrived_at
    soon = stated.status in CLOSING and timedelta() < ahead <= AT_ARRIVAL
    return fact.arrived_at if soon else stated.changed_at


def _one_per_sequence(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[Alarm, ...]]:
    counted = sorted((word for word in words if word.stated.sequence), key=_sequence)
    dropped: list[Word] = []
    alarms: list[Alarm] = []
    for _place, group in groupby(counted, key=_sequence):
        same = list(group)
        contents = {_content(word) for word in same}
        if len(contents) > 1:
            strictest = max(same, key=_strictness)
            dropped += [word for word in same if _content(word) != _content(strictest)]
            alarms.append(
                Alarm("sequence_said_twice", strictest.stated.credential, tuple(word.fact.id for word in same))
            )
    return tuple(word for word in words if word not in dropped), tuple(alarms)


def _by_sequence(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words with those of each source put into the places that these have among all, by their sequence."""
    places: dict[str, list[int]] = {}
    for n, word in enumerate(words):
        if word.stated.sequence:
            places.setdefault(word.fact.source, []).append(n)
    found = list(words)
    for own in places.values():
        for place, word in zip(own, sorted((words[n] for n in own), key=_sequence), strict=True):
            found[place] = word
    return tuple(found)


def _disagreeing(words: Sequence[Word]) -> Alarm:
    refs = tuple(sorted(word.fact.id for word in words))
    return Alarm("sequence_contradicts_time", words[0].stated.credential, refs)


def _contrary(words: Sequence[Word]) -> Iterable[Alarm]:
    """Words of one instant that act together without an order of their own, one of which closes and one does not."""
    for _place, group in groupby(words, key=_said):
        same = list(group)
        if len({word.closes for word in same}) > 1:
            yield Alarm("words_contradict", same[0].stated.credential, tuple(sorted(word.fact.id for word in same)))


def _said(word: Word) -> tuple[datetime, int, datetime, datetime]:
    fact = word.fact
    return fact.said_at, word.stated.sequence, fact.arrived_at, word.acts_at


def _acting(word: Word) -> tuple[datetime, datetime]:
    """Words of one instant as they take effect, whatever their sequence."""
    return word.fact.said_at, word.acts_at


def _sequence(word: Word) -> tuple[str, int]:
    return word.fact.source, word.stated.sequence


def _content(word: Word) -> tuple[object, ...]:
    said = word.stated
    return said.status, said.changed_at, said.valid_from, said.valid_until, said.review_due


def _strictness(word: Word) -> tuple[int, float, float, str]:
    """Closing before active, the harder one before the milder, the earlier end before the later, the later begin."""
    said = word.stated
    severity = CLOSING.index(said.status) + 1 if word.closes else 0
    until = said.valid_until.timestamp() if said.valid_until else float("inf")
    begins = said.valid_from.timestamp() if said.valid_from else float("-inf")
    return severity, -until, begins, digest_of(said)
