"""What the hardest bodies cost to read grows no faster than they do: counted in calls, whatever the machine."""

import sys

import pytest

from benchmarks.readers import readers
from schemas.errors import PayloadError
from schemas.reading import read_xml

SIZE = 8 * 1024
CASES = [(reader, shape) for reader, (_read, shapes, _size) in readers().items() for shape in shapes]


def calls(read, body):
    """Calls of Python and of C functions that reading a body takes."""
    count = 0

    def step(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        read(body)
    except PayloadError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(("reader", "shape"), CASES)
def test_twice_the_bytes_take_twice_the_work_at_most(reader, shape):
    read, shapes, _size = readers()[reader]
    read(b"{}") if reader == "json" else None
    once, twice = (calls(read, shapes[shape](size)) for size in (SIZE, 2 * SIZE))
    assert twice <= 2.2 * once + 50
    assert twice <= 10 * 2 * SIZE, "a few calls a byte"


@pytest.mark.parametrize("body", [b"<!---->" * 65 + b"<a/>", b"\n<!-- x -->" * 5000 + b"<a/>"])
def test_comments_before_the_root_are_few_for_the_parser_pays_for_each_with_all_before_it(body):
    with pytest.raises(PayloadError) as refused:
        read_xml(body)
    assert refused.value.code == "xml.size"
    assert read_xml(b"<!-- licence -->" * 64 + b"<a/>") == {"a": None}
