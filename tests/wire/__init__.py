"""Golden samples as they came over the wire: ``<world>/<name>/<case>.http``, and what they say in ``.records.json``.

Of a source that is asked a case is a folder with its files and ``expected.records.json``.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from connectors.port import Request

FOLDER = Path(__file__).parent
ARRIVAL = datetime(2026, 3, 2, 10, tzinfo=UTC)


def request(case: str, *, arrived_at: datetime = ARRIVAL, public: str = "") -> Request:
    """The request of ``<case>.http``, as it came to ``public`` (default: https and its own Host)."""
    head, _, body = (FOLDER / f"{case}.http").read_bytes().partition(b"\r\n\r\n")
    line, *rest = head.decode("ascii").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    assert int(headers.get("content-length", len(body))) == len(body), f"{case}: the body was edited"
    path, _, query = target.partition("?")
    uri = f"{public or 'https://' + headers['host']}{target}"
    return Request(method, path, dict(parse_qsl(query, keep_blank_values=True)), headers, body, uri, arrived_at)


def records(case: str) -> list[dict[str, Any]] | None:
    """What ``<case>.records.json`` says the bytes mean, or ``None`` where there is none."""
    file = FOLDER / f"{case}.records.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def cases(adapter: str) -> list[str]:
    """The cases of one adapter."""
    return sorted(f"{adapter}/{file.stem}" for file in (FOLDER / adapter).glob("*.http"))


def folders(adapter: str) -> list[str]:
    """The cases of one adapter that reads files."""
    return sorted(f"{adapter}/{folder.name}" for folder in (FOLDER / adapter).iterdir() if folder.is_dir())
