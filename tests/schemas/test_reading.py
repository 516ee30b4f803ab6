"""Foreign bytes become plain values within limits, or one PayloadError with a stable code; never anything else."""

import json
import socket
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import CODES, PayloadError
from schemas.reading import LIMITS, Limits, read_json, read_lines, read_xml, require_charset, xml_tree

NAMESPACE = "urn:hub:authority:1"


def nested(levels):
    return b"[" * levels + b"]" * levels


def elements(levels):
    return b"<a>" * levels + b"</a>" * levels


REFUSED_JSON = [
    ("B001 empty body", b"", "json.syntax"),
    ("B002 duplicate key", b'{"minutes":40,"minutes":4}', "json.duplicate-key"),
    ("B003 duplicate behind an escape", rb'{"minutes":40,"\u006dinutes":4}', "json.duplicate-key"),
    ("B004 NaN", b'{"a":NaN}', "json.number"),
    ("B004 Infinity", b"[Infinity]", "json.number"),
    ("B004 -Infinity", b'{"a": -Infinity}', "json.number"),
    ("B005 1e999", b'{"a":1e999}', "json.number"),
    ("B005 tiny exponent", b'{"a":1e-999}', "json.number"),
    ("B006 5,000 digits", b'{"a":' + b"9" * 5000 + b"}", "json.number"),
    ("integer beyond 2^53-1", b"[9007199254740992]", "json.number"),
    ("decimal of 19 digits", b"[1.234567890123456789]", "json.number"),
    ("B007 one level too deep", b'{"ext":' + nested(32) + b"}", "json.depth"),
    ("far too deep", nested(100_000), "json.depth"),
    ("B008 lone surrogate", rb'{"name":"\ud800"}', "json.encoding"),
    ("B008 lone trailing surrogate", rb'["\udc00x"]', "json.encoding"),
    ("B010 UTF-16 with mark", '{"a":1}'.encode("utf-16"), "encoding.invalid"),
    ("B010 UTF-16 without mark", '{"a":1}'.encode("utf-16-le"), "encoding.invalid"),
    ("byte order mark", b"\xef\xbb\xbf{}", "encoding.invalid"),
    ("GBK", '{"name":"张三"}'.encode("gbk"), "encoding.invalid"),
    ("B012 200,000 keys", json.dumps({str(n): 0 for n in range(200_000)}).encode(), "json.size"),
    ("B015 raw newline in a string", b'{"a":"x\ny"}', "json.syntax"),
    ("trailing text", b"{}x", "json.syntax"),
    ("trailing comma", b"[1,]", "json.syntax"),
    ("leading zero", b"[01]", "json.syntax"),
    ("a word", b"Nope", "json.syntax"),
]


@pytest.mark.parametrize(("body", "code"), [r[1:] for r in REFUSED_JSON], ids=[r[0] for r in REFUSED_JSON])
def test_json_that_two_readers_could_take_differently_is_refused(body, code):
    with pytest.raises(PayloadError) as caught:
        read_json(body)
    assert caught.value.code == code
    assert caught.value.where or code == "json.size"
    assert len(caught.value.message) < 200


def test_json_within_limits_keeps_every_value_as_it_was_written():
    body = (
        '{"id":"007","n":-9007199254740991,"score":85.50,"on":true,"none":null,"张":["三","\\ud83d\\ude00"]}'.encode()
    )
    plain = read_json(body)
    assert plain == {
        "id": "007",
        "n": -9007199254740991,
        "score": Decimal("85.50"),
        "on": True,
        "none": None,
        "张": ["三", "😀"],
    }
    assert str(plain["score"]) == "85.50"


def test_each_json_limit_lets_through_what_lies_just_below():
    assert read_json(nested(LIMITS.depth))
    assert len(read_json(json.dumps([0] * LIMITS.items).encode())) == LIMITS.items
    assert read_json(json.dumps("x" * LIMITS.string).encode())
    with pytest.raises(PayloadError, match="characters"):
        read_json(json.dumps("x" * (LIMITS.string + 1)).encode())
    with pytest.raises(PayloadError) as caught:
        read_json(b'{"a":[1,2,3]}', limits=Limits(items=3))
    assert caught.value.code == "json.size"


