"""Why a server gives no answer: one code for each cause that has a cure of its own."""

import ssl
from collections.abc import Iterator

NOT_THERE = {404: "peer.missing", 410: "peer.gone"}
"""What it means that a whole service is not at its address: it says nothing of what was asked about."""
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""A connection that ended in the middle: TLS did not fail, it was not finished."""


def code_of(error: BaseException) -> str:
    """``peer.tls``, ``peer.timeout``, or ``peer.unreachable``: refused, cut, or a name without an address."""
    cause = cause_of(error)
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, _CUT):
        return "peer.tls"
    return "peer.timeout" if isinstance(cause, TimeoutError) else "peer.unreachable"


def cause_of(error: BaseException) -> OSError | None:
    """What the system or the network said, however a library wrapped it; nothing, where it said nothing."""
    return next((each for each in _chain(error) if isinstance(each, OSError)), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
