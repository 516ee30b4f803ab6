"""What the workbench is asked, within limits: a draft, a body as it comes, and what the connector would say of it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.config.settings import MAPPING_NAME
from mappings.places import pointer
from schemas.errors import PayloadError
from schemas.faults import faults_of
from schemas.reading import Limits
from schemas.words import Words, told

DOCUMENT_BYTES = 256 << 10
BODY_BYTES = 1 << 20
REQUEST_BYTES = 3 << 20
"""A document and a body at their largest, as JSON writes them."""
LIMITS = Limits(depth=4, items=200, string=2 * BODY_BYTES)
Short = Annotated[str, Field(max_length=256)]
M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """A body: as text in an encoding, or its bytes in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    body: str = ""
    encoding: Literal["utf-8", "utf-8-sig", "gbk", "gb18030"] = "utf-8"
    body_base64: str | None = None
    language: Literal["zh", "en"] = "en"

    def content(self) -> bytes:
        """The body as it comes.

        Raises:
            PayloadError: It cannot be written so, or is too large.
        """
        content = self._bytes()
        if len(content) > BODY_BYTES:
            raise _too_large("/body", len(content), BODY_BYTES)
        return content

    def _bytes(self) -> bytes:
        if self.body_base64 is None:
            try:
                return self.body.encode(self.encoding)
            except UnicodeEncodeError as error:
                odd, wanted = self.body[error.start], self.encoding
                said = Words(
                    f"found {odd!r}, which {wanted} cannot write", f"字符 {odd!r} 无法以 {wanted} 编码，请改用其他编码"
                )
                raise PayloadError("encoding.invalid", said, "/body") from error
        try:
            return base64.b64decode(self.body_base64, validate=True)
        except (ValueError, binascii.Error) as error:
            said = Words("found no base64 in body_base64", "body_base64 不是 base64 编码")
            raise PayloadError("http.request", said, "/body_base64") from error


class Sample(Body):
    """A body for which a document is to be proposed; ``record``: what its items are."""

    record: Short


class Draft(Body):
    """A document as it stands on the page, and a body to look at with it.

    ``name``: whose golden cases are run; ``against``: the instance with whose document it is compared.
    """

    document: str
    name: Annotated[str, Field(pattern=f"^(?:{MAPPING_NAME})?$")] = ""
    against: Short = ""
    media_type: Short = "application/json"
    form: Short = ""
    context: Annotated[dict[Short, Short], Field(max_length=32)] = Field(default_factory=dict)

    def text(self) -> bytes:
        """The document.

        Raises:
            PayloadError: It is too large.
        """
        text = self.document.encode("utf-8")
        if len(text) > DOCUMENT_BYTES:
            raise _too_large("/document", len(text), DOCUMENT_BYTES)
        return text


def read(model: type[M], asked: Mapping[str, Any]) -> M:
    """What is asked, as its model.

    Raises:
        PayloadError: ``where`` names the member that is not as it must be.
    """
    try:
        return model.model_validate(asked)
    except ValidationError as error:
        fault = faults_of(error)[0]
        found, expected = told(fault.found, "zh"), told(fault.expected, "zh")
        said = Words(f"found {fault.found}, expected {fault.expected}", f"现为 {found}，应为 {expected}")
        raise PayloadError("http.request", said, pointer(*fault.at)) from error


def _too_large(where: str, found: int, most: int) -> PayloadError:
    said = Words(f"found {found} bytes, expected {most} at most", f"共 {found} 字节，上限为 {most} 字节")
    return PayloadError("http.size", said, where)
