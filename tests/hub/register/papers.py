"""Documents as scanners, phones and offices make them, and what is wrong with some."""

import io
import zipfile
import zlib
from pathlib import Path

import typst
from pypdf import PdfReader, PdfWriter

SAMPLES = Path(__file__).parent / "samples"
BASELINE, PROGRESSIVE = ((SAMPLES / f"{name}.jpg").read_bytes() for name in ("baseline", "progressive"))
GRADIENT = (SAMPLES / "gradient.png").read_bytes()
OFD_2016 = "http://www.ofdspec.org/2016"
ENTRY = '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="{}" DocType="OFD"><ofd:DocBody/></ofd:OFD>'


MAIN = ENTRY.format(OFD_2016)


def _plain() -> bytes:
    found: bytes = typst.compile(b"Certificate T 1234")
    return found


PLAIN = _plain()


def pdf(prepare=lambda writer: None) -> bytes:
    """The plain PDF, written again by pypdf after ``prepare``."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PLAIN)))
    prepare(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_object(body: bytes) -> bytes:
    """The plain PDF with an object more, as an update appends it."""
    return PLAIN + b"\n900 0 obj\n" + body + b"\nendobj\nstartxref\n0\n%%EOF\n"


def with_object_stream(objects: bytes, *, head: bytes = b"", coded=zlib.compress) -> bytes:
    """The plain PDF with packed objects; ``head`` stands in the dictionary of their stream."""
    packed = coded(b"900 0 " + objects)
    about = b"<< /Type /ObjStm /N 1 /First 6 /Filter /FlateDecode /Length %d %b >>" % (len(packed), head)
    return with_object(about + b"\nstream\n" + packed + b"\nendstream")


def ofd(files=(), *, entry=MAIN, name="OFD.xml", pack=zipfile.ZIP_DEFLATED) -> bytes:
    """An OFD with its entry document and whatever else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", pack) as package:
        package.writestr(name, entry)
        package.writestr("Doc_0/Document.xml", "<x/>")
        for path, content in files:
            package.writestr(path, content)
    return out.getvalue()
