"""What identifies somebody is seen whole: two identifiers that look alike are one."""

import sys
import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.faults import faults_of
from schemas.record import Identifier

ADAPTER = TypeAdapter(Identifier)


@pytest.mark.parametrize(
    "good", ["E1001", "a.b_c-d:e/f", "张三", "𠮷野家", "Ñandú", "工号·1", "é", "٣", "a@b.cn", "ID#7"]
)
def test_letters_digits_and_signs_of_any_script_identify(good):
    assert ADAPTER.validate_python(good) == good


@pytest.mark.parametrize("category", ["Cc", "Cf", "Zs", "Zl", "Zp", "Co"])
def test_no_code_point_of_a_category_that_nobody_sees_is_taken(category):
    seen = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == category]
    assert seen
    for each in seen[:: max(1, len(seen) // 400)]:
        with pytest.raises(ValidationError) as refused:
            ADAPTER.validate_python(f"E1{each}001")
        assert faults_of(refused.value)[0].code == "schema.charset", hex(ord(each))


@pytest.mark.parametrize(
    "blank",
    [
        "\u3164",
        "\uffa0",
        "\u115f",
        "\u2800",
        "\u034f",
        "\u180e",
        "\ufe0f",
        "\U000e0100",
        "\u061c",
        "\u2066",
        "\u00ad",
        "\u3000",
    ],
)
def test_letters_and_marks_that_no_font_draws_are_not_taken_either(blank):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python("E1001" + blank)
