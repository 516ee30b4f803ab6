"""A document is known by what stands in it: whole ones of four kinds are taken, what acts or hides is not."""

import io
import random
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf.actions import JavaScript

from hub.register.formats import Recognised, recognised
from hub.register.images import AFTER_END
from hub.register.pdf import _OVERLAP, _WINDOW, EMBEDDED
from schemas.errors import LicetError, PayloadError
from tests.hub.register.papers import (
    BASELINE,
    ENTRY,
    GRADIENT,
    PLAIN,
    PROGRESSIVE,
    ofd,
    pdf,
    with_object,
    with_object_stream,
)


def look(content: bytes) -> Recognised:
    return recognised(io.BufferedReader(io.BytesIO(content)), len(content))


def code(content: bytes) -> str:
    with pytest.raises(LicetError) as refused:
        look(content)
    return refused.value.code


WHOLE = {
    "pdf": (PLAIN, "application/pdf", ()),
    "pdf of another writer": (pdf(), "application/pdf", ()),
    "pdf behind a byte order mark": (b"\xef\xbb\xbf\r\n" + PLAIN, "application/pdf", ()),
    "pdf behind a mail gateway": (
        b"--part\r\nContent-Type: application/pdf\r\n\r\n" + PLAIN,
        "application/pdf",
        (),
    ),
    "pdf with a packed object": (with_object_stream(b"<< /Kids [] >>"), "application/pdf", ()),
    "pdf with a link": (with_object(b"<< /S /URI /URI (https://example.org) >>"), "application/pdf", ()),
    "pdf that names JavaScripts": (with_object(b"<< /MyJavaScripts 1 /JavaScripted 2 >>"), "application/pdf", ()),
    "pdf with a file in it": (pdf(lambda w: w.add_attachment("a.xml", b"<a/>")), "application/pdf", (EMBEDDED,)),
    "jpeg": (BASELINE, "image/jpeg", ()),
    "progressive jpeg": (PROGRESSIVE, "image/jpeg", ()),
    "jpeg padded with nothing": (BASELINE + b"\0" * 700, "image/jpeg", ()),
    "jpeg with fill bytes": (BASELINE[:2] + b"\xff\xff" + BASELINE[2:], "image/jpeg", ()),
    "jpeg with a film behind it": (BASELINE + b"ftypmp42" * 9, "image/jpeg", (AFTER_END,)),
    "png": (GRADIENT, "image/png", ()),
    "ofd": (ofd(), "application/ofd", ()),
    "ofd of the first edition": (ofd(entry=ENTRY.format("http://www.ofdspec.org")), "application/ofd", ()),
    "ofd that is stored": (ofd(pack=zipfile.ZIP_STORED), "application/ofd", ()),
    "ofd with a seal": (ofd([("Doc_0/Signs/Sign_0/SignedValue.dat", b"\0")]), "application/ofd", ()),
    "ofd with attachments": (ofd([("Doc_0/Attachs/Attachments.xml", b"<a/>")]), "application/ofd", (EMBEDDED,)),
    "ofd with a program": (ofd([("Doc_0/Res/setup.exe", b"MZ")]), "application/ofd", (EMBEDDED,)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_document_is_taken(name):
    content, media, remarks = WHOLE[name]
    assert look(content) == (media, remarks)


_JS = b"<< /S /JavaScript /JS (app.alert(1)) >>"


ACTIVE = {
    "a script": with_object(_JS),
    "a script by pypdf": pdf(lambda writer: writer.add_open_action(JavaScript("app.alert(1)"))),
    "a script whose name is written in digits": with_object(b"<< /S /J#61vaScri#70t /JS 1 0 R >>"),
    "a script in digits of the other case": with_object(b"<< /S /#4AavaScript#20 /S /#4aavaScript >>"),
    "a script in a comment": with_object(b"% 5 0 obj << /S /JavaScript >>\nnull"),
    "a script in a string": with_object(b"(5 0 obj << /S /JavaScript >> endobj)"),
    "a script in a picture": with_object(b"<< /Length 40 >>\nstream\n5 0 obj << /S /JavaScript >>\nendstream"),
    "a packed script": with_object_stream(_JS),
    "a packed script that says it is a picture": with_object_stream(_JS).replace(b"/ObjStm", b"/XObject"),
    "a packed script behind a comment": with_object_stream(_JS, head=b"(obj)"),
    "a launch": with_object(b"<< /S /Launch /F (cmd.exe) >>"),
    "a form that is sent": with_object(b"<</S/SubmitForm/F(https://example.org)>>"),
    "a form of XFA": with_object(b"<< /AcroForm << /XFA [] >> >>"),
    "a film": with_object(b"<< /Subtype /RichMedia >>"),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_a_pdf_that_acts_is_refused(name):
    assert code(ACTIVE[name]) == "document.active"


def test_a_name_is_found_wherever_the_windows_part():
    for at in (_WINDOW - 8, _WINDOW - 2 * _OVERLAP - 3, _WINDOW - _OVERLAP - 4, 2 * _WINDOW - 2 * _OVERLAP - 5):
        content = with_object(b"(" + b"x" * (at - len(PLAIN) - 13) + b")" + b"<< /S /Launch >>")
        assert content.find(b"/Launch") in range(at - 20, at + 20)
        assert code(content) == "document.active"


def test_packed_objects_are_found_wherever_the_windows_part():
    for at in (_WINDOW - 8, _WINDOW - _OVERLAP - 3, _WINDOW - _OVERLAP, _WINDOW - 2 * _OVERLAP - 3):
        packed = zlib.compress(b"900 0 " + _JS)
        fill = b"(" + b"x" * (at - len(PLAIN) - 60) + b")\n"
        content = with_object(fill + b"<< /Type /ObjStm /N 1 /First 6 >>\nstream\n" + packed + b"\nendstream")
        assert code(content) == "document.active"


def test_a_script_behind_much_that_is_packed_is_found():
    assert code(with_object_stream(b"(" + b"x" * (3 << 20) + b")" + _JS)) == "document.active"


def test_a_script_across_two_pieces_that_were_unpacked_is_found():
    filler = _WINDOW - len(b"900 0 ()<< /S /Java")
    assert code(with_object_stream(b"(" + b"x" * filler + b")" + _JS)) == "document.active"


def test_pictures_of_random_bytes_are_taken():
    noise = random.Random(7).randbytes(4 << 20)
    assert (
        look(with_object(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(noise), noise))).media == "application/pdf"
    )


REFUSED = {
    "nothing known": (b"hello", "document.format"),
    "a page of the web": (b"<html>%PDF-1.7" + PLAIN, "document.format"),
    "a program with a PDF in it": (b"MZ" + PLAIN, "document.format"),
    "a pdf that was cut off": (PLAIN[: len(PLAIN) - 40], "document.format"),
    "a pdf that is a header": (b"%PDF-1.7", "document.format"),
    "an encrypted pdf": (pdf(lambda writer: writer.encrypt("secret", algorithm="AES-256")), "document.locked"),
    "a pdf that is encrypted without a password": (pdf(lambda writer: writer.encrypt("")), "document.locked"),
    "objects packed otherwise": (with_object_stream(_JS, coded=lambda raw: raw.hex().encode()), "document.format"),
    "objects that unpack for ever": (with_object_stream(b"(" + b"x" * (130 << 20) + b")"), "document.format"),
    "a jpeg that was cut off": (BASELINE[:-9], "document.format"),
    "a jpeg without a picture": (BASELINE[:20] + b"\xff\xd9", "document.format"),
    "a jpeg with a height of millions": (
        BASELINE.replace(b"\xff\xc0\x00\x11\x08\x00\x10\x00\x18", b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff"),
        "document.format",
    ),
    "a png that was cut off": (GRADIENT[:-12], "document.format"),
    "a png that was changed": (GRADIENT[:45] + b"\x55" + GRADIENT[46:], "document.format"),
    "a png of its signature": (GRADIENT[:8], "document.format"),
    "a word file": (ofd(name="word/document.xml"), "document.format"),
    "an ofd of another root": (ofd(entry="<x/>"), "document.format"),
    "an ofd of another namespace": (ofd(entry=ENTRY.format("urn:x")), "document.format"),
    "an ofd with a document type": (ofd(entry="<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "document.format"),
    "an ofd that was cut off": (ofd()[:-30], "document.format"),
    "an ofd that leads out": (ofd([("../../etc/passwd.xml", b"")]), "document.format"),
    "an ofd that unpacks to more than it may": (ofd([("a.xml", b"\0" * (257 << 20))]), "document.format"),
    "an ofd of too many files": (ofd([(f"{n}.xml", b"") for n in range(5000)]), "document.format"),
    "an ofd that is encrypted": (
        ofd().replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
        "document.locked",
    ),
    "an ofd with something behind it": (ofd() + b"x", "document.format"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused(name):
    content, expected = REFUSED[name]
    assert code(content) == expected


@given(content=st.binary(max_size=300), head=st.sampled_from([b"\xff\xd8\xff", GRADIENT[:8], b"PK\3\4", b"%PDF-1.7\n"]))
def test_rubbish_is_refused_and_nothing_else(content, head):
    with pytest.raises(PayloadError):
        look(head + content)


@given(content=st.sampled_from([BASELINE, PROGRESSIVE, GRADIENT, ofd(), PLAIN]), data=st.data())
def test_what_was_cut_off_is_refused(content, data):
    length = data.draw(st.integers(3, len(content) - 8))
    with pytest.raises(PayloadError):
        look(content[:length])
