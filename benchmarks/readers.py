"""What the worst bodies within the limits of size cost to read, by reader, in process CPU time."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from mappings import load
from schemas.errors import PayloadError
from schemas.reading import read_json, read_xml
from schemas.transmission import Transmission

NOW = datetime(2026, 3, 2, tzinfo=UTC)

JSON_BYTES, XML_BYTES, LINE_BYTES = 4 << 20, 256 << 10, 64 << 10
"""The largest body of each reader; of lines, one slice is read at a time."""
Shape = Callable[[int], bytes]
Read = Callable[[bytes], object]


def _around(start: bytes, part: bytes, end: bytes) -> Shape:
    return lambda size: start + part * ((size - len(start) - len(end)) // len(part)) + end


def _numbered(start: bytes, part: bytes, joint: bytes, end: bytes) -> Shape:
    def shape(size: int) -> bytes:
        count = size // (len(part) + 6)
        return start + joint.join(part.replace(b"%d", b"%06d" % n) for n in range(count)) + end

    return shape


XML: dict[str, Shape] = {
    "comments before": _around(b"", b"<!---->", b"<a/>"),
    "comments inside": _around(b"<a>", b"<!---->", b"</a>"),
    "comments after": _around(b"<a/>", b"<!---->", b""),
    "comments between": _around(b"<a>", b"<b/><!---->", b"</a>"),
    "siblings": _around(b"<a>", b"<b/>", b"</a>"),
    "two kinds of siblings": _around(b"<a>", b"<b/><c/>", b"</a>"),
    "text between": _around(b"<a>", b"<b>x</b>y", b"</a>"),
    "prefixes": _numbered(b"<a>", b"<p%d:b xmlns:p%d='u'/>", b"", b"</a>"),
    "attributes": _numbered(b"<a ", b"p%d='u'", b" ", b"/>"),
    "blanks": _around(b"", b" ", b"<a/>"),
    "long declaration": _around(b"<?xml version='1.0'", b" ", b"?><a/>"),
    "entities": _around(b"<a>", b"&amp;", b"</a>"),
    "unclosed": _around(b"", b"<a>", b""),
    "sections": _around(b"<a>", b"<![CDATA[x]]>", b"</a>"),
}
JSON: dict[str, Shape] = {
    "lists": _around(b"[", b"[],", b"[]]"),
    "deep": _around(b"", b"[", b""),
    "keys": _numbered(b"{", b'"%d":0', b",", b"}"),
    "one key": _around(b"{", b'"a":1,', b'"b":1}'),
    "fractions": _around(b"[", b"1.5,", b"1]"),
    "digits": _around(b"[", b"1", b"]"),
    "decimals": _around(b"[0.", b"1", b"]"),
    "text": _around(b'["', b"a", b'"]'),
    "escapes": _around(b'["', b"\\u0041", b'"]'),
    "line ends": _around(b"", b"\n", b"x"),
}
LINES: dict[str, Shape] = {
    "empty": _around(b"", b"\n", b""),
    "one letter": _around(b"", b"x\n", b""),
    "tabs": _around(b"", b"\t", b""),
    "columns": _around(b"", b"1\t2\t3\t4\t5\t6\t7\n", b""),
    "not text": _around(b"", b"\xff\xff\n", b""),
    "mixed": _around(b"", b"\xe5\xbc\xa0\n\xd5\xc5\n", b""),
    "punches": _numbered(b"", b"1\t2026-03-01 09:00:00\t0\t15\t%d", b"\n", b"\n"),
}


def _lines() -> Read:
    mapping = load("attendance/zkteco_push")
    context = {"device": "D", "zone": "Asia/Shanghai", "dialect": "att2"}
    whole = Transmission("t", NOW, "text/plain", b"", form="ATTLOG", peer="D", context=context)
    return lambda body: mapping.read(whole._replace(body=body))


def readers() -> dict[str, tuple[Read, dict[str, Shape], int]]:
    """Each reader, the bodies that are hardest for it, and how large they may be."""
    return {
        "json": (read_json, JSON, JSON_BYTES),
        "xml": (read_xml, XML, XML_BYTES),
        "lines": (_lines(), LINES, LINE_BYTES),
    }


def measure() -> dict[str, float]:
    """The milliseconds of the worst body, whole and by reader."""
    found = {}
    for name, (read, shapes, size) in readers().items():
        found[f"reader_ms.{name}"] = max(_cost(read, shape(size)) for shape in shapes.values())
    return {"reader_ms": max(found.values()), **found}


def _cost(read: Read, body: bytes) -> float:
    began = time.process_time()
    with suppress(PayloadError):
        read(body)
    return (time.process_time() - began) * 1000
