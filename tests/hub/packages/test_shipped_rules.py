"""The shipped positions carry worked cases: the rules of a new folder are signed, sealed and taken as shipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.config import scaffold
from hub.config.rule_files import position_texts
from tests.journeys.commands import Done, licet, one_line, run, told
from tests.ports import free_port
from tests.site import Site

SECRET = ("--secret", "env:LICET_TEST_SIGNING")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder as ``licet init`` writes it, with its store, and two people whose signatures it trusts."""
    monkeypatch.setenv("LICET_TEST_SIGNING", "a secret of theirs")
    made = run("init", str(tmp_path / "hub"), "--example", "datacentre")
    assert made.returncode == 0, made.stderr
    site = Site(tmp_path / "hub", free_port())
    with site.parts():
        pass
    told(site, "keys", "new", "--by", "wang")
    (tmp_path / "hub.jwks.json").write_text(licet(site, "keys", "jwks").stdout)
    for person, role in (("zhao", "author"), ("qian", "approver")):
        done(run("package", "key", person, *SECRET, "-o", str(tmp_path)))
        public = str(tmp_path / f"{person}.pub.pem")
        done(licet(site, "package", "trust", public, "--person", person, "--role", role, "--by", "A", "--by", "B"))
    yield site


def done(how: Done) -> None:
    assert how.returncode == 0, how.stderr


def taken(site: Site, version: int, *more: str) -> Done:
    """What a hub answers to the rules of the folder, signed by both and sealed to it."""
    home, name = site.home.parent, f"rules-{version}"
    author, approver = (("--key", str(home / f"{each}.pem"), *SECRET) for each in ("zhao", "qian"))
    hub = ("--version", str(version), "--for", "datacentre", *more)
    done(licet(site, "package", "sign", "posts", *hub, *author, "-o", str(home / f"{name}.signed")))
    done(run("package", "approve", str(home / f"{name}.signed"), *approver, "-o", str(home / f"{name}.approved")))
    sealed = str(home / f"{name}.package")
    done(run("package", "seal", str(home / f"{name}.approved"), "--to", str(home / "hub.jwks.json"), "-o", sealed))
    return licet(site, "package", "deploy", sealed, "--by", "wang", "--lang", "en")


def test_the_rules_of_a_new_folder_are_signed_and_taken_as_they_are_shipped(site: Site) -> None:
    assert licet(site, "rules", "test", "--lang", "en").stdout == "5 cases run: 0 found wrong\n"
    done(taken(site, 1))
    [row] = told(site, "package", "status")
    assert (row["package"], row["kind"], row["state"]) == ("posts", "rules", "in use")
    with site.parts() as parts:
        [used] = parts.stored_packages.in_use()
        assert {*position_texts(site.home), "courses.toml"} == set(parts.stored_packages.rules("posts"))
    assert sum(path.startswith("cases/") for path in used.manifest.files) == 5
    # One figure of a shipped position, changed by nobody who looked at its case: the rules of before go on.
    post = site.home / "positions" / "equipment-mover.toml"
    post.write_text(post.read_text("utf-8").replace("at_least_hours = 6", "at_least_hours = 8"), "utf-8")
    one_line(taken(site, 2, "--prev", row["digest"]), "package.test", "cases/equipment-mover.toml", "scope none")
    assert [each["version"] for each in told(site, "package", "status")] == [1]


def test_each_shipped_position_needs_its_case(tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    scaffold.write(hub, "datacentre")
    names = [file.stem for file in (hub / "positions").glob("*.toml")]
    assert len(names) == 5
    for name in names:
        (hub / "cases" / f"{name}.toml").rename(tmp_path / "away.toml")
        missing = run("rules", "test", "--lang", "en", "-c", str(hub))
        assert missing.returncode == 1 and f"{name}: found no worked case" in missing.stdout
        (tmp_path / "away.toml").rename(hub / "cases" / f"{name}.toml")
