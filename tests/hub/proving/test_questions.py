"""What the solver says of position files, and that the engine says the same of every person it names."""

from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("z3", reason="the extra licet[prove] is not installed")

from hub.proving.evidence import Unknowns
from hub.proving.meaning import Meaning
from hub.proving.questions import of_one, of_two
from hub.proving.story import NOW, story_of
from hub.rules.files.reading import read_position
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import standings
from tests.hub.rules.story import position, q_post

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = [
    read_position(file.read_text("utf-8"), file.name)
    for file in sorted((Path(__file__).parents[3] / "hub" / "positions").glob("*.toml"))
]
RICH = position(
    requirement={
        "hours": {"kind": "hours", "courses": ["a", "b"], "at_least_hours": 10, "at_least_rate": 0.9},
        "ever": {"kind": "hours", "courses": ["a"], "at_least_hours": 5, "class_minutes": 45},
        "exam": {"kind": "exam", "exam": "x", "at_least_score": 60},
        "online": {"kind": "course", "course": "c"},
        "work": {"kind": "practical", "at_least": 2, "graded": True},
        "either": {"kind": "any_of", "of": [["n"], ["online", "work"]]},
    },
    credential={
        "q": {"issuer": "hub", "valid_for": "12 months", "grant": {"needs": ["hours", "exam"], "over": "stint"}},
        "n": {"issuer": "authority", "scheme": "national", "review_missed": "tell", "least_provenance": "push"},
    },
    ladder=[
        {"scope": "supervised", "needs": ["online"]},
        {"scope": "partial(1)", "needs": ["online", {"needs": "ever", "over": "ever"}], "mentors": 1},
        {"scope": "full", "needs": ["q", "either"], "includes_lower": True},
    ],
    targets={"iam": {"full": ["door"]}},
)


def answers(proofs):
    return {(each.question, each.subject): each.answer for each in proofs}


def engine(story, rules):
    book = Rulebook({rules.id: versions([rules], ZONE)}, ZONE)
    [found] = standings(story.dossier, book, now=NOW)
    return found.scope


def anybody(things, random):
    """A person made by chance, near to what rules ask for."""
    counts = {"credited": [0, 225, 300, 540, 600, 1500, 3000], "missed": [0, 0, 10, 60, 300], "score": [0, 59, 60, 100]}
    found = {}
    for thing in sorted(things):
        if thing[0] in ("credited", "missed", "score"):
            found[thing] = random.choice(counts[thing[0]])
        elif thing[0] in ("graded", "ungraded", "mentors", "provenance"):
            found[thing] = random.randrange(4 if thing[0] != "provenance" else 6)
        else:
            found[thing] = thing[0] != "opaque" and random.random() < 0.7
    return found


@pytest.mark.parametrize("rules", [RICH, q_post(), *SHIPPED], ids=lambda each: each.id)
def test_the_engine_gives_every_person_the_scope_that_the_formulas_say(rules):
    unknowns = Unknowns()
    scope = Meaning(rules, unknowns).scope()
    reached = set()
    for number in range(150):
        someone = anybody(unknowns.things(), Random(number))
        said = unknowns.true_of(someone, scope).as_long()
        story = story_of(someone, rules.id)
        assert rank(engine(story, rules)) == said, [line.en for line in story.lines]
        reached.add(said)
    assert len(reached) > 1, "some stand, some do not"


@pytest.mark.parametrize("rules", SHIPPED, ids=lambda each: each.id)
def test_the_shipped_files_are_proved_and_mean_what_they_mean(rules):
    found = answers([*of_one(rules, ZONE), *of_two(rules, rules, ZONE)])
    assert set(found.values()) == {"proved"}
    assert ("ended", rules.id) in found and ("nobody_new", rules.id) in found