def test_a_json_refusal_points_at_the_value():
    with pytest.raises(PayloadError) as caught:
        read_json(b'{"a":{"b/c":[1,9007199254740993]}}')
    assert caught.value.where == "/a/b~1c/1"


BOMB = b"<!DOCTYPE lolz [<!ENTITY a 'x'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
DECLARED = b'<?xml version="1.0" encoding="%s"?>'

REFUSED_XML = [
    ("B022 entity bomb", BOMB + b"]><a>&j;</a>", "xml.dtd-forbidden"),
    ("B023 external entity", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "xml.dtd-forbidden"),
    ("DTD behind a comment", b"<!-- x -->\n<!DOCTYPE a><a/>", "xml.dtd-forbidden"),
    ("DTD behind a declaration", DECLARED % b"UTF-8" + b"<!DOCTYPE a><a/>", "xml.dtd-forbidden"),
    (
        "B024 XInclude",
        b'<a><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></a>',
        "xml.include-forbidden",
    ),
    ("B026 style sheet", b'<?xml-stylesheet href="http://canary/x"?><a/>', "xml.pi-forbidden"),
    ("instruction inside", b"<a><?x y?></a>", "xml.pi-forbidden"),
    ("instruction behind the root", b"<a/><?x y?>", "xml.pi-forbidden"),
    ("B027 100,000 levels", elements(100_000), "xml.depth"),
    ("one level too deep", elements(33), "xml.depth"),
    ("B028 GBK label on UTF-8", DECLARED % b"GBK" + "<a>张三</a>".encode(), "encoding.mismatch"),
    ("B029 UTF-8 label on GBK", DECLARED % b"UTF-8" + "<a>张三</a>".encode("gbk"), "encoding.invalid"),
    ("no label on GBK", "<a>张三</a>".encode("gbk"), "encoding.invalid"),
    ("B030 UTF-7", DECLARED % b"UTF-7" + b"<a/>", "encoding.unsupported"),
    ("B030 EBCDIC", '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"), "encoding.unsupported"),
    ("B030 EBCDIC label", DECLARED % b"IBM037" + b"<a/>", "encoding.unsupported"),
    ("B030 UTF-32", "<a/>".encode("utf-32"), "encoding.unsupported"),
    ("UTF-16", "<a/>".encode("utf-16-be"), "encoding.unsupported"),
    ("B031 attribute twice", b'<a x="1" x="2"/>', "xml.syntax"),
    ("B032 undeclared prefix", b"<a><x:b/></a>", "xml.syntax"),
    ("B034 comment inside a value", b"<id>E10<!-- -->01</id>", "xml.comment-in-value"),
    ("B034 comment behind a value", b"<id>E10<!-- --></id>", "xml.comment-in-value"),
    ("B035 second root", b"<a/><b/>", "xml.syntax"),
    ("B035 text after the root", b"<a/>t", "xml.syntax"),
    ("B036 XML 1.1", b'<?xml version="1.1"?><a/>', "xml.syntax"),
    ("B036 control character", b"<a>&#1;</a>", "xml.syntax"),
    ("undefined entity", b"<a>&foo;</a>", "xml.syntax"),
    ("declaration that says nothing", b"<?xml encoding='UTF-8'?><a/>", "xml.syntax"),
    ("empty body", b"", "xml.syntax"),
    ("too many elements", b"<a>" + b"<b/>" * 50_000 + b"</a>", "xml.size"),
    ("too many attributes", b"<a" + b"".join(b' a%d=""' % n for n in range(65)) + b"/>", "xml.size"),
    ("value too long", b"<a>" + b"x" * 65_537 + b"</a>", "xml.size"),
    ("two attributes of one local name", b'<a xmlns:p="urn:p" Id="1" p:Id="2"/>', "schema.namespace"),
]


@pytest.mark.parametrize(("body", "code"), [r[1:] for r in REFUSED_XML], ids=[r[0] for r in REFUSED_XML])
def test_xml_that_is_hostile_or_has_two_readings_is_refused(body, code):
    with pytest.raises(PayloadError) as caught:
        read_xml(body)
    assert caught.value.code == code
    assert caught.value.where


def test_no_file_content_shows_in_the_refusal_of_an_external_entity(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("tiger")
    with pytest.raises(PayloadError) as caught:
        read_xml(f'<!DOCTYPE a [<!ENTITY b SYSTEM "{secret.as_uri()}">]><a>&b;</a>'.encode())
    assert "tiger" not in str(caught.value.problem())


def test_a_schema_location_is_never_fetched():
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x.xsd"
        body = f'<a xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="urn:x {url}"><b>1</b></a>'
        assert read_xml(body.encode())["a"]["b"] == "1"
        with pytest.raises(BlockingIOError):
            canary.accept()


@pytest.mark.parametrize("encoding", ["UTF-8", "GB2312", "GBK", "gb18030"])
def test_chinese_arrives_whole_in_every_encoding(encoding):
    body = f'<?xml version="1.0" encoding="{encoding}"?><a><name 职务="值班">张三</name></a>'.encode(encoding)
    assert read_xml(body) == {"a": {"name": {"@职务": "值班", "#text": "张三"}}}


def test_rare_characters_that_only_gb18030_holds_arrive_whole():
    name = "𠮷㐂龘"
    assert read_xml(f'<?xml version="1.0" encoding="GB18030"?><a>{name}</a>'.encode("gb18030")) == {"a": name}


def test_the_plain_view_has_local_names_lists_and_none():
    body = b'<x:a xmlns:x="urn:x" Id="1"><!-- note --><x:b>1</x:b><x:b>2</x:b><x:c/><x:d><![CDATA[<&>]]></x:d></x:a>'
    assert read_xml(body) == {"a": {"@Id": "1", "b": ["1", "2"], "c": None, "d": "<&>"}}


@pytest.mark.parametrize(
    "body",
    [
        b"<AuthorityPush/>",
        b'<AuthorityPush xmlns="urn:hub:authority:2"/>',
        b'<AuthorityPush xmlns="urn:hub:authority:1"><status xmlns="">active</status></AuthorityPush>',
        b'<AuthorityPush xmlns="urn:hub:authority:1"><s:status xmlns:s="urn:s">active</s:status></AuthorityPush>',
    ],
)
def test_the_right_name_in_a_wrong_namespace_is_refused(body):
    with pytest.raises(PayloadError) as caught:
        read_xml(body, namespace=NAMESPACE)
    assert caught.value.code == "schema.namespace"


def test_an_enveloped_signature_may_stand_in_its_own_namespace():
    signature = '<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"><d:SignedInfo/></d:Signature>'
    body = f'<AuthorityPush xmlns="{NAMESPACE}"><id>1</id>{signature}</AuthorityPush>'.encode()
    assert read_xml(body, namespace=NAMESPACE)["AuthorityPush"]["id"] == "1"
    assert xml_tree(body).tag == f"{{{NAMESPACE}}}AuthorityPush"


def test_many_comments_do_not_cost_their_square():
    body = b"<a>" + b"<b/><!-- -->" * 40_000 + b"</a>"
    began = time.process_time()
    assert read_xml(body)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("read", [read_json, read_xml])
@given(body=st.one_of(st.binary(max_size=80), st.text(alphabet='<>{}[]/!?-"&;=a1 xml:', max_size=60).map(str.encode)))
@settings(max_examples=100)
def test_rubbish_is_read_or_refused_and_nothing_else(read, body):
    try:
        read(body)
    except PayloadError as error:
        assert error.code in CODES


def test_white_space_of_xml_alone_is_layout_and_any_other_blank_is_content():
    assert read_xml(b"<a>\n  <b> x\t</b>\r\n  <c>\n </c>\n</a>") == {"a": {"b": "x", "c": None}}
    for blank in "\u3000\u00a0\u2003\u0085\u2028\u200b":
        assert read_xml(f"<a><b>E1{blank}</b></a>".encode()) == {"a": {"b": f"E1{blank}"}}
        assert read_xml(f"<a>{blank}<b>1</b></a>".encode()) == {"a": {"#text": blank, "b": "1"}}
    assert read_xml(b'<a x=" 1 "><b y="2"> t </b></a>') == {"a": {"@x": " 1 ", "b": {"@y": "2", "#text": "t"}}}


def test_lines_are_utf8_or_gb18030():
    text = "1001\t张三\r\n1002\t李四\r\n"
    for body in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("gb18030")):
        assert read_lines(body) == ["1001\t张三", "1002\t李四", ""]


def test_one_damaged_line_spoils_no_other():
    body = "张三\n李四\n".encode() + b"x\xff\xfe\n" + "王五".encode()
    assert read_lines(body) == ["张三", "李四", None, "王五"]
    assert read_lines("张三\n".encode("gbk") + b"x\xff\xff\n") == ["张三", None, ""]


def test_a_mixed_text_is_never_read_as_characters_that_nobody_wrote():
    gbk, utf8 = "李四\n王五\n".encode("gbk"), "张三\n".encode()
    assert utf8.decode("gb18030") != "张三\n", "it could be read in both encodings"
    assert read_lines(gbk + utf8) == ["李四", "王五", None, ""]
    assert read_lines("李四\n王五\n张三\n".encode() + "赵六".encode("gbk")) == ["李四", "王五", "张三", None]


def _can_be_told(name: str) -> bool:
    """The two bytes of a middle dot are a character of GB18030 too, and those of 欧 in GB18030 are a ŷ in UTF-8."""
    try:
        name.encode("gb18030").decode()
    except UnicodeDecodeError:
        return bool(name.strip("·"))
    return False


NAMES = st.text("张三李四王五赵六陈欧阳娜·𠮷", min_size=2, max_size=4).filter(_can_be_told)
"""Names of people of which the encoding can be told from their bytes."""


def test_what_can_be_read_in_both_encodings_is_utf8():
    assert not _can_be_told("欧欧")
    assert read_lines("欧欧".encode("gb18030")) == ["ŷŷ"]


@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=8))
def test_each_line_is_what_was_written_or_set_aside(rows):
    body = b"\n".join(text.encode("utf-8" if plain else "gb18030") for text, plain in rows)
    for (text, _plain), line in zip(rows, read_lines(body), strict=False):
        assert line is None or line == text


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/xml; charset=utf-8", b"<a/>", ""),
        ("application/xml", b"<?xml version='1.0' encoding='gbk'?><a/>", ""),
        ("application/xml; charset=GB2312", b"<?xml version='1.0' encoding='gbk'?><a/>", ""),
        ('text/xml; charset="gbk"', b"<?xml version='1.0' encoding='GB18030'?><a/>", ""),
        ("application/xml; charset=gbk", b"<?xml version='1.0' encoding='utf-8'?><a/>", "encoding.mismatch"),
        ("application/xml; charset=gbk", b"<a/>", "encoding.mismatch"),
        ("application/xml; charset=utf-8", b"<?xml version='1.0' encoding='gbk'?><a/>", "encoding.mismatch"),
        ("application/xml; charset=utf-8; charset=gbk", b"<a/>", "encoding.mismatch"),
        ("application/xml; charset=utf-7", b"<a/>", "encoding.unsupported"),
        ("application/json; charset=UTF-8", b"{}", ""),
        ("application/cloudevents+json; charset=gbk", b"{}", "encoding.mismatch"),
        ("application/json; boundary=charset", b"{}", ""),
    ],
)
def test_the_charset_of_the_header_is_that_of_the_body(content_type, body, code):
    if not code:
        require_charset(content_type, body)
        return
    with pytest.raises(PayloadError) as refused:
        require_charset(content_type, body)
    assert refused.value.code == code


def test_numbers_that_nobody_reads_may_be_of_any_size_and_keep_their_digits():
    limits = replace(LIMITS, unread=frozenset({"extensions"}))
    great = "123456789012345678901234567890"
    body = f'{{"a": {{"extensions": {{"n": {great}, "l": [{great}, 1e400], "o": {{"x": {great}}}}}}}, "b": 1}}'.encode()
    found = read_json(body, limits=limits)
    inside = found["a"]["extensions"]
    assert inside == {"n": Decimal(great), "l": [Decimal(great), Decimal("1e400")], "o": {"x": Decimal(great)}}
    assert read_json(b'{"extensions": 99999999999999999999}', limits=limits) == {
        "extensions": Decimal("99999999999999999999")
    }
    for outside in (f'{{"a": {great}}}', f'{{"extensions": 1, "b": {great}}}', f'[{{"extensions": {{}}}}, {great}]'):
        with pytest.raises(PayloadError) as refused:
            read_json(outside.encode(), limits=limits)
        assert refused.value.code == "json.number"


@given(body=st.binary(max_size=200))
def test_there_are_as_many_lines_as_the_bytes_have(body):
    assert len(read_lines(body)) == body.count(b"\n") + 1
