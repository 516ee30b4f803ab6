"""What writing by a mapping document costs against a function written by hand that reads back what it wrote, too."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

import orjson

import mappings
from benchmarks import mapping
from benchmarks.mapping import SEEN, ZONE, compare
from mappings import MappingDocument
from mappings.document import Document
from schemas.attendance import Punch
from schemas.credential import CredentialStatus
from schemas.reading import read_json, read_xml
from schemas.transmission import Item, Transmission

Items = Sequence[Item]
Write = Callable[[Items, Mapping[str, str]], bytes]
Told = list[tuple[object, ...]]
HERE = {"device": "SN1", "zone": "Asia/Shanghai", "dialect": "att2"}
DAY = timedelta(days=1)


def measure() -> dict[str, float]:
    """CPU time of the document over that of the function; both write the same bytes and read them back."""
    found: dict[str, float] = {}
    for name, (document, form, by_hand, items) in _cases().items():
        write = document.writer(form)
        body = by_hand(items, HERE)
        if write(items, HERE) != body:
            raise AssertionError(f"{name}: document and function differ")
        if document.read(Transmission("bench", SEEN, "", body, form=form, context=HERE)) != tuple(items):
            raise AssertionError(f"{name}: what was written reads otherwise")
        ratio, micros = compare(partial(write, items, HERE), partial(by_hand, items, HERE))
        found |= {f"write_{name}_ratio": ratio, f"write_{name}_us": micros}
    return found


def _cases() -> dict[str, tuple[MappingDocument, str, Write, Items]]:
    terminals, authority = mappings.load("attendance/zkteco_push"), mappings.load("credential/authority_push")
    return {
        "attlog": (terminals, "ATTLOG", _attlog, _punches()),
        "json": (authority, "json", _event, _statements(1, "id-{}")),
        "xml": (_list(), "xml", _certificates, _statements(18, "T4401 2024 {}731")),
    }


def _same(told: Told, again: Told) -> None:
    if told != again:
        raise ValueError("what was written says something else")


# ---------------------------------------------------------------- lines of a terminal


def _punches() -> Items:
    found = []
    for n in range(200):
        local = datetime(2026, 3, 2, 8, tzinfo=ZONE) + timedelta(seconds=37 * n)
        text = f"{local:%Y-%m-%d %H:%M:%S}"
        punch = Punch(
            subject=f"{1000 + n}",
            device="SN1",
            occurred_at=local.astimezone(UTC),
            occurred_local=text,
            direction=("in", "out")[n % 2],
            verify="face",
            verify_raw="15",
        )
        found.append(Item((punch,), f"SN1|{text}|granted"))
    return found


_REST = "\t" * 8
_STATES = {"in": "0", "out": "1", "break_out": "2", "break_in": "3", "ot_in": "4", "ot_out": "5"}


def _attlog(items: Items, context: Mapping[str, str]) -> bytes:
    punches = [record for item in items for record in item.records if isinstance(record, Punch)]
    body = "".join(
        f"{each.subject}\t{each.occurred_local}\t{_STATES[each.direction]}\t{each.verify_raw}{_REST}\n"
        for each in punches
    ).encode()
    if mapping.attlog(Transmission("bench", SEEN, "", body, form="ATTLOG", context=context)) != tuple(items):
        raise ValueError("what was written says something else")
    return body


# ---------------------------------------------------------------- statements of an authority


def _statements(count: int, number: str) -> Items:
    found = []
    for n in range(count):
        statement = CredentialStatus(
            subject=f"E{n}",
            credential="low-voltage-electrician",
            number=number.format(n),
            status="suspended",
            sequence=0 if count > 1 else 42,
            changed_at=datetime(2026, 3, 2, 1, n, tzinfo=UTC),
            said_at=None if count > 1 else datetime(2026, 3, 2, 2, tzinfo=UTC),
            valid_until=datetime(2030, 11, 9, 16, tzinfo=UTC) + n * DAY,
        )
        found.append(Item((statement,), statement.number))
    return found


def _last_day(statement: CredentialStatus) -> str:
    if statement.valid_until is None:
        raise ValueError("without an end")
    return (statement.valid_until.astimezone(ZONE) - DAY).date().isoformat()


def _zulu(at: datetime | None) -> str:
    if at is None:
        raise ValueError("without an instant")
    return at.isoformat().replace("+00:00", "Z")


def _event(items: Items, _context: Mapping[str, str]) -> bytes:
    [item] = items
    [statement] = (each for each in item.records if isinstance(each, CredentialStatus))
    data = {
        "holder": {"ref": statement.subject},
        "credential": {"scheme": statement.credential, "number": statement.number},
        "status": statement.status,
        "effective_at": _zulu(statement.changed_at),
        "valid_until": _last_day(statement),
    }
    body = orjson.dumps(
        {"data": data, "sequence": str(statement.sequence), "time": _zulu(statement.said_at), "id": item.key}
    )
    again = read_json(body)
    mapping.require_known(again["data"])
    values = {
        "subject": again["data"]["holder"]["ref"],
        "credential": again["data"]["credential"]["scheme"],
        "number": again["data"]["credential"]["number"],
        "status": again["data"]["status"],
        "sequence": int(again["sequence"]),
        "changed_at": datetime.fromisoformat(again["data"]["effective_at"]),
        "said_at": datetime.fromisoformat(again["time"]),
        "valid_until": _midnight_after(again["data"]["valid_until"]),
    }
    _same([(statement, item.key)], [(CredentialStatus.__pydantic_validator__.validate_python(values), again["id"])])
    return body


def _midnight_after(text: str) -> datetime:
    day = date.fromisoformat(text) + DAY
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


# ---------------------------------------------------------------- a list of certificates


_CLASSES = {"低压电工": "low-voltage-electrician", "高压电工": "high-voltage-electrician"}
_CODES = {"1": "active", "2": "suspended", "3": "revoked"}


def _list() -> MappingDocument:
    fields = {
        "subject": {"at": "/No"},
        "credential": {"at": "/Class", "table": _CLASSES},
        "number": {"at": "/Number"},
        "status": {"at": "/@state", "table": _CODES},
        "changed_at": {"at": "/Changed", "as": "instant"},
        "valid_until": {"at": "/Until", "as": "end_of_day", "zone": "Asia/Shanghai"},
    }
    form: dict[str, Any] = {
        "read": "xml",
        "root": "/Batch",
        "each": "/Certificate",
        "key": [{"at": "/Number"}],
        "records": [{"record": "credential.CredentialStatus", "fields": fields}],
    }
    text = json.dumps({"format": 2, "forms": {"xml": form}}, ensure_ascii=False).encode()
    return MappingDocument("bench/list", Document.model_validate_json(text), text)


def _certificates(items: Items, _context: Mapping[str, str]) -> bytes:
    classes, codes = ({there: here for here, there in table.items()} for table in (_CLASSES, _CODES))
    statements = [record for item in items for record in item.records if isinstance(record, CredentialStatus)]
    body = "".join(
        f'<Certificate state="{codes[each.status]}"><No>{escape(each.subject)}</No>'
        f"<Class>{classes[each.credential]}</Class><Number>{escape(each.number)}</Number>"
        f"<Changed>{_zulu(each.changed_at)}</Changed><Until>{_last_day(each)}</Until></Certificate>"
        for each in statements
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?><Batch>{body}</Batch>'
    validate = CredentialStatus.__pydantic_validator__.validate_python
    again = [
        validate(
            {
                "subject": each["No"],
                "credential": _CLASSES[each["Class"]],
                "number": each["Number"],
                "status": _CODES[each["@state"]],
                "changed_at": datetime.fromisoformat(each["Changed"]),
                "valid_until": _midnight_after(each["Until"]),
            }
        )
        for each in read_xml(body.encode())["Batch"]["Certificate"]
    ]
    _same([(each,) for each in statements], [(each,) for each in again])
    return body.encode()
