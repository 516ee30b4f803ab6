"""What a scope rests on: each credential by the numbers that hold it, so that it can be closed without a rule."""

import tomllib
from dataclasses import replace

from hub.rules.dossier import Dossier, HeldNumber, RestsOn
from hub.rules.position import parse_position
from hub.rules.standing import standing
from tests.hub.rules.known import of_records
from tests.hub.rules.test_ladder import HV, LONG, LV, QUALIFIED, TRAINED, ZONE, certificate, judged, on, post, result

EITHER = """
id = "dc-operations"
name = { zh = "岗", en = "Post" }
[requirement]
exam = { kind = "exam", name = { zh = "考", en = "E" }, exam = "entry" }
either = { kind = "any_of", name = { zh = "或", en = "O" }, of = [["cissp"], ["cisp", "mlps"], WAYS] }
cissp = { kind = "credential", name = { zh = "一", en = "A" }, credential = "cissp" }
cisp = { kind = "credential", name = { zh = "二", en = "B" }, credential = "cisp" }
mlps = { kind = "credential", name = { zh = "三", en = "C" }, credential = "mlps" }
[[ladder]]
scope = "full"
needs = ["either"]
[targets]
"""
CISSP, CISP, MLPS = (certificate(name, f"{name}-1") for name in ("cissp", "cisp", "mlps"))


def either(*records, ways='["cissp"]', results=()):
    rules = parse_position(tomllib.loads(EITHER.replace("WAYS", ways)), "post.toml")
    dossier = Dossier("p", assignments=(post(),), credentials=records, results=results)
    found = standing(of_records(dossier), rules, now=on(3, 2), zone=ZONE)
    return [{held.number for held in need} for each in found.rests_on for need in each.needs]


def test_each_rung_rests_on_its_credentials_and_the_lowest_on_none():
    found = judged(QUALIFIED, on(1, 10))
    own = HeldNumber("dc-ops-qualification", "", on(1, 9, year=2027))
    high, low = (HeldNumber(each.credential, each.number, LONG) for each in (HV, LV))
    assert found.rests_on == (RestsOn("supervised", ()), RestsOn("full", ((own,), (high,), (low,))))


def test_who_has_reached_nothing_rests_on_nothing():
    assert judged(replace(TRAINED, attended=()), on(1, 10)).rests_on == ()


def test_every_number_that_holds_is_an_alternative_and_one_that_was_revoked_is_none():
    second = certificate(HV.credential, "2", ends=on(6, 1))
    both = replace(QUALIFIED, credentials=(HV, second, LV))
    high = judged(both, on(1, 10)).rests_on[1].needs[1]
    assert {(held.number, held.until) for held in high} == {("1", LONG), ("2", on(6, 1))}
    gone = certificate(HV.credential, status="revoked", sequence=1, changed=on(2, 1))
    high = judged(replace(both, credentials=(HV, second, LV, gone)), on(2, 2)).rests_on[1].needs[1]
    assert [held.number for held in high] == ["2"]
    assert judged(both, on(6, 1)).rests_on[1].needs[1] == (HeldNumber(HV.credential, "1", LONG),), "its end is its end"


def test_of_two_ways_either_is_enough_and_of_two_in_one_way_both_are_needed():
    assert either(CISSP) == [{"cissp-1"}]
    assert either(CISSP, CISP) == [{"cissp-1"}], "half a way is none"
    assert either(CISP, MLPS) == [{"cisp-1"}, {"mlps-1"}]
    assert either(CISSP, CISP, MLPS) == [{"cissp-1", "cisp-1"}, {"cissp-1", "mlps-1"}]


def test_a_way_without_a_credential_rests_on_none():
    assert either(CISSP, ways='["exam"]', results=(result("entry", on(2, 1)),)) == []
