"""Positions and courses that two people signed are the rules; what stands in the folder is a draft then."""

from datetime import timedelta

import pytest

from connectors.algorithms import public_pem
from hub.config.folder import COURSES_FILE, course_text, position_texts, read_folder
from hub.packages.manifest import draft
from hub.parts.ruled import ruled_folder
from schemas.errors import LicetError, TrustError
from tests.hub.packages.test_packages import APPROVER, AUTHOR, approved, key_of, sealed, signed
from tests.journeys.commands import licet, one_line
from tests.site import build


def test_the_rules_are_those_of_the_package_and_the_folder_is_a_draft(tmp_path):
    site = build(tmp_path / "hub")
    post = site.home / "positions" / "post.toml"
    judged = read_folder(site.home).revision
    with site.parts() as parts:
        now = parts.clock.now()
        for key, person, role in ((AUTHOR, "Zhao", "author"), (APPROVER, "Qian", "approver")):
            parts.key_desk.trust(
                public_pem(key.private.public_key()).decode(), person, role, ["A", "B"], now, alone=False
            )
        own = parts.key_desk.new("ecdh-x25519", "wang", now)
        made = rules_of(site, now)
        text = sealed(approved(signed(made, AUTHOR), APPROVER), [key_of(own)])
        parts.package_desk.deploy(text, "wang", now)
    post.write_text(post.read_text("utf-8").replace('risk = "medium"', 'risk = "low"'), "utf-8")
    assert read_folder(site.home).revision != judged
    name_rules(site, "posts")
    ruled = ruled_folder(site.home)
    assert ruled.revision == judged, "the same rules as were signed, known by the same digest"
    assert ruled.positions["post"].risk == "medium"
    # A name that was never taken stops everything but the dealing with packages.
    name_rules(site, "others")
    with pytest.raises(TrustError):
        ruled_folder(site.home)
    one_line(licet(site, "people", "unresolved"), "others")
    assert licet(site, "package", "status").returncode == 0


def rules_of(site, now):
    texts = {**position_texts(site.home), COURSES_FILE: course_text(site.home)}
    files = {path: text.encode() for path, text in texts.items()}
    return draft("rules", "posts", 1, "", ["datacentre"], (now, now + timedelta(days=1)), files)


def name_rules(site, name):
    settings = site.home / "licet.toml"
    text = settings.read_text("utf-8").partition("\n[packages]")[0]
    settings.write_text(f'{text}\n[packages]\nrules = "{name}"\n', "utf-8")


def test_with_packages_alone_a_document_of_the_folder_is_read_by_nobody(tmp_path):
    site = build(tmp_path / "hub")
    assert licet(site, "mapping", "new", "credential/vendor", "--from", "credential/authority_push").returncode == 0
    before, table, after = (site.home / "licet.toml").read_text("utf-8").rpartition("\n[connectors.authority]\n")
    named = f'{before}{table}mappings = {{ read = "credential/vendor" }}\n{after}'
    (site.home / "licet.toml").write_text(named, "utf-8")
    with site.parts() as parts:
        assert parts.mappings.of("authority").name == "credential/vendor"
    (site.home / "licet.toml").write_text(f"{named}\n[packages]\nonly = true\n", "utf-8")
    with site.parts() as parts, pytest.raises(LicetError, match="credential/vendor"):
        _ = parts.mappings
