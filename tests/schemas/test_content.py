"""What was read stands for these very bytes, read in this way, and for nothing else."""

from dataclasses import replace

import pytest

from schemas.content import Content, Way, content_of
from schemas.errors import PayloadError
from schemas.reading import LIMITS

JSON = Way("json")
BODY = b'{"a":1}'


def test_what_is_known_of_the_same_bytes_in_the_same_way_is_taken():
    known = JSON.read(BODY)
    assert content_of(BODY, Way("json"), known) is known


@pytest.mark.parametrize(
    ("body", "way", "said"),
    [
        (b'{"a":2}', JSON, {"a": 2}),
        (bytearray(BODY), JSON, {"a": 1}),
        (BODY, Way("json", limits=replace(LIMITS, unread=frozenset({"a"}))), {"a": 1}),
    ],
    ids=["other bytes", "a copy", "other limits"],
)
def test_anything_else_is_read_anew(body, way, said):
    known = JSON.read(BODY)
    found = content_of(bytes(body), way, known)
    assert found is not known and found.plain() == said


def test_of_another_namespace_it_is_read_anew():
    body = b'<a xmlns="urn:1"/>'
    known = Way("xml", "urn:1").read(body)
    with pytest.raises(PayloadError) as wrong:
        content_of(body, Way("xml", "urn:2"), known).plain()
    assert wrong.value.code == "schema.namespace"


def test_why_it_could_not_be_read_is_known_too():
    known: Content = JSON.read(b"{")
    for _ in range(2):
        with pytest.raises(PayloadError) as wrong:
            content_of(known.body, JSON, known).plain()
        assert wrong.value.code == "json.syntax"