def test_a_rung_that_does_not_imply_the_one_below_has_a_person():
    broken = [
        {"scope": "partial(1)", "needs": ["rack"]},
        {"scope": "full", "needs": ["q"]},
    ]
    rules = q_post(requirement={"rack": {"kind": "exam", "exam": "rack-work"}}, ladder=broken)
    [ladder, _ended] = of_one(rules, ZONE)
    assert (ladder.question, ladder.answer, ladder.scopes) == ("ladder", "refuted", ("full",))
    assert any("q by the opening balance" in each.en or "of intro" in each.en for each in ladder.story)
    assert not any("rack-work" in each.en for each in ladder.story)
    mended = q_post(
        requirement={"rack": {"kind": "exam", "exam": "rack-work"}},
        ladder=[broken[0], {**broken[1], "includes_lower": True}],
    )
    assert answers(of_one(mended, ZONE))["ladder", "full > partial(1)"] == "proved"


def test_who_stands_although_everything_has_ended_is_told():
    def asked(**more):
        rules = position(credential={"n": {"issuer": "authority", **more}}, ladder=[{"scope": "full", "needs": ["n"]}])
        return of_one(rules, ZONE)[-1]

    assert asked().answer == "proved"
    told = asked(review_missed="tell")
    assert (told.answer, told.scopes) == ("refuted", ("full",))
    assert any("whose review was due" in each.en for each in told.story)


def test_a_draft_that_asks_for_less_admits_exactly_who_is_told():
    def rules(hours):
        return q_post(requirement={"learned": {"kind": "hours", "courses": ["intro"], "at_least_hours": hours}})

    proofs = of_two(rules(20), rules(24), ZONE)
    found = answers(proofs)
    assert (found["nobody_new", "post"], found["nobody_less", "post"]) == ("refuted", "proved")
    assert proofs[0].scopes == ("full", "none")
    assert any("20 of 20 hours of intro" in each.en for each in proofs[0].story)
    stricter = answers(of_two(rules(24), rules(20), ZONE))
    assert (stricter["nobody_new", "post"], stricter["nobody_less", "post"]) == ("proved", "refuted")


def test_a_target_more_is_somebody_new():
    def rules(*doors):
        return RICH.model_copy(update={"targets": {"iam": {"full": doors}}})

    proofs = of_two(rules("door", "cage"), rules("door"), ZONE)
    assert (proofs[0].answer, proofs[0].scopes) == ("refuted", ("full", "full"))
    assert proofs[1].answer == "proved"


def test_two_ways_to_write_the_same_are_equivalent():
    one = position(
        requirement={"both": {"kind": "all_of", "of": ["n", "m"]}},
        credential={"n": {"issuer": "authority"}, "m": {"issuer": "authority"}},
        ladder=[{"scope": "full", "needs": ["both"]}],
    )
    other = position(
        credential={"n": {"issuer": "authority"}, "m": {"issuer": "authority"}},
        ladder=[{"scope": "full", "needs": ["m", "n"]}],
    )
    assert set(answers(of_two(one, other, ZONE)).values()) == {"proved"}


def test_what_a_solver_cannot_look_into_is_never_said_to_be_proved():
    def rules(hours):
        drill = {"kind": "hours", "courses": ["drill"], "at_least_hours": hours}
        needs = [{"needs": "drill", "over": "month"}]
        return position(requirement={"drill": drill}, ladder=[{"scope": "full", "needs": needs, "accept_open": True}])

    found = of_two(rules(2), rules(3), ZONE)
    assert {each.answer for each in found} == {"undecided"} and all(each.about for each in found)
    assert {each.answer for each in of_two(rules(2), rules(2), ZONE)} == {"proved"}


def test_a_renewal_that_is_another_one_is_told_as_not_proved():
    longer = of_two(q_post(valid_for="24 months"), q_post(), ZONE)
    assert answers(longer)["renewal", "q"] == "undecided" and longer[-1].about == ("valid_for",)
    more = q_post(requirement={"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 48}})
    assert of_two(more, q_post(), ZONE)[-1].about == ("demands: annual",)
