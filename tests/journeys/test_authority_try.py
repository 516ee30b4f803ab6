"""An authority tries a hub before it pushes for real: every answer as promised, in each profile, told one by one."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.algorithms import public_pem
from connectors.simulators.authority_trial import Peer, Trial
from connectors.simulators.proving_ways import Signature
from hub.cli.lazy import loaded
from hub.config import scaffold
from tests.journeys.commands import one_line, run, told
from tests.ports import free_port
from tests.site import PATIENCE_SECONDS, Site, build, until

SOURCE, KID, SECRET = "urn:authority:demo-ca", "demo-ca-1", "whsec_" + "QUJD" * 12
_MORE = {
    "http-signature": "",
    "webhook": 'profile = "webhook"\nsecret = "file:keys/authority.secret"',
    "sealed": 'profile = "sealed"\naudience = "hub-prod"',
    "xml": 'profile = "xml"\naudience = "hub-prod"',
}


def key_file(folder: Path) -> tuple[Path, Path]:
    """An elliptic key for XML, private and public."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / "ca.pem", folder / "ca.pub.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(public_pem(key.public_key()))
    return private, public


@pytest.fixture(scope="module", params=list(_MORE))
def agreed(request, tmp_path_factory) -> Iterator[tuple[Site, list[str]]]:
    """A hub that serves, and the options by which its authority tries it."""
    profile = request.param
    if profile == "xml":
        pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
    folder = tmp_path_factory.mktemp(profile)
    site = build(folder / "hub")
    settings = (site.home / "licet.toml").read_text("utf-8")
    source = f'source = "{SOURCE}"'
    (site.home / "licet.toml").write_text(settings.replace(source, f"{source}\n{_MORE[profile]}"), "utf-8")
    if profile == "webhook":  # whoever is believed by a secret has no key
        drop_keys(site)
        scaffold.secret(site.home / "keys" / "authority.secret", SECRET.encode())
    options = ["--profile", profile, "--source", SOURCE, "--scheme", "licence"]
    key = site.home / "keys" / "demo" / "authority.pem"
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    if profile == "webhook":
        (folder / "secret").write_text(SECRET)
        options += ["--secret-file", str(folder / "secret")]
    elif profile == "xml":
        private, public = key_file(folder)
        told(site, "keys", "new", "--algorithm", "rsa-oaep", "--by", "wang")
        entered = ("--of", "authority", "--kid", "ca-xml", "--algorithm", "es256", "--by", "wang")
        told(site, "keys", "enter", str(public), *entered)
        options += ["--key", str(private), "--kid", "ca-xml", "--audience", "hub-prod"]
    else:
        options += ["--key", str(key), "--kid", KID]
        if profile == "sealed":
            told(site, "keys", "new", "--by", "wang")
            options += ["--audience", "hub-prod"]
    if profile in ("sealed", "xml"):
        until(lambda: len(site.get("/.well-known/jwks.json")["keys"]) > 1, "the key is published")
    yield site, [f"{site.url}/in/authority", *options]
    assert site.balanced()
    site.end()


def drop_keys(site: Site) -> None:
    """Take the registered keys of the authority out of the settings."""
    text = (site.home / "licet.toml").read_text("utf-8")
    start = text.rindex("[[connectors.authority.keys]]")
    (site.home / "licet.toml").write_text(text[:start] + text[start:].partition('.pem"')[2], "utf-8")


def tried(options: list[str], *more: str) -> tuple[int, list[dict[str, object]]]:
    done = run("authority", "try", *options, *more, "--json")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_hub_answers_all_as_promised_and_nothing_stays_open(agreed):
    site, options = agreed
    for more in ((), ("--holder", "r1")):
        code, outcomes = tried(options, *more)
        assert [each for each in outcomes if not each["good"]] == []
        assert code == 0 and len(outcomes) > 20
    assert outcomes[0]["found"] == "202 applied", "of a person whom the hub knows"
    found = {each["sent"]: each["found"] for each in outcomes}
    assert found["what its renewal takes"] == "202 applied"
    assert found["a renewal block of another form: it alone is left out"] == "202 applied"
    assert found["the same, mended, under the same id"] == "202 applied"
    assert ("an event for another hub" in found) is ("--audience" in options)
    assert ("a list of which one event cannot be read" in found) is (options[2] != "xml")
    assert found["a renewal review on no day"].startswith("422") and "review_due" in found["a renewal review on no day"]
    bodies = [json.loads(body) for (body,) in site.rows("SELECT body FROM facts WHERE kind = 'renewal_demand'")]
    assert bodies and all((each["rule"], each["hours_required"]) == ("trial/3y", "24") for each in bodies)
    assert site.rows("SELECT count(*) FROM desired WHERE wanted = 'present'") == [(0,)]


