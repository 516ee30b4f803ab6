"""A golden case made of a transmission: what its document makes of it now, as a file that ``mapping test`` reads."""

import base64
import json
from typing import Any

from mappings import MappingDocument
from mappings.cases import written
from schemas.transmission import Transmission

_ENCODINGS = ("utf-8-sig", "utf-8", "gbk", "gb18030")
_MARK = b"\xef\xbb\xbf"


def case_text(document: MappingDocument, transmission: Transmission, note: str = "") -> str:
    """The text of a case: the transmission, and one outcome for each of its items."""
    case = {
        "$schema": "../../case.schema.json",
        "note": note,
        "form": transmission.form,
        "media_type": transmission.media_type,
        "context": dict(transmission.context),
        "received_at": transmission.received_at.isoformat().replace("+00:00", "Z"),
        **_body(transmission.body),
        "outcomes": written(document.read(transmission)),
    }
    kept = {name: value for name, value in case.items() if value not in ("", {})}
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def _body(body: bytes) -> dict[str, Any]:
    """The body as text in the first encoding that gives its very bytes again, else the bytes themselves."""
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.encode(encoding) == body and (encoding == "utf-8-sig") == body.startswith(_MARK) and "\0" not in text:
            return {"encoding": encoding, "body": text}
    return {"body_base64": base64.b64encode(body).decode()}
