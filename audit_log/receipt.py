"""The same proof as a COSE receipt (RFC 9942, RFC 9162 SHA-256), which verifiers of other people read.

The payload, the root, is detached: whoever checks it makes the root anew from the entry and the path.
"""

from collections.abc import Callable

import cbor2
from cryptography.exceptions import InvalidSignature

from audit_log.checkpoint import Checkpoint, TamperError, key_id, read_vkey
from audit_log.proof import Proof

_ALG, _KID, _CWT, _VDS, _VDP = 1, 4, 15, 395, 396
_EDDSA, _RFC9162_SHA256, _INCLUSION, _ISSUER, _SUBJECT = -8, 1, -1, 1, 2
_COSE_SIGN1, _SIGNATURE_BYTES = 18, 64

Sign = Callable[[bytes], bytes]
"""Signs with the key of the log (Ed25519)."""


def cose(proof: Proof, head: Checkpoint, entry_id: str, kid: bytes, sign: Sign) -> bytes:
    """The receipt of an entry in a signed head. ``kid`` names the key of the log."""
    claims = {_ISSUER: head.origin, _SUBJECT: entry_id}
    protected = cbor2.dumps({_ALG: _EDDSA, _KID: kid, _CWT: claims, _VDS: _RFC9162_SHA256}, canonical=True)
    signature = sign(cbor2.dumps(["Signature1", protected, b"", head.root], canonical=True))
    path = cbor2.dumps([head.size, proof.index, list(proof.path)], canonical=True)
    unprotected = {_VDP: {_INCLUSION: [path]}}
    return cbor2.dumps(cbor2.CBORTag(_COSE_SIGN1, [protected, unprotected, None, signature]), canonical=True)


def check(content: bytes, proof: Proof, head: Checkpoint, entry_id: str, key: str) -> None:
    """Return if these bytes are the receipt of an entry in a signed head, by the verifier key of the log.

    Raises:
        TamperError: They are another one's, or are not signed by this key.
    """
    name, public = read_vkey(key)
    signature = content[-_SIGNATURE_BYTES:]

    def verified(text: bytes) -> bytes:
        public.verify(signature, text)
        return signature

    try:
        expected = cose(proof, head, entry_id, key_id(name, public), verified)
    except InvalidSignature as error:
        raise TamperError("receipt: not signed by the key of this log") from error
    if content != expected:
        raise TamperError("receipt: other bytes than the receipt of this entry")
