"""The page of the mapping language: every key of the models, every conversion and format, a document that is whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mappings.document import (
    DelimitedForm,
    Document,
    FixedForm,
    FormForm,
    JsonForm,
    JsonLinesForm,
    KeyValueForm,
    Unpack,
    XmlForm,
)
from mappings.rules import (
    Condition,
    Details,
    FieldRule,
    IgnoreRule,
    RecordRule,
    RefuseRule,
    Source,
    Step,
    TableByContext,
)
from mappings.vocabulary import CONVERSIONS, FORMATS, NEEDS, PLACES
from tests.position_page import section

EXAMPLE = Path(__file__).parent / "mappings" / "vendors" / "attendance" / "cloud.json"
MODELS: tuple[type[BaseModel], ...] = (
    Document,
    JsonForm,
    XmlForm,
    FormForm,
    JsonLinesForm,
    DelimitedForm,
    FixedForm,
    KeyValueForm,
    Unpack,
    RecordRule,
    FieldRule,
    Source,
    Details,
    Step,
    Condition,
    IgnoreRule,
    RefuseRule,
    TableByContext,
)
_HEAD = """# Mapping documents

<!-- {note} -->

A mapping document says how a source writes what it says: foreign bytes in, records out, without a line of code. It is
JSON; `mappings/mapping.schema.json` is its JSON Schema, and `licet mapping` works with it:

```sh
licet mapping new attendance/gate --body sample.json --record attendance.Punch   # proposes a document
licet mapping preview sample.json --with attendance/gate --context zone=Asia/Shanghai
licet mapping lint          # file:line, what was found, expected, meant; what stands in vain
licet mapping test          # the golden cases in mappings/<world>/<name>.cases/*.json
licet mapping diff attendance/gate attendance/gate_2
licet mapping page          # all of it in a browser, beside the running hub
licet mapping capture gate --for 10m   # golden cases of what comes from connector `gate`
```

A document has *forms*. A form says how its bytes are read, where the items are (`root`, `each`), what makes an item a
known fact (`key`), what is out of scope (`ignore`) or contradicts itself (`refuse`), and which `records` an item gives.
A record's fields each take a value from a source, may convert it (`as`, one conversion or a chain) and may look it up
(`table`). Null and empty text count as nothing. What is listed and not there is a fault of that item alone, unless
`optional`; what is not listed is ignored, or refused where `known` or `strict_header` says so.

A *place* (`at`) leads from an item to a value: a JSON pointer such as `/user/id`; `.` is the item itself, `#` its name
or number in what holds it; `..` before one of these begins at what is around the item, so `../name` is a member of the
item of the `each` before, and beyond the first one a member of the whole body. XML is addressed as plain data:
`/Root/Child`, `/Root/@attribute`, with `prefix:` where `namespaces` gives one.

There is no code, no expression and no loop. What a body may cost is bounded: 2,000,000 times a rule is applied to an
item, 100,000 records, 1,000 elements of a list, 2,048 characters of a key, 64 KiB of a text.

`mapping capture` writes golden cases of real traffic beside the document, one for each kind of outcome. Every word of
a body is replaced but the document's own: by another of the same length and signs, the same one wherever it stands in
what one call writes, under a key that is kept nowhere. Times move back by some whole weeks; numbers that may not leave
their bounds (three digits at most, times of day) stay. What the document would read otherwise, or what cannot be
written so, is counted and left out. Look at what was written before it leaves the house.

`mapping page` prints a link that opens the workbench in a browser once, within ten minutes: a body on the left, to the
byte as its file has it; the document in the middle, looked at while it is typed; on the right each field with its
source, what is done with it and what it becomes, what of the body is not read, the golden cases of the hub folder, and
what differs from the document that runs. Nothing is kept there and nothing of the hub is changed; what a draft costs is
paid by a process of its own, 5 s of computing at most, for a body of 1 MiB and a document of 256 KiB at most. Programs
ask the same at `/api/v1/workbench/` with the token of the API ([openapi.json](openapi.json)).

A form is written too (`MappingDocument.writer`) where each of its fields tells what it was made of; what is written is
read back and compared before it is given away.

`format` is the version of the language. Documents without it are of format 1 and keep running.
"""


def mapping_page(note: str) -> str:
    """The page, from the models, the closed lists and a document that is tested."""
    needs = {name: ", ".join(f"`{each}`" for each in NEEDS.get(name, ())) or "-" for name in CONVERSIONS}
    parts = [
        _HEAD.format(note=note),
        *map(section, MODELS),
        "## Conversions\n",
        "Of a list each element is converted, but for `split`, `list`, `first` and `last`.\n",
        *_table("conversion", "gives", CONVERSIONS, needs),
        "## Formats of time\n",
        *_table("format", "reads", FORMATS, None),
        "Anything else is a pattern of these, and of signs that stand for themselves:\n",
        *_table("place", "stands for", PLACES, None),
        "## An example\n",
        f"```json\n{EXAMPLE.read_text('utf-8')}```\n",
    ]
    return "\n".join(parts)


def _table(name: str, says: str, rows: Mapping[Any, str], needs: Mapping[str, str] | None) -> list[str]:
    more = " needs |" if needs else ""
    head = [f"| {name} | {says} |{more}", f"| --- | --- |{' --- |' if needs else ''}"]
    lines = [f"| `{key}` | {text} |{f' {needs[key]} |' if needs else ''}" for key, text in rows.items()]
    return [*head, *lines, ""]
