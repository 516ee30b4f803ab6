"""A folder that a partner fills: files read by a mapping document of the hub folder.

Wire:    XML, JSON, NDJSON, CSV and other text, and workbooks (XLSX: one sheet, as CSV), in a folder of their own. Text
         in UTF-8, GB18030 or, but for XML, UTF-16. A name may have blanks and Chinese, in UTF-8 or GB18030.
Trust:   who may write the folder. Links, devices and pipes are refused, and so is what is too large, also unpacked.
Repeats: a file is taken once it is whole, once: what is known is what it is (size, dates, number) and its digest. The
         same bytes under another name are a repeat; a file that was written anew is read anew. A file that is refused
         is named in an alarm, once, and stays, or stands with the reason in ``refused``. A folder that is not there is
         no empty one.
Source:  what partners do who cannot call anybody: a folder of files, a marker beside each, or a rename.
"""

from connectors.generic.file_drop.settings import Settings
from connectors.generic.file_drop.source import FileDrop
from connectors.port import Spec

__all__ = ["SPEC", "FileDrop", "Settings"]

SPEC = Spec(
    title="A folder of files, by a mapping document",
    settings=Settings,
    build=FileDrop,
    ports=("poll",),
    own_document=True,
    context=("zone", "file"),
    batch="each",
    completeness="none",
)
