"""Mentors and practicals of people on probation, as HR enters them: a mentor counts while in full standing."""

from datetime import timedelta

import pytest

from hub.intake.basis import Basis
from hub.rules.files.reading import read_position
from hub.store.tables import review
from schemas.errors import ConfigError
from schemas.learning import Result
from schemas.people import Assignment, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, know, opened, send, t
from tests.hub.intake.test_corrections import entered

BASIS = Basis("agreed with the line manager", b"scan of the sheet", ["wang"])
POST = """
id = "duty"
name = { zh = "值班", en = "Duty" }
risk = "medium"
mentor_grace = "3 working days"
ladder = [
  { scope = "supervised", needs = ["entry"], mentors = 1 },
  { scope = "partial(1)", needs = ["entry", "trial"], mentors = 1 },
  { scope = "full", needs = ["exam"] },
]
targets.iam = { supervised = ["assist"], "partial(1)" = ["assist"], full = ["assist", "duty"] }
[requirement]
entry = { kind = "exam", exam = "entry" }
trial = { kind = "practical", at_least = 2, graded = true }
exam = { kind = "exam", exam = "formal" }
"""


@pytest.fixture
def clock():
    return HandClock(NOW)


def hired(number: str):
    as_of = t("2026-01-01T00:00")
    post = Assignment(subject=number, position="duty", starts_at=t("2026-01-05T00:00"), as_of=as_of)
    return "roster", [Person(subject=number, name="张三", as_of=as_of), post]


def passed(number: str, exam: str):
    """As the roster's own source says it, so that no other identifier is needed."""
    at, name = t("2026-01-12T15:00"), f"{number}-{exam}"
    return "roster", [Result(subject=number, exam=exam, passed=True, occurred_at=at, statement=name)]


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """One who has passed the entry exam, and one in full standing who may be a mentor."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        know(made, read_position(POST, "duty.toml"))
        for number in ("E1", "E2"):
            send(made, hired(number), clock)
        clock.advance(timedelta(minutes=1))
        send(made, passed("E1", "entry"), clock)
        send(made, passed("E2", "formal"), clock)
        yield made


def scope(parts, number: str) -> str:
    parts.deadlines.work_off()
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        [row] = session.all(review.standings_of, {"person": person})
    return str(row.scope)


def mentor(parts, clock, until=None, who="E2"):
    return parts.probation.mentor("E1", "duty", who, t("2026-02-01T00:00"), until, BASIS, clock.now())


def test_105_a_mentor_of_full_standing_opens_the_supervised_scope(parts, clock):
    assert (scope(parts, "E1"), scope(parts, "E2")) == ("none", "full")
    mentor(parts, clock)
    assert scope(parts, "E1") == "supervised"
    assert [entry["verdict"] for entry in entered(parts, "corrected")] == ["mentored"]
    assert "E2" not in str(entered(parts, "corrected"))


def test_a_mentor_who_is_not_in_full_standing_is_none(parts, clock):
    send(parts, hired("E3"), clock)
    mentor(parts, clock, who="E3")
    assert scope(parts, "E1") == "none"


def test_107_who_loses_the_only_mentor_keeps_the_scope_for_three_working_days(parts, clock):
    mentor(parts, clock)
    assert scope(parts, "E1") == "supervised"
    clock.at = t("2026-02-05T10:00")  # a Thursday
    send(parts, left("E2", "2026-02-05T10:00"), clock)
    assert (scope(parts, "E2"), scope(parts, "E1")) == ("none", "supervised")
    clock.at = t("2026-02-10T23:59")
    assert scope(parts, "E1") == "supervised"
    clock.at = t("2026-02-11T00:00")
    assert scope(parts, "E1") == "none"


def left(number: str, at: str):
    start, ends = t("2026-01-05T00:00"), t(at)
    return "roster", [Assignment(subject=number, position="duty", starts_at=start, ends_at=ends, as_of=ends)]


def test_a_mentor_who_is_named_again_with_an_end_ends_there(parts, clock):
    mentor(parts, clock)
    clock.advance(timedelta(hours=1))
    mentor(parts, clock, until=t("2026-02-03T00:00"))
    assert scope(parts, "E1") == "supervised"
    clock.at = t("2026-02-20T00:00")
    assert scope(parts, "E1") == "none"


def test_106_graded_practicals_count_and_of_one_the_last_word_holds(parts, clock):
    mentor(parts, clock)

    def done(at: str, ok: bool | None) -> None:
        clock.advance(timedelta(minutes=1))
        parts.probation.practical("E1", "duty", ok, t(at), BASIS, clock.now())

    done("2026-01-20T15:00", True)
    done("2026-01-20T15:00", True)
    done("2026-01-27T15:00", None)
    assert scope(parts, "E1") == "supervised", "said twice it is one, and without a result it does not count"
    done("2026-01-27T15:00", True)
    assert scope(parts, "E1") == "partial(1)"
    done("2026-01-20T15:00", False)
    assert scope(parts, "E1") == "supervised", "the result was mended"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mentor": "E1"}, "another person"),
        ({"mentor": "E9"}, "E9"),
        ({"position": "dutty"}, "dutty"),
        ({"end": t("2026-01-01T00:00")}, "--until"),
        ({"basis": Basis("", b"x", ["wang"])}, "--reason"),
        ({"basis": Basis("why", b"x", ["E1"])}, "themselves"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(parts, clock, change, words):
    said = {"number": "E1", "position": "duty", "mentor": "E2", "start": t("2026-02-01T00:00"), "end": None}
    with pytest.raises(ConfigError, match=words):
        parts.probation.mentor(**{**said, "basis": BASIS, "now": clock.now(), **change})
    assert entered(parts, "corrected") == []


def test_a_practical_ahead_is_refused(parts, clock):
    with pytest.raises(ConfigError, match="lies ahead"):
        parts.probation.practical("E1", "duty", True, clock.now() + timedelta(hours=1), BASIS, clock.now())
