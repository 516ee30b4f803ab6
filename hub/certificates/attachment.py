"""The signed facts that the PDF of a certificate carries."""

from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from schemas.errors import PayloadError
from schemas.words import Words

ATTACHED = "certificate.jws"


def attached_to(page: bytes) -> str:
    """The signed facts that a PDF carries.

    Raises:
        PayloadError: It is no PDF, or carries none.
    """
    try:
        attached = PdfReader(BytesIO(page)).attachments.get(ATTACHED, [])
        [found] = attached
        return found.decode("ascii")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PayloadError(
            "certificate.unsigned",
            Words(
                f"found no single {ATTACHED} in the PDF; it proves nothing",
                f"PDF 中没有唯一的 {ATTACHED}，不能作为证明",
            ),
        ) from error
