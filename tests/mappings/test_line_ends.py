"""What one reader takes for a line and another for several is none: nothing behind the first is lost unseen."""

import pytest

import mappings
from schemas.transmission import Fault, Item, Transmission
from tests import wire

ZK = mappings.load("attendance/zkteco_push")
CONTEXT = {"device": "SN", "zone": "Asia/Shanghai", "dialect": "att2"}
PUNCH = "1001\t2026-03-02 08:01:0{}\t0\t15\t0\t0\t0"


def read(body: bytes):
    return ZK.read(Transmission("gate", wire.ARRIVAL, "text/plain", body, form="ATTLOG", context=CONTEXT))


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"], ids=ascii)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_end_of_another_kind_within_a_line_sets_it_aside_and_no_other(end, encoding):
    odd = f"{PUNCH.format(1)}{end}{PUNCH.format(2)}"
    body = f"{PUNCH.format(3)}\r\n{odd}\n{PUNCH.format(4)}\n".encode(encoding)
    first, second, third = read(body)
    assert isinstance(first, Item) and isinstance(third, Item)
    assert isinstance(second, Fault) and second.raw == odd.encode(encoding)
    assert (second.code, second.where) == ("encoding.invalid", "line 2")


def test_a_last_line_may_end_with_a_carriage_return():
    [punch] = read(PUNCH.format(1).encode() + b"\r")
    assert isinstance(punch, Item)


@pytest.mark.parametrize("between", ["\t", " ", "", "\t\t"])
def test_two_punches_in_one_line_are_set_aside(between):
    [fault] = read(f"{PUNCH.format(1)}{between}{PUNCH.format(2)}\n".encode())
    assert isinstance(fault, Fault) and (fault.code, fault.found) == ("text.columns", "two times in one line")


def test_more_columns_with_colons_in_them_are_a_punch_all_the_same():
    [punch] = read(f'{PUNCH.format(1)}\t0\t36.5\t0\t+28800\t{{"a":"1:2:3","b":"c:d"}}\n'.encode())
    assert isinstance(punch, Item)
