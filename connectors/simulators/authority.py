"""A certification authority: makes status events (CloudEvents as JSON or XML), signs them (RFC 9421) and pushes them.

Run as a process it reads one order a line from standard input and answers each with one line:
``{"do": "push", "status": "revoked", "number": "C-1", "holder": "E1042", "credential": "low-voltage",
"sequence": 7, "effective_at": "...", "valid_from": "...", "valid_until": "...", "as": "xml", "at": "...",
"forge": true}`` gives ``{"status": 401, "body": "...", "ms": 3.1}``.
"""

import argparse
import http.client
import json
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

NAMESPACE = "urn:hub:authority:1"
COVERED = ("@method", "@target-uri", "content-type", "content-digest")

_JSON, _XML = "application/cloudevents+json", "application/xml"


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


def sign(
    method: str,
    url: str,
    body: bytes,
    media_type: str,
    key: Ed25519PrivateKey,
    kid: str,
    created: datetime,
    nonce: str | None = None,
    *,
    tag: str = "authority-push",
    expires: datetime | None = None,
    covered: tuple[str, ...] = COVERED,
) -> dict[str, str]:
    """The headers that prove the origin of a request: content type and digest, signature input and signature.

    ``created`` is the instant that the signature states; ``covered`` can be shortened to make a bad one.
    """
    digest = b64encode(sha256(body).digest()).decode()
    message = _Message(method, url, {"Content-Type": media_type, "Content-Digest": f"sha-256=:{digest}:"})
    keys = MappingKeyResolver(public_keys={}, private_keys={kid: key})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys).sign(
        message,
        key_id=kid,
        created=created,
        expires=expires,
        nonce=nonce,
        label="sig",
        tag=tag,
        covered_component_ids=covered,
        use_existing_digest=True,
    )
    return message.headers


def event(source: str, order: Mapping[str, Any], *, id: str, time: str) -> dict[str, Any]:
    """One CloudEvent about a credential. Identifiers and counters are strings; absent facts are left out."""
    number = str(order["number"])
    facts = {name: order[name] for name in ("previous_status", "reason_code", "effective_at") if name in order}
    dates = {name: order[name] for name in ("valid_from", "valid_until", "review_due", "renewal") if order.get(name)}
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": "credential.status.changed.v1",
        "subject": f"cred:{source.rpartition(':')[2]}:{number}",
        "time": time,
        "datacontenttype": "application/json",
        "dataschema": "urn:hub:schema:credential-status:1",
        "sequence": f"{int(order.get('sequence', 1)):012d}",
        **({"hubaud": order["hubaud"]} if "hubaud" in order else {}),
        "data": {
            "credential": {"number": number, "scheme": order["credential"]},
            "holder": {"ref_type": order.get("ref_type", "pairwise"), "ref": order["holder"]},
            "status": order["status"],
            **facts,
            **dates,
        },
    }


def to_json(content: Any) -> bytes:
    """An event, or a list of them, as UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def to_xml(content: Mapping[str, Any]) -> bytes:
    """The same event as UTF-8 XML: root ``AuthorityPush``, the same names as elements."""
    inner = "".join(_element(name, value) for name, value in content.items())
    mark = f"e-{content.get('id', '')}"
    root = f"<AuthorityPush xmlns={quoteattr(NAMESPACE)} Id={quoteattr(mark)}>{inner}</AuthorityPush>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(n, v) for n, v in value.items())}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


@dataclass(frozen=True, slots=True)
class Authority:
    """A simulated authority that pushes to one address of a hub."""

    hub: str
    key: Ed25519PrivateKey
    kid: str
    source: str

    def push(self, order: Mapping[str, Any], *, now: datetime, id: str) -> tuple[int, bytes]:
        """Carry out one order and give the hub's answer: status and body.

        Keys of the order: ``status number holder credential``; and if wanted ``sequence effective_at valid_from
        valid_until`` (event), ``as`` (``json``, ``xml``), ``id``, ``at`` (what the signature states, ISO), ``forge``
        (another status in the body than was signed), ``repeat`` (of sending the same bytes).
        """
        at = datetime.fromisoformat(order["at"]) if "at" in order else now
        stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        content = event(self.source, {"effective_at": stamp, **order}, id=str(order.get("id", id)), time=stamp)
        media_type, body = (_XML, to_xml(content)) if order.get("as") == "xml" else (_JSON, to_json(content))
        headers = sign("POST", self.hub, body, media_type, self.key, self.kid, at, nonce=id)
        if order.get("forge"):
            body = body.replace(str(order["status"]).encode(), b"active" if order["status"] != "active" else b"lapsed")
        return self.post(body, headers)

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """POST bytes with headers as they are and give status and body of the answer."""
        where = urlsplit(self.hub)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        connection = kind(where.hostname or "", where.port, timeout=10)
        try:
            connection.request("POST", where.path + (f"?{where.query}" if where.query else ""), body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key of an unencrypted PEM file; ``TypeError`` if it is not Ed25519."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds a {type(key).__name__}; expected an Ed25519 private key")
    return key


def _serve(authority: Authority) -> None:
    for count, line in enumerate(filter(str.strip, sys.stdin)):
        began, now = time.perf_counter(), datetime.now(UTC)
        try:
            status, body = authority.push(json.loads(line), now=now, id=f"{now:%Y%m%dT%H%M%S%f}-{count}")
            answer: dict[str, Any] = {"status": status, "body": body.decode("utf-8", "replace")}
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            answer = {"status": 0, "body": f"{type(error).__name__}: {error}"}
        answer["ms"] = round((time.perf_counter() - began) * 1000, 2)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Read orders from standard input until it ends."""
    parser = argparse.ArgumentParser(prog="authority", description="A simulated certification authority.")
    parser.add_argument("--hub", required=True, help="absolute address that the hub gave to this authority")
    parser.add_argument("--key", required=True, type=Path, help="PEM file of the private Ed25519 key")
    parser.add_argument("--kid", required=True, help="name of the key as registered at the hub")
    parser.add_argument("--source", required=True, help="source attribute of the events, for example urn:authority:x")
    given = parser.parse_args()
    _serve(Authority(given.hub, load_key(given.key), given.kid, given.source))


if __name__ == "__main__":
    main()
