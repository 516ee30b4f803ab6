"""Decides what partners are to hear: whose figures of a course are other than what they were told last."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from hub.access.modes import Modes
from hub.rules.demands.trained import Sums, sums_by_year
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.standing import Standing
from hub.store.commit import Tx
from hub.store.tables.partners import set_figures, told_figures

Place = tuple[str, str, int]
"""A partner, a course, a year."""


class Hearer(Protocol):
    """Who hears of training."""

    @property
    def name(self) -> str:
        """The instance."""
        ...

    def takes(self, course: str) -> bool:
        """Whether it hears of a course."""
        ...


class Told(NamedTuple):
    """What a partner is to hear."""

    place: Place
    sums: Sums


class Reporting:
    """Compares, in the commit of a review, what is known of a person with what partners were told."""

    def __init__(self, partners: Sequence[Hearer], zone: ZoneInfo) -> None:
        self._partners = partners
        self._zone = zone

    def __call__(self, person: str, dossier: Dossier, standings: Sequence[Standing], modes: Modes, tx: Tx) -> None:
        """Keep what is to be told of one person.

        Nobody hears of who holds no enforced post: what only is observed leaves the house for nobody.
        """
        if not self._partners or not any(_enforced(each.position, modes, tx.now) for each in standings):
            return
        known = {
            (row.connector, row.course, row.year): Sums(row.credited, row.counted, row.required, row.open)
            for row in tx.session.all(told_figures, {"person": person})
        }
        for (connector, course, year), sums in self._news(dossier, known, tx.now):
            row = {"id": tx.new_id(), "connector": connector, "person": person, "course": course, "year": year}
            figures = {name: getattr(sums, name) for name in Sums.__slots__}
            tx.session.run(set_figures, {**row, **figures, "decided_at": tx.now_us})
            tx.log("figures", connector=connector, person=person, outcome="decided")
            tx.wake_partners()

    def _news(self, dossier: Dossier, known: dict[Place, Sums], now: datetime) -> Iterator[Told]:
        found = sums_by_year(dossier.units, self._zone, now)
        for partner in self._partners:
            gone = {(course, year) for name, course, year in known if name == partner.name}
            for course, year in sorted({*found, *gone}):
                place, sums = (partner.name, course, year), found.get((course, year), Sums())
                if partner.takes(course) and known.get(place, Sums()) != sums:
                    yield Told(place, sums)


def _enforced(position: str, modes: Modes, now: datetime) -> bool:
    since = modes.enforced_since(position)
    return since is not None and since <= now
