"""One identifier is one person's at a time; whoever has it after another is no fault."""

from datetime import UTC, datetime

import pytest

import mappings
from mappings.owners import ownership
from schemas.people import OtherIdentifier, Person
from schemas.transmission import Item
from schemas.words import Words

FORM = mappings.load("people/roster_csv").document.resolved("people")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def month(n):
    return None if n is None else datetime(2026, n, 1, tzinfo=UTC)


def holder(who, begins=None, ends=None, source="terminals", badge="17"):
    said = OtherIdentifier(source=source, subject=badge, valid_from=month(begins), valid_until=month(ends))
    return Item((Person(subject=who, name=f"name of {who}", identifiers=(said,), as_of=NOW),), who)


def wrong(*items):
    check = ownership(FORM)
    return sorted(index for index, _why in check(items, lambda index: Words(f"line {index + 2}", f"第 {index + 2} 行")))


@pytest.mark.parametrize(
    ("items", "found"),
    [
        pytest.param([holder("A"), holder("B")], [0, 1], id="both always"),
        pytest.param([holder("A", None, 3), holder("B", 3)], [], id="one after the other"),
        pytest.param([holder("B", 3), holder("A", None, 3)], [], id="told the other way round"),
        pytest.param([holder("A", None, 4), holder("B", 3)], [0, 1], id="a month of both"),
        pytest.param([holder("A", 1, 10), holder("A", 2, 3), holder("B", 4, 5)], [0, 1, 2], id="a long one before"),
        pytest.param([holder("A", 1, 2), holder("B", 2, 3), holder("A", 3, 4)], [], id="back again"),
        pytest.param([holder("A"), holder("A", 3)], [], id="one person twice"),
        pytest.param([holder("A"), holder("B", badge="18")], [], id="two badges"),
        pytest.param([holder("A"), holder("B", source="lms")], [], id="two systems"),
    ],
)
def test_one_identifier_is_one_persons_at_a_time(items, found):
    assert wrong(*items) == found


def test_of_many_who_share_one_the_first_are_named_and_how_many_more():
    people = [holder(f"E{n}") for n in range(9)]
    _index, why = next(iter(ownership(FORM)(people, lambda index: Words(f"line {index + 2}", f"第 {index + 2} 行"))))
    assert "E4 name of E4 (line 6) and 4 more" in why.found and "等共 9 处" in why.found.zh
    assert (why.code, why.at) == ("meaning.contradiction", "/id:terminals")
    assert "E0" not in why.expected, "what is expected is kept unsealed: it names nobody"
