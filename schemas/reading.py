"""The one reader of foreign bytes: JSON, XML and lines of text become plain values, within limits, or a PayloadError.

Nothing else in Licet imports jiter, lxml or xmltodict to read what came from outside. Readers never touch a file or
the network, never expand an entity, and never guess: what two parsers could read in two ways is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError

import jiter
import xmltodict
from lxml import etree

from schemas.errors import CODES, PayloadError
from schemas.json_syntax import syntax_of
from schemas.words import Words

SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON implementation carries unchanged (RFC 8259, section 6)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one message may hold. ``items`` counts JSON keys and list items together; ``string`` is characters.

    ``unread`` are members of JSON objects whose numbers nobody reads: there any is taken, a great one as ``Decimal``.
    ``texts`` are members whose whole numbers become texts, however great they are. With ``any_number`` every number is
    taken as it is, for those who read few members of a message that somebody else reads in full.
    """

    depth: int = 32
    items: int = 20_000
    string: int = 65_536
    digits: int = 18
    elements: int = 50_000
    attributes: int = 64
    unread: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    any_number: bool = False


LIMITS = Limits()


# ---------------------------------------------------------------- JSON


def read_json(body: bytes, *, limits: Limits = LIMITS) -> Any:
    """The plain value of a JSON text: dict, list, str, int, Decimal, bool or None.

    Numbers with a fraction or an exponent are ``Decimal`` and keep their digits.

    Raises:
        PayloadError: ``encoding.invalid`` (not UTF-8, or a byte order mark), ``json.syntax``, ``json.encoding``
            (half of a surrogate pair), ``json.duplicate-key``, ``json.number``, ``json.depth`` or ``json.size``;
            ``where`` is a JSON pointer, or line and column where the text is not JSON.
    """
    _require_plain_utf8(body)
    _require_few(body, limits)
    try:
        value = jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        raise _json_error(str(error), body) from error
    _Budget(limits).spend(value, 1)
    return value


_UTF8 = Words("JSON in UTF-8", "UTF-8 编码的 JSON")


def _require_plain_utf8(body: bytes) -> None:
    if body.startswith(b"\xef\xbb\xbf"):
        found = Words("a byte order mark", "字节顺序标记（BOM）")
        expected = Words("JSON in UTF-8 without one", "不带 BOM 的 UTF-8 编码")
        raise PayloadError("encoding.invalid", found, "byte 0", expected=expected)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        found = Words("a byte that is not UTF-8", "不是 UTF-8 编码的字节")
        raise PayloadError("encoding.invalid", found, f"byte {error.start}", expected=_UTF8) from error
    # A raw NUL is legal UTF-8 and never legal JSON: it is UTF-16 or UTF-32 without a mark.
    if (nul := body.find(b"\0")) >= 0:
        raise PayloadError("encoding.invalid", Words("a NUL byte", "NUL 字节"), f"byte {nul}", expected=_UTF8)


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _require_few(body: bytes, limits: Limits) -> None:
    """Refuse what has too many items before any of them is made: between two of them stands a comma."""
    if body.count(b",") > limits.items and _STRING.sub(b"", body).count(b",") > limits.items:
        raise PayloadError(
            "json.size", Words(f"more than {limits.items} keys and items", f"键和元素超过 {limits.items} 个")
        )


# jiter names each cause in words only; these fragments are pinned by tests.
_JSON_CAUSES = (
    ("duplicate key", "json.duplicate-key"),
    ("recursion limit", "json.depth"),
    ("number out of range", "json.number"),
    ("surrogate", "json.encoding"),
    ("hex escape", "json.encoding"),
)
_NAN, _A_NUMBER = Words("NaN or an infinity", "NaN 或无穷大"), Words("a number", "数字")
_NOT_A_NUMBER = (b"NaN", b"Infinity", b"-Infinity")


