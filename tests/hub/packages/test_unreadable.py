"""Rules that another version of the program took, and that this one cannot read: nobody is judged by others."""

import json
from contextlib import contextmanager

import pytest

from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.packages.in_force import documents_taken, take
from hub.parts.ruled import ruled_folder
from hub.running import Hub
from schemas.credential import CredentialStatus
from schemas.errors import ConfigError
from schemas.people import Assignment, OtherIdentifier, Person
from tests.hub.decision.test_law import NOW, send
from tests.hub.packages.test_in_force import ACTIVATE, alarms, begin, changed, findings, stricter
from tests.journeys.commands import licet
from tests.site import build, until

LATER = 'risk = "medium"\nlater_version = true'
"""What the other version reads in a position file, and this one does not."""


@contextmanager
def serving(site):
    """A hub of the folder that judges; its parts."""
    hub = Hub(ruled_folder(site.home))
    try:
        hub.start(polling=False, sweeping=False)
        yield hub.parts
    finally:
        hub.stop()


def person(parts, number, *credentials):
    """Somebody who holds the post, and has a licence if so told."""
    known = (OtherIdentifier(source="authority", subject=f"authority-{number}"),)
    named = Person(subject=number, name="张三", identifiers=known, as_of=NOW)
    send(parts, ("roster", [named, Assignment(subject=number, position="post", starts_at=NOW, as_of=NOW)]), parts.clock)
    for status, sequence in credentials:
        said(parts, number, status, sequence)


def said(parts, number, status, sequence):
    word = {"subject": f"authority-{number}", "credential": "licence", "number": f"N-{number}"}
    record = CredentialStatus(**word, status=status, sequence=sequence, changed_at=NOW)
    send(parts, ("authority", [record]), parts.clock)


def wanted(site):
    """What must be open, by employee number."""
    with Assembly(ruled_folder(site.home)) as parts:
        numbers = {parts.directory.person_by_number(number): number for number in ("E1", "E2", "E3")}
    rows = site.rows("SELECT person, wanted FROM desired WHERE mode = 'enforce'")
    return {numbers[token]: state for token, state in rows}


def looked_at(site):
    return not site.rows("SELECT person FROM due WHERE at < 1900000000000000")


@pytest.fixture
def site(tmp_path):
    """A hub with its post enforced, of which two people hold the licence, and whose rules another version took."""
    site = build(tmp_path / "hub")
    begin(site)
    site.enforce()
    with serving(site) as parts:
        for number in ("E1", "E2"):
            person(parts, number, ("active", 1))
        until(lambda: wanted(site) == {"E1": "present", "E2": "present"}, "both stand")
    with site.parts() as parts:
        post = parts.folder.texts["positions/post.toml"]
        texts = {**parts.folder.texts, "positions/post.toml": post.replace('risk = "medium"', LATER)}
        parts.writer.call(lambda tx: take(texts, tx))
    return site


@pytest.mark.parametrize("files", ["readable", "as they were taken"])
def test_who_stands_stands_until_an_issuer_says_otherwise_and_nobody_is_let_in(site, files):
    if files != "readable":  # by the others E3 would stand
        changed(site, 'risk = "medium"', LATER)
    with serving(site) as parts:
        assert parts.folder.unread is not None and not parts.folder.positions
        assert "rules.unreadable" in alarms(site) and "position.missing" not in alarms(site)
        person(parts, "E3", ("active", 1))
        said(parts, "E2", "revoked", 2)
        until(lambda: wanted(site).get("E2") == "absent", "what an issuer withdrew closes")
        assert not site.rows("SELECT * FROM quarantine"), "what comes is taken, whoever is named"
        until(lambda: looked_at(site), "everybody was looked at")
    assert wanted(site) == {"E1": "present", "E2": "absent"}
    assert len(site.entries("taken")) == 2, "nothing took the place of what was taken"
    check, folder = findings(site)
    assert check.returncode == 1 and "post.toml" in check.stdout + check.stderr
    assert "start the version of before" in check.stdout + check.stderr and "later_version" in check.stdout
    assert folder["state"] == "bad" and "nobody is judged" in folder["found_en"]
    why = licet(site, "why", "E1", "--lang", "en")
    assert why.returncode == 0 and "full" in why.stdout


def test_taking_other_rules_says_who_stands_by_no_rules_any_more_and_goes_on(site):
    stricter(site)
    with serving(site) as parts:
        person(parts, "E3", ("active", 1))
    refused = licet(site, *ACTIVATE)
    assert refused.returncode != 0 and "--losing 2" in refused.stderr
    assert "E1 张三" in refused.stderr and "E2 张三" in refused.stderr and "E3" not in refused.stderr
    changed(site, 'needs = ["licence", { needs = "exam", over = "ever" }]', 'needs = ["licence"]')
    taken = json.loads(licet(site, *ACTIVATE, "--json").stdout)
    assert (taken["effects"]["losing"], taken["effects"]["gaining"]) == (0, 1), "E3, who was let in by nobody"
    with serving(site) as parts:
        assert parts.folder.unread is None and parts.folder.revision == read_folder(site.home).revision
        until(lambda: wanted(site).get("E3") == "present", "judged again")
    assert set(wanted(site).values()) == {"present"}


def test_a_hub_that_serves_goes_on_as_soon_as_readable_rules_were_taken(site):
    site.start()
    assert site.status("/readyz")[0] == 200, "what closes must come in"
    assert licet(site, *ACTIVATE).returncode == 0
    until(lambda: site.entries("start")[-1]["rules"] == read_folder(site.home).revision, "the rules judge")
    site.end()


def test_before_a_post_is_enforced_the_files_are_the_rules(tmp_path):
    site = build(tmp_path / "hub")
    begin(site)
    with site.parts() as parts:
        texts = {path: text.replace('risk = "medium"', LATER) for path, text in parts.folder.texts.items()}
        parts.writer.call(lambda tx: take(texts, tx))
    judged = begin(site)
    assert judged.unread is None and judged.revision == read_folder(site.home).revision
    assert "rules.unreadable" not in alarms(site)


def test_who_read_the_folder_past_rules_that_cannot_be_read_does_not_begin(site):
    hub = Hub(read_folder(site.home))
    with pytest.raises(ConfigError, match="other rules are in force"):
        hub.start(polling=False, sweeping=False)
    hub.close()
    with site.parts() as parts, parts.database.reading() as session:
        assert "later_version" in documents_taken(session)["positions/post.toml"]
