"""A guard's verifier needs neither a token nor a file: it fetches the public key of certificates from the hub."""

import json
import urllib.request

import pytest

from connectors.algorithms import read_public
from hub.certificates.signature import published, read_keys
from tests.journeys.commands import told
from tests.site import build


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("keys") / "hub")
    built.start()
    yield built
    built.end()


def test_the_key_that_is_served_to_anybody_is_the_one_that_signs_and_public_alone(site):
    with urllib.request.urlopen(f"{site.url}/.well-known/jwks.json", timeout=60) as answer:
        assert answer.headers["content-type"] == "application/jwk-set+json"
        text = answer.read().decode()
    ours = read_public((site.home / "keys" / "log.pub.pem").read_text(), "log.pub.pem")
    assert json.loads(text) == published(ours)
    assert [key.public_bytes_raw() for key in read_keys(text)] == [ours.public_bytes_raw()]
    assert all("d" not in member for member in json.loads(text)["keys"])


def test_a_key_that_peers_encrypt_to_is_in_the_set_at_once_and_may_be_kept_for_a_while(site):
    [made] = told(site, "keys", "new", "--by", "wang")
    with urllib.request.urlopen(f"{site.url}/.well-known/jwks.json", timeout=60) as answer:
        assert answer.headers["cache-control"] == "max-age=300"
        served = json.loads(answer.read())["keys"]
    assert {each["kid"]: each["use"] for each in served}[made["kid"]] == "enc"
    assert all("d" not in each for each in served)
    assert len(read_keys(json.dumps({"keys": served}))) == 1, "certificates are checked with the key that signs"
