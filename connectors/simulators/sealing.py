"""How an authority seals a message: signed by its key (JWS), then encrypted to a key that the hub publishes (JWE)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey

MEDIA = "application/jose"
_TYPE = "authority-push+jws"


def signed(
    body: bytes,
    key: Ed25519PrivateKey | EllipticCurvePrivateKey,
    header: Mapping[str, Any],
) -> str:
    """A compact JWS with this header; ``alg`` is what the key is for unless the header says otherwise."""
    ours: Any = OKPKey if isinstance(key, Ed25519PrivateKey) else ECKey
    whole = {"alg": "Ed25519" if ours is OKPKey else "ES256", "typ": _TYPE, **header}
    registry = jws.JWSRegistry(algorithms=[whole["alg"]], strict_check_header=False)
    return jws.serialize_compact(whole, body, ours.import_key(key), registry=registry)


def encrypted(content: str, to: Mapping[str, Any], **header: Any) -> str:
    """A compact JWE to a member of the set of keys that the hub publishes."""
    key = (OKPKey if to["kty"] == "OKP" else ECKey).import_key({name: to[name] for name in to if name != "alg"})
    whole = {"alg": to["alg"], "enc": "A256GCM", "kid": to["kid"], "cty": "JOSE", **header}
    names = [whole["alg"], whole["enc"], *([whole["zip"]] if "zip" in whole else [])]
    registry = jwe.JWERegistry(algorithms=names, strict_check_header=False)
    return jwe.encrypt_compact(whole, content, key, registry=registry)


def sealed(
    body: bytes,
    key: Ed25519PrivateKey | EllipticCurvePrivateKey,
    kid: str,
    to: Mapping[str, Any],
    *,
    audience: str,
    at: datetime,
    form: str = "json",
) -> bytes:
    """A message for one hub, as its profile ``sealed`` asks for it."""
    header = {"kid": kid, "iat": int(at.timestamp()), "aud": audience, "cty": form}
    return encrypted(signed(body, key, header), to).encode()
