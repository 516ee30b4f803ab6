"""A body of an unknown vendor and the document that reads it, as docs/first-mapping.md has them."""

import re
from pathlib import Path

_PAGE = (Path(__file__).parents[3] / "docs" / "first-mapping.md").read_text(encoding="utf-8")
_TEXTS = re.findall(r"<<'END'\n(.*?)\nEND\n", _PAGE, re.DOTALL)
XML = _TEXTS[0] + "\n"
DOCUMENT = _TEXTS[1] + "\n"
assert XML.startswith("<?xml") and '"forms"' in DOCUMENT
