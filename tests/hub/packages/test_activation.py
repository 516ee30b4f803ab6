"""Before rules are taken it is shown who would lose or gain what; whoever takes them says that so many may lose."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.algorithms import public_pem
from hub.config.rule_files import COURSES_FILE
from hub.packages.manifest import draft
from hub.parts.ruled import ruled_folder
from schemas.credential import CredentialStatus
from schemas.people import Assignment, OtherIdentifier, Person
from tests.hub.decision.test_law import NOW, send
from tests.hub.packages.test_in_force import begin
from tests.hub.packages.test_packages import APPROVER, AUTHOR, approved, sealed, signed
from tests.hub.packages.test_rules import name_rules, rules_of
from tests.journeys.commands import licet
from tests.site import build

EXAM = '\n[requirement.exam]\nkind = "exam"\nexam = "x"\n'


@pytest.fixture
def site(tmp_path):
    """A hub that judges by a package; two people hold its post, of whom one has the licence."""
    site = build(tmp_path / "hub")
    with site.parts() as parts:
        now = parts.clock.now()
        for key, person, role in ((AUTHOR, "Zhao", "author"), (APPROVER, "Qian", "approver")):
            text = public_pem(key.private.public_key()).decode()
            parts.key_desk.trust(text, person, role, ["A", "B"], now, alone=False)
        parts.key_desk.new("ecdh-x25519", "wang", now)
        for number in ("E1", "E2"):
            known = (OtherIdentifier(source="authority", subject=f"authority-{number}"),)
            person = Person(subject=number, name="张三", identifiers=known, as_of=NOW)
            post = Assignment(subject=number, position="post", starts_at=NOW, as_of=NOW)
            send(parts, ("roster", [person, post]), parts.clock)
        licence = CredentialStatus(
            subject="authority-E1", credential="licence", number="N-1", status="active", sequence=1, changed_at=NOW
        )
        send(parts, ("authority", [licence]), parts.clock)
    name_rules(site, "posts")
    return site


def packed(site, version=1, prev=""):
    """The rules of the folder, signed by both and sealed to the hub; with their digest."""
    with site.parts() as parts:
        made = rules_of(site, parts.clock.now()).model_copy(update={"version": version, "prev": prev})
        to = parts.package_desk.recipients(parts.clock.now())
        file = site.home.parent / f"posts-{version}.package"
        file.write_bytes(sealed(approved(signed(made, AUTHOR), APPROVER), to))
    return str(file), made.digest


def changed(site, found, instead):
    post = site.home / "positions" / "post.toml"
    text = post.read_text("utf-8")
    assert found in text
    post.write_text(text.replace(found, instead, 1), "utf-8")


def deploy(site, file, *more):
    return licet(site, "package", "deploy", file, "--by", "wang", "--lang", "en", *more)


def taken(site):
    return [row["version"] for row in json.loads(licet(site, "package", "status", "--json").stdout)]


def test_who_would_lose_what_is_shown_first_and_nothing_is_taken_until_that_is_agreed_to(site):
    file, digest = packed(site)
    first = deploy(site, file)
    assert first.returncode == 0 and "nobody's scope" in first.stderr and "version 1 taken" in first.stdout
    changed(site, 'needs = ["licence"]', 'needs = ["licence", { needs = "exam", over = "ever" }]')
    changed(site, "[targets.iam]", f"{EXAM}[targets.iam]")
    file, digest = packed(site, 2, digest)
    refused = deploy(site, file)
    assert refused.returncode != 0 and taken(site) == [1]
    assert "E1 张三" in refused.stderr and "loses" in refused.stderr and "E2" not in refused.stderr
    assert "1 people would lose something by these rules, and nothing was taken" in refused.stderr
    agreed = deploy(site, file, "--losing", "1", "--json")
    said = json.loads(agreed.stdout)
    assert agreed.returncode == 0 and taken(site) == [2, 1]
    assert (said["effects"]["losing"], [each["person"] for each in said["effects"]["effects"]]) == (1, ["E1"])
    changed(site, 'needs = ["licence", { needs = "exam", over = "ever" }]', 'needs = ["licence"]')
    file, digest = packed(site, 3, digest)
    given = deploy(site, file)
    assert given.returncode == 0 and "gains" in given.stderr and taken(site) == [3, 2, 1]


def test_of_rules_by_which_the_hub_does_not_judge_and_of_what_is_refused_nothing_is_shown(site):
    file, _digest = packed(site)
    damaged = site.home.parent / "damaged.package"
    damaged.write_bytes(Path(file).read_bytes()[:-40])
    refused = deploy(site, str(damaged))
    assert refused.returncode != 0 and "package." in refused.stderr and "scope" not in refused.stderr
    name_rules(site, "others")
    other = deploy(site, file)
    assert other.returncode == 0 and "scope" not in other.stderr


def renamed(path):
    """The path of a document in another package: no two bring the same."""
    return path if path == COURSES_FILE else path.replace(".toml", "-of-others.toml")


def stands_by(site):
    """By which rules a hub of the folder judges that begins."""
    return begin(site).revision


@pytest.mark.parametrize("before", ["files", "package"])
def test_another_package_that_is_named_waits_once_a_post_is_enforced_until_who_loses_was_shown(site, before):
    name_rules(site, "posts" if before == "package" else "")
    assert deploy(site, packed(site)[0]).returncode == 0
    judged = stands_by(site)
    site.enforce()
    changed(site, 'needs = ["licence"]', 'needs = ["licence", { needs = "exam", over = "ever" }]')
    changed(site, "[targets.iam]", f"{EXAM}[targets.iam]")
    with site.parts() as parts:
        now = parts.clock.now()
        files = {renamed(path): each for path, each in rules_of(site, now).contents().items()}
        made = draft("rules", "others", 1, "", ["datacentre"], (now, now + timedelta(days=1)), files)
        to = parts.package_desk.recipients(parts.clock.now())
    file = site.home.parent / "others.package"
    file.write_bytes(sealed(approved(signed(made, AUTHOR), APPROVER), to))
    silent = deploy(site, str(file))
    assert silent.returncode == 0 and "scope" not in silent.stderr, "the hub does not judge by it"
    name_rules(site, "others")
    assert stands_by(site) == judged, "who loses by it was shown to nobody"
    assert "rules.waiting" in [each["code"] for each in site.entries("alarm")]
    check = licet(site, "check", "--lang", "en")
    assert check.returncode == 0 and "positions/post.toml" in check.stdout and "not in force" in check.stdout
    take = ("rules", "activate", "--by", "wang", "--lang", "en")
    refused = licet(site, *take)
    assert refused.returncode != 0 and "E1 张三" in refused.stderr and "--losing 1" in refused.stderr
    assert stands_by(site) == judged
    assert licet(site, *take, "--losing", "1").returncode == 0
    assert site.entries("taken")[-1]["count"] == 1
    assert stands_by(site) != judged and ruled_folder(site.home).waiting == ()


def test_what_is_deployed_of_the_package_in_force_is_taken_with_it_and_no_start_takes_anything_else(site):
    file, digest = packed(site)
    assert deploy(site, file).returncode == 0
    stands_by(site)
    site.enforce()
    changed(site, 'risk = "medium"', 'risk = "low"')
    file, _digest = packed(site, 2, digest)
    assert deploy(site, file).returncode == 0
    [first, second] = site.entries("taken")
    assert (second["count"], site.who(second["actor"])) == (0, ["wang"]) and second["documents"] != first["documents"]
    assert begin(site).positions["post"].risk == "low" and len(site.entries("taken")) == 2
    assert "rules.waiting" not in [each["code"] for each in site.entries("alarm")]
