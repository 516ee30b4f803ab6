"""Each conversion and format of the closed lists does what its line says, and refuses everything else."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest

from mappings.conversions import conversion
from mappings.mismatch import Mismatch
from mappings.rules import FieldRule
from mappings.vocabulary import CONVERSIONS, FORMATS, Conversion, is_format

SHANGHAI = {"zone": "Asia/Shanghai"}


def convert(value, do, **details):
    found = conversion(FieldRule.model_validate({"at": "/x", "as": do, **details}))
    assert found is not None
    return found(value, {})


@pytest.mark.parametrize(
    ("value", "do", "details", "wanted"),
    [
        (12, "text", {}, "12"),
        (Decimal("1.50"), "text", {}, "1.50"),
        (" a\0", "trim", {}, "a"),
        ("Ｅ１ ", "cell", {}, "E1"),
        ("e\u0301", "nfc", {}, "\u00e9"),
        ("ﬁ①", "nfkc", {}, "fi1"),
        ("Ａ（１）　张①", "half_width", {}, "A(1) 张①"),
        ("ab", "upper", {}, "AB"),
        ("AB", "lower", {}, "ab"),
        ("17", "pad", {"width": 5}, "00017"),
        ("123456", "pad", {"width": 5}, "123456"),
        ("abcdef", "slice", {"start": 1, "end": 3}, "bc"),
        ("a-b-c", "before", {"by": "-"}, "a"),
        ("a-b-c", "after", {"by": "-"}, "b-c"),
        ("pre:a", "strip_prefix", {"prefix": "pre:"}, "a"),
        ("a.x", "strip_suffix", {"suffix": ".x"}, "a"),
        ("a", "sha256", {}, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("a", "sha1", {}, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("-12", "integer", {}, -12),
        ("0012", "digits", {}, 12),
        ("1.5", "amount", {"times": 60}, 90),
        ("1小时30分", "amount", {"units": {"小时": 60, "分": 1}}, 90),
        ("36.5", "amount", {"units": {"": 10}}, 365),
        (Decimal("2.5"), "amount", {"times": 2}, 5),
        ("PT1H30M", "duration", {}, 5400),
        ("P1DT0.5H", "duration", {}, 88200),
        ("1:30:00", "duration", {}, 5400),
        ("1:30", "duration", {}, 5400),
        ("0:00", "duration", {}, 0),
        ("90 min", "duration", {}, 5400),
        ("1 h 30 min", "duration", {}, 5400),
        ("1小时30分", "duration", {}, 5400),
        ("2学时", "duration", {"units": {"学时": 2700}}, 5400),
        ("否", "boolean", {}, False),
        ("a; b；;c", "split", {"by": ";；"}, ("a", "b", "c")),
        ("a", "list", {}, ("a",)),
        (["a", "b"], "list", {}, ("a", "b")),
        (["a", "b"], "first", {}, "a"),
        (["a", "b"], "last", {}, "b"),
        ("a,b", ["split", {"do": "pad", "width": 3}], {"by": ","}, ("00a", "00b")),
        (" GZ-e1 ", ["trim", {"do": "after", "by": "-"}, "upper"], {}, "E1"),
    ],
)
def test_a_conversion_gives_what_it_says(value, do, details, wanted):
    assert convert(value, do, **details) == wanted


AT = datetime(2026, 3, 2, 0, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [
        ("2026-03-02T08:05:06+08:00", "rfc3339", AT),
        ("2026-03-02 08:05:06", "rfc3339", AT),
        ("2026-03-02T08:05:06.25+0800", "iso8601", AT.replace(microsecond=250_000)),
        ("2026-03-02T08:05+08", "iso8601", AT.replace(second=0)),
        ("1772409906", "unix", AT),
        (1772409906, "unix", AT),
        (1772409906250, "unix_ms", AT.replace(microsecond=250_000)),
        ("46083.336875", "excel", AT),
        (Decimal("46083.336875"), "excel", AT),
        ("2026/3/2 8:5:6", "YYYY/M/D h:m:s", AT),
        ("2026年3月2日 上午8:05:06", "YYYY年M月D日 Ah:mm:ss", AT),
        ("2026年3月2日 下午12:05", "YYYY年M月D日 Ah:mm", datetime(2026, 3, 2, 4, 5, tzinfo=UTC)),
        ("2026-03-02 12:05 AM", "YYYY-MM-DD hh:mm A", datetime(2026, 3, 1, 16, 5, tzinfo=UTC)),
        ("02.03.2026 00:05:06.5 +0000", "DD.MM.YYYY hh:mm:ss.SSS Z", AT.replace(microsecond=500_000)),
    ],
)
def test_a_format_reads_its_instants(text, form, wanted):
    assert convert(text, "instant", formats=[form], **SHANGHAI) == wanted


@pytest.mark.parametrize(
    ("value", "do", "details", "code"),
    [
        (True, "text", {}, "schema.type"),
        ("01", "integer", {}, "schema.type"),
        ("１２", "digits", {}, "schema.type"),
        ("1_0", "amount", {}, "schema.type"),
        ("-1", "amount", {}, "schema.range"),
        ("1.5", "amount", {}, "schema.range"),
        ("2 Grad", "amount", {"units": {"h": 1}}, "schema.type"),
        ("1h x 2h", "amount", {"units": {"h": 1}}, "schema.type"),
        ("2学时", "duration", {}, "schema.type"),
        ("P", "duration", {}, "schema.type"),
        ("1:60", "duration", {}, "schema.type"),
        ("", "duration", {}, "schema.type"),
        ("ja", "boolean", {}, "schema.type"),
        (["a"], "upper", {}, "schema.type"),
        (",".join("a" * 1001), "split", {"by": ","}, "schema.range"),
        ("46083", "instant", {"formats": ["excel"], **SHANGHAI}, "time.invalid"),
        ("2026-03-02", "instant", {"formats": ["iso8601"], **SHANGHAI}, "time.invalid"),
        ("17724099062501", "instant", {"formats": ["unix_ms"]}, "time.invalid"),
        ("2026-03-02T08:05:06+0860", "instant", {"formats": ["iso8601"]}, "time.offset"),
        ("2026-03-02 13:05 PM", "instant", {"formats": ["YYYY-MM-DD hh:mm A"], **SHANGHAI}, "time.invalid"),
        ("999999.5", "instant", {"formats": ["excel"], **SHANGHAI}, "time.invalid"),
        (True, "instant", {"formats": ["unix"]}, "schema.type"),
    ],
)
def test_what_does_not_fit_is_refused(value, do, details, code):
    with pytest.raises(Mismatch) as refused:
        convert(value, do, **details)
    assert refused.value.code == code


def test_the_lists_are_closed_and_complete():
    assert set(get_args(Conversion)) == set(CONVERSIONS)
    assert all(map(is_format, FORMATS))
    assert not any(map(is_format, ["%Y", "YYYY-MM", "YYYY-MM-DD hh:mm x", "YYYY-MM-DD MM", ""]))
