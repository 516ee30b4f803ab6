"""How long a signature is believed after it was made, and how far ahead of our clock."""

from datetime import datetime

from schemas.errors import TrustError
from schemas.words import Words

PAST_SECONDS, FUTURE_SECONDS = 300, 60


def require_fresh(signed: float, at: datetime) -> None:
    """Return if what was signed then (Unix seconds) is fresh at an instant.

    Raises:
        TrustError: ``sig.stale``.
    """
    age = at.timestamp() - signed
    if not -FUTURE_SECONDS <= age <= PAST_SECONDS:
        raise TrustError(
            "sig.stale",
            Words(
                f"signed {age:.0f} s before arrival; expected {-FUTURE_SECONDS} to {PAST_SECONDS} s",
                f"签名时间距到达 {age:.0f} 秒，应在 {-FUTURE_SECONDS} 至 {PAST_SECONDS} 秒之间",
            ),
        )
