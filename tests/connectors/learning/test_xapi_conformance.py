"""Every row of the table of xAPI 1.0.3: taken with its id, or refused whole with 400."""

import json
from base64 import b64encode
from typing import Any

import pytest

import mappings
from connectors.learning.xapi_push import SPEC, Settings, XapiPush
from connectors.port import ItemResult, Kept, PeerState, Reply, Request
from schemas.errors import PayloadError
from schemas.transmission import Fault
from tests import wire
from tests.connectors.learning.conformance import DROP, ID, OTHER, ROWS, STATEMENT, Row, changed

LMS = XapiPush("lms", Settings.model_validate({"user": "lms", "password": "p", "zone": "Asia/Shanghai"}))
MAPPING = mappings.load(SPEC.mapping)
HEADERS = {
    "authorization": "Basic " + b64encode(b"lms:p").decode(),
    "x-experience-api-version": "1.0.3",
    "content-type": "application/json",
}


def answered(content: Any, method: str = "POST", **query: str) -> Reply:
    """What the platform hears of a request, the mapping's faults among it."""
    request = Request(method, "/xapi/statements", query, HEADERS, json.dumps(content).encode(), "", wire.ARRIVAL)
    try:
        reception = LMS.receive(request, PeerState())
    except PayloadError as error:
        return LMS.failure(error)
    kept = []
    for taken in reception.transmissions:
        faults = [each for each in MAPPING.read(taken) if isinstance(each, Fault)]
        items = tuple(ItemResult("quarantined", code=each.code, where=each.where) for each in faults)
        kept.append(Kept({"quarantined" if faults else "applied": 1}, items))
    return reception.reply(kept, ())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_is_taken_or_refused_as_the_text_says(row: Row) -> None:
    alone = answered(row.statement)
    assert alone.status == (200 if row.valid else 400), alone.body
    if row.valid:
        [given] = json.loads(alone.body)
        asked = row.statement.get("id")
        assert asked is None or given == asked.lower()


@pytest.mark.parametrize("row", [row for row in ROWS if not row.valid], ids=str)
def test_one_bad_statement_refuses_its_whole_batch(row: Row) -> None:
    assert answered([{**STATEMENT, "id": ID}, row.statement]).status == 400


def test_all_good_rows_are_one_good_batch() -> None:
    good = [changed(row.statement, "/id", DROP) for row in ROWS if row.valid]
    reply = answered(good)
    assert (reply.status, len(json.loads(reply.body))) == (200, len(good))


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 350
    assert {row.valid for row in ROWS} == {True, False}


@pytest.mark.parametrize(
    ("content", "method", "query", "status"),
    [
        (STATEMENT, "PUT", {"statementId": ID}, 204),
        ({**STATEMENT, "id": ID}, "PUT", {"statementId": ID.upper()}, 204),
        ({**STATEMENT, "id": OTHER}, "PUT", {"statementId": ID}, 400),
        (STATEMENT, "PUT", {}, 400),
        ([STATEMENT], "PUT", {"statementId": ID}, 400),
        (STATEMENT, "POST", {"statementId": ID}, 400),
        ([], "POST", {}, 200),
        ([{**STATEMENT, "id": ID}] * 2, "POST", {}, 400),
    ],
)
def test_requests_of_the_resource(content: Any, method: str, query: dict[str, str], status: int) -> None:
    assert answered(content, method, **query).status == status
