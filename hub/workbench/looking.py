"""Everything that there is to see of a draft: what is wrong, what it makes of a body, its cases, what it changes."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from mappings import MappingDocument
from mappings.comparing import Change, compare, differing
from mappings.finding import LintFinding, WrongFile
from mappings.golden import run_case
from mappings.keeping import case_text
from mappings.lint import examine
from mappings.places import Lines
from mappings.preview import FieldPreview, ItemPreview, preview
from mappings.proposal import propose
from schemas.errors import CODES, LicetError
from schemas.transmission import Transmission
from schemas.words import told

MOST_ROWS = 200
"""So many fields and unread places of an item, and differences of each kind, are shown."""
MOST_RECORD_CHARACTERS = 16_384
"""The records of an item are shown as JSON up to here."""
_FILE = "document"


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is found of what the desk asks: plain JSON values in, plain JSON values out.

    What people wrote wrongly is an answer, too: ``refused``, with its code and its text in the language.
    """
    do = {"look": _look, "keep": _keep, "propose": _propose}[asked["do"]]
    try:
        return do(asked)
    except WrongFile as error:
        return {"refused": error.code, "detail": "; ".join(each.told(asked["language"]) for each in error.findings[:5])}
    except LicetError as error:
        return {"refused": error.code, "detail": error.told(asked["language"])}


def _look(asked: Mapping[str, Any]) -> dict[str, Any]:
    text, language = asked["document"].encode(), asked["language"]
    document, findings = examine(_FILE, text)
    seen: dict[str, Any] = {"findings": [_finding(each, language) for each in findings[:MOST_ROWS]]}
    if document is None or any(each.refused for each in findings):
        return seen
    name = asked["name"] or "draft/draft"
    plain = MappingDocument(name, document, text)
    draft = MappingDocument(name, document, text, asked["names"])
    transmission = _transmission(asked)
    files = [Path(each) for each in asked["cases"]]
    seen |= {"forms": list(draft.forms), "cases": [_case(plain, file, language) for file in files]}
    if transmission.body:
        seen["preview"] = _preview(draft, transmission, Lines(text.decode()), language)
    if asked["running"] is not None:
        seen["difference"] = _difference(asked, plain, draft, transmission, files)
    return seen


def _keep(asked: Mapping[str, Any]) -> dict[str, Any]:
    document = MappingDocument.parsed(asked["name"] or "draft/draft", _FILE, asked["document"].encode())
    return {"text": case_text(document, _transmission(asked))}


def _propose(asked: Mapping[str, Any]) -> dict[str, Any]:
    proposal = propose(asked["record"], base64.b64decode(asked["body"]))
    text = json.dumps(proposal.document, ensure_ascii=False, indent=2) + "\n"
    return {"document": text, "missing": [{"field": name, "perhaps": at} for name, at in proposal.missing.items()]}


def _transmission(asked: Mapping[str, Any]) -> Transmission:
    return Transmission(
        "workbench",
        datetime.fromisoformat(asked["received_at"]),
        asked["media_type"],
        base64.b64decode(asked["body"]),
        form=asked["form"],
        context=asked["context"],
    )


def _finding(found: LintFinding, language: str) -> dict[str, Any]:
    texts = {name: told(getattr(found, name), language) for name in ("found", "expected", "mend")}
    return {"line": found.line, "pointer": found.pointer, "refused": found.refused, **texts}


def _preview(document: MappingDocument, transmission: Transmission, lines: Lines, language: str) -> dict[str, Any]:
    seen = preview(document, transmission)
    items = [_item(each, lines, language) for each in seen.items]
    return {"form": seen.form, "total": seen.total, "items": items}


def _item(item: ItemPreview, lines: Lines, language: str) -> dict[str, Any]:
    records = item.outcome.get("records", [])
    small = len(json.dumps(records, ensure_ascii=False)) <= MOST_RECORD_CHARACTERS
    return {
        "where": item.where,
        "outcome": item.outcome if small else {**item.outcome, "records": []},
        "records": [each["record"] for each in records[:MOST_ROWS]],
        "meaning": _meaning(item.outcome.get("fault", ""), language),
        "found": told(item.found, language),
        "expected": told(item.expected, language),
        "fields": [_field(each, lines, language) for each in item.fields[:MOST_ROWS]],
        "more_fields": max(len(item.fields) - MOST_ROWS, 0),
        "unread": list(item.unread[:MOST_ROWS]),
        "more_unread": max(len(item.unread) - MOST_ROWS, 0),
    }


def _field(field: FieldPreview, lines: Lines, language: str) -> dict[str, Any]:
    meaning = _meaning(field.wrong, language)
    texts = {name: told(getattr(field, name), language) for name in ("found", "expected")}
    return {**asdict(field), **texts, "meaning": meaning, "line": lines.of(field.rule).line}


def _meaning(code: str, language: str) -> str:
    known = CODES.get(code)
    return "" if known is None else known.zh if language == "zh" else known.en


def _case(document: MappingDocument, file: Path, language: str) -> dict[str, Any]:
    run = run_case(document, file)
    return {
        "case": run.case,
        "passed": run.passed,
        "differences": [asdict(each) for each in run.differences[:MOST_ROWS]],
        "findings": [_finding(each, language) for each in run.findings[:MOST_ROWS]],
    }


def _difference(
    asked: Mapping[str, Any],
    plain: MappingDocument,
    draft: MappingDocument,
    transmission: Transmission,
    files: Sequence[Path],
) -> dict[str, Any]:
    """What differs from the document that runs: rules, what is made of this body, and of the cases that are sound."""
    name, text = asked["running"]["name"], asked["running"]["document"].encode()
    before = MappingDocument.parsed(name, name, text)
    found = compare(before, plain, [each for each in files if not run_case(plain, each).findings])
    body: Sequence[Change] = ()
    if transmission.body:
        body = differing(MappingDocument.parsed(name, name, text, asked["names"]), draft, transmission)
    changed: dict[str, Sequence[Any]] = {"rules": found.rules, "body": body, "cases": found.cases}
    shown = {part: [asdict(each) for each in rows[:MOST_ROWS]] for part, rows in changed.items()}
    return {"with": name, **shown, "counts": {part: len(rows) for part, rows in changed.items()}}
