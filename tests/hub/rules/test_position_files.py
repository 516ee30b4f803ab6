"""Position files: what is shipped is taken; a fault is told with file and line, found, expected, and what was meant."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.files.lint import lint
from hub.rules.files.reading import read_courses, read_position
from schemas.errors import ConfigError
from tests.hub.rules.story import ask, attended, stint

FILES = sorted((Path(__file__).parents[3] / "hub" / "positions").glob("*.toml"))
TEXTS = {file.name: file.read_text("utf-8") for file in FILES}
WHOLE = Path(__file__).with_name("position.toml").read_text("utf-8")
"""A file of our own that uses every kind of table: what is shipped may say other hours."""
COURSES = read_courses(
    """
[dc-safety]
mode = "room"
[dc-ops-online]
mode = "online"
nominal_minutes = 60
popups = true
[dc-annual]
mode = "room"
[secrecy-training]
mode = "room"
[heavy-equipment-safety]
mode = "room"
[attack-response]
mode = "room"
[cpe-a]
mode = "room"
category = "A"
[cpe-b]
mode = "room"
category = "B"
""",
    "courses.toml",
)
TODAY = date(2026, 6, 1)


def refused(text, file="dc.toml"):
    return [str(each) for each in lint({file: text}, COURSES, TODAY) if each.refused]


def warned(text, file="dc.toml", courses=COURSES):
    return [str(each) for each in lint({file: text}, courses, TODAY) if not each.refused]


def changed(found, instead):
    assert found in WHOLE
    return WHOLE.replace(found, instead, 1)


@pytest.mark.parametrize("file", TEXTS)
def test_what_is_shipped_is_taken_and_bears_its_id(file):
    assert refused(TEXTS[file], file) == []
    assert read_position(TEXTS[file], file).id == file.removesuffix(".toml")


def test_all_five_examples_are_there():
    assert {file.removesuffix(".toml") for file in TEXTS} == {
        "dc-operations",
        "network-security",
        "classified-developer",
        "machine-room-duty",
        "equipment-mover",
    }


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("found", "instead", "at", "told"),
    [
        ("at_least_rate = 0.9", "at_least_rate = 1.5", "at_least_rate = 1.5", ["1.5"]),
        ("at_least_rate = 0.9", "at_least_rat = 0.9", "at_least_rat ", ["did you mean 'at_least_rate'?"]),
        (
            "at_least_hours = 3\nat_least_rate = 0.8",
            "",
            "[requirement.prepost-hours]",
            ["at_least_hours", "do not fit together"],
        ),
        (
            'valid_for = "12 months"',
            'valid_for = "a year"',
            'valid_for = "a year"',
            ["'a year', expected a number and a unit"],
        ),
        ('over = "cycle" }', 'over = "yearly" }', '"yearly"', ["'yearly', expected week, month"]),
        (' over = "stint", from', " from", "grant = {", ["over"]),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_line(found, instead, at, told):
    text = changed(found, instead)
    with pytest.raises(ConfigError) as error:
        read_position(text, "dc.toml")
    assert all(word in error.value.message for word in told), error.value.message
    assert f"dc.toml:{line_of(text, at)}:" in error.value.message, error.value.message


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ('of = [["dc-ops-provisional"]', 'of = [["dc-ops-provisionl"]', "did you mean 'dc-ops-provisional'?"),
        ('needs = ["prepost-hours", "prepost-course"],', 'needs = ["nothing"],', "'nothing'"),
        ('courses = ["dc-annual"]', 'courses = ["dc-anual"]', "did you mean 'dc-annual'?"),
        (
            'grant = { needs = ["prepost-hours", "prepost-course"]',
            'grant = { needs = ["dc-ops-provisional"]',
            "rests on itself",
        ),
        ('scope = "supervised"', 'scope = "full"', "scopes that rise"),
        ('supervised = ["dc-assist"]', '"partial(1)" = ["x"]', "a rung of the ladder"),
        ('full = ["dc-assist", "dc-ops"]', 'full = ["mail"]', "a post may open and close"),
        ("[credential.low-voltage]", "[credential.prepost-exam]", "one name for one thing"),
        ('needs = ["entry"] }', 'needs = ["prepost-hours"] }', "a rate over stint"),
        ('full", needs = [', 'full", mentors = 1, needs = [', "mentors on full"),
        (
            '{ needs = "annual-exam", over = "cycle" }',
            '{ needs = "annual-exam", over = "stint" }',
            "a window that a renewal has",
        ),
        ('{ needs = "annual-exam", over = "cycle" }', '{ needs = "annual-exam", over = "week" }', "exam over 'week'"),
        ('before = "3 months"', 'before = "13 months"', "less than it is valid for"),
        (
            'over = "cycle", on_shortfall = "no_renewal"',
            'over = "month", on_shortfall = "checkpoint", cure = "2 months"',
            "less than the next period",
        ),
        (
            'over = "cycle", on_shortfall = "no_renewal"',
            'over = "credential_year", on_shortfall = "lapse_now"',
            None,
        ),
        (
            'over = "cycle", on_shortfall = "no_renewal"',
            'over = "month", on_shortfall = "lapse_now"',
            "a check that warns of it",
        ),
        (
            'scheme = "high-voltage-electrician"',
            'demands = [{ needs = "annual-hours", over = "cycle" }]',
            "ends by its own word",
        ),
        (
            'grant = { needs = ["prepost-hours", "prepost-course", "prepost-exam"]',
            'grant = { needs = ["high-voltage"]',
            "a need that shows learning",
        ),
    ],
)
def test_what_a_file_may_not_say_is_refused(found, instead, told):
    said = refused(changed(found, instead))
    if told is None:
        assert said == []
    else:
        assert any(told in each for each in said), said
        assert all(each.startswith("dc.toml:") for each in said)


def test_two_exclusive_requirements_on_one_course_are_refused():
    text = changed('courses = ["dc-annual"]', 'courses = ["dc-annual"]\nexclusive = true')
    assert refused(text) == []
    both = text.replace('courses = ["dc-safety", "dc-ops-online"]', 'courses = ["dc-annual"]\nexclusive = true')
    assert any("both exclusive on 'dc-annual'" in each for each in refused(both))


def test_versions_need_a_day_of_their_own_and_not_one_that_is_past():
    def version(day):
        return WHOLE.replace('risk = "high"', f'risk = "high"\neffective_from = {day}', 1)

    def said(*texts):
        files = {f"dc-{n}.toml": text for n, text in enumerate(texts)}
        return [str(each) for each in lint(files, COURSES, TODAY) if each.refused]

    assert said(WHOLE, version("2026-07-01")) == []
    assert said(version("2026-07-01"), WHOLE) == [], "the names of files put versions in no order"
    assert any("in a later version of that post, effective_from = DAY" in each for each in said(WHOLE, WHOLE))
    assert any("a day of its own" in each for each in said(version("2026-07-01"), version("2026-07-01")))
    assert any("the day of its activation" in each for each in said(WHOLE, version("2026-05-01")))


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ("at_least_hours = 6\n", "", "a rate without hours"),
        ('over = "cycle", on_shortfall = "no_renewal"', 'over = "month", on_shortfall = "no_renewal"', "debts add up"),
        ('over = "cycle", on_shortfall = "no_renewal"', 'over = "year"', "years that close within a cycle"),
        ('settle_as = "excused"', 'settle_as = "absent"', "silence is not evidence"),
        ('"dc-ops-qualification", "high-voltage"', '"high-voltage"', "full without entry"),
    ],
)
def test_what_somebody_should_look_at_is_warned_of(found, instead, told):
    assert any(told in each for each in warned(changed(found, instead))), warned(changed(found, instead))


def test_a_formal_credential_stands_for_its_provisional_one():
    assert not any("full without" in each for each in warned(WHOLE))
    either = changed('needs = ["entry"]', 'needs = ["dc-ops-provisional"]')
    assert not any("full without" in each for each in warned(either))
    assert any(
        "full without dc-ops-provisional" in each
        for each in warned(either.replace('"dc-ops-qualification", "high', '"high'))
    )


def test_a_citation_is_missing_or_past_its_review():
    assert any("no citation" in each for each in warned(WHOLE))
    cite = 'cite = { text = "article", checked_on = 2025-06-01, next_review_on = 2026-05-31 }'
    text = changed('scheme = "low-voltage-electrician"', f'scheme = "low-voltage-electrician"\n{cite}')
    assert any("to be reviewed by 2026-05-31, last read on 2025-06-01" in each for each in warned(text))


def test_a_post_of_high_risk_says_what_is_dangerous():
    assert not any("without hazards" in each for each in warned(WHOLE))
    silent = changed('hazards = ["high voltage", "heavy equipment"]', "hazards = []")
    assert any("without hazards" in each for each in warned(silent))


def test_an_easy_online_course_at_high_risk():
    easy = {
        **COURSES,
        "dc-ops-online": COURSES["dc-ops-online"].model_copy(update={"popups": False, "time_evidence": "none"}),
    }
    said = warned(WHOLE, courses=easy)
    assert any("no pop-up questions" in each for each in said) and any("a click is not study" in each for each in said)


def test_one_course_in_two_posts_counts_for_both():
    both = {"dc.toml": WHOLE, "machine-room-duty.toml": TEXTS["machine-room-duty.toml"]}
    said = [str(each) for each in lint(both, COURSES, TODAY) if "counts for both" in str(each)]
    assert len(said) == 1 and "'dc-safety'" in said[0]


@given(st.sampled_from(sorted(TEXTS)), st.randoms(use_true_random=False))
def test_the_order_of_tables_in_a_file_changes_nothing(file, random):
    head, *tables = TEXTS[file].split("\n[")
    random.shuffle(tables)
    turned = "\n[".join([head, *tables]) + "\n"
    assert read_position(turned, file) == read_position(TEXTS[file], file)

    def told(text):
        return sorted((each.path, each.found, each.hint) for each in lint({file: text}, COURSES, TODAY))

    assert told(turned) == told(TEXTS[file])
    evidence = [stint(post=(post := read_position(turned, file)).id), attended("dc-safety", "02-02 17:00", 3)]
    asked = [ask(each, evidence, "03-02", post=post.id) for each in (post, read_position(TEXTS[file], file))]
    assert asked[0].standing == asked[1].standing


@pytest.mark.parametrize("day", [TODAY, date(2028, 1, 1)], ids=str)
def test_the_order_of_tables_changes_no_finding(day):
    """The courses are of an easy kind and two requirements name each, so that somebody is first."""
    easy = {name: each.model_copy(update={"popups": False}) for name, each in COURSES.items()}
    faulty = (
        WHOLE.replace('courses = ["dc-annual"]', 'courses = ["dc-safety", "dc-anual"]\nexclusive = true')
        .replace(
            'courses = ["dc-safety", "dc-ops-online"]', 'courses = ["dc-safety", "dc-ops-online"]\nexclusive = true'
        )
        .replace('of = [["dc-ops-provisional"]', 'of = [["dc-ops-provisionl"]')
    )
    head, *tables = faulty.split("\n[")

    def found(text):
        said = lint({"dc.toml": text}, easy, day)
        return sorted((each.path, each.found, each.expected, each.hint, each.refused) for each in said)

    assert len(found(faulty)) > 5
    assert found("\n[".join([head, *reversed(tables)])) == found(faulty)
    assert found("\n[".join([head, *sorted(tables)])) == found(faulty)


def test_an_online_course_without_a_length_is_refused():
    with pytest.raises(ConfigError, match="nominal_minutes"):
        read_courses('[basics]\nmode = "online"\n', "courses.toml")


@pytest.mark.parametrize("file", sorted(Path("hub/positions").glob("*.toml")), ids=lambda file: file.stem)
def test_a_shipped_post_of_high_risk_says_what_is_dangerous(file):
    position = read_position(file.read_text("utf-8"), file.name)
    assert position.hazards or position.risk != "high"
