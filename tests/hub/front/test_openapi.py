"""What the hub says of itself in OpenAPI is what answers, and all of it."""

import json
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.hub.front.test_api import asked
from tests.hub.jobs.asking import ended, post
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


def test_whatever_it_names_answers_as_it_says_and_nothing_else_does(site):
    token = (site.home / "keys" / "api.token").read_text()
    job = post(site, kind="forecast", key="any")[1]["id"]
    ended(site, f"/api/v1/jobs/{job}")
    names = {
        "job": job,
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
        status = asked(asked_for, token)[0]
        if "tags" not in said and said:
            assert status == 200 and set(methods) <= {"get", "post", "delete"}, path
            assert asked(asked_for)[0] == (401 if said["security"] else 200), path
        else:
            assert status != 404 or "{rest}" in path, path
    with pytest.raises(HTTPError, match="404"):
        site.get("/api/v1/nothing")
