"""Positions and courses that two people signed are the rules; what stands in the folder is a draft then."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.algorithms import public_pem
from hub.config.folder import read_folder
from hub.config.rule_files import COURSES_FILE, course_text, position_texts
from hub.packages.manifest import draft
from hub.parts.ruled import ruled_folder
from hub.serve import _Ending, _next
from schemas.errors import LicetError, TrustError
from tests.hub.packages.test_packages import APPROVER, AUTHOR, approved, key_of, sealed, signed
from tests.journeys.commands import licet, one_line
from tests.site import build, order, until


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


def test_a_process_that_serves_judges_by_the_rules_that_are_taken_and_goes_on(tmp_path):
    site = build(tmp_path / "hub")
    with site.parts() as parts:
        now = parts.clock.now()
        for key, person, role in ((AUTHOR, "Zhao", "author"), (APPROVER, "Qian", "approver")):
            text = public_pem(key.private.public_key()).decode()
            parts.key_desk.trust(text, person, role, ["A", "B"], now, alone=False)
        to = [key_of(parts.key_desk.new("ecdh-x25519", "wang", now))]
        first = rules_of(site, now)
        parts.package_desk.deploy(sealed(approved(signed(first, AUTHOR), APPROVER), to), "wang", now)
    name_rules(site, "posts")
    site.start()
    before = site.entries("start")[-1]["rules"]
    post = site.home / "positions" / "post.toml"
    post.write_text(post.read_text("utf-8").replace('risk = "medium"', 'risk = "low"'), "utf-8")
    second = rules_of(site, now).model_copy(update={"version": 2, "prev": first.digest})
    with site.parts() as parts:
        taken = sealed(approved(signed(second, AUTHOR), APPROVER), to)
        parts.package_desk.deploy(taken, "wang", parts.clock.now())
    until(lambda: site.entries("start")[-1]["rules"] != before, "the rules of the second package judge")
    until(lambda: site.status("/readyz")[0] == 200, "the hub is ready")
    [entry] = site.entries("rules")
    assert (entry["rules_before"], entry["rules"]) == (before, read_folder(site.home).revision)
    assert site.process.poll() is None
    # What is decided from then on names the rules that judged.
    site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="e-1")
    until(lambda: site.entries("decided"), "decided by the rules of the second package")
    assert {each["rules"] for each in site.entries("decided") if each.get("rules")} >= {entry["rules"]}
    site.end()


def test_rules_by_which_no_hub_starts_leave_those_of_before_and_an_alarm(tmp_path):
    site = build(tmp_path / "hub")
    folder = read_folder(site.home)
    broken = replace(folder, path=tmp_path / "nowhere")

    async def take_over() -> None:
        hub = await _next(broken, folder, _Ending(frozenset()))
        assert hub.parts.folder is folder
        hub.parts.writer.call(lambda tx: None)
        hub.stop()

    asyncio.run(take_over())
    assert [each["code"] for each in site.entries("alarm")] == ["config.invalid"]


NOBODY = b'position = "post"\nasked = [{ at = 2026-03-02T00:00:00+08:00, scope = "none" }]'
"""A case: of whom nothing is known."""


def rules_of(site, now):
    texts = {**position_texts(site.home), COURSES_FILE: course_text(site.home)}
    files = {path: text.encode() for path, text in texts.items()} | {"cases/nobody.toml": NOBODY}
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
