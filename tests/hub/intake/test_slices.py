"""A long body of lines is kept part by part; its bad lines wait together under one seal."""

from datetime import UTC, datetime

import pytest

from connectors.port import Kept
from hub.intake.aside import APART, asides, items_of
from hub.intake.slices import LINE_BYTES, MOST_LINES, SLICE_BYTES, SLICE_LINES, joined, slices
from schemas.errors import PayloadError
from schemas.transmission import Fault, Transmission
from tests.journeys.commands import licet
from tests.site import build, until


def wire(body):
    return Transmission("terminals", datetime.now(UTC), "text/plain", body, form="ATTLOG", peer="SN-1", path="/x")


@pytest.mark.parametrize(
    "body",
    [
        b"1\t2\n" * 5500,
        b"a" * 1000 + b"\n" + b"b" * 60_000 + b"\n" + b"c" * 60_000,
        b"\n" * 3000,
        b"x",
        b"no end\n" * 2001 + b"of line",
    ],
)
def test_slices_are_whole_lines_and_make_the_body_again(body):
    parts = [each.body for each in slices(wire(body))]
    assert b"".join(parts) == body
    assert all(each.endswith(b"\n") for each in parts[:-1])
    assert max(each.count(b"\n") for each in parts) <= SLICE_LINES
    assert max(map(len, parts)) <= SLICE_BYTES + LINE_BYTES


def test_a_body_that_is_one_slice_stays_as_it_is():
    whole = wire(b"1\t2\n" * SLICE_LINES)
    assert list(slices(whole)) == [whole] and list(slices(wire(b""))) == []


@pytest.mark.parametrize("body", [b"x\n" * (MOST_LINES + 1), b"x\n" + b"y" * (LINE_BYTES + 1)])
def test_more_lines_or_a_longer_one_than_any_body_may_have_are_refused(body):
    with pytest.raises(PayloadError) as refused:
        list(slices(wire(body)))
    assert refused.value.code == "text.size"
    list(slices(wire(b"x\n" * MOST_LINES)))


def test_what_became_of_the_parts_is_what_became_of_the_body():
    first, second = Kept({"applied": 3, "held": 1}, repeat=True, id="a"), Kept({"applied": 2}, id="b")
    assert joined([first]) is first
    whole = joined([first, second])
    assert (dict(whole.counts), whole.total, whole.repeat, whole.id) == ({"applied": 5, "held": 1}, 6, False, "a")
    assert joined([first, first._replace(id="c")]).repeat


def fault(n, code="text.columns", raw=b"bad"):
    return n, Fault(code, f"line {n + 1}", "1 columns", "4 columns", raw)


def test_few_bad_lines_wait_one_by_one_and_many_together():
    few = [fault(n) for n in range(APART)]
    assert [(each.item, each.items, each.raw) for each in asides(few)] == [(n, 1, b"bad") for n in range(APART)]
    many = [fault(n, raw=b"%d" % n) for n in (*range(3, 30), 40)]
    odd = fault(7, "time.invalid", b"other")
    together, apart = asides([*many, odd])
    assert (together.item, together.items, apart.item, apart.items) == (3, 28, 7, 1)
    assert together.fault.where == "28 items: lines 4-30, 41" and items_of(together.fault.where) == 28
    assert together.raw.split(b"\n") == [b"%d" % n for n in (*range(3, 30), 40)]
    assert items_of("line 4") == items_of("") == 1


def test_lines_that_need_their_header_have_it_once():
    (together,) = asides([fault(n, raw=b"a,b\n%d,x" % n) for n in range(20)])
    assert together.raw.split(b"\n") == [b"a,b", *(b"%d,x" % n for n in range(20))]


def test_ranges_without_end_are_cut_and_still_counted():
    (together,) = asides([fault(2 * n) for n in range(500)])
    assert together.fault.where.endswith("39, …") and items_of(together.fault.where) == 500


def test_items_that_have_no_bytes_of_their_own_stay_apart():
    assert [each.items for each in asides([fault(n, raw=b"") for n in range(APART + 5)])] == [1] * (APART + 5)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = build(tmp_path_factory.mktemp("slices") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    site.handshake("SN-7")
    assert licet(site, "devices", "approve", "SN-7").returncode == 0
    until(lambda: site.post("/iclock/cdata?SN=SN-7&table=ATTLOG", b"")[0] == 200, "it may push")
    yield site
    site.end()


def push(site, body):
    status, said = site.post("/iclock/cdata?SN=SN-7&table=ATTLOG&Stamp=1", body)
    return status, said.decode()


def punches(count, day, person=0):
    return b"".join(
        b"%d\t2026-03-%02d %02d:%02d:%02d\t0\t15\n" % (person, day, n // 3600, n // 60 % 60, n % 60)
        for n in range(count)
    )


def test_a_long_body_is_taken_in_parts_and_a_repeat_hears_the_same_count(site):
    body = punches(2500, 1)
    before = site.rows("SELECT count(*) FROM transmissions")[0][0]
    assert push(site, body) == (200, "OK: 2500\n")
    assert site.rows("SELECT count(*) FROM transmissions")[0][0] == before + 3
    assert push(site, body) == (200, "OK: 2500\n")
    assert site.rows("SELECT count(*) FROM transmissions")[0][0] == before + 3
    assert site.rows("SELECT count(*) FROM punches")[0][0] == 2500 and site.balanced()


def test_a_body_of_bad_lines_leaves_a_few_rows_and_is_read_again_once_it_is_mended(site):
    before = site.rows("SELECT count(*) FROM quarantine")[0][0]
    good = punches(100, 2)
    body = b"".join(b"bad %d\n" % n for n in range(6000)) + good
    assert push(site, body) == (200, "OK: 6100\n")
    rows = site.rows("SELECT id, place FROM quarantine WHERE state = 'waiting'")[before:]
    assert len(rows) == 6 and [items_of(place) for _id, place in rows] == [1000] * 6
    assert site.balanced()
    first = rows[0][0]
    assert licet(site, "quarantine", "discard", first, "--reason", "noise", "--by", "A").returncode == 0
    assert site.balanced()
    assert site.rows("SELECT discarded FROM connectors WHERE connector = 'terminals'") == [(1000,)]
    shown = licet(site, "quarantine", "show", rows[1][0], "--by", "A")
    assert shown.stdout.splitlines() == [f"bad {n}" for n in range(1000, 2000)]


def test_a_body_of_too_many_lines_waits_as_a_whole(site):
    before = len(site.rows("SELECT 1 FROM quarantine"))
    assert push(site, b"x\n" * (MOST_LINES + 1)) == (200, f"OK: {MOST_LINES + 1}\n")
    rows = site.rows("SELECT item, code FROM quarantine")
    assert len(rows) == before + 1 and rows[-1] == (-1, "text.size")
    assert site.entries("quarantined")[-1]["code"] == "text.size" and site.balanced()
