"""Where one field or parameter is meant, two are refused; lines of a list are one list."""

from datetime import UTC, datetime

import pytest

from hub.front.request import request_of
from schemas.errors import PayloadError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def request(query=b"", headers=()):
    scope = {"method": "GET", "path": "/x", "raw_path": b"/x", "query_string": query, "headers": list(headers)}
    return request_of(scope, b"", "https://hub", NOW)


def test_lines_of_a_list_are_one_list_in_their_order():
    found = request(headers=[(b"signature", b"a=:AA==:"), (b"x", b"1"), (b"signature", b"b=:BB==:")]).headers
    assert found["signature"] == "a=:AA==:, b=:BB==:" and dict(found)["x"] == "1"


@pytest.mark.parametrize("name", [b"content-type", b"authorization", b"date", b"x-experience-api-version"])
def test_a_field_of_which_one_is_meant_is_refused_when_it_stands_twice(name):
    twice = request(headers=[(name, b"a"), (name, b"a")])
    with pytest.raises(PayloadError) as refused:
        twice.headers.get("anything")
    assert refused.value.code == "http.request" and name.decode() in refused.value.message


@pytest.mark.parametrize("query", [b"SN=1&SN=2", b"SN=1&SN=1", b"a=%31&SN=1&SN=", b"%53N=1&SN=1"])
def test_a_parameter_that_stands_twice_is_refused(query):
    with pytest.raises(PayloadError) as refused:
        request(query)
    assert refused.value.code == "http.request"


def test_a_parameter_without_a_value_and_none_at_all_are_read():
    assert dict(request(b"SN=1&flag&empty=").query) == {"SN": "1", "flag": "", "empty": ""}
    assert dict(request(b"").query) == {}
