"""An integrator's document, signed by two, sealed to a hub that runs, read with a second later; then taken back."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journeys.commands import Done, licet, one_line, run, told
from tests.site import Site, build, order, until

NAME = "credential/vendor"


@pytest.fixture
def site(tmp_path, monkeypatch) -> Iterator[Site]:
    """A hub whose authority is read by a document of a package alone, and two people with keys."""
    monkeypatch.setenv("LICET_TEST_SIGNING", "a secret of theirs")
    built = build(tmp_path / "hub")
    assert licet(built, "mapping", "new", NAME, "--from", "credential/authority_push").returncode == 0
    golden(built)
    settings = built.home / "licet.toml"
    before, table, after = settings.read_text("utf-8").rpartition("\n[connectors.authority]\n")
    settings.write_text(f'{before}{table}mappings = {{ read = "{NAME}" }}\n{after}', "utf-8")
    built.start()
    told(built, "keys", "new", "--by", "wang")
    (tmp_path / "hub.jwks.json").write_text(licet(built, "keys", "jwks").stdout)
    for person, role in (("zhao", "author"), ("qian", "approver")):
        assert run("package", "key", person, "--secret", "env:LICET_TEST_SIGNING", "-o", str(tmp_path)).returncode == 0
        public = str(tmp_path / f"{person}.pub.pem")
        trusted = ("package", "trust", public, "--person", person, "--role", role, "--by", "A", "--by", "B")
        assert licet(built, *trusted).returncode == 0
    yield built


def golden(site: Site) -> None:
    """Golden cases beside the document: those of the shipped one."""
    cases = site.home / "mappings" / f"{NAME}.cases"
    cases.mkdir()
    case = json.loads(Path("mappings/credential/authority_push.cases/suspended_json.json").read_text("utf-8"))
    case.pop("$schema", None)
    (cases / "suspended.json").write_text(json.dumps(case), "utf-8")


def rewrite(site: Site, note: str) -> None:
    own = site.home / "mappings" / f"{NAME}.json"
    document = json.loads(own.read_text("utf-8"))
    own.write_text(json.dumps({**document, "note": note}, ensure_ascii=False), "utf-8")


def packed(site: Site, version: int, *more: str) -> str:
    """The path of a package of the folder's document, signed by both and sealed to the hub."""
    home, secret = site.home.parent, ("--secret", "env:LICET_TEST_SIGNING")
    name = home / f"vendor-{version}"
    what = ("vendor", NAME, "--version", str(version), "--for", "datacentre", *more)
    done(licet(site, "package", "sign", *what, "--key", str(home / "zhao.pem"), *secret, "-o", f"{name}.signed"))
    return closed(site, str(name))


def closed(site: Site, name: str) -> str:
    home, secret = site.home.parent, ("--secret", "env:LICET_TEST_SIGNING")
    by = ("--key", str(home / "qian.pem"), *secret)
    done(run("package", "approve", f"{name}.signed", *by, "-o", f"{name}.approved"))
    done(run("package", "seal", f"{name}.approved", "--to", str(home / "hub.jwks.json"), "-o", f"{name}.package"))
    return f"{name}.package"


def done(how: Done) -> None:
    assert how.returncode == 0, how.stderr


def read_with(site: Site) -> dict[str, str]:
    mapping: dict[str, str] = site.entries("received")[-1]["mapping"]
    return mapping


def push(site: Site, sequence: int) -> dict[str, str]:
    """What reads a push that is made now."""
    now = datetime.now(UTC)
    status, _body = site.authority().push(order(0, "active", sequence), now=now, id=f"push-{sequence}")
    assert status == 202
    return read_with(site)


def exchanged(site: Site, times: int) -> None:
    until(lambda: len(site.entries("mapping")) == times, "the documents are exchanged")


