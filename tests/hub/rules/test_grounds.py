"""What a standing rests on: a hold names what was counted for it and nothing else, and no more is needed to tell."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from hub.rules.dossier import Dossier
from schemas.people import Leave
from tests.hub.rules.known import known
from tests.hub.rules.test_ladder import ANNUAL, HV, QUALIFIED, RENEWED, certificate, judged, on, post, result, room
from tests.hub.rules.test_looking_again import INSTANTS, dossiers, look


def ids(*records):
    return {known(each).id for each in records}


def held_by(found, cause):
    [hold] = [each for each in found.holds if each.cause == cause]
    return set(hold.evidence)


def test_a_lapse_names_what_was_counted_in_its_cycle_and_nothing_of_the_grant():
    short = replace(QUALIFIED, attended=(*QUALIFIED.attended, *ANNUAL[:3]))
    found = judged(short, on(1, 9, year=2027))
    assert held_by(found, "dc-ops-qualification") == {"fact-A4", "fact-A5", "fact-A6"}
    assert ids(HV, post(), result("dc-ops-exam", on(1, 9))) | {"fact-S1"} <= set(found.evidence)


def test_what_follows_the_lapse_is_named_as_soon_as_it_is_counted():
    late = room("B2", on(2, 3, year=2027), 8, course="dc-annual")
    short = replace(QUALIFIED, attended=(*QUALIFIED.attended, *ANNUAL[:1], late))
    ends = late.ends_at
    assert held_by(judged(short, ends - timedelta(seconds=1)), "dc-ops-qualification") == {"fact-A4"}
    assert held_by(judged(short, ends), "dc-ops-qualification") == {"fact-A4", "fact-B2"}


def test_a_missed_session_that_a_leave_excuses_rests_on_the_leave():
    missed = room("S2", on(2, 2), credited=0, status="absent")
    away = Leave(subject="x", starts_at=on(2, 1), ends_at=on(2, 9), as_of=on(1, 1))
    found = judged(replace(QUALIFIED, attended=(*QUALIFIED.attended, missed), leaves=(away,)), on(2, 3))
    [hours] = [each for each in found.findings if each.requirement == "prepost-hours"]
    assert set(hours.evidence) == {"fact-S1"} | ids(away)


def test_a_revocation_rests_on_all_that_its_issuer_said():
    gone = certificate(HV.credential, status="revoked", sequence=1, changed=on(3, 1))
    found = judged(replace(QUALIFIED, credentials=(*QUALIFIED.credentials, gone)), on(3, 2))
    assert held_by(found, "hv-electrician") == ids(HV, gone)


def test_a_renewed_credential_rests_on_its_grant_and_on_what_renewed_it():
    after = judged(RENEWED, on(1, 9, year=2027))
    [own] = [each for each in after.credentials if each.credential == "dc-ops-qualification"]
    renewal = {each.evidence[0] for each in ANNUAL} | ids(result("dc-ops-reexam", on(9, 1)))
    assert {"fact-S1", *renewal} | ids(result("dc-ops-exam", on(1, 9))) <= set(own.evidence)


def only(dossier: Dossier, evidence: set[str]) -> Dossier:
    """The facts of a dossier that have one of these ids."""
    return replace(
        dossier,
        assignments=tuple(each for each in dossier.assignments if known(each).id in evidence),
        leaves=tuple(each for each in dossier.leaves if known(each).id in evidence),
        credentials=tuple(each for each in dossier.credentials if known(each).id in evidence),
        results=tuple(each for each in dossier.results if known(each).id in evidence),
        attended=tuple(each for each in dossier.attended if set(each.evidence) <= evidence),
    )


def named(dossier: Dossier) -> Dossier:
    """A dossier whose attended records each rest on a fact of their own."""
    return replace(dossier, attended=tuple(replace(each, evidence=(each.unit,)) for each in dossier.attended))


@settings(max_examples=100, deadline=None)
@given(drawn=dossiers(), now=INSTANTS)
def test_what_a_standing_rests_on_is_enough_to_come_to_it(drawn, now):
    dossier = named(drawn)
    found = look(dossier, now, "shipped")
    again = look(only(dossier, set(found.evidence)), now, "shipped")
    assert (again.scope, [(h.cause, h.reason) for h in again.holds]) == (
        found.scope,
        [(h.cause, h.reason) for h in found.holds],
    )
