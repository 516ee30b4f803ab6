"""A certificate as a verifiable credential, and the facts of one: what is signed, in the words that others read.

Source:  W3C Verifiable Credentials Data Model 2.0 (4: members; B.2: terms that no context defines),
         W3C Bitstring Status List 1.0 (2.1: entries).
"""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from hub.clock import stamp
from schemas.certificate import Certificate
from schemas.errors import TrustError
from schemas.words import Words

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2")
PURPOSES = ("revocation", "suspension")
"""What a status list can say: that a certificate never holds again, or that it does not for now."""
PER_LIST = 131_072
"""Certificates a list: the least that keeps anybody from knowing whose entry is asked for (Bitstring 1.0, 6.1)."""


def credential_of(certificate: Certificate) -> dict[str, Any]:
    """The credential that says what a certificate says; where the hub has an address, with the place of its status."""
    said = certificate.model_dump(mode="json")
    for name in ("v", "issuer", "issuer_url", "valid_from", "ends_at", "place", "holder"):
        del said[name]
    issuer = issuer_of(certificate.issuer, certificate.issuer_url)
    status = {"credentialStatus": _entries(certificate)} if certificate.issuer_url else {}
    return {
        "@context": list(CONTEXT),
        "type": ["VerifiableCredential", "QualificationCredential"],
        "issuer": {"id": issuer, "name": certificate.issuer},
        "validFrom": stamp(certificate.valid_from),
        "validUntil": stamp(certificate.ends_at),
        "credentialSubject": {**certificate.holder.model_dump(), **said},
        **status,
    }


def issuer_of(hub: str, url: str) -> str:
    """How the hub is named as an issuer: by its address, else by the name of its log."""
    return url or f"urn:licet:{hub}"


def status_url(url: str, purpose: str, n: int) -> str:
    """Where a status list stands."""
    return f"{url}/status/{purpose}/{n}"


def facts_in(credential: dict[str, Any]) -> Certificate:
    """The certificate that such a credential says.

    Raises:
        TrustError: It says more or less than one of version 1.
    """
    try:
        subject, issuer = dict(credential["credentialSubject"]), credential["issuer"]
        holder = {name: subject.pop(name) for name in ("employee_no", "name")}
        found = Certificate(
            issuer=issuer["name"],
            issuer_url="" if issuer["id"].startswith("urn:") else issuer["id"],
            place=_place(credential.get("credentialStatus", [])),
            holder=holder,
            valid_from=datetime.fromisoformat(credential["validFrom"]),
            ends_at=datetime.fromisoformat(credential["validUntil"]),
            **subject,
        )
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _other() from error
    if credential_of(found) != credential:
        raise _other()
    return found


def _entries(certificate: Certificate) -> list[dict[str, str]]:
    n, at = divmod(certificate.place, PER_LIST)
    return [
        {
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(at),
            "statusListCredential": status_url(certificate.issuer_url, purpose, n),
        }
        for purpose in PURPOSES
    ]


def _place(entries: list[dict[str, str]]) -> int:
    if not entries:
        return 0
    return int(entries[0]["statusListCredential"].rpartition("/")[2]) * PER_LIST + int(entries[0]["statusListIndex"])


_OTHER_FORM = Words(
    "it is signed, but says more or less than a certificate of version 1", "已签名，但内容与第 1 版证书的格式不符"
)


def _other() -> TrustError:
    return TrustError("sig.bad", _OTHER_FORM)