def test_from_signing_to_use_without_a_restart_and_back_to_an_older_content(site, tmp_path):
    assert push(site, 1)["version"] == "1"
    first = told(site, "package", "deploy", packed(site, 1), "--by", "wang")
    exchanged(site, 1)
    mapping = push(site, 2)
    assert (mapping["id"], mapping["version"]) == (NAME, "1+p1")
    rewrite(site, "changed")
    second = told(site, "package", "deploy", packed(site, 2, "--prev", first["digest"]), "--by", "wang")
    exchanged(site, 2)
    assert push(site, 3)["sha256"] != mapping["sha256"]
    # Back to the first content: a new version, signed by both again.
    draft, secret = str(tmp_path / "draft.json"), ("--secret", "env:LICET_TEST_SIGNING")
    assert told(site, "package", "rollback", "vendor", "--to", "1", "-o", draft)["prev"] == second["digest"]
    signed = ("--key", str(tmp_path / "zhao.pem"), *secret, "-o", str(tmp_path / "back.signed"))
    done(run("package", "sign-draft", draft, *signed))
    told(site, "package", "deploy", closed(site, str(tmp_path / "back")), "--by", "wang")
    exchanged(site, 3)
    again = push(site, 4)
    assert (again["sha256"], again["version"]) == (mapping["sha256"], "1+p3")
    states = {each["version"]: each["state"] for each in told(site, "package", "status")}
    assert states == {1: "earlier", 2: "earlier", 3: "in use"}
    assert "使用中" in licet(site, "package", "status", "--lang", "zh").stdout
    # What is refused changes nothing, whatever it was.
    one_line(licet(site, "package", "deploy", str(tmp_path / "vendor-1.package")), "package.version")
    assert push(site, 5)["version"] == "1+p3"
    # Who signed what is in use loses the key: that is said, and what is in use stays until somebody acts.
    kid = told(site, "package", "status")[0]["signers"][0]
    lost = ("--of", ":packages", "--reason", "stolen", "--by", "wang")
    # A name may begin with a hyphen: behind two of them it is no option.
    revoked = run("keys", "revoke", "-c", str(site.home), "--json", *lost, "--", kid)
    done(revoked)
    assert json.loads(revoked.stdout)["packages"] == ["vendor 3", "vendor 2", "vendor 1"]
    assert told(site, "package", "status")[0]["state"] == "revoked"
    # After a restart the same is in use, and not the draft in the folder.
    site.end()
    site.start()
    assert push(site, 6)["version"] == "1+p3"


def test_what_people_do_wrong_is_one_clear_line(site, tmp_path):
    package = packed(site, 1)
    looked = told(site, "package", "open", package, "-o", str(tmp_path / "out"), "--signed", str(tmp_path / "s.json"))
    assert sorted(looked["files"]) == [f"{NAME}.cases/suspended.json", f"{NAME}.json"]
    assert (tmp_path / "out" / f"{NAME}.json").read_bytes() == (site.home / "mappings" / f"{NAME}.json").read_bytes()
    assert (tmp_path / "s.json").read_bytes() == (tmp_path / "vendor-1.approved").read_bytes()
    secret = ("--secret", "env:LICET_TEST_SIGNING")
    own = ("--key", str(tmp_path / "zhao.pem"), *secret, "-o", str(tmp_path / "x"))
    one_line(run("package", "approve", str(tmp_path / "vendor-1.signed"), *own, "--lang", "en"), "another person")
    os.environ["LICET_TEST_SIGNING"] = "not theirs"
    one_line(run("package", "approve", str(tmp_path / "vendor-1.signed"), *own, "--lang", "en"), "cannot be opened")
    one_line(
        run("package", "seal", str(tmp_path / "s.json"), "--to", str(tmp_path / "s.json"), "-o", "x", "--lang", "en"),
        "public keys",
    )
    one_line(licet(site, "package", "deploy", str(tmp_path / "s.json")), "package.envelope")
    plain = site.home / "licet.toml"
    none = licet(site, "package", "deploy", str(plain), "--lang", "en")
    one_line(none, f"{plain}: found no JSON object, expected what was signed or sealed", "`licet package seal`")
    one_line(run("package", "key", "zhao", *secret, "-o", str(tmp_path)), "exists")
