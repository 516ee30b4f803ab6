"""An issuer of Open Badges 2.0: hosted ones on its server, signed ones with a list of what it revoked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import RSAKey

from connectors.simulators.badge_issuer import token, written

_CONTEXT = "https://w3id.org/openbadges/v2"


@dataclass
class HostedBadges:
    """Keeps badges and their classes, and serves them. ``gone``: 410 without a word; ``revoked``: as the standard says.

    ``statuses`` are answers by path, ``changed`` members that differ in every document, ``plain`` what is served as it
    is.
    """

    issuer: str = "https://issuer.example/profile"
    kid: str = "https://issuer.example/keys/1"
    key: Any = field(default_factory=lambda: RSAKey.import_key(generate_private_key(65537, 3072)))
    url: str = ""
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    plain: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    revoked: dict[str, int] = field(default_factory=dict)
    revocations: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=Event)

    @property
    def jwk(self) -> str:
        """Its public key, as an integrator registers it."""
        return json.dumps(self.key.as_dict(private=False))

    def badge_class(self, name: str) -> str:
        """Where a class of badges stands."""
        path = f"/classes/{name}"
        self.documents[path] = {"type": "BadgeClass", "name": name, "issuer": self.issuer}
        return f"{self.url}{path}"

    def assertion(self, name: str, email: str, badge: Any, begins: datetime, **more: Any) -> dict[str, Any]:
        """A hosted badge, which its server shows from now on: what its holder has is a copy."""
        path = f"/assertions/{name}"
        self.documents[path] = {
            "@context": _CONTEXT,
            "type": "Assertion",
            "recipient": {"type": "email", "hashed": False, "identity": email},
            "badge": badge,
            "issuedOn": written(begins),
            "verification": {"type": "HostedBadge"},
            **more,
        }
        return {"id": f"{self.url}{path}", **self.documents[path]}

    def signed(self, assertion: Mapping[str, Any], **header: Any) -> str:
        """A badge as it is signed: which key did it stands in the badge itself."""
        said = {"verification": {"type": "SignedBadge", "creator": self.kid}, **assertion}
        return token(said, self.key, {"alg": "RS256", **header})

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """What it answers to a GET."""
        self.asked.append(path)
        if path in self.statuses:
            return self.statuses[path], b"no", {"location": f"{self.url}/elsewhere"}
        if path in self.gone:
            return 410, b"<html>Gone</html>", {}
        status, said = self._said(path)
        body = b"no" if said is None else json.dumps({"id": f"{self.url}{path}", **said}).encode()
        return status, self.plain.get(path, body), {"content-type": "application/ld+json"}

    def _said(self, path: str) -> tuple[int, dict[str, Any] | None]:
        if path in self.revoked:
            return self.revoked[path], {"revoked": True, "revocationReason": "withdrawn"}
        if path == "/revoked":
            listed = {"type": "RevocationList", "issuer": self.issuer, "revokedAssertions": self.revocations}
            return 200, {**listed, **self.changed}
        found = self.documents.get(path)
        return (404, None) if found is None else (200, {**found, **self.changed})
