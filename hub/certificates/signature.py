"""Signs a certificate and a status list, and proves a signature: a compact JWS that any JOSE library reads.

Source:  W3C Securing Verifiable Credentials using JOSE and COSE 3.1 (``vc+jwt``),
         RFC 7515 (JWS), RFC 9864 (Ed25519), RFC 7638 (the thumbprint that names the key).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from connectors.algorithms import public_jwk, public_pem, read_public
from hub.certificates.credential import credential_of, facts_in
from schemas.certificate import Certificate
from schemas.errors import CallError, TrustError
from schemas.words import Words

TYPE = "vc+jwt"
"""What is signed under the same key and is no certificate has another type, or is no JWS at all."""
_ALGORITHM = "Ed25519"
_MOST = 64 * 1024


def sign(certificate: Certificate, key: Ed25519PrivateKey) -> str:
    """The signed certificate; the same for the same facts and key."""
    return sign_credential(credential_of(certificate), key)


def sign_credential(credential: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """A signed credential: a certificate, or a list of how certificates stand."""
    ours = OKPKey.import_key(key)
    header = {"alg": _ALGORITHM, "cty": "vc", "kid": ours.thumbprint(), "typ": TYPE}
    payload = orjson.dumps(credential, option=orjson.OPT_SORT_KEYS)
    return jws.serialize_compact(header, payload, ours, algorithms=[_ALGORITHM])


_NOT_BY_THE_HUB = Words("the signature is not by this hub's key over what it says", "签名不是本平台密钥对其内容所作")


def verified(text: str, keys: Sequence[Ed25519PublicKey]) -> Certificate:
    """The facts that one of these keys signed.

    Raises:
        TrustError: They did not, or what they signed is no certificate.
    """
    return facts_in(verified_credential(text, keys))


def verified_credential(text: str, keys: Sequence[Ed25519PublicKey]) -> dict[str, Any]:
    """The credential that one of these keys signed.

    Raises:
        TrustError: They did not, or what they signed is none.
    """
    if len(text) > _MOST:
        words = Words(
            f"found {len(text)} characters, expected a certificate of at most {_MOST}",
            f"共 {len(text)} 个字符，证书应不超过 {_MOST} 个字符",
        )
        raise TrustError("sig.bad", words)
    for key in keys:
        try:
            found = jws.deserialize_compact(text, OKPKey.import_key(public_pem(key)), algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            continue
        if found.headers().get("typ") == TYPE:
            return _credential(found.payload)
    raise TrustError("sig.bad", _NOT_BY_THE_HUB)


def unproven(text: str) -> Certificate:
    """The facts of a certificate that nobody has checked: of one that the hub keeps, or to find it by.

    Raises:
        TrustError: There is no certificate in it.
    """
    try:
        return facts_in(_credential(jws.extract_compact(text.encode()).payload))
    except (JoseError, ValueError) as error:
        words = Words("found no signed certificate (JWS in its compact form)", "没有已签名的证书（紧凑格式的 JWS）")
        raise TrustError("sig.bad", words) from error


def _credential(payload: bytes) -> dict[str, Any]:
    found = orjson.loads(payload)
    if not isinstance(found, dict):
        raise TrustError("sig.bad", Words("it is signed, and no credential", "已签名，但内容不是证书"))
    return found


def published(key: Ed25519PublicKey) -> dict[str, Any]:
    """The public key as a set that JOSE libraries read (RFC 7517)."""
    return {"keys": [public_jwk(key, "ed25519")]}


def read_keys(text: str) -> list[Ed25519PublicKey]:
    """The keys of a file: PEM, one JWK, or a set of them.

    Raises:
        CallError: It holds none.
    """
    if not text.lstrip().startswith("{"):
        return [_ed25519(text)]
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CallError(
            Words(
                "--key: found no JSON, expected a public key: PEM, JWK or a set of JWK",
                "--key：不是 JSON，应为公钥：PEM、JWK 或 JWK 集合",
            )
        ) from error
    members = found.get("keys", [found])
    if not isinstance(members, list) or not members:
        raise CallError(Words("--key: found no keys, expected at least one", "--key：没有密钥，应至少有一个"))
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
