"""Requests made of what the hub says of itself in OpenAPI: each is answered as it says there, and none with 500."""

from collections.abc import Mapping

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.targets import Target
from tests.site import Site

AS_SAID: list[CheckFunction] = [content_type_conformance, response_schema_conformance, status_code_conformance]


def described(site: Site, account: Mapping[str, str]) -> Target:
    """What a running hub serves; the API is asked with its token, a push source with the platform's account."""
    document = site.get("/api/v1/openapi.json")
    schema = schemathesis.openapi.from_dict(document)
    cases = st.one_of(*(each.ok().as_strategy() for each in schema.get_all_operations()))
    token = {"authorization": f"Bearer {(site.home / 'keys' / 'api.token').read_text()}"}
    session = requests.Session()

    def take(case: schemathesis.Case) -> None:
        mine = token if case.operation.definition.raw["security"] else account
        answer = case.call(base_url=site.url, session=session, headers=dict(mine), timeout=30)
        assert answer.status_code != 500, (case.method, case.path, answer.text)
        case.validate_response(answer, checks=AS_SAID)

    return cases, take
