"""Rules of positions carry worked cases inside the signature: they are run before the rules are taken."""

import json
from collections.abc import Iterator

import pytest

from connectors.general_jose import sign
from hub.packages.manifest import packed
from hub.packages.seals import SIGNED
from schemas.errors import TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened
from tests.hub.packages.test_packages import APPROVER, AUTHOR, Hub, manifest
from tests.journeys.commands import licet
from tests.site import build

POST = """
id = "post"
name = { zh = "岗位", en = "Post" }
risk = "medium"
[requirement.annual]
kind = "hours"
name = { zh = "年度学时", en = "Annual hours" }
courses = ["annual"]
at_least_hours = 6
[credential.q]
name = { zh = "上岗资质", en = "Qualification" }
issuer = "hub"
valid_for = "12 months"
grant = { needs = ["annual"], over = "stint" }
demands = [{ needs = "annual", over = "cycle" }]
[credential.n]
name = { zh = "操作证", en = "Licence" }
issuer = "authority"
[[ladder]]
scope = "supervised"
needs = ["n"]
[[ladder]]
scope = "full"
needs = ["n", "q"]
[targets.iam]
supervised = []
full = ["room"]
"""
COURSES = '[annual]\nmode = "room"\nname = { zh = "年度培训", en = "Annual training" }\n'
CASE = """
note = "Who has the licence is supervised until six hours are heard."
position = "post"
[[evidence]]
record = "people.Assignment"
by = "register"
starts_at = 2026-01-05T00:00:00+08:00
as_of = 2026-01-05T00:00:00+08:00
[[evidence]]
record = "credential.CredentialStatus"
credential = "n"
number = "N-1"
status = "active"
changed_at = 2026-01-05T00:00:00+08:00
valid_from = 2026-01-05T00:00:00+08:00
valid_until = 2027-01-05T00:00:00+08:00
[[attended]]
course = "annual"
over_at = 2026-02-02T17:00:00+08:00
minutes = 360
[[asked]]
at = 2026-02-01T12:00:00+08:00
scope = "supervised"
[[asked]]
at = 2026-02-03T12:00:00+08:00
scope = "full"
holds = []
[asked.valid_until]
n = 2027-01-04
"""
RULES = {"positions/post.toml": POST, "courses.toml": COURSES, "cases/granted.toml": CASE}


@pytest.fixture
def hub(tmp_path) -> Iterator[Hub]:
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        yield Hub(parts, clock)


def files(**other: str | None) -> dict[str, bytes]:
    """The rules with other files: ``post``, ``courses``, ``case``; nothing for one that is left out."""
    names = {"post": "positions/post.toml", "courses": "courses.toml", "case": "cases/granted.toml"}
    given = RULES | {names[name]: text for name, text in other.items()}
    return {name: text.encode() for name, text in given.items() if text is not None}


def package(hub, *, version=1, prev="", **other):
    return hub.package(kind="rules", version=version, prev=prev, files=files(**other))


def digest():
    return manifest(kind="rules", files=files()).digest


def test_rules_whose_cases_come_out_are_taken_and_judge_without_them(hub):
    hub.take(package(hub))
    assert set(hub.parts.stored_packages.rules("vendor")) == {"positions/post.toml", "courses.toml"}
    [used] = hub.parts.stored_packages.in_use()
    assert "cases/granted.toml" in used.manifest.files


