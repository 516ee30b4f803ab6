"""A guard's verifier needs neither a token nor a file: it fetches the public key of certificates from the hub."""

import json
import urllib.request

import pytest

from connectors.algorithms import read_public
from hub.certificates.signature import published, read_keys
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
