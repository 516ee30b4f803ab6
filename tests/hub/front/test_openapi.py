"""What the hub says of itself in OpenAPI is what answers, and all of it."""

import json
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.hub.front.test_api import asked
from tests.hub.front.test_register import post as hand_in
from tests.hub.jobs.asking import ended, post
from tests.hub.register.papers import PLAIN
from tests.site import build, until

SHIPPED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("openapi") / "hub")
    built.addressed()
    built.start()
    until(lambda: built.entries("received"), "the roster is in")
    yield built
    built.end()


def test_the_document_that_is_served_is_the_one_in_the_docs_and_needs_the_token(site):
    assert site.get("/api/v1/openapi.json") == json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert asked(f"{site.url}/api/v1/openapi.json")[0] == 401


def gives(url: str, token: str = "") -> int:
    """The status of an answer, whatever bytes it has."""
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def filed(site) -> str:
    """A document of the register."""
    said = {"kind": "certificate", "about": "licence", "by": ["wang"]}
    return str(hand_in(site, PLAIN, said, person="E0")[1]["id"])


def test_whatever_it_names_answers_as_it_says_and_nothing_else_does(site):
    token = (site.home / "keys" / "api.token").read_text()
    job = post(site, kind="forecast", key="any")[1]["id"]
    ended(site, f"/api/v1/jobs/{job}")
    names = {
        "job": job,
        "document": filed(site),
        "person": "E0",
        "rest": "x",
        "entry": site.entries("received")[0]["id"],
        "purpose": "revocation",
        "n": 0,
        "file": "page.js",
    }
    for path, methods in site.get("/api/v1/openapi.json")["paths"].items():
        said = methods.get("get", {})
        asked_for = site.url + path.format_map(names)
        status = gives(asked_for, token)
        if "tags" not in said and said:
            assert status == 200 and set(methods) <= {"get", "post", "delete"}, path
            assert gives(asked_for) == (401 if said["security"] else 200), path
        else:
            assert status != 404 or "{rest}" in path, path
    with pytest.raises(HTTPError, match="404"):
        site.get("/api/v1/nothing")