EASIER = POST.replace("at_least_hours = 6", "at_least_hours = 7")
WRONG = {
    "rules that judge otherwise": ({"post": EASIER}, "scope supervised, expected full"),
    "a case that expects otherwise": ({"case": CASE.replace('scope = "full"', 'scope = "none"')}, "expected none"),
    "a renewal rule that is none": (
        {"post": POST.replace('issuer = "authority"', 'issuer = "authority"\nrenewal_rule = "cisps"')},
        "did you mean 'cisp'?",
    ),
    "holds": ({"case": CASE.replace("holds = []", 'holds = ["frozen"]')}, "holds none, expected frozen"),
    "another day": ({"case": CASE.replace("n = 2027-01-04", "n = 2027-01-05")}, "n: found valid until 2027-01-04"),
    "no case": ({"case": None}, "post: found no worked case"),
    "a position that is none": ({"case": CASE.replace('position = "post"', 'position = "pots"')}, "'post'"),
    "a course that is none": ({"case": CASE.replace('course = "annual"', 'course = "anual"')}, "'annual'"),
    "a record that is none": ({"case": CASE.replace("people.Assignment", "people.Asignment")}, "evidence/0/record"),
    "a field that is none": ({"case": CASE.replace("number =", "nummber =")}, "'number'"),
    "a status that is none": ({"case": CASE.replace('"active"', '"actve"')}, "evidence/1/status"),
    "a word nobody knows": ({"case": CASE.replace("holds = []", "hold = []")}, "'holds'"),
    "nothing asked": ({"case": CASE.partition("[[asked]]")[0]}, "asked"),
    "a time without its offset": (
        {"case": CASE.replace("at = 2026-02-01T12:00:00+08:00", "at = 2026-02-01T12:00:00")},
        "offset",
    ),
    "a class in a room that was completed": (
        {"case": CASE.replace("minutes = 360", "minutes = 360\ncompleted = true")},
        "an online course alone",
    ),
    "no TOML": ({"case": "position = "}, "cases/granted.toml"),
    "a time that is none": ({"case": CASE.replace("over_at = 2026-02-02T17", "over_at = 0001-01-01T00")}, "granted"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_rules_whose_case_fails_are_refused_by_the_code_and_what_was_in_use_stays(hub, kind):
    other, said = WRONG[kind]
    hub.take(package(hub))
    with pytest.raises(TrustError) as error:
        hub.take(package(hub, version=2, prev=digest(), **other))
    assert error.value.code == "package.test" and said in error.value.message, error.value.message
    assert (hub.entries()[-1]["outcome"], hub.entries()[-1]["code"]) == ("refused", "package.test")
    assert [(each.name, each.version) for each in hub.parts.stored_packages.versions()] == [("vendor", 1)]
    assert hub.parts.stored_packages.rules("vendor")["positions/post.toml"] == POST


def dropped(made):
    return made.model_copy(update={"files": {name: file for name, file in made.files.items() if "cases" not in name}})


def changed(made):
    easier = packed({"cases/granted.toml": CASE.replace('"full"', '"supervised"').encode()})
    return made.model_copy(update={"files": {**made.files, **easier}})


def its_bytes_alone(made):
    case = made.files["cases/granted.toml"]
    other = packed({"x.toml": CASE.replace('"full"', '"none"').encode()})["x.toml"]
    return made.model_copy(
        update={"files": {**made.files, "cases/granted.toml": case.model_copy(update={"data": other.data})}}
    )


@pytest.mark.parametrize("attack", [dropped, changed, its_bytes_alone])
def test_a_case_that_is_dropped_or_changed_after_the_signatures_is_refused(hub, attack):
    """The case is inside the signature: what two people signed is what is tried."""
    made = manifest(kind="rules", files=files())
    good, other = sign(made.payload, SIGNED, [AUTHOR, APPROVER]), sign(attack(made).payload, SIGNED, [AUTHOR, APPROVER])
    forged = good.replace(payload_in(good), payload_in(other))
    assert forged != good
    assert hub.refusal(hub.seal(forged)) == "package.signature"


def payload_in(package: bytes) -> bytes:
    return json.loads(package)["payload"].encode()


def test_bytes_that_are_not_those_of_their_digest_are_refused_though_they_are_signed(hub):
    made = its_bytes_alone(manifest(kind="rules", files=files()))
    assert hub.refusal(hub.seal(sign(made.payload, SIGNED, [AUTHOR, APPROVER]))) == "package.digest"


def test_the_cases_of_a_folder_are_run_before_anybody_signs(tmp_path):
    site = build(tmp_path / "hub")
    (site.home / "cases").mkdir()
    (site.home / "positions" / "post.toml").write_text(POST, "utf-8")
    courses = site.home / "courses.toml"
    courses.write_text(courses.read_text("utf-8") + COURSES, "utf-8")
    missing = licet(site, "rules", "test", "--lang", "en")
    assert missing.returncode == 1 and "post: found no worked case" in missing.stdout
    (site.home / "cases" / "granted.toml").write_text(CASE, "utf-8")
    assert licet(site, "rules", "test", "--lang", "en").stdout == "1 cases run: 0 found wrong\n"
    assert "已运行 1 个用例" in licet(site, "rules", "test", "--lang", "zh").stdout
    (site.home / "cases" / "granted.toml").write_text(CASE.replace('scope = "full"', 'scope = "none"'), "utf-8")
    failed = licet(site, "rules", "test", "--json")
    assert failed.returncode == 1 and "scope full, expected none" in failed.stdout