def test_it_is_told_in_both_languages_with_a_sum(agreed):
    _site, options = agreed
    for lang, first, last in (("en", "✓ a new event: 202 held", "as agreed"), ("zh", "✓ 新事件: 202 held", "符合约定")):
        lines = run("authority", "try", *options, "--lang", lang).stdout.splitlines()
        assert lines[0] == first and lines[-1].endswith(last)


@pytest.mark.parametrize("agreed", ["http-signature", "sealed", "xml"], indirect=True)
def test_a_key_that_is_not_registered_is_told_with_what_to_compare(agreed):
    _site, options = agreed
    code, outcomes = tried([*options, "--kid", "another"])
    assert code == 1 and len(outcomes) == 1, "nothing more is sent where not even the first is believed"
    assert outcomes[0]["found"] == "401 refused" and "name" in str(outcomes[0]["expected"])


PAGE = (Path(__file__).parents[2] / "docs" / "for-authorities.md").read_text("utf-8")


def block(kind: str, holding: str) -> str:
    """The block of the page for authorities that holds some words."""
    [found] = [
        each for each in re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if holding in each
    ]
    return str(found)


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="bash, curl or openssl is not here")
@pytest.mark.parametrize("agreed", ["webhook"], indirect=True)
def test_what_the_page_says_to_do_by_hand_is_taken(agreed, tmp_path):
    site, _options = agreed
    (tmp_path / "event.json").write_text(block("json", "specversion"), "utf-8")
    environment = {**os.environ, "SECRET": SECRET, "HUB": f"{site.url}/in/authority"}
    command = ["bash", "-euc", block("bash", "curl")]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, timeout=PATIENCE_SECONDS, check=True
    )
    assert json.loads(done.stdout).get("result") in ("applied", "held"), done


def test_the_command_of_the_page_has_the_options_that_there_are():
    for page in (PAGE, (Path(__file__).parents[2] / "docs" / "for-authorities.zh-CN.md").read_text("utf-8")):
        [command] = re.findall(r"^```bash\n(licet .*?)^```$", page, re.DOTALL | re.MULTILINE)
        words = shlex.split(command.replace("\\\n", " "))
        known = loaded("authority").commands["try"]
        parsed = known.make_context("try", words[3:], resilient_parsing=True)
        assert parsed.params["scheme"] == "low-voltage-electrician"


class Yes(BaseHTTPRequestHandler):
    """Says yes to everything, as a proxy's page does."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer(202, b'{"id":"x","result":"applied","receipt":"e30.e30.e30"}')

    def do_GET(self) -> None:
        self.answer(200, b'{"keys":[]}')

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def yes() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Yes) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/in/authority"
        server.shutdown()
        thread.join()


@pytest.fixture
def demo_key(tmp_path) -> Path:
    site = build(tmp_path / "hub")
    return site.home / "keys" / "demo" / "authority.pem"


def test_a_server_that_says_yes_to_all_fails(yes, demo_key):
    options = [yes, "--source", SOURCE, "--scheme", "licence", "--key", str(demo_key), "--kid", KID]
    code, outcomes = tried(options)
    bad = [each["sent"] for each in outcomes if not each["good"]]
    assert code == 1
    assert {"the same event again", "without a proof", "another content under a known id"} <= set(bad)
    assert "its receipt, by the key that the hub publishes" in bad


@pytest.mark.parametrize("agreed", ["http-signature"], indirect=True)
def test_a_clock_that_is_wrong_is_told_as_that(agreed):
    site, _options = agreed
    authority = site.authority()
    way = Signature(authority.hub, authority.key, authority.kid)
    about = {"number": "TRIAL-clock", "credential": "licence", "holder": "nobody"}
    late = lambda: datetime.now(UTC) - timedelta(hours=2)  # noqa: E731
    trial = Trial(Peer(authority.hub, lambda _s: None), way, SOURCE, about, late, lambda: uuid4().hex)
    [first] = trial.run()
    assert "our clock and the hub's are 7" in str(first.wrong)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ("--key", "expected")),
        (("--key", "KEY"), ("--kid", "expected")),
        (("--key", "KEY", "--kid", KID), ("peer.unreachable",)),
        (("--key", "KEY", "--kid", KID, "--profile", "sealed"), ("peer.unreachable",)),
        (("--key", "KEY", "--kid", KID, "--profile", "xml"), ("--key", "RSA")),
        (("--secret-file", "KEY", "--profile", "webhook"), ("--secret-file", "whsec_")),
    ],
)
def test_what_cannot_be_tried_is_answered_by_one_clear_line(demo_key, options, words):
    given = [str(demo_key) if each == "KEY" else each for each in options]
    url = f"http://127.0.0.1:{free_port()}/in/authority"
    done = run("authority", "try", url, "--source", SOURCE, "--scheme", "licence", "--lang", "en", *given)
    one_line(done, *words)
