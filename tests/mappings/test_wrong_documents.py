"""What is written wrongly into a mapping document: told with line and column, in our words, in both languages."""

import json
import re
from datetime import UTC, datetime

import pytest

from hub.cli.preview import seen_lines
from mappings import MappingDocument
from mappings.lint import examine
from mappings.preview import preview
from schemas.transmission import Transmission

WHOLE = """{
  "forms": {
    "in": {
      "read": "json",
      "each": "/rows",
      "key": [{"at": "/id"}],
      "records": [
        {
          "record": "people.Leave",
          "fields": {
            "subject": {"at": "/no", "as": "trim"},
            "starts_at": {"at": "/from", "as": "instant"},
            "ends_at": {"at": "/to", "as": "instant"},
            "as_of": {"context": "received_at", "as": "instant"}
          }
        }
      ]
    }
  }
}
"""


def as_(name):
    return ('"as": "trim"', f'"as": "{name}"')


# what is changed: (about, text that is there, what stands there instead);
# what is told: (line and column, found, expected, what is asked or to do), English and Chinese
DOCUMENTS = [
    (
        "comma at the end",
        '"instant"}\n          }',
        '"instant"},\n          }',
        "14:65: ",
        "a comma with nothing behind",
        "or no comma",
        "逗号之后没有内容",
    ),
    (
        "comma before ]",
        '"/id"}]',
        '"/id"},]',
        "6:28: ",
        "a comma with nothing behind",
        "or no comma",
        "逗号之后没有内容",
    ),
    ("two commas", '"json",', '"json",,', "4:21: ", "a comma with nothing behind it", "a value", "逗号之后没有内容"),
    ("comma first", '[{"at"', '[,{"at"', "6:15: ", "a comma with nothing before it", "no comma", "逗号之前没有内容"),
    ("no comma", '"json",', '"json"', "4:20: ", "no comma behind it", "a comma, or }", "没有逗号"),
    (
        "no comma in a list",
        '[{"at": "/id"}]',
        '[{"at": "/id"} {"at": "/x"}]',
        "6:27: ",
        "no comma",
        "comma, or ]",
        "没有逗号",
    ),
    ("semicolon", '"json",', '"json";', "4:20: ", "no comma behind it", "a comma, or }", "没有逗号"),
    ("full-width comma", '"json",', '"json"，', "4:21: ", "the full-width mark ，", "the plain one", "全角符号 ，"),
    ("full-width colon", '"read":', '"read"：', "4:13: ", "the full-width mark ：", "the plain one", "全角符号 ："),
    (
        "Chinese quotes",
        '"json"',
        "“json”",
        "4:15: ",
        "the Chinese quotation mark “",
        'a straight double one: "',
        "中文引号 “",
    ),
    ("Chinese quotes of a name", '"read"', "“read”", "4:7: ", "the Chinese quotation mark “", "straight", "中文引号 “"),
    ("single quotes", '"json"', "'json'", "4:15: ", "a single quote", "straight", "单引号"),
    ("a name without quotes", '"read"', "read", "4:7: ", "a name without double quotes", '"name": …', "名称没有双引号"),
    ("no colon", '"read": ', '"read" ', "4:14: ", "a name without a colon", '"name": and a value', "名称后没有冒号"),
    ("a comment", '"read"', '// how\n"read"', "4:7: ", "a comment", "JSON has no comments", "注释"),
    ("a word", '"json"', "json", "4:15: ", "what is no value", "a text in double quotes, a number", "无效的值"),
    ("an open text", '"json"', '"json', "4:21: ", "whose quote is not closed", 'a closing "', "没有以引号结束"),
    ("half Chinese", '"json"', '"json”', "4:20: ", "the Chinese quotation mark ”", "straight", "中文引号 ”"),
    (
        "a bracket of the other kind",
        '"/id"}]',
        '"/id"}}',
        "6:28: ",
        "a } that nothing opened",
        "expected ]",
        "没有对应开头",
    ),
    ("cut off", '"/to"', None, "13:35: ", "the end of the text within an object", "closes it: }", "花括号未闭合"),
    ("cut within a list", '"/id"}', None, "6:27: ", "the end of the text within a list", "closes it: ]", "列表未闭合"),
    ("nothing", WHOLE, "", "1:1: ", "the end of the text where a value begins", "a text in double quotes", "应有值"),
    ("more behind", WHOLE, WHOLE + "{}", "21:1: ", "more behind the value", "one value alone", "值之后还有内容"),
    ("leading zero", '"/id"', "007", "6:23: ", "a number that is none", "no leading zeros", "无效的数字"),
    ("a windows path", '"/rows"', '"C:\\rows\\x"', "5:", "a backslash", "two backslashes", "反斜杠"),
    ("twice", '"read"', '"each"', "5:7: ", 'the name "each" twice in one object', "each name once", "重复的名称"),
    ("saved with a mark", '{\n  "forms"', '\ufeff{\n  "forms"', "1:1: ", "a byte order mark", "without BOM", "BOM"),
    ("as int", *as_("int"), "11:", "'int'", "did you mean 'integer'?", "是否应为 'integer'"),
    ("as datetime", *as_("datetime"), "11:", "'datetime'", "did you mean 'instant'?", "是否应为 'instant'"),
    ("as date", *as_("date"), "11:", "'date'", "did you mean 'date_start'?", "是否应为 'date_start'"),
    ("as String", *as_("String"), "11:", "'String'", "did you mean 'text'?", "是否应为 'text'"),
    ("as 整数", *as_("整数"), "11:", "'整数'", "did you mean 'integer'?", "是否应为 'integer'"),
    ("as strip", *as_("strip"), "11:", "'strip'", "did you mean 'trim'?", "是否应为 'trim'"),
    ("as bool", *as_("bool"), "11:", "'bool'", "did you mean 'boolean'?", "是否应为 'boolean'"),
]
_LIBRARY = re.compile(r"EOF|expected `|found found|Input should|ident\b|\\u00")


