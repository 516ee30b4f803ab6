"""Signs the facts of a certificate, and proves a signature: a compact JWS that any JOSE library reads.

Source:  RFC 7515 (JWS), RFC 9864 (Ed25519), RFC 7638 (the thumbprint that names the key).
"""

import json
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from connectors.algorithms import public_jwk, public_pem, read_public
from schemas.certificate import Certificate
from schemas.errors import ConfigError, TrustError

TYPE = "licet-certificate+jws"
"""What is signed under the same key and is no certificate has another type, or is no JWS at all."""
_ALGORITHM = "Ed25519"
_MOST = 64 * 1024


def sign(certificate: Certificate, key: Ed25519PrivateKey) -> str:
    """The signed facts; the same for the same facts and key."""
    ours = OKPKey.import_key(key)
    header = {"alg": _ALGORITHM, "kid": ours.thumbprint(), "typ": TYPE}
    payload = orjson.dumps(certificate.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return jws.serialize_compact(header, payload, ours, algorithms=[_ALGORITHM])


def verified(text: str, keys: Sequence[Ed25519PublicKey]) -> Certificate:
    """The facts that one of these keys signed.

    Raises:
        TrustError: They did not, or what they signed is no certificate.
    """
    if len(text) > _MOST:
        raise TrustError("sig.bad", f"found {len(text)} characters, expected a certificate of at most {_MOST}")
    for key in keys:
        try:
            found = jws.deserialize_compact(text, OKPKey.import_key(public_pem(key)), algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            continue
        if found.headers().get("typ") == TYPE:
            return _facts(found.payload)
    raise TrustError("sig.bad", "the signature is not by this hub's key over what the certificate says")


def unproven(text: str) -> Certificate:
    """The facts of a certificate that nobody has checked: of one that the hub keeps, or to find it by.

    Raises:
        TrustError: There is no certificate in it.
    """
    try:
        return _facts(jws.extract_compact(text.encode()).payload)
    except (JoseError, ValueError) as error:
        raise TrustError("sig.bad", "found no signed certificate (JWS in its compact form)") from error


def _facts(payload: bytes) -> Certificate:
    try:
        return Certificate.model_validate_json(payload)
    except ValidationError as error:
        raise TrustError("sig.bad", "it is signed, but says more or less than a certificate of version 1") from error


def published(key: Ed25519PublicKey) -> dict[str, Any]:
    """The public key as a set that JOSE libraries read (RFC 7517)."""
    return {"keys": [public_jwk(key, "ed25519")]}


def read_keys(text: str) -> list[Ed25519PublicKey]:
    """The keys of a file: PEM, one JWK, or a set of them.

    Raises:
        ConfigError: It holds none.
    """
    if not text.lstrip().startswith("{"):
        return [_ed25519(text)]
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError("--key: found no JSON, expected a public key: PEM, JWK or a set of JWK") from error
    members = found.get("keys", [found])
    if not isinstance(members, list) or not members:
        raise ConfigError("--key: found no keys, expected at least one")
    return [_ed25519(json.dumps(_bare(each))) for each in members if _signs(each)]


def _signs(member: Any) -> bool:
    """Whether a member of a set is not one that messages are encrypted to."""
    return not isinstance(member, dict) or member.get("use", "sig") == "sig"


def _ed25519(text: str) -> Ed25519PublicKey:
    key = read_public(text, "--key")
    assert isinstance(key, Ed25519PublicKey), "the algorithm was asked for"
    return key


def _bare(member: Any) -> dict[str, Any]:
    """What makes up the key; not its name, and never its private part, which ``read_public`` refuses."""
    known = ("kty", "crv", "x", "d")
    return {name: member[name] for name in known if name in member} if isinstance(member, dict) else {}
