"""An issuer of verifiable credentials and Open Badges 3.0 with status lists over HTTP, which can do much wrong."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any, Literal, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

Shape = Literal["2.0", "1.1"]
PLACES = 131_072
_V2, _V1 = "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"
_OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
_ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "HS256", "none"]


def written(at: datetime) -> str:
    """An instant as credentials write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def hashed(identity: str, salt: str = "") -> str:
    """An identity that only who knows it already finds again."""
    return f"sha256${sha256((identity + salt).encode()).hexdigest()}"


def token(payload: Mapping[str, Any] | bytes, key: Any, header: Mapping[str, Any]) -> str:
    """A compact JWS by any algorithm, ``none`` included."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    if header["alg"] == "none":
        first = urlsafe_b64encode(json.dumps(dict(header)).encode()).rstrip(b"=").decode()
        return f"{first}.{urlsafe_b64encode(body).rstrip(b'=').decode()}."
    registry = jws.JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
    registry.max_header_length = 1 << 20
    return jws.serialize_compact(dict(header), body, key, registry=registry)


def encoded(bits: bytes) -> str:
    """A list as its member writes it."""
    return "u" + urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("=")


@dataclass
class BadgeIssuer:
    """Signs credentials, keeps their status and serves it. ``wrong`` is what it does wrong with every list.

    ``dated``: when its lists say that they begin; nothing: when they are asked for. ``changed``: what differs in
    them, a name such as /ttl within their subject. ``plain``: what is served unsigned, by path.
    """

    issuer: str = "https://issuer.example/profile"
    kid: str = "issuer-1"
    alg: str = "Ed25519"
    key: Any = field(default_factory=lambda: OKPKey.import_key(Ed25519PrivateKey.generate()))
    url: str = ""
    now: Any = lambda: datetime.now(UTC)
    dated: datetime | None = None
    wrong: str = ""
    header: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    set_bits: dict[str, set[int]] = field(default_factory=lambda: {"revocation": set(), "suspension": set()})
    plain: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=Event)

    @property
    def jwk(self) -> str:
        """Its public key, as an integrator registers it."""
        return json.dumps(self.key.as_dict(private=False))

    def entry(self, index: int, purpose: str = "revocation", **more: Any) -> dict[str, Any]:
        """Where the status of a credential stands."""
        return {
            "id": f"{self.url}/status/{purpose}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(index),
            "statusListCredential": f"{self.url}/status/{purpose}",
            **more,
        }

    def badge(
        self, email: str, achievement: str, begins: datetime, *, places: int | None = 7, **more: Any
    ) -> dict[str, Any]:
        """An Open Badge 3.0 of somebody, with a place in both lists."""
        status = [] if places is None else [self.entry(places), self.entry(places, "suspension")]
        return {
            "@context": [_V2, _OB3],
            "id": f"urn:uuid:{sha256((email + achievement).encode()).hexdigest()[:32]}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": self.issuer, "type": ["Profile"], "name": "Example"},
            "validFrom": written(begins),
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": [
                    {"type": "IdentityObject", "identityHash": email, "identityType": "emailAddress", "hashed": False}
                ],
                "achievement": {"id": achievement, "type": ["Achievement"], "name": "Licence"},
            },
            **({"credentialStatus": status} if status else {}),
            **more,
        }

    def sign(self, credential: Mapping[str, Any], shape: Shape = "2.0", **header: Any) -> str:
        """A credential as a token: itself (2.0), or within ``vc`` beside claims (1.1)."""
        payload: Mapping[str, Any] = credential
        if shape == "1.1":
            inner = {("issuanceDate" if k == "validFrom" else "expirationDate" if k == "validUntil" else k): v
                     for k, v in credential.items()}  # fmt: skip
            payload = {"vc": inner, "iss": self.issuer, "jti": credential["id"]}
        head = {"alg": self.alg, "kid": self.kid, "typ": "JWT" if shape == "1.1" else "vc+jwt", **self.header, **header}
        key = OctKey.import_key(self.jwk) if head["alg"] == "HS256" else self.key
        return token(payload, key, {name: value for name, value in head.items() if value is not None})

    def status_list(self, purpose: str) -> dict[str, Any]:
        """The list of a purpose as it stands now."""
        bits = bytearray(PLACES // 8)
        for place in self.set_bits[purpose]:
            bits[place >> 3] |= 0x80 >> (place & 7)
        begins = self.dated or self.now()
        return {
            "@context": [_V2],
            "id": f"{self.url}/status/{purpose}",
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.issuer,
            "validFrom": written(begins),
            "validUntil": written(begins + timedelta(days=1)),
            "credentialSubject": {
                "id": f"{self.url}/status/{purpose}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": encoded(bytes(bits)),
                "ttl": 300_000,
            },
        }

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """What it answers to a GET."""
        self.asked.append(path)
        if self.wrong.isdigit():
            return int(self.wrong), b"no", {"location": f"{self.url}/elsewhere"} if self.wrong[0] == "3" else {}
        if path in self.plain:
            return 200, json.dumps(self.plain[path]).encode(), {"content-type": "application/json"}
        if self.wrong == "silent":
            self.gate.wait(60)
        said = {**self.status_list(path.rpartition("/")[2]), "id": f"{self.url}{path}"}
        within = {name[1:]: value for name, value in self.changed.items() if name.startswith("/")}
        said["credentialSubject"] |= within
        said = {**said, **{name: value for name, value in self.changed.items() if not name.startswith("/")}}
        said = {name: value for name, value in said.items() if value is not None}
        if self.wrong == "unsigned":
            return 200, json.dumps(said).encode(), {"content-type": "application/vc"}
        return 200, self.sign(said).encode(), {"content-type": "application/vc+jwt"}


class Serving(Protocol):
    """Who answers a GET; ``gate`` opens when nobody shall wait for an answer any more."""

    url: str
    gate: Event

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        ...


S = TypeVar("S", bound=Serving)


class _Handler(BaseHTTPRequestHandler):
    issuer: Serving

    def do_GET(self) -> None:
        status, body, headers = self.issuer.answer(self.path)
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(issuer: S, tls: SSLContext | None = None) -> Iterator[S]:
    """Serve what it answers on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"issuer": issuer})) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        issuer.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            issuer.gate.set()
            server.shutdown()
            thread.join()
