"""The employer's own qualification system as it asks the hub: signs its question, and believes no unsigned answer."""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import xmltodict
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from connectors.simulators.authority import sign

_COVERED = {"@status", "content-type", "content-digest"}


class Unproven(Exception):
    """An answer that is not believed, and why."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one hub. ``hub_keys``: by which keys it believes its answers."""

    url: str
    key: Ed25519PrivateKey
    kid: str
    hub_keys: Mapping[str, Ed25519PublicKey]

    def ask(self, question: Mapping[str, Any], now: datetime, form: str = "json", **odd: Any) -> tuple[int, Any]:
        """Status and what was said: figures where it is 200, else the problem.

        ``odd``: ``body`` is sent in place of what was signed, ``at`` is what the signature says; ``tag`` another one.

        Raises:
            Unproven: The answer is not by a key of the hub, or not to this question.
        """
        body = to_json(question) if form == "json" else to_xml(question)
        media = f"application/{form}"
        tag = odd.get("tag", "figures-question")
        headers = sign("POST", self.url, body, media, self.key, self.kid, odd.get("at", now), tag=tag)
        status, fields, said = self._post(odd.get("body", body), headers)
        if status != 200:
            return status, json.loads(said)
        self._prove(status, fields, said)
        found = json.loads(said) if form == "json" else xmltodict.parse(said)["FiguresAnswer"]
        if found["question"] != {"id": question["id"], "sha256": sha256(body).hexdigest()}:
            raise Unproven("it answers another question")
        return status, found

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        try:
            connection.request("POST", where.path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def _prove(self, status: int, headers: dict[str, str], body: bytes) -> None:
        digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
        if headers.get("content-digest") != digest:
            raise Unproven("its digest is that of another body")
        resolver = MappingKeyResolver(public_keys=dict(self.hub_keys), private_keys={})
        verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)
        try:
            found = verifier.verify(_Answer(status, headers), max_age=None, expect_tag="figures-answer")
        except (HTTPMessageSignaturesException, KeyError) as error:
            raise Unproven(str(error)) from error
        if not {name.strip('"') for name in found[0].covered_components} >= _COVERED:
            raise Unproven("its signature leaves something out")


def to_json(question: Mapping[str, Any]) -> bytes:
    """A question in JSON."""
    return json.dumps(question, ensure_ascii=False).encode()


def to_xml(question: Mapping[str, Any]) -> bytes:
    """The same in XML."""
    inner = "".join(_element(name, value) for name, value in question.items())
    root = f'<FiguresQuestion xmlns="urn:hub:figures:1">{inner}</FiguresQuestion>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{root}'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"<{name}>{''.join(_element('course', each) for each in value)}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"
