"""One who answers for a stand-in or a contractor leaves: when HR is asked, of which posts, until when; row by row."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import permutations

import pytest

from hub.rules.cases.sponsors import answered_for, departure, next_departures, of_sponsors
from schemas.people import Unlisted
from tests.hub.rules.story import PERSON, ZONE, Evidence, Said, at, day, facts_of, leave, person, stint

CONTRACT = stint("02-01", "09-30", said="01-20", sponsor="E1")


def unlisted(said: str) -> Said:
    """A whole roster that names the person no more."""
    return Said(Unlisted(subject=PERSON, as_of=at(said)), at(said), source="roster")


@dataclass(frozen=True)
class Row:
    """What the roster says of the contractor and of the one who answers; on each day whether HR is asked of what.

    Asked is nothing, or the last day (``-`` before a day: named no more on it) by the posts that it is about.
    """

    rule: str
    contractor: list[Evidence]
    sponsor: list[Evidence]
    asked: dict[str, dict[str, str]]
    next_look: dict[str, str]

    def __str__(self) -> str:
        return self.rule


LEAVES = [person("01-05"), person("05-20", leaves="06-30")]
ROWS = [
    Row(
        "from the day after the last day, to the end of the contract",
        [CONTRACT],
        LEAVES,
        {"06-30 23:59": {}, "07-01 00:00": {"post": "06-30"}, "09-30 23:59": {"post": "06-30"}, "10-01 00:00": {}},
        {"05-20": "07-01 00:00", "07-01 00:00": ""},
    ),
    Row(
        "as a whole roster names them no more, and no more asked once one does again",
        [CONTRACT],
        [person("01-05"), unlisted("04-02 09:00"), person("04-09 09:00")],
        {"04-02 08:59": {}, "04-02 09:00": {"post": "-04-02"}, "04-09 09:00": {}},
        {"03-01": ""},
    ),
    Row(
        "left, then gone from the roster: one matter, since the last day",
        [CONTRACT],
        [*LEAVES, unlisted("07-10 09:00")],
        {"07-01 00:00": {"post": "06-30"}, "07-10 09:00": {"post": "06-30"}},
        {},
    ),
    Row(
        "gone from the roster before the last day that it named: asked then",
        [CONTRACT],
        [*LEAVES, unlisted("06-10 09:00")],
        {"06-10 09:00": {"post": "-06-10"}, "07-01 00:00": {"post": "-06-10"}},
        {},
    ),
    Row(
        "another answers from a later row of the same stint on",
        [CONTRACT, stint("02-01", "09-30", said="07-06 09:00", sponsor="E2")],
        LEAVES,
        {"07-06 08:59": {"post": "06-30"}, "07-06 09:00": {}},
        {},
    ),
    Row(
        "of two rows that join, the one for which they answer, also while it is to come",
        [
            CONTRACT,
            stint("10-01", "12-31", said="01-20", sponsor="E1"),
            stint("2027-01-01", "2027-03-31", said="01-20"),
        ],
        LEAVES,
        {"07-01 00:00": {"post": "06-30"}, "12-31 23:59": {"post": "06-30"}, "2027-01-01 00:00": {}},
        {},
    ),
    Row(
        "every post of theirs",
        [CONTRACT, stint("03-01", "08-31", said="01-20", post="other", sponsor="E1"), stint("03-01", post="own")],
        LEAVES,
        {"07-01 00:00": {"post": "06-30", "other": "06-30"}},
        {},
    ),
    Row(
        "who left with them is asked of no more",
        [CONTRACT, person("05-20", leaves="06-30")],
        LEAVES,
        {"07-01 00:00": {}},
        {"06-01": ""},
    ),
    Row("who ends before", [stint("02-01", "05-31", said="01-20", sponsor="E1")], LEAVES, {"07-01 00:00": {}}, {}),
    Row("whom no roster ever named", [CONTRACT], [], {"07-01 00:00": {}}, {"05-20": ""}),
    Row("who is on leave", [CONTRACT], [person("01-05"), leave("06-01", "08-31", said="05-20")], {"07-01": {}}, {}),
]


def known(evidence: list[Evidence], now):
    return [each for each in facts_of(evidence) if each.known_at <= now]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_hr_is_asked(row):
    for when in {**row.asked, **row.next_look}:
        now = at(when)
        for order in permutations(row.contractor):
            stints = answered_for(known(list(order), now), now)
            left = departure("token", known(row.sponsor, now))
            departures = {} if left is None else {"E1": left}
            causes = list(of_sponsors(stints, departures, now, ZONE))
            if when in row.asked:
                assert {each.of: told(each.place) for each in causes} == row.asked[when], when
                assert len({each.key for each in causes}) <= 1, "one matter for all of whom one answered"
                assert all(each.since <= now for each in causes)
            if when in row.next_look:
                wanted = row.next_look[when]
                assert next_departures(stints, departures, now) == ([at(wanted)] if wanted else []), when


def told(place):
    """The day of a case as rows have it."""
    about = dict(place)
    assert about.pop("sponsor") == "token"
    [(how, when)] = about.items()
    assert day(when) - at(when) == timedelta(days=1) and date.fromisoformat(when).year == 2026
    return f"{'-' if how == 'unlisted_on' else ''}{when.removeprefix('2026-')}"
