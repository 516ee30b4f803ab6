"""Whether a certificate still holds, asked of the lists that its issuer serves; silence is no yes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.absence import NOT_THERE
from connectors.http import HttpClient
from hub.certificates.credential import PER_LIST, PURPOSES, status_url
from hub.certificates.signature import verified_credential
from hub.certificates.status_list import LIFE, is_set
from schemas.certificate import Certificate
from schemas.errors import CallError, UnavailableError
from schemas.words import Words

_DEADLINE_S = 10.0
_STATES = {"revocation": "revoked", "suspension": "suspended"}


def listed_state(certificate: Certificate, keys: Sequence[Ed25519PublicKey], now: datetime) -> str:
    """``holds``, ``suspended`` or ``revoked``, by the lists that the same keys signed.

    Raises:
        CallError: The certificate names no list, or ``now`` is not the time that the issuer has: by a clock that is
            wrong an old list is today's, and what is over holds.
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
    _require_same_time(answer.headers, found, now)
    return is_set(found, certificate.place, purpose, status_url(certificate.issuer_url, purpose, n), now)


def _require_same_time(headers: Mapping[str, str], found: Mapping[str, Any], now: datetime) -> None:
    """Return if the clock here is that of the issuer: as its server says, and as the list was signed."""
    said = _time_of(headers)
    if said is not None and abs(said - now) > LIFE:
        raise _wrong_clock(now - said)
    signed = _instant(found.get("validFrom"))
    if signed is not None and signed - now > LIFE:
        raise _wrong_clock(now - signed)


def _time_of(headers: Mapping[str, str]) -> datetime | None:
    """What time it is by who answers; by a store in between that kept the answer for a while, too."""
    try:
        sent = parsedate_to_datetime(headers.get("date", ""))
        return sent.replace(tzinfo=UTC) + timedelta(seconds=int(headers.get("age", "0")))
    except (ValueError, OverflowError):
        return None


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _wrong_clock(off: timedelta) -> CallError:
    minutes, is_behind = round(abs(off) / timedelta(minutes=1)), off < timedelta()
    return CallError(
        Words(
            f"the clock of this machine is {minutes} minutes {'behind' if is_behind else 'ahead of'} the issuer's:"
            " by it nobody can say whether the certificate holds",
            f"本机时钟比颁发方{'慢' if is_behind else '快'} {minutes} 分钟，无法判断证书是否有效",
        ),
        cure=Words("set it, then the same command again", "请校准时钟，再次执行该命令"),
    )
