"""Whether certificates still hold, as a list of bits that anybody reads and that names nobody.

Source:  W3C Bitstring Status List 1.0 (2.2: the credential; 3.1, 3.2: bits, the left-most first, gzip, multibase).
"""

import gzip
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from connectors import status_list
from connectors.status_list import wrong
from hub.certificates.credential import CONTEXT, PER_LIST, issuer_of, status_url
from hub.clock import stamp
from schemas.words import Words

LIFE = timedelta(minutes=5)
"""How long a list may be kept by who has fetched it."""
VALID = timedelta(days=1)
"""After that an old copy proves nothing: whoever withholds newer ones keeps no certificate alive."""
_LONGEST = PER_LIST // 8


def list_of(places: Iterable[int], *, hub: str, url: str, purpose: str, n: int, now: datetime) -> dict[str, Any]:
    """The credential of one list, with the bits of these places set."""
    bits = bytearray(_LONGEST)
    for place in places:
        bits[place % PER_LIST >> 3] |= 0x80 >> (place & 7)
    address = status_url(url, purpose, n)
    return {
        "@context": [CONTEXT[0]],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": issuer_of(hub, url), "name": hub},
        "validFrom": stamp(now),
        "validUntil": stamp(now + VALID),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": "u" + urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("="),
            "ttl": int(LIFE.total_seconds() * 1000),
        },
    }


def is_set(found: dict[str, Any], place: int, purpose: str, address: str, now: datetime) -> bool:
    """Whether a list has the bit of a place set.

    Raises:
        TrustError: It is not the list that stands at this address, for this purpose, valid now.
    """
    try:
        subject = dict(found["credentialSubject"])
        begins, ends = (datetime.fromisoformat(found[name]) for name in ("validFrom", "validUntil"))
        same = (found["id"], subject["statusPurpose"], subject["type"]) == (address, purpose, "BitstringStatusList")
    except (KeyError, TypeError, ValueError) as error:
        raise wrong(Words("found no status list", "没有状态列表")) from error
    if not same or not begins - LIFE <= now < ends:
        raise wrong(Words("the status list is another one, or its time is over", "状态列表不是所查的列表，或已过期"))
    return status_list.is_set(subject, place % PER_LIST, purpose)