def _json_error(message: str, body: bytes) -> PayloadError:
    cause, _, place = message.partition(" at line ")
    code = next((code for words, code in _JSON_CAUSES if words in cause), "json.syntax")
    if code == "json.syntax" and _at_not_a_number(place, body):
        return PayloadError("json.number", _NAN, f"line {place}", expected=_A_NUMBER)
    if code == "json.syntax":
        line, _, column = place.partition(" column ")
        wrong = syntax_of(cause, body, int(line), int(column))
        return PayloadError(code, wrong.found, f"line {wrong.line} column {wrong.column}", expected=wrong.expected)
    if code == "json.duplicate-key":
        name, (line, _, column) = cause.partition("key ")[2][:80], place.partition(" column ")
        stands = body.split(b"\n")[int(line) - 1].rfind(name.encode(), 0, int(column)) + 1
        found = Words(f"the name {name} twice in one object", f"同一花括号中重复的名称 {name}")
        once = Words("each name once", "每个名称只写一次")
        return PayloadError(code, found, f"line {line} column {stands or column}", expected=once)
    return PayloadError(code, Words(cause[:120], CODES[code].zh), f"line {place}")


def _at_not_a_number(place: str, body: bytes) -> bool:
    line, _, column = place.partition(" column ")
    text = body.split(b"\n")[int(line) - 1]
    # jiter points at the first character, or behind the sign and the letter that it did not expect.
    return any(text.startswith(_NOT_A_NUMBER, max(int(column) - back, 0)) for back in (1, 2, 3))