def test_the_whole_one_is_taken():
    document, findings = examine("x.json", WHOLE.encode())
    assert document is not None and findings == []


def text_of(old, new):
    assert old in WHOLE
    return WHOLE[: WHOLE.index(old) + len(old)] if new is None else WHOLE.replace(old, new, 1)


@pytest.mark.parametrize("case", DOCUMENTS, ids=[each[0] for each in DOCUMENTS])
def test_each_is_told_at_its_place_in_both_languages(case):
    _about, old, new, place, *english, chinese = case
    _document, [finding, *_more] = examine("x.json", text_of(old, new).encode())
    told = finding.told("en")
    assert told.startswith(f"x.json:{place}") and all(each in told for each in english), told
    in_chinese = finding.told("zh")
    assert chinese in in_chinese and re.search("(现为|没有|缺少|未).*，应", in_chinese)
    assert not _LIBRARY.search(told) and not _LIBRARY.search(in_chinese), told
    assert not re.search(r"\b(found|expected|did you mean)\b", in_chinese), in_chinese


@pytest.mark.parametrize(("encoding", "place"), [("gb18030", "1:10: "), ("utf-16", "1:1: ")])
def test_a_document_in_another_encoding_is_told_to_be_saved_anew(encoding, place):
    _document, [finding] = examine("x.json", ('{"note":"数据",' + WHOLE[1:]).encode(encoding))
    told = finding.told("en")
    assert told.startswith(f"x.json:{place}found a byte that is not UTF-8"), told
    assert "save the file anew, in the encoding UTF-8" in told and "另存" in finding.told("zh")


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 7))
def test_wherever_it_is_cut_off_the_end_is_told(cut):
    """Nothing of it is an accident of the reader: every way in which a text may end has words."""
    _document, [finding, *_more] = examine("x.json", WHOLE[:cut].encode())
    assert json.dumps(finding.parts("zh")) and not _LIBRARY.search(finding.told("en")), finding


WRONG_BODIES = [
    ("json", b"{", "found the end of the text within an object, expected what closes it: }"),
    ("json", b'"' + b"x" * 70_000 + b'"', "found a string of 70000 characters, expected 65536 at most"),
    ("json", b'{"a":1,"a":2}', 'found the name "a" twice in one object, expected each name once'),
    ("json", b'{"code":1}', "found 1, expected a body of which"),
    ("xml", b"<!DOCTYPE a><a/>", "found a document type declaration, expected not:"),
    ("xml", b"<a b=c/>", "found an attribute whose value has no quotes, expected quotes around it"),
    ("xml", b"<?xml version='1.1'?><a/>", "found another version of XML, expected 1.0"),
    (
        "xml",
        b"<?xml version='1.0' encoding='big5'?><a/>",
        "found encoding 'big5', expected UTF-8, GBK, GB2312 or GB18030",
    ),
]


@pytest.mark.parametrize(("read", "body", "said"), WRONG_BODIES, ids=str)
def test_of_a_body_that_cannot_be_read_what_was_found_and_expected_is_said_once(read, body, said):
    fields = {"subject": {"at": "/who"}, "name": {"at": "/name"}, "as_of": {"at": "/at", "as": "instant"}}
    record = {"record": "people.Person", "fields": fields}
    expect = [{"at": "/code", "is": 0}] if body.startswith(b'{"code') else []
    form = {"read": read, "key": [{"at": "/who"}], "records": [record], "expect": expect}
    document = MappingDocument.parsed("v", "v.json", json.dumps({"format": 2, "forms": {"f": form}}).encode())
    seen = preview(document, Transmission("v", datetime(2026, 3, 2, tzinfo=UTC), f"application/{read}", body))
    line, chinese = (next(seen_lines(seen, language)) for language in ("en", "zh"))
    assert said in line and line.count("found ") == 1 and line.count("expected ") == 1
    assert chinese.count("现为") <= 1 and chinese.count("应") == 1, chinese
