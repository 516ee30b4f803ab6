"""Whether a certificate still holds, asked of the lists that its issuer serves; silence is no yes."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.absence import NOT_THERE
from connectors.http import HttpClient
from hub.certificates.credential import PER_LIST, PURPOSES, status_url
from hub.certificates.signature import verified_credential
from hub.certificates.status_list import is_set
from schemas.certificate import Certificate
from schemas.errors import CallError, UnavailableError
from schemas.words import Words

_DEADLINE_S = 10.0
_STATES = {"revocation": "revoked", "suspension": "suspended"}


def listed_state(certificate: Certificate, keys: Sequence[Ed25519PublicKey], now: datetime) -> str:
    """``holds``, ``suspended`` or ``revoked``, by the lists that the same keys signed.

    Raises:
        CallError: The certificate names no list.
        UnavailableError: A list cannot be had.
        TrustError: What was had is no such list, or an old one.
    """
    if not certificate.issuer_url:
        raise CallError(
            Words(
                "the certificate names no list of how certificates stand; ask its issuer: -c FOLDER",
                "证书未注明状态查询地址；请向颁发方查询：-c 目录",
            )
        )
    client = HttpClient(certificate.issuer_url, allow_private=True)
    try:
        for purpose in PURPOSES:
            if _is_set(client, certificate, purpose, keys, now):
                return _STATES[purpose]
    finally:
        client.close()
    return "holds"


def _is_set(
    client: HttpClient, certificate: Certificate, purpose: str, keys: Sequence[Ed25519PublicKey], now: datetime
) -> bool:
    n = certificate.place // PER_LIST
    answer = client.call("GET", status_url("", purpose, n), deadline_s=_DEADLINE_S, write=False)
    if answer.status != 200:
        raise UnavailableError(
            NOT_THERE.get(answer.status, "peer.bad-answer"),
            Words(
                f"the issuer answered {answer.status}; expected its list", f"颁发方应答 {answer.status}，应为状态列表"
            ),
        )
    found = verified_credential(answer.body.decode("ascii", "replace"), keys)
    return is_set(found, certificate.place, purpose, status_url(certificate.issuer_url, purpose, n), now)