class _Budget:
    """What one JSON value may still spend."""

    __slots__ = ("_left", "_limits", "_unread")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.items
        self._unread = 0

    def spend(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind is str:
            self._length(value)
        elif kind is dict:
            self._enter(len(value), depth)
            for key, inner in value.items():
                self._length(key)
                if type(inner) is int and key in self._limits.texts:
                    value[key] = str(inner)
                elif key in self._limits.unread:
                    self._pass_over(value, key, depth)
                else:
                    self._step(key, inner, depth)
                    if self._unread and type(inner) is int:
                        value[key] = Decimal(inner)
        elif kind is list:
            self._enter(len(value), depth)
            for at, inner in enumerate(value):
                self._step(str(at), inner, depth)
                if self._unread and type(inner) is int:
                    value[at] = Decimal(inner)
        elif kind is int or kind is Decimal:
            self._number(value)

    def _step(self, token: str, inner: Any, depth: int) -> None:
        try:
            self.spend(inner, depth + 1)
        except PayloadError as error:
            error.where = f"/{escape(token[:64])}{error.where}"
            raise

    def _enter(self, count: int, depth: int) -> None:
        if depth > self._limits.depth:
            raise PayloadError(
                "json.depth",
                Words(f"nested deeper than {self._limits.depth} levels", f"嵌套超过 {self._limits.depth} 层"),
            )
        self._left -= count
        if self._left < 0:
            raise PayloadError(
                "json.size",
                Words(f"more than {self._limits.items} keys and items", f"键和元素超过 {self._limits.items} 个"),
            )

    def _length(self, text: str) -> None:
        if len(text) > self._limits.string:
            raise PayloadError(
                "json.size",
                Words(
                    f"found a string of {len(text)} characters, expected {self._limits.string} at most",
                    f"字符串长 {len(text)} 个字符，应不超过 {self._limits.string} 个",
                ),
            )

    def _pass_over(self, value: dict[str, Any], key: str, depth: int) -> None:
        self._unread += 1
        self._step(key, value[key], depth)
        if type(value[key]) is int:
            value[key] = Decimal(value[key])
        self._unread -= 1

    def _number(self, value: int | Decimal) -> None:
        if self._unread or self._limits.any_number:
            return
        if isinstance(value, int):
            if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
                raise PayloadError(
                    "json.number",
                    Words("integer beyond 2^53-1: identifiers travel as strings", "整数超过 2^53-1；标识应为字符串"),
                )
        elif len(value.as_tuple().digits) > self._limits.digits or abs(value.adjusted()) > self._limits.digits:
            raise PayloadError(
                "json.number",
                Words(
                    f"decimal of more than {self._limits.digits} digits, or far too large",
                    f"小数超过 {self._limits.digits} 位，或数值过大",
                ),
            )


def escape(token: str) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


# ---------------------------------------------------------------- XML

_DECLARATION = re.compile(
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["']([^"'<>]{0,16})["']"""
    rb"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._:-]{0,39})["'])?"""
    rb"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>"""
)
# First bytes of UTF-16, UTF-32 and EBCDIC documents (XML 1.0, appendix F).
_FOREIGN_STARTS = (b"\xff\xfe", b"\xfe\xff", b"\0", b"<\0", b"\x4c\x6f\xa7\x94")
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "gb2312": "gb18030",  # GB18030 holds GBK holds GB2312, byte for byte
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_FIRST_THREE_BYTE_CHARACTER = "\u0800"
_PROLOG_COMMENTS = 64
"""Comments before the root element: the parser pays for each with all those before it."""
_PROLOG = re.compile(rb"(?:[ \t\r\n]+|<!--(?:(?!--).)*-->)*", re.DOTALL)
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def read_xml(
    body: bytes,
    *,
    namespace: str | None = None,
    prefixes: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
) -> dict[str, Any]:
    """The plain-data view of an XML document: ``{root: {child: text, "@attribute": text, ...}}``, local names.

    An element without content is ``None``, a repeated one a list; ``#text`` is the text beside attributes.
    With ``namespace`` the root and everything in it must stand in it; only an enveloped signature may not.
    With ``prefixes`` (namespace -> prefix) a name is ``prefix:local``; plain where it stands in no namespace, and
    ``namespace:local`` in any other.

    Raises:
        PayloadError: As ``xml_tree`` raises, and ``schema.namespace``.
    """
    text = _utf8(body)
    root = _checked(text, limits)
    if prefixes is None:
        _require_one_reading(root)
    if namespace is not None:
        _require_namespace(root, namespace)
    return _plain(text, _LocalNames() if prefixes is None else _Prefixes(prefixes))


def xml_tree(body: bytes, *, limits: Limits = LIMITS) -> "etree._Element":
    """The root element of a hardened parse, for those who verify a signature over it.

    Raises:
        PayloadError: ``encoding.unsupported``, ``encoding.invalid``, ``encoding.mismatch``, ``xml.syntax``,
            ``xml.dtd-forbidden``, ``xml.pi-forbidden``, ``xml.include-forbidden``, ``xml.comment-in-value``,
            ``xml.depth`` or ``xml.size``; ``where`` is an XPath or line and column.
    """
    return _checked(_utf8(body), limits)


_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([^";,\s]{1,40})"?""", re.IGNORECASE)


def require_charset(content_type: str, body: bytes) -> None:
    """Return if the charset of a Content-Type is that in which the body is read: XML says its own, JSON is UTF-8.

    Raises:
        PayloadError: ``encoding.mismatch`` or ``encoding.unsupported``.
    """
    found = {each.lower() for each in _CHARSET.findall(content_type)}
    if not found:
        return
    media_type = content_type.partition(";")[0].strip().lower()
    if not media_type.endswith(("/xml", "+xml")):
        own = "utf-8"
    else:
        declaration = _DECLARATION.match(body.removeprefix(b"\xef\xbb\xbf"))
        own = ((declaration and declaration[2]) or b"utf-8").decode().lower()
    if unknown := sorted(found - _CODECS.keys()):
        raise PayloadError(
            "encoding.unsupported",
            Words(
                f"found charset {unknown[0]!r} in Content-Type", f"Content-Type 注明的字符集 {unknown[0]!r} 不受支持"
            ),
            "header",
        )
    if {_CODECS[each] for each in found} != {_CODECS.get(own)}:
        said = ", ".join(sorted(found))
        raise PayloadError(
            "encoding.mismatch",
            Words(f"Content-Type says {said}, the body is {own}", f"Content-Type 注明 {said}，报文实际为 {own}"),
            "header",
        )


def _utf8(body: bytes) -> bytes:
    """The document as UTF-8 without declaration; what was declared and what is there must agree."""
    if body.startswith(_FOREIGN_STARTS):
        raise PayloadError(
            "encoding.unsupported",
            Words(
                "found UTF-16, UTF-32 or EBCDIC, expected UTF-8 or GB18030",
                "现为 UTF-16、UTF-32 或 EBCDIC，应为 UTF-8 或 GB18030",
            ),
            "byte 0",
        )
    body = body.removeprefix(b"\xef\xbb\xbf")
    declaration = _DECLARATION.match(body)
    if declaration is None:
        if body.startswith(b"<?xml") and body[5:6].isspace():
            raise PayloadError(
                "xml.syntax",
                Words("found an XML declaration that cannot be read", "XML 声明无法读取"),
                "line 1 column 1",
            )
        return _reencoded(body, "utf-8")
    version, encoding = declaration.groups()
    if version != b"1.0":
        raise PayloadError(
            "xml.syntax",
            Words("found another version of XML, expected 1.0", "XML 版本不是 1.0，应为 1.0"),
            "line 1 column 1",
        )
    # Blanks keep the line numbers and columns of what follows.
    rest = re.sub(rb"[^\r\n]", b" ", declaration.group()) + body[declaration.end() :]
    return _reencoded(rest, (encoding or b"utf-8").decode().lower())


def _reencoded(body: bytes, declared: str) -> bytes:
    codec = _CODECS.get(declared)
    if codec is None:
        raise PayloadError(
            "encoding.unsupported",
            Words(
                f"found encoding {declared!r}, expected UTF-8, GBK, GB2312 or GB18030",
                f"编码为 {declared!r}，应为 UTF-8、GBK、GB2312 或 GB18030",
            ),
            "line 1",
        )
    if codec == "gb18030" and _is_chinese_utf8(body):
        raise PayloadError(
            "encoding.mismatch",
            Words(f"declared {declared}, but the bytes are UTF-8", f"声明为 {declared}，实际为 UTF-8"),
            "line 1",
        )
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError as error:
        raise PayloadError(
            "encoding.invalid",
            Words(f"found bytes that are not {declared}", f"内容不符合 {declared} 编码"),
            f"byte {error.start}",
        ) from error


def _is_chinese_utf8(body: bytes) -> bool:
    # Two-byte characters prove nothing (pairs of GBK bytes can look like them); Chinese takes three bytes in UTF-8.
    try:
        return max(body.decode(), default="") >= _FIRST_THREE_BYTE_CHARACTER
    except UnicodeDecodeError:
        return False


def _checked(text: bytes, limits: Limits) -> "etree._Element":
    """Parse and check in one pass, so that what is too deep or too large is never built."""
    _require_plain_prolog(text)
    parse = etree.iterparse(
        BytesIO(text),
        events=("start", "end", "comment", "pi"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        _walk(parse, limits)
    except etree.XMLSyntaxError as error:
        raise _xml_error(error) from error
    root: etree._Element = parse.root
    if root.getroottree().docinfo.internalDTD is not None:
        raise PayloadError("xml.dtd-forbidden", Words("found a document type declaration", "含有文档类型声明（DTD）"))
    return root


def _require_plain_prolog(text: bytes) -> None:
    """A document type can only stand here, and it is refused before any parser sees it."""
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text.count(b"<!--", 0, start) > _PROLOG_COMMENTS:
        raise PayloadError(
            "xml.size",
            Words(
                f"more than {_PROLOG_COMMENTS} comments before the root element",
                f"根元素之前的注释超过 {_PROLOG_COMMENTS} 条",
            ),
        )
    if text.startswith(b"<!DOCTYPE", start):
        raise PayloadError(
            "xml.dtd-forbidden", Words("found a document type declaration", "含有文档类型声明（DTD）"), f"byte {start}"
        )
    if text.startswith(b"<?", start):
        raise PayloadError("xml.pi-forbidden", Words("found a processing instruction", "含有处理指令"), f"byte {start}")


_ILL_FORMED = Words("found XML that is not well-formed", "XML 格式不正确")
_CUT_OFF = Words("found XML that is cut off", "XML 不完整")
_NOT_XML = {
    # xmlParserErrors of libxml2
    4: Words("found no element, expected a root element", "没有任何元素，应为一个根元素"),
    5: Words("found more behind the root element", "根元素之后另有内容"),
    9: Words("found a character that XML does not have", "含有 XML 不允许的字符"),
    26: Words("found an entity that is not declared", "使用了未声明的实体"),
    38: Words("found < within the value of an attribute, expected &lt;", "属性值中含有 <，应写作 &lt;"),
    39: Words("found an attribute whose value has no quotes, expected quotes around it", "属性值未加引号，应加引号"),
    41: Words('found an attribute without a value, expected NAME="VALUE"', '属性没有值，应为 名称="值"'),
    42: Words("found an attribute twice in one element, expected it once", "同一元素中属性重复，应只出现一次"),
    68: Words("found something else than a name behind < or &", "< 或 & 之后不是名称"),
    73: Words("found a tag without its >", "标签缺少 >"),
    74: _CUT_OFF,
    76: Words("found an end tag of another name than the start tag has", "结束标签与开始标签的名称不同"),
    77: _CUT_OFF,
    201: Words("found a prefix of a namespace that is not declared", "使用了未声明的命名空间前缀"),
}
"""What the parser complains of, by its number: its own words are for programmers."""


def _xml_error(error: "etree.XMLSyntaxError") -> PayloadError:
    line, column = error.position
    # libxml2 itself stops at 256 levels.
    code = "xml.depth" if "depth" in str(error.msg) else "xml.syntax"
    return PayloadError(code, _NOT_XML.get(getattr(error, "code", 0), _ILL_FORMED), f"line {line} column {column}")


def _walk(events: Iterable[tuple[str, "etree._Element"]], limits: Limits) -> None:
    count = depth = 0
    commented: set[etree._Element | None] = set()  # each looked at once: many comments must not cost their square
    for event, node in events:
        if event == "start":
            depth, count = depth + 1, count + 1
            _require_small(node, count, depth, limits)
        elif event == "end":
            depth -= 1
            _require_short(node, limits)
        elif event == "pi":
            raise PayloadError(
                "xml.pi-forbidden", Words("found a processing instruction", "含有处理指令"), _xpath(node.getparent())
            )
        else:
            commented.add(node.getparent())
    for parent in commented:
        _require_no_text(parent)


def _require_small(node: "etree._Element", count: int, depth: int, limits: Limits) -> None:
    if depth > limits.depth:
        raise PayloadError(
            "xml.depth", Words(f"nested deeper than {limits.depth} levels", f"嵌套超过 {limits.depth} 层"), _xpath(node)
        )
    if count > limits.elements:
        raise PayloadError(
            "xml.size", Words(f"more than {limits.elements} elements", f"元素超过 {limits.elements} 个"), _xpath(node)
        )
    if len(node.attrib) > limits.attributes:
        raise PayloadError(
            "xml.size",
            Words(f"more than {limits.attributes} attributes", f"属性超过 {limits.attributes} 个"),
            _xpath(node),
        )
    if str(node.tag).startswith(_XINCLUDE):
        raise PayloadError(
            "xml.include-forbidden", Words("found an XInclude element", "含有 XInclude 元素"), _xpath(node)
        )


def _require_short(node: "etree._Element", limits: Limits) -> None:
    longest = max(len(node.text or ""), *(len(child.tail or "") for child in node), *map(len, node.attrib.values()), 0)
    if longest > limits.string:
        raise PayloadError(
            "xml.size",
            Words(
                f"found {longest} characters in one value, expected {limits.string} at most",
                f"单个值长 {longest} 个字符，应不超过 {limits.string} 个",
            ),
            _xpath(node),
        )


def _require_no_text(parent: "etree._Element | None") -> None:
    if parent is not None and any(
        text and not text.isspace() for text in (parent.text, *(child.tail for child in parent))
    ):
        raise PayloadError(
            "xml.comment-in-value",
            Words("found a comment inside a value: readers disagree", "值中含有注释，各解析器读法不一"),
            _xpath(parent),
        )


def _xpath(node: "etree._Element | None") -> str:
    names: list[str] = []
    while node is not None and len(names) < 64:
        names.append(str(node.tag).rpartition("}")[2])
        node = node.getparent()
    return "/" + "/".join(reversed(names))[:200]


def _require_one_reading(root: "etree._Element") -> None:
    """Local names must stay one name each: ``a:Id`` beside ``b:Id`` would be read as the last one."""
    for node in root.iter(etree.Element):
        names = [str(name).rpartition("}")[2] for name in node.attrib]
        if len(set(names)) < len(names):
            raise PayloadError(
                "schema.namespace",
                Words("found two attributes of one local name", "两个属性的本地名相同"),
                _xpath(node),
            )


def _require_namespace(root: "etree._Element", namespace: str) -> None:
    inside = f"{{{namespace}}}"
    for node in _unsigned(root):
        if not str(node.tag).startswith(inside):
            raise PayloadError(
                "schema.namespace",
                Words(
                    f"found {str(node.tag)[:64]!r}, expected namespace {namespace}",
                    f"现为 {str(node.tag)[:64]!r}，命名空间应为 {namespace}",
                ),
                _xpath(node),
            )


def _unsigned(node: "etree._Element") -> Iterator["etree._Element"]:
    yield node
    for child in node.iterchildren(etree.Element):
        if child.tag != _SIGNATURE:
            yield from _unsigned(child)


def _plain(text: bytes, names: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {"process_namespaces": True, "namespaces": names, "strip_whitespace": False}
    try:
        plain: dict[str, Any] = xmltodict.parse(text, **given, postprocessor=_as_written)
    except ExpatError as error:  # libxml2 accepted it: what two parsers read differently is refused
        raise PayloadError("xml.syntax", _ILL_FORMED, f"line {error.lineno}") from error
    return plain


class _LocalNames(dict[str, None]):
    """To xmltodict: no namespace has a prefix."""

    def __missing__(self, namespace: str) -> None:
        return None


class _Prefixes(dict[str, str]):
    """To xmltodict: a namespace that nobody gave a prefix is one itself."""

    def __missing__(self, namespace: str) -> str:
        return namespace


_BLANKS = " \t\r\n"
"""White space of XML: what Unicode calls so beyond it is content, and stays to be seen."""


def _as_written(_path: object, key: str, value: Any) -> Any:
    if key[:1] == "@":
        return None if key == "@xmlns" else (key, value)
    if type(value) is str:
        value = value.strip(_BLANKS) or None
        if value is None and key == "#text":
            return None
    return key, value


# ---------------------------------------------------------------- lines of text


def read_lines(body: bytes) -> list[str | None]:
    """The lines of a text in UTF-8 (with or without byte order mark) or GB18030, without their line ends.

    Line ``n`` is ``body.split(b"\\n")[n]``: no character of either encoding contains that byte. A line that is valid
    in neither is ``None``, and so is a line that is not in the encoding of most others: one bad line neither spoils its
    neighbours nor turns them into the other encoding, and none is read as characters that nobody wrote. Only of a line
    without a Chinese character in UTF-8 can nobody tell: amid GB18030 it is read as that, else as UTF-8.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode()
        return [*text.split("\n")] if "\r" not in text else [line.removesuffix("\r") for line in text.split("\n")]
    except UnicodeDecodeError:
        lines = body.split(b"\n")
    foreign = [line for line in lines if not line.isascii()]
    readable = sum(_decoded(line, "utf-8") is not None for line in foreign)
    if readable > len(foreign) - readable:
        return [_decoded(line, "utf-8") for line in lines]
    return [None if not line.isascii() and _is_chinese_utf8(line) else _decoded(line, "gb18030") for line in lines]


def _decoded(line: bytes, codec: str) -> str | None:
    try:
        return line.decode(codec).removesuffix("\r")
    except UnicodeDecodeError:
        return None
