"""Bodies that are nearly right: known good bytes with a few places damaged, and rubbish."""

from collections.abc import Sequence

from hypothesis import strategies as st

_TEXT = [
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n\n",
    b"\t",
    b",",
    b'"',
    b"\\",
    b"'",
    b"\x1b[2J",
    b"=cmd()",
    b"../..",
]
_JSON = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"true",
    b"NaN",
    b"1e999",
    b"-0",
    b"\\u0000",
    b"\\ud800",
    b"@type",
    b"#text",
]
_XML = [
    b"<",
    b"<a>",
    b"</a>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?x?>",
    b"<!DOCTYPE a>",
    b"&#1;",
    b"&x;",
    b" p:x='1'",
]
_TIME = [b"2026-02-30", b"2026-13-01 25:61:61", b"+23:59", b"P1Y", b"-1", b"1.7", b"9" * 40, b"1" * 5000]
_SIGNED = [b"sig=:AAAA:", b'";created=1', b"keyid=", b"sha-256=::", b"encoding='gbk'", b"xmlns:p='u'"]
_NAMES = ["张三".encode(), "张三".encode("gbk"), "𠮷".encode(), "\u202e\u200b\u3164".encode()]
_LARGE = [b"[" * 300, b"<a>" * 300, b"a" * 70_000]
WORDS = (*_TEXT, *_JSON, *_XML, *_TIME, *_SIGNED, *_NAMES, *_LARGE)


@st.composite
def damaged(draw: st.DrawFn, good: Sequence[bytes]) -> bytes:
    """One of these with up to eight places damaged."""
    body = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(0, 8))):
        at, length = draw(st.integers(0, len(body))), draw(st.integers(0, 40))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            body[at:at] = draw(st.sampled_from(WORDS))
        elif kind == 1:
            del body[at : at + length]
        elif kind == 2:
            body[at:at] = body[at : at + length] * draw(st.integers(1, 3))
        elif kind == 3:
            body[at : at + 1] = bytes([draw(st.integers(0, 255))])
        else:
            other = draw(st.sampled_from(good))
            start = draw(st.integers(0, len(other)))
            body[at : at + length] = other[start : start + 2 * length]
    return bytes(body)


def bodies(good: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Damaged ones, and now and then rubbish."""
    return st.one_of(damaged(good), damaged(good), damaged(good), st.binary(max_size=300))
