"""The other side of a message that is proven or sealed: it opens and verifies with the libraries themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519
from joserfc import jwe, jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from lxml import etree

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_PEM = xmlsec.constants.KeyDataFormatPem
_ALGORITHMS = {"Ed25519": ED25519, "ES256": ECDSA_P256_SHA256}


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def of_http(asked: Asked, published: Mapping[str, Any]) -> tuple[str, bytes]:
    """Which of the published keys signed a request, and its body."""
    keys = {each["kid"]: each for each in published["keys"] if each["alg"] in _ALGORITHMS}
    [kid] = [kid for kid in keys if f'keyid="{kid}"' in asked.headers["signature-input"]]
    algorithm = _ALGORITHMS[keys[kid]["alg"]]
    own = (OKPKey if keys[kid]["kty"] == "OKP" else ECKey).import_key(_bare(keys[kid]))
    known = MappingKeyResolver(public_keys={kid: own.raw_value}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=known)
    [result] = verifier.verify(asked, expect_tag="message", body=asked.body)
    covered = {name.strip('"') for name in result.covered_components}
    assert covered >= {"@method", "@target-uri", "content-digest", "content-type"}, covered
    return kid, asked.body


def of_jose(body: bytes, own: Any, published: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The header of what was signed inside a JWE to our key, and the message."""
    key = (OKPKey if "X25519" in type(own).__name__ else ECKey).import_key(own)
    opened = jwe.decrypt_compact(body, key, algorithms=["ECDH-ES+A256KW", "A256GCM"])
    assert opened.protected["cty"] == "JOSE"
    signing = [each for each in published["keys"] if each["use"] == "sig" and each["kty"] != "RSA"]
    # Claims stand in the header (RFC 7519, 5.3): the library takes them once it is told not to know all names.
    known = jws.JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
    signed = jws.deserialize_compact(opened.plaintext, KeySet.import_key_set({"keys": signing}), registry=known)
    return dict(signed.protected), signed.payload


def of_xml(body: bytes, own: Any, kid: str, published: Mapping[str, Any]) -> tuple[str, str, etree._Element]:
    """By which published key, when, and what was signed inside XML that was encrypted to our key."""
    manager = xmlsec.KeysManager()
    key = xmlsec.Key.from_memory(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _PEM)
    key.name = kid
    manager.add_key(key)
    root = etree.fromstring(xmlsec.EncryptionContext(manager).decrypt(etree.fromstring(body)))
    xmlsec.tree.add_ids(root, ["Id"])
    signature = root[-1]
    name = signature.findtext(f"{_DS}KeyInfo/{_DS}KeyName")
    [member] = [each for each in published["keys"] if each["kid"] == name]
    public = (RSAKey if member["kty"] == "RSA" else ECKey).import_key(_bare(member))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(public.as_pem(private=False), _PEM)
    context.verify(signature)
    when = signature.findtext(f"{_DS}Object/{{urn:licet:envelope:1}}SigningTime")
    root.remove(signature)
    return str(name), str(when), root


def _bare(member: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in member.items() if name not in ("alg", "use", "kid")}
