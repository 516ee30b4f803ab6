"""What a draft of rules changes for one person: from when to when, and by which clause."""

import pytest

from hub.rules.posts.differing import Comparison
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.span import Span
from tests.hub.rules.story import (
    POST,
    ZONE,
    at,
    attended,
    dossier,
    issuer,
    n_post,
    passed,
    position,
    q_post,
    stint,
)

EXAM = {"exam": {"kind": "exam", "exam": "exam-1"}}
HELD = [stint("01-05"), issuer("N-1", said="01-06", since="2026-01-06", to="2027-01-05")]
N_RULES = n_post()
N_AND_EXAM = position(
    requirement=EXAM, credential={"n": {"issuer": "authority"}}, ladder=[{"scope": "full", "needs": ["n", "exam"]}]
)


def compared(present, draft, story, *, since="01-01", until="2027-06-01", begins=None):
    def book(*files):
        return Rulebook({POST: versions(files, ZONE)}, ZONE)

    drafts = draft if isinstance(draft, tuple) else (draft,)
    comparison = Comparison(book(present), book(*drafts), Span(at(since), at(until)), {}, begins or {})
    known = dossier(story, at("2028-01-01"))
    return comparison.of(known, known)


def told(found):
    return [
        (each.span.start, each.span.end, each.before, each.after, [hold.cause for hold in each.holds]) for each in found
    ]


def test_the_same_rules_change_nothing():
    assert compared(N_RULES, n_post(), HELD) == []


def test_one_more_exam_takes_the_scope_for_as_long_as_it_was_held():
    found = compared(N_RULES, N_AND_EXAM, HELD)
    assert told(found) == [(at("01-06"), at("2027-01-06"), "full", "none", ["exam"])]
    assert found[0].loses and found[0].holds[0].reason == "exam_missing"


def test_who_passes_later_loses_it_until_then():
    found = compared(N_RULES, N_AND_EXAM, [*HELD, passed("exam-1", "03-02 10:00")])
    assert [(each.span.start, each.span.end) for each in found] == [(at("01-06"), at("03-02 10:00"))]


def test_a_milder_draft_gives_and_says_which_clause_of_today_kept_it():
    found = compared(N_AND_EXAM, N_RULES, HELD)
    assert told(found) == [(at("01-06"), at("2027-01-06"), "none", "full", ["exam"])]
    assert not found[0].loses


def test_only_the_stretch_that_is_asked_about_is_told():
    found = compared(N_RULES, N_AND_EXAM, HELD, since="02-01", until="05-01")
    assert [(each.span.start, each.span.end) for each in found] == [(at("02-01"), at("05-01"))]


def test_a_version_of_a_later_day_changes_nothing_before_it():
    dated = N_AND_EXAM.model_copy(update={"effective_from": at("04-01").astimezone(ZONE).date()})
    found = compared(N_RULES, (N_RULES, dated), HELD, until="05-01", begins={POST: at("04-01")})
    assert [(each.span.start, each.span.end) for each in found] == [(at("04-01"), at("05-01"))]


def test_a_late_word_is_told_from_the_instant_that_it_speaks_of():
    late = [stint("01-05"), issuer("N-1", said="01-06", since="2026-01-06", to="2027-01-05", arrived="02-10")]
    found = compared(N_RULES, N_AND_EXAM, late)
    assert told(found) == [(at("01-06"), at("2027-01-06"), "full", "none", ["exam"])]


@pytest.mark.parametrize(("demanded", "effect"), [(44, "loses"), (36, "gains")])
def test_a_changed_demand_moves_the_renewal(demanded, effect):
    story = [stint("01-05"), attended("intro", "01-05 12:00", 1), attended("annual", "06-01 17:00", 40)]
    short = [*story[:2], attended("annual", "06-01 17:00", 38)]
    hours = {"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": demanded}}
    found = compared(q_post(), q_post(requirement=hours), story if effect == "loses" else short, until="2027-03-01")
    assert [("loses" if each.loses else "gains", each.span.start) for each in found] == [(effect, at("2027-01-06"))]
    assert [hold.reason for hold in found[0].holds] == ["credential_lapsed"]


def opening(by_scope, base=N_RULES):
    return base.model_copy(update={"targets": {"iam": by_scope}})


def doors(found):
    return [(each.span.start, each.span.end, each.lost, each.gained, each.loses) for each in found]


def test_a_target_that_a_scope_opens_no_more_is_lost_by_whoever_stands_there():
    both, one = opening({"full": ("room", "cage")}), opening({"full": ("room",)})
    held = at("01-06"), at("2027-01-06")
    assert doors(compared(both, one, HELD)) == [(*held, (("iam", "cage"),), (), True)]
    assert doors(compared(one, both, HELD)) == [(*held, (), (("iam", "cage"),), False)]
    assert told(compared(both, one, HELD)) == [(*held, "full", "full", [])]


def test_a_target_that_a_version_of_a_later_day_takes_is_lost_from_that_day_on():
    both, one = opening({"full": ("room", "cage")}), opening({"full": ("room",)})
    later = one.model_copy(update={"effective_from": at("04-01").astimezone(ZONE).date()})
    found = compared(both, (both, later), HELD, until="05-01")
    assert doors(found) == [(at("04-01"), at("05-01"), (("iam", "cage"),), (), True)]


def test_what_another_sink_opens_instead_is_both_lost_and_gained():
    here, there = opening({"full": ("room",)}), N_RULES.model_copy(update={"targets": {"other": {"full": ("room",)}}})
    [found] = compared(here, there, HELD)
    assert (found.lost, found.gained, found.loses) == ((("iam", "room"),), (("other", "room"),), True)


def test_who_stands_nowhere_loses_no_target():
    both, one = opening({"full": ("room", "cage")}), opening({"full": ("room",)})
    assert compared(both, one, [stint("01-05")]) == []
