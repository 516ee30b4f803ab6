"""Trained, registered for the exam, passed, certified, and taken back: on real sockets, by a hub as a user has it."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from connectors.simulators.xapi_push import Platform
from hub.config import scaffold
from tests.contract.exam_system import ExamSystem, examining
from tests.hub.certificates.test_certificates import needs_font
from tests.journeys.commands import licet, run, told
from tests.site import Site, build, until

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
POSITION = """
id = "post"
name = { zh = "岗位", en = "Post" }
risk = "medium"
ladder = [{ scope = "full", needs = ["duty"] }]
targets.iam = { full = ["room"] }
[requirement.basics]
kind = "course"
course = "dc-ops-online"
[requirement.duty-exam]
kind = "exam"
exam = "duty"
name = { zh = "上岗考核", en = "Duty exam" }
[credential.duty]
name = { zh = "值班资格证", en = "Duty qualification" }
issuer = "hub"
valid_for = "12 months"
grant = { needs = ["basics", "duty-exam"], over = "stint" }
"""
EXAMS = """
[connectors.exams]
adapter = "learning/exam_webhook"
identifiers = "lms"
url = "{url}"
secret = "file:keys/exams.secret"
exams = {{ duty = "EX-1" }}
allow_private_address = true
"""


@pytest.fixture(scope="module")
def system() -> Iterator[ExamSystem]:
    with examining(SECRET) as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory, system) -> Iterator[Site]:
    built = build(tmp_path_factory.mktemp("exam") / "hub", people=2)
    (built.home / "positions" / "post.toml").write_text(POSITION, encoding="utf-8")
    scaffold.secret(built.home / "keys" / "exams.secret", SECRET.encode())
    with (built.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(EXAMS.format(url=system.url))
    built.addressed()
    built.start()
    until(lambda: built.rows("SELECT count(*) FROM standings")[0][0] == 2, "everybody was looked at")
    built.enforce()
    yield built
    built.end()
    assert built.balanced()
    verified = built.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout


@pytest.fixture(scope="module")
def lms(site) -> Iterator[Platform]:
    platform = Platform(site.url, "lms", (site.home / "keys" / "lms.password").read_text())
    yield platform
    platform.close()


def studied(lms: Platform, who: str) -> None:
    """An hour of the online course, in steps of eight minutes, that ended now."""
    ended = datetime.now(UTC)
    for n in range(8):
        verb = "initialized" if n == 0 else "completed" if n == 7 else "progressed"
        at = ended - timedelta(minutes=8 * (7 - n))
        status, _body = lms.study({"who": who, "course": "dc-ops-online", "verb": verb, "at": at.isoformat()})
        assert status == 200


def test_q8_who_is_trained_is_registered_and_told_and_nobody_else(site, lms, system):
    assert system.words == []
    until(
        lambda: told_of(site, "E1") == told_of(site, "E0") == TOLD_AT_FIRST,
        "what is asked, and that it is enforced now",
    )
    studied(lms, "l1")
    until(lambda: system.may_sit("EX-1") == ["l1"], "registered at the exam system")
    [row] = told(site, "exams", "list")
    assert (row["exam"], row["person"], row["wanted"]) == ("duty", "E1", "registered")
    until(lambda: told_of(site, "E1") == sorted([*TOLD_AT_FIRST, "exam_open"]), "then that the exam is open")
    assert told_of(site, "E0") == TOLD_AT_FIRST, "and nobody else"


def told_of(site: Site, person: str) -> list[str]:
    """The kinds of message that somebody was sent, sorted."""
    return sorted(each["kind"] for each in site.get(f"/api/v1/people/{person}")["notices"])


TOLD_AT_FIRST = ["courses", "restricted"]


def test_the_exam_office_has_the_list_as_csv(site, tmp_path):
    done = licet(site, "exams", "list", "--csv", str(tmp_path / "list.csv"))
    assert done.returncode == 0
    head, row = (tmp_path / "list.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("exam,person,name") and row.startswith("duty,E1,人1,post,duty,registered,")


def test_q9_who_passes_has_the_credential_and_its_certificate(site, lms, tmp_path):
    passed_at = datetime.now(UTC)
    lms.exam({"who": "l1", "exam": "duty", "passed": True, "score": 91, "at": passed_at.isoformat(), "id": PASS})
    until(lambda: told(site, "certificate", "list", "E1"), "a certificate")
    [row] = told(site, "certificate", "list", "E1")
    assert (row["credential"], row["state"], row["manner"]) == ("duty", "holds", "granted")
    assert row["known_by"] == "issuer_file"
    assert told(site, "exams", "list") == [], "who has passed is on no list any more"
    kept = told(site, "certificate", "show", row["number"])
    assert kept["holder"] == {"employee_no": "E1", "name": "人1"}
    assert kept["valid_from"].startswith(passed_at.isoformat()[:16])
    assert "人1" not in json.dumps(site.entries("certified"))


PASS = "0b5a1e7c-2f0e-4d3c-9d9e-6a1f0a5c7e11"


@needs_font
def test_it_is_exported_twice_to_the_same_bytes_and_checked_by_a_stranger(site, tmp_path):
    number = told(site, "certificate", "list", "E1")[0]["number"]
    for folder in ("first", "again"):
        done = licet(site, "certificate", "export", number, "-o", str(tmp_path / folder))
        assert done.returncode == 0, done.stderr
    for suffix in (".pdf", ".jws"):
        first, again = ((tmp_path / folder / f"{number}{suffix}").read_bytes() for folder in ("first", "again"))
        assert first == again
        file = str(tmp_path / "first" / f"{number}{suffix}")
        (tmp_path / "key.json").write_text(licet(site, "certificate", "key").stdout)
        for key in (tmp_path / "key.json", site.home / "keys" / "log.pub.pem"):
            checked = run("certificate", "verify", file, "--key", str(key), "--json")
            assert checked.returncode == 0 and json.loads(checked.stdout)["state"] == "not_asked", checked
        assert told(site, "certificate", "verify", file)["state"] == "holds"
    page = told(site, "certificate", "verify", str(tmp_path / "first" / f"{number}.pdf"))
    assert page["page"] == "as_exported"


def test_a_changed_one_is_found_out_and_one_that_was_taken_back_too(site, lms, tmp_path):
    number = told(site, "certificate", "list", "E1")[0]["number"]
    signed = site.home / "shown.jws"
    with site.parts() as parts:
        signed.write_text(parts.certificates.numbered(number, "").signed)
    forged = tmp_path / "forged.jws"
    head, payload, signature = signed.read_text().split(".")
    forged.write_text(f"{head}.{payload[:-8]}AAAAAAAA.{signature}")
    done = licet(site, "certificate", "verify", str(forged), "--json")
    assert done.returncode == 1, done
    assert asked_online(site, signed) == (0, "holds")
    lms.void({"who": "lms", "statement": PASS, "at": datetime.now(UTC).isoformat()})
    until(lambda: told(site, "certificate", "list", "E1")[0]["state"] == "ground_lost", "the ground is lost")
    done = licet(site, "certificate", "verify", str(signed), "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["signature"] == "good"
    assert json.loads(done.stdout)["state"] == "ground_lost"
    until(lambda: asked_online(site, signed) == (1, "suspended"), "the list that anybody may read says so")


def asked_online(site: Site, signed: Path) -> tuple[int, str]:
    """What a guard hears who has the published key and no folder of the hub."""
    (site.home / "published.json").write_text(licet(site, "certificate", "key").stdout)
    done = run("certificate", "verify", str(signed), "--key", str(site.home / "published.json"), "--online", "--json")
    return done.returncode, json.loads(done.stdout)["state"]


def test_no_list_is_no_yes(site, tmp_path):
    assert [site.status(f"/status/{each}")[0] for each in ("revocation/0", "suspension/0")] == [200, 200]
    with urllib.request.urlopen(f"{site.url}/status/revocation/0", timeout=60) as answer:
        said = parsedate_to_datetime(answer.headers["date"])
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=5), "a guard's clock is held against it"
    for path in ("revocation/1", "other/0", "revocation/x", "revocation/-1", "revocation/0000000"):
        assert site.status(f"/status/{path}")[0] == 404


def test_without_key_or_folder_nothing_is_believed(tmp_path):
    (tmp_path / "some.jws").write_text("a.b.c")
    done = run("certificate", "verify", str(tmp_path / "some.jws"), "-c", str(tmp_path))
    assert done.returncode == 1 and "--key" in done.stderr
