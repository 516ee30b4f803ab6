"""Each position that ships, from a new hire to full scope: what is missing on the way, and what it is that opens it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.rules.files.reading import read_position
from tests.hub.rules.story import Evidence, ask, at, attended, issuer, passed, rulebook, stint

FILES = Path(__file__).parents[3] / "hub" / "positions"
HIRED = "03-02"


def shipped(name: str) -> Any:
    return read_position((FILES / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def authority(credential: str) -> Evidence:
    """A certificate that the person brought along when hired."""
    return issuer(credential, said=HIRED, since="2025-06-01", to="2028-05-31", credential=credential, provenance="push")


@dataclass(frozen=True)
class Story:
    """One hire: what came day by day, and the scope at the end of each of these days."""

    position: str
    brought: tuple[Evidence, ...]
    days: tuple[tuple[str, tuple[Evidence, ...], str], ...]
    opens: tuple[str, ...]

    def __str__(self) -> str:
        return self.position


ONLINE = attended(
    "dc-ops-online", "03-04 11:00", 1, kind="study", study="1", completion="counted", completed_at=at("03-04 11:00")
)
STORIES = [
    Story(
        "dc-operations",
        (authority("high-voltage"), authority("low-voltage")),
        (
            ("03-03 18:00", (attended("dc-safety", "03-03 17:00", 3),), "none"),
            ("03-04 18:00", (ONLINE,), "supervised"),
            ("03-10 18:00", (passed("dc-ops-exam", "03-10 10:00"),), "full"),
        ),
        ("dc-assist", "dc-ops"),
    ),
    Story(
        "network-security",
        (authority("cisp"), authority("mlps-assessor")),
        (
            ("03-10 18:00", (attended("attack-response", "03-10 17:00", 30),), "none"),
            ("03-12 18:00", (passed("attack-response", "03-12 10:00"),), "full"),
        ),
        ("soc",),
    ),
    Story(
        "classified-developer",
        (authority("clearance"),),
        (
            ("03-03 18:00", (attended("secrecy-training", "03-03 17:00", 5),), "none"),
            ("03-04 18:00", (attended("secrecy-training", "03-04 17:00", 1),), "none"),
            ("03-06 18:00", (passed("secrecy-exam", "03-06 10:00"),), "full"),
        ),
        ("classified-repositories",),
    ),
    Story(
        "machine-room-duty",
        (),
        (
            ("03-03 18:00", (attended("dc-safety", "03-03 17:00", 2),), "none"),
            ("03-05 18:00", (attended("dc-safety", "03-05 17:00", 1),), "full"),
        ),
        ("machine-room",),
    ),
    Story(
        "equipment-mover",
        (),
        (
            ("03-03 18:00", (attended("heavy-equipment-safety", "03-03 17:00", 6),), "none"),
            ("03-04 18:00", (passed("equipment-handling-exam", "03-04 10:00"),), "full"),
        ),
        ("loading-dock",),
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_q1_from_a_new_hire_to_full(story):
    position = shipped(story.position)
    known = [stint(HIRED, post=story.position), *story.brought]
    first = ask(position, known, f"{HIRED} 18:00", post=story.position)
    assert first.scope == "none" and first.holds
    for day, came, scope in story.days:
        known += came
        found = ask(position, known, day, post=story.position)
        assert found.scope == scope, (day, found.holds)
        assert bool(found.holds) is (scope != "full"), (day, found.holds)
    assert position.targets["iam"]["full"] == story.opens


@pytest.mark.parametrize("story", [each for each in STORIES if each.brought], ids=str)
def test_without_what_an_authority_gives_nobody_is_full(story):
    known = [stint(HIRED, post=story.position), *(each for _day, came, _scope in story.days for each in came)]
    for n in range(len(story.brought)):
        rest = [*story.brought[:n], *story.brought[n + 1 :]]
        found = ask(shipped(story.position), [*known, *rest], story.days[-1][0], post=story.position)
        assert found.scope != "full" and found.holds


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_who_does_nothing_more_is_full_for_a_year_and_not_for_good(story):
    known = [
        stint(HIRED, post=story.position),
        *story.brought,
        *(each for _day, came, _scope in story.days for each in came),
    ]
    last = {"network-security": "2027-03-10"}.get(story.position, story.days[-1][0].split()[0])
    year = "" if last.startswith("2027") else "2027-"
    assert ask(shipped(story.position), known, f"{year}{last} 09:00", post=story.position).scope == "full"
    assert ask(shipped(story.position), known, "2027-04-15 09:00", post=story.position).scope != "full"


def test_a_version_dated_next_month_changes_nothing_before_its_day():
    """The stricter one asks for one exam more: until its day the standing is that of a folder without it."""
    now = shipped("machine-room-duty")
    text = (FILES / "machine-room-duty.toml").read_text("utf-8")
    text = text.replace('risk = "medium"', 'risk = "medium"\neffective_from = 2026-04-01')
    text = text.replace('needs = ["machine-room-training"]', 'needs = ["machine-room-training", "fire-exam"]')
    later = read_position(
        f'{text}\n[requirement.fire-exam]\nkind = "exam"\nexam = "fire"\n'.replace(
            '"fire-exam"]', '{ needs = "fire-exam", over = "stint" }]'
        ),
        "later.toml",
    )
    known = [stint(HIRED, post=now.id), attended("dc-safety", "03-05 17:00", 3)]
    for both in (rulebook(now, later), rulebook(later, now)):
        alone, found = (ask(book, known, "03-31 23:59", post=now.id) for book in (rulebook(now), both))
        assert (found.scope, found.holds, found.to("machine-room-training")) == (
            alone.scope,
            alone.holds,
            alone.to("machine-room-training"),
        )
        assert found.scope == "full" and found.next_look is not None
        changed = ask(both, known, "04-01", post=now.id)
        assert (changed.scope, changed.holds) == ("none", ["exam_missing"])
